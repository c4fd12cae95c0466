"""Requests and responses as the application's own half handles them, before and beside Flask."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

from atkg.errors import AtkgError, BadQuery, QueryStopped
from atkg.web.negotiation import best
from atkg.web.problem import Problem

MOST_FIELDS: Final = 1000
"""The most fields of a query string or form."""
_FORMS: Final = ("text/plain", "application/problem+json")
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(slots=True)
class Request:
    """What a client asks: header names in lower case, the address as it came."""

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Response:
    """What it gets."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    parts: Sequence[bytes] = ()
    """What follows the body, where joining would only copy it."""

    @property
    def length(self) -> int:
        """Bytes of body and parts."""
        return len(self.body) + sum(map(len, self.parts))


def refused(error: AtkgError, request: Request) -> Response:
    """The response that tells of an error: text in both languages or the reader's, or problem+json for who asks."""
    headers = dict(error.headers) if isinstance(error, Problem) else {}
    status = error.status if isinstance(error, (Problem, QueryStopped)) else 500
    if isinstance(error, BadQuery):
        status = 400
    if isinstance(error, QueryStopped) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    wishes = request.headers.get("accept-language", "").lower()
    spoken = [language for language in ("zh", "en") if wishes.startswith(language)] or ["zh", "en"]
    sentences = [error.message(language) for language in spoken]
    headers["Cache-Control"] = "no-store"
    headers.setdefault("Vary", "Accept, Accept-Language")
    title = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Client Closed Request"
    if best(request.headers.get("accept"), _FORMS) != _FORMS[1]:
        text = f"{status} {title}\n" + "".join(f"{sentence}\n" for sentence in sentences)
        headers["Content-Type"] = "text/plain; charset=utf-8"
        return Response(status, text.encode("utf-8", "replace"), headers)
    problem = {"type": "about:blank", "title": title, "status": status, "detail": "\n".join(sentences)}
    headers["Content-Type"] = "application/problem+json"
    return Response(status, json.dumps(problem, ensure_ascii=False).encode("utf-8", "replace"), headers)


def fields_of(encoded: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string or form, decoded strictly.

    >>> fields_of(b"query=ASK+%7B%7D&a")
    [('query', 'ASK {}'), ('a', '')]

    Raises:
        Problem: an escape or a character is broken (status 400).
    """
    if encoded.count(b"&") >= MOST_FIELDS:
        raise Problem(400, f"字段超过 {MOST_FIELDS} 个。", f"more than {MOST_FIELDS} fields")
    pairs = []
    for part in encoded.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            pairs.append((decoded(name.replace(b"+", b" ")), decoded(value.replace(b"+", b" "))))
    return pairs


def decoded(encoded: bytes) -> str:
    """Percent-encoded UTF-8 as text.

    Raises:
        Problem: an escape is broken, the bytes are no UTF-8, or hold NUL (status 400).
    """
    if _BAD_ESCAPE.search(encoded):
        raise Problem(
            400,
            "地址或表单中的 % 转义不完整；应为 % 加两位十六进制数。",
            "a % escape is broken; expected % and two hexadecimal digits",
        )
    return utf8(unquote_to_bytes(encoded))


def utf8(data: bytes) -> str:
    """The bytes as text.

    Raises:
        Problem: they are no UTF-8, or hold NUL (status 400).
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            400, f"第 {error.start + 1} 字节起不是 UTF-8 文本。", f"byte {error.start + 1} begins no UTF-8 text"
        ) from error
    if "\x00" in text:
        raise Problem(400, "含有 NUL 字符。", "holds a NUL character")
    return text
