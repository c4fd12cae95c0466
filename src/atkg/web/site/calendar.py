"""The calendars: what is due in each jurisdiction, for calendar programs to subscribe to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from flask import Blueprint, Response

from atkg import iris
from atkg.export.ics import MEDIA_TYPE, calendar
from atkg.namespaces import ATKG, DCT
from atkg.web.engine import Engine
from atkg.web.problem import Problem
from atkg.web.site.names import Names
from atkg.web.site.negotiation import page_language
from atkg.web.site.pages import announce, page
from atkg.web.site.structured import rows_of

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
MAX_CALENDARS: Final = 500
"""The most calendars that the page lists."""
_MOST_NAMED: Final = 10
"""The most calendars that an answer to an unknown name lists."""


def calendar_blueprint(engine: Engine, manifest: Mapping[str, Any]) -> Blueprint:
    """The path /calendar/<jurisdiction>.ics; a jurisdiction where nothing falls due has a calendar without events."""
    blueprint = Blueprint("calendar", __name__)

    rows = rows_of(engine)

    @blueprint.get("/calendar", strict_slashes=False)
    def calendars() -> Response:
        """The calendars of the jurisdictions whose plans are at hand."""
        found = rows(
            f"""SELECT DISTINCT ?place WHERE {{
                ?plan <{DCT}source> ?text ; a <{ATKG}Plan> ; <{ATKG}jurisdiction> ?place
            }} ORDER BY ?place LIMIT {MAX_CALENDARS + 1}"""
        )
        places = [row["place"] for row in found][:MAX_CALENDARS]
        names = Names(engine, page_language())
        names.learn(places)
        return page(
            "calendars.html",
            calendars=[(names.node(each), path_of(each)) for each in places],
            more=len(found) > MAX_CALENDARS,
        )

    @blueprint.get("/calendar/<slug>.ics")
    def jurisdiction(slug: str) -> Response:
        made = calendar(rows, slug, manifest) if _SLUG.fullmatch(slug) else None
        if made is None:
            raise _unknown(slug, rows(f"SELECT ?place {{ ?plan <{ATKG}jurisdiction> ?place ; a <{ATKG}Plan> }}"))
        answer = Response(made, mimetype=MEDIA_TYPE)
        answer.headers["Content-Disposition"] = f'inline; filename="{slug}.ics"'
        answer.headers["Content-Language"] = "zh-Hans"
        announce(answer, iris.jurisdiction(slug), [])
        return answer

    return blueprint


def path_of(jurisdiction: str) -> str:
    """Where the calendar of a jurisdiction lies.

    >>> path_of("https://w3id.org/atkg/id/jurisdiction/yuxi")
    '/calendar/yuxi.ics'
    """
    return f"/calendar/{jurisdiction.removeprefix(iris.jurisdiction(''))}.ics"


def _unknown(slug: str, rows: list[Mapping[str, Any]]) -> Problem:
    """404, naming the calendars that are nearest."""
    paths = {row["place"].removeprefix(iris.jurisdiction("")): path_of(row["place"]) for row in rows}
    near = get_close_matches(slug, paths) or sorted(paths)[:_MOST_NAMED]
    named = [paths[each] for each in near]
    return Problem(
        404,
        f"没有行政区划 {slug[:100]} 的日历；有：{'、'.join(named)}。",
        f"there is no calendar of {slug[:100]}; there are {', '.join(named)}",
    )
