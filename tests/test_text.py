"""Bytes to text, corrections laid over it, and every offset led back to the source."""

from __future__ import annotations

import pytest

from atkg.errors import InputError
from atkg.extract.text import Text, decode, line_and_column, normalise
from atkg.model import Correction, Span

PLAN = "一、加强宣传。\n"

ENCODINGS = [
    ("utf-8", PLAN.encode(), "utf-8"),
    # what is no UTF-8 is tried as GB18030, which holds GBK and GB 2312
    ("gb2312", PLAN.encode("gb2312"), "gb18030"),
    ("gbk", PLAN.encode("gbk"), "gb18030"),
    ("gb18030", "一、㐂\n".encode("gb18030"), "gb18030"),
    # a byte order mark is no part of the text
    ("utf-8 with a mark", PLAN.encode("utf-8-sig"), "utf-8"),
    ("utf-16 with a mark", PLAN.encode("utf-16"), "utf-16"),
    ("utf-16 of the other order", b"\xfe\xff" + PLAN.encode("utf-16-be"), "utf-16"),
    # line ends stand as they are
    ("other line ends", PLAN.replace("\n", "\r\n").encode(), "utf-8"),
]


@pytest.mark.parametrize(("data", "encoding"), [row[1:] for row in ENCODINGS], ids=[row[0] for row in ENCODINGS])
def test_a_document_is_decoded(data, encoding):
    text, used = decode(data, "x.txt")
    assert used == encoding
    assert not text.startswith("\ufeff")
    assert text.startswith("一、")
    assert text.count("\r") == data.count(b"\r\n")


def test_the_encoding_that_is_named_is_used():
    assert decode("一、宣傳。".encode("big5"), "x.txt", "big5") == ("一、宣傳。", "big5")


BAD = [
    # empty, or nothing but a mark or white space
    (b"", None, "is empty"),
    (b" \n\t\n", None, "is empty"),
    (b"\xef\xbb\xbf", None, "is empty"),
    (b"\xff\xfe", None, "is empty"),
    ("\u3000\n".encode(), None, "is empty"),
    # no text
    (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, None, "is not a text file"),
    (b"PK\x03\x04" + b"\x00" * 400, None, "is not a text file"),
    (b"\xff\xfe\x00", None, "is not a text file"),
    # not in the encoding that is named, or an encoding that there is not
    ("一、".encode("gbk"), "utf-8", "is not text in the encoding utf-8"),
    (PLAN.encode(), "utf-9", "no such encoding"),
    (PLAN.encode(), "rot13", "no such encoding"),
    (PLAN.encode(), "idna", "is not text in the encoding idna"),
]


@pytest.mark.parametrize(("data", "encoding", "sentence"), BAD)
def test_what_is_no_text_is_refused_with_its_name(data, encoding, sentence):
    with pytest.raises(InputError) as caught:
        decode(data, "x.txt", encoding)
    assert sentence in caught.value.message("en")
    assert caught.value.message("en").startswith("x.txt: ")


def test_white_space_is_normalised_and_nothing_else():
    assert normalise(" 加强\u3000\u00a0宣传，\r\n\t(一）。 ") == "加强 宣传， (一）。"


LINE_ENDS = ["\n", "\r\n", "\r", "\v", "\f", "\u2028"]


@pytest.mark.parametrize("end", LINE_ENDS)
def test_every_line_end_ends_a_line(end):
    lines = list(Text(f"甲{end}{end}乙").lines())
    assert [line.text for line in lines] == ["甲", "", "乙"]
    assert [(line.start, line.end) for line in lines][-1] == (1 + 2 * len(end), 2 + 2 * len(end))


def correction(start: int, end: int, read: str, meant: str) -> Correction:
    return Correction(Span(start, end), read, meant, "错字", "核对人")


def test_without_corrections_offsets_are_those_of_the_source():
    text = Text("市公安局负责")
    assert text.span(0, 4) == Span(0, 4)
    assert text.span(6, 6) == Span(6, 6)


def test_a_correction_is_read_and_the_source_is_claimed():
    source = "由市委宣传部分负责，市公按局配合"
    text = Text(source, [correction(1, 7, "市委宣传部分", "市委宣传部"), correction(10, 14, "市公按局", "市公安局")])
    assert text.read == "由市委宣传部负责，市公安局配合"
    # a span that touches a correction takes all of it
    assert text.span(1, 6) == text.span(2, 4) == Span(1, 7)
    assert text.words(1, 6) == "市委宣传部分"
    assert text.words(9, 13) == "市公按局"
    assert text.span(0, len(text.read)) == Span(0, len(source))
    assert text.words(6, 8) == "负责"


def test_a_correction_can_take_words_away_or_bring_more():
    text = Text("甲乙丙", [correction(1, 2, "乙", "")])
    assert (text.read, text.span(0, 2), text.span(1, 2), text.span(2, 2)) == (
        "甲丙",
        Span(0, 3),
        Span(2, 3),
        Span(3, 3),
    )
    text = Text("甲乙丙", [correction(2, 3, "丙", "丙丁戊")])
    assert (text.span(0, 2), text.span(3, 5), text.span(5, 5)) == (Span(0, 2), Span(2, 3), Span(3, 3))


TRIMMED = [
    (" \u3000加强 宣传\n", "加强 宣传"),
    # what web pages leave unseen
    ("\u200b\ufeff一、加强\u200b", "一、加强"),
    ("\t \n", ""),
]


@pytest.mark.parametrize(("words", "expected"), TRIMMED)
def test_a_stretch_is_trimmed_of_what_can_t_be_seen(words, expected):
    text = Text(words)
    start, end = text.trim(0, len(words))
    assert text.read[start:end] == expected


PLACES = [
    ("甲乙\n丙", 0, (1, 1)),
    ("甲乙\n丙", 3, (2, 1)),
    ("甲\r\n乙丙", 4, (2, 2)),
    ("甲\r乙", 2, (2, 1)),
    ("甲", 1, (1, 2)),
]


@pytest.mark.parametrize(("text", "offset", "expected"), PLACES)
def test_an_offset_has_a_line_and_a_column(text, offset, expected):
    assert line_and_column(text, offset) == expected
