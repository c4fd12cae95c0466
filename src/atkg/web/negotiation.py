"""Which offer a client likes best: the one place where Accept and Accept-Encoding are weighed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header


def wishes(accept: str | None) -> MIMEAccept:
    """The media ranges of an Accept header with their qualities; everything where there is none."""
    # a parameter such as charset or profile narrows nothing that we could offer
    ranges = parse_accept_header(accept if accept and accept.strip() else "*/*", MIMEAccept)
    return MIMEAccept([(value.partition(";")[0].strip(), quality) for value, quality in ranges])


def best(accept: str | None, offers: Sequence[str]) -> str | None:
    """The offer that this Accept header likes best, the first among equals; None where it excludes all.

    >>> offers = ("text/html", "text/turtle")
    >>> best(None, offers), best("*/*", offers), best("text/turtle, text/html;q=0.9", offers)
    ('text/html', 'text/html', 'text/turtle')
    >>> best("text/html;q=0, */*;q=0.1", offers), best("image/png", offers)
    ('text/turtle', None)
    """
    liked = wishes(accept)
    found = max(offers, key=liked.quality)
    return found if liked.quality(found) > 0 else None


@lru_cache(maxsize=128)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether this Accept-Encoding header lets an answer be packed.

    >>> takes_gzip("br, gzip"), takes_gzip("gzip;q=0, *"), takes_gzip("*;q=0.5"), takes_gzip("")
    (True, False, True, False)
    """
    ranges = dict(parse_accept_header(accept_encoding, Accept))
    return ranges.get("gzip", ranges.get("*", 0)) > 0
