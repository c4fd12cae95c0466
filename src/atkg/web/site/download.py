"""The page /download: every file of the dataset, with its size and checksum."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from atkg.export import PROFILES
from atkg.export.release import SUMS
from atkg.web.downloads import PATH, SENTENCES, WAIT_SECONDS, Shelf, State, by_profile
from atkg.web.site.negotiation import page_language
from atkg.web.site.pages import page

_UNITS: Final = ("B", "KiB", "MiB", "GiB")


def download_blueprint(shelf: Shelf) -> Blueprint:
    """The path /download over these files; the files themselves are sent before a request comes here."""
    blueprint = Blueprint("download", __name__)

    @blueprint.get("/download", strict_slashes=False)
    def downloads() -> Response:
        """What there is to download, or will be in a moment."""
        shown = shelf.look()
        language = page_language()
        files = by_profile(shown.files)
        ready = shown.state is State.READY
        answer = page(
            "download.html",
            alternates=[("application/json", f"{PATH}manifest.json")] if ready else [],
            ready=ready,
            sentence=None if ready else SENTENCES[shown.state][language == "en"],
            profiles=[
                (each.name, each.zh if language == "zh" else each.en, files.get(each.name, ()))
                for each in PROFILES.values()
            ],
            lists=files.get("", ()),
            path=PATH,
            size=readable_size,
        )
        if ready:
            # the files can be made anew from the same snapshot
            answer.set_etag(f"{shown.files[SUMS].sha256}-{language}", weak=True)
        else:
            # another answer comes soon, of which this one's tag must not know
            answer.headers["Cache-Control"] = "no-store"
            answer.headers["Retry-After"] = str(WAIT_SECONDS)
            answer.set_etag(f"{shown.state}-{language}", weak=True)
        return answer

    return blueprint


def readable_size(size: int) -> str:
    """Bytes as people read them.

    >>> readable_size(512), readable_size(7606191)
    ('512 B', '7.3 MiB')
    """
    number, unit = float(size), 0
    while number >= 1024 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{size} B"
