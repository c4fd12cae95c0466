"""Which form and which language a page has, by the request at hand; and where its other forms lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from flask import request

from atkg.namespaces import BASE
from atkg.web.negotiation import best
from atkg.web.problem import Problem

LANGUAGES: Final = ("zh", "en")
"""The languages that a reader can choose from, the default first."""

PAGE: Final = "text/html"
"""The media type of pages."""

EXTENSIONS: Final = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}
"""The file name extensions of data documents."""

RESOURCE: Final = (PAGE, *EXTENSIONS.values())
"""What a thing is offered as; a client that names nothing gets the page."""

_SAFE: Final = "/~:@!$&'()*+,;=-._"
"""What stands in a path as it is."""

OURS: Final = ("id/", "eli/", "source/", "graph/", "dataset/")
"""How the paths of things begin below the base of our IRIs."""


def choose(offers: Sequence[str]) -> str:
    """The offered media type that the client likes best; the first if it names none.

    Raises:
        Problem: 406, naming the offers.
    """
    found = best(request.headers.get("Accept"), offers)
    if found is None:
        listed = ", ".join(offers)
        raise Problem(406, f"没有所要的格式；可选：{listed}。", f"there is no such form of it; there are {listed}")
    return found


def page_language() -> str:
    """Zh or en: by ?lang=, else by Accept-Language, else zh."""
    return chosen_language() or request.accept_languages.best_match(LANGUAGES, default="zh") or "zh"


def chosen_language() -> str | None:
    """The language that the reader chose by ?lang=, to be kept in links."""
    chosen = request.args.get("lang")
    return chosen if chosen in LANGUAGES else None


def page_path(iri: str) -> str | None:
    """Where a reader goes for this IRI: a path of ours, or the IRI itself; None where there is nothing to open.

    >>> page_path("https://w3id.org/atkg/id/role/lead"), page_path("https://w3id.org/atkg/ontology#Task")
    ('/page/id/role/lead', '/ontology#Task')
    >>> page_path("http://www.w3.org/ns/org#Role"), page_path("javascript:alert(1)")
    ('http://www.w3.org/ns/org#Role', None)
    """
    if not iri.startswith(BASE):
        return iri if iri.startswith(("http://", "https://")) else None
    path, _, fragment = iri.removeprefix(BASE).partition("#")
    path = quote(path, safe=_SAFE)
    if path.startswith(OURS):
        return f"/page/{path}"
    return f"/{path}#{quote(fragment)}" if fragment else f"/{path}"


def data_path(path: str, extension: str) -> str:
    """Where the data document of the thing at this path lies."""
    return f"/data/{quote(path, safe=_SAFE)}.{extension}"
