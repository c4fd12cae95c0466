"""`atkg export docs`: the ontology's pages as a profile. It stands here since pages are made above the exports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from atkg.export.profile import Profile, Source


def _write(source: Source, folder: Path) -> Iterable[Path]:
    from atkg.web.site.exported import write_pages

    return write_pages(source.store, folder / "docs")


DOCS: Final = Profile(
    name="docs",
    zh="本体的网页，中英文，不需要服务器：总览、图、每个术语、Turtle。",
    en="The ontology as pages in Chinese and English that need no server: overview, picture, every term, Turtle.",
    media_types={".html": "text/html", ".svg": "image/svg+xml", ".css": "text/css", ".ttl": "text/turtle"},
    write=_write,
    per_plan=False,
)
"""The profile, beside those of `atkg.export`."""
