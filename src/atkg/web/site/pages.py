"""How every page is made: the words that all templates have, the headers that tell of its other forms."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, Response, make_response, render_template, request

from atkg.web.problem import Problem
from atkg.web.site.negotiation import LANGUAGES, PAGE, chosen_language, page_language, page_path

LICENCE: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
"""The licence of all data."""

_TAGS: Final = {"zh": "zh-Hans", "en": "en"}


def register_pages(app: Flask, fingerprint: str) -> None:
    """Templates know the reader's language, and every answer has the headers of caching.

    Args:
        app: the application.
        fingerprint: names the state of data and program; another one makes every cached answer stale.
    """
    app.context_processor(_words)
    app.after_request(lambda response: _cached(response, fingerprint))


def page(
    template: str,
    *,
    canonical: str | None = None,
    alternates: Sequence[tuple[str, str]] = (),
    vary: str = "Accept-Language",
    status: int = 200,
    **context: Any,
) -> Response:
    """The page that a template makes.

    Args:
        template: its file name.
        canonical: the IRI of the thing that the page describes.
        alternates: (media type, path) of its other forms.
        vary: the request headers that chose this form.
        status: the HTTP status.
        **context: the template's variables.
    """
    html = render_template(template, canonical=canonical, alternates=alternates, **context)
    answer = make_response(html, status)
    answer.mimetype = PAGE
    answer.headers["Vary"] = vary
    announce(answer, canonical, alternates)
    return answer


def announce(answer: Response, describes: str | None, alternates: Sequence[tuple[str, str]]) -> None:
    """The Link headers of a document: what it describes, its other forms, its licence."""
    links = [f'<{path}>; rel="alternate"; type="{media_type}"' for media_type, path in alternates]
    if describes:
        links += [f'<{describes}>; rel="describes"', f'<{describes}>; rel="canonical"']
    links.append(f'<{LICENCE}>; rel="license"')
    answer.headers["Link"] = ", ".join(links)


def link(path: str) -> str:
    """The path with the language that the reader chose, if one was; other sites' addresses as they are.

    A path may have a query and a fragment.
    """
    language = chosen_language()
    if language is None or not path.startswith("/"):
        return path
    front, hash_, fragment = path.partition("#")
    return f"{front}{'&' if '?' in front else '?'}lang={language}{hash_}{fragment}"


def same_page(**changes: str | int | None) -> str:
    """The address of the page at hand with these parameters changed; None takes one away."""
    values: dict[str, str] = {name: value for name, value in request.args.items() if name not in changes}
    values |= {name: str(value) for name, value in changes.items() if value is not None}
    return f"?{urlencode(values)}" if values else request.path


def asked_number(name: str, most: int) -> int:
    """The whole number from 1 that a parameter asks for; 1 where it is absent.

    Raises:
        Problem: 400, it is none, or greater than `most`.
    """
    text = request.args.get(name, "1")
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    raise Problem(
        400,
        f"{name} 应为 1 到 {most} 的整数，得到 {text[:40]!r}。",
        f"{name}: expected a whole number from 1 to {most}, found {text[:40]!r}",
    )


def _words() -> dict[str, Any]:
    language = page_language()
    other = next(each for each in LANGUAGES if each != language)
    say: Callable[[str, str], str] = (lambda zh, _en: zh) if language == "zh" else (lambda _zh, en: en)
    return {
        "language": language,
        "zh": language == "zh",
        "say": say,
        "link": link,
        "page_path": page_path,
        "same_page": same_page,
        "chosen_language": chosen_language(),
        "other_language": same_page(lang=other),
    }


def _cached(response: Response, fingerprint: str) -> Response:
    """An ETag from the snapshot, the address, the media type and the language; 304 where the client has it."""
    if response.mimetype == PAGE:
        response.headers.setdefault("Content-Language", _TAGS[page_language()])
    if response.status_code != 200 or response.direct_passthrough or request.method not in ("GET", "HEAD"):
        return response
    response.headers.setdefault("Cache-Control", "no-cache")
    if not response.get_etag()[0]:
        language = response.headers.get("Content-Language", "")
        parts = (fingerprint, request.full_path, response.mimetype or "", language)
        tag = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
        # weak: a proxy may pack the bytes, and blank nodes may be labelled otherwise
        response.set_etag(tag, weak=True)
    response.make_conditional(request)
    return response


def fingerprint_of(manifest: Mapping[str, Any]) -> str:
    """What names the state of data and program: the snapshot's digest and the version."""
    return f"{manifest.get('digest', '')} {manifest.get('version', '')}"
