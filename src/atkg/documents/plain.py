"""Text files: their encoding, and whether what it gives is a text at all."""

from __future__ import annotations

import re
from typing import Final

from atkg.documents.received import Document, Kind, Unusable
from atkg.errors import InputError
from atkg.extract.text import decode

_COMMON: Final = re.compile("[，。、；：（）的和一工作]")
_FEWEST: Final = 200
"""Characters from which on a text can be told from a jumble."""
_LEAST: Final = 0.02
"""The share of the commonest characters below which a text is a jumble; the plans have 0.12 and more."""


def decode_text(data: bytes) -> tuple[str, str]:
    """(text, encoding); a text that is a jumble in the only encoding that fits is refused.

    Raises:
        Unusable: the bytes are no text, or one in an encoding that is not known.
    """
    try:
        text, encoding = decode(data, "")
    except InputError as error:
        if _is_nearly_utf8(data):
            place = _first_fault(data)
            line = data.count(b"\n", 0, place) + 1
            raise Unusable(
                f"UTF-8 文本有误：第 {line} 行第 {place + 1} 字节起不是 UTF-8；请重新取得文件。",
                f"is UTF-8 text with a fault: in line {line}, byte {place + 1} is no UTF-8; get the file again",
            ) from error
        raise Unusable(error.zh.removeprefix("："), error.en.removeprefix(": ")) from error
    letters = sum(not char.isspace() and char > "\x7f" for char in text)
    if encoding == "gb18030" and letters >= _FEWEST and len(_COMMON.findall(text)) < _LEAST * letters:
        place = _first_fault(data)
        line = data.count(b"\n", 0, place) + 1
        raise Unusable(
            f"文字编码无法识别：不是 UTF-8（第 {line} 行第 {place + 1} 字节起有误），按 GB18030 读取则是乱码。"
            "请另存为 UTF-8。",
            f"is in no encoding that is read: no UTF-8 (a fault in line {line}, byte {place + 1}), and a jumble in "
            "GB18030; save it as UTF-8",
        )
    return text, encoding


def _is_nearly_utf8(data: bytes) -> bool:
    """The bytes are UTF-8 with characters beyond ASCII, but for a few."""
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    return b"\0" not in data and sum(char > "\x7f" for char in text) > 50 * lost


def _first_fault(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def read_plain(data: bytes) -> Document:
    """A text file: its text is the file itself.

    Raises:
        Unusable: as decode_text.
    """
    text, encoding = decode_text(data)
    return Document(Kind.TXT, text, encoding)
