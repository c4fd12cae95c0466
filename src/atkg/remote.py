"""RDF fetched over HTTP, because the user named its address: bounded in size and time, the media type decides.

A SPARQL endpoint is asked for all its triples. Nothing in what is fetched makes atkg call another address;
redirects are followed, over HTTP and HTTPS only.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from pathlib import PurePosixPath
from typing import Any, Final, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
)

from atkg.errors import InputError, UsageError

LARGEST: Final = 256 * 1024 * 1024
"""Bytes that are taken of an answer, unpacked."""
SILENCE: Final = 30.0
"""Seconds to wait for a connection, or for the next bytes."""
LONGEST: Final = 300.0
"""Seconds for the whole answer."""

SUFFIXES: Final = {
    "text/turtle": ".ttl",
    "application/n-triples": ".nt",
    "application/n-quads": ".nq",
    "application/trig": ".trig",
    "application/rdf+xml": ".rdf",
    "application/ld+json": ".jsonld",
}
"""Media type → the suffix of a file of that kind."""

_VAGUE: Final = {"", "text/plain", "application/octet-stream", "application/gzip", "application/x-gzip"}
"""Media types that say nothing, so that the suffix of the address decides."""
_ENDPOINTS: Final = {"sparql", "query"}
"""The last step of the path of a SPARQL endpoint."""
_EVERYTHING: Final = "CONSTRUCT { ?s ?p ?o } WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered with, and the suffix of a file of its kind."""

    data: bytes
    suffix: str


class _Body(Protocol):
    def read1(self, size: int, /) -> bytes: ...


def is_address(path: str) -> bool:
    """The argument is an address on the web, not a path."""
    return path.lower().startswith(("http://", "https://"))


def fetch(address: str, *, largest: int = LARGEST, silence: float = SILENCE, longest: float = LONGEST) -> Fetched:
    """The RDF at an address, or all triples of the SPARQL endpoint there.

    Raises:
        UsageError: the address is none, or holds a password.
        InputError: nobody answers, the answer is an error, no RDF, too large, or takes too long.
    """
    url = _url(address)
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPRedirectHandler(),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    accept = ", ".join([*SUFFIXES][:4]) + ", application/rdf+xml;q=0.9, application/ld+json;q=0.8"
    if _is_endpoint(url):
        accept = "application/n-triples, text/turtle;q=0.9"
    opener.addheaders = [("Accept", accept), ("Accept-Encoding", "identity"), ("User-Agent", "atkg")]
    end = time.monotonic() + longest
    try:
        with opener.open(url, timeout=silence) as answer:
            suffix = _suffix(address, answer.headers, answer.geturl())
            packed = answer.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip")
            packed = packed or PurePosixPath(urlsplit(answer.geturl()).path).suffix == ".gz"
            length = answer.headers.get("Content-Length", "")
            expected = int(length) if length.isdecimal() else None
            data = _read(address, answer, expected, packed=packed, largest=largest, end=end)
            return Fetched(data, suffix)
    except HTTPError as error:
        reason = f"{error.code} {str(error.reason).splitlines()[0] if error.reason else ''}".strip()
        error.close()
        raise InputError(address, f"服务器答复 {reason}。", f"the server answered {reason}") from error
    except TimeoutError as error:
        raise _too_slow(address) from error
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _too_slow(address) from error
        raise _unreachable(address, error.reason) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _unreachable(address, error) from error


def _url(address: str) -> str:
    """The address as it is sent: other characters than ASCII are escaped.

    Raises:
        UsageError: there is no host in it, or a password.
    """
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise UsageError(f"{address}：不是网址：{error}", f"{address}: is no address: {error}") from error
    if not host:
        raise UsageError(f"{address}：网址中没有主机名。", f"{address}: the address has no host")
    if parts.username or parts.password:
        raise UsageError(
            f"{parts.scheme}://{host}：网址中不得写用户名或密码。",
            f"{parts.scheme}://{host}: an address must not hold a name or a password",
        )
    host = f"[{host}]" if ":" in host else host
    path, query = quote(parts.path, safe="/%:@!$&'()*+,;=~"), quote(parts.query, safe="=&%:/?@!$'()*+,;~")
    url = urlunsplit((parts.scheme.lower(), host + port, path, query, ""))
    if _is_endpoint(url):
        return url + ("&" if query else "?") + urlencode({"query": _EVERYTHING})
    return url


def _is_endpoint(url: str) -> bool:
    parts = urlsplit(url)
    return PurePosixPath(parts.path).name in _ENDPOINTS


def _suffix(address: str, headers: Message, url: str) -> str:
    """The suffix that fits the media type, or that the address has where the type says nothing."""
    media_type = headers.get_content_type() if headers.get("Content-Type") else ""
    if media_type in SUFFIXES:
        return SUFFIXES[media_type]
    suffixes = [suffix for suffix in PurePosixPath(urlsplit(url).path).suffixes if suffix != ".gz"]
    if media_type in _VAGUE and suffixes and suffixes[-1] in SUFFIXES.values():
        return suffixes[-1]
    known = ", ".join(SUFFIXES)
    named = media_type or "—"
    raise InputError(
        address,
        f"答复的类型是 {named}，不是 RDF；应为 {known} 之一。",
        f"answered with {named}, not RDF; expected one of {known}",
    )


def _read(address: str, answer: _Body, expected: int | None, *, packed: bool, largest: int, end: float) -> bytes:
    """All bytes of the answer, unpacked.

    Args:
        address: the address, for errors.
        answer: what is read.
        expected: how many bytes the server said that there are.
        packed: they are to be unpacked.
        largest: how many are taken, unpacked.
        end: when it is too late.

    Raises:
        InputError: there are too many, they take too long, or can't be unpacked.
    """
    unpacker: Any = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32) if packed else None
    pieces: list[bytes] = []
    size = 0
    raw = 0
    while piece := answer.read1(_CHUNK):
        raw += len(piece)
        if unpacker:
            try:
                piece = unpacker.decompress(piece, largest + 1 - size)
            except zlib.error as error:
                raise InputError(address, f"无法解压：{error}", f"can't be unpacked: {error}") from error
        size += len(piece)
        if size > largest:
            mib = largest / 1024 / 1024
            raise InputError(address, f"答复超过 {mib:g} MiB。", f"the answer is larger than {mib:g} MiB")
        if time.monotonic() > end:
            raise _too_slow(address)
        pieces.append(piece)
    if (unpacker and not unpacker.eof) or (expected is not None and raw < expected):
        raise InputError(address, "答复不完整。", "the answer is cut short")
    return b"".join(pieces)


def _too_slow(address: str) -> InputError:
    return InputError(address, "答复太慢，已放弃。", "the answer took too long")


def _unreachable(address: str, reason: object) -> InputError:
    return InputError(address, f"无法取得：{reason}", f"can't be fetched: {reason}")
