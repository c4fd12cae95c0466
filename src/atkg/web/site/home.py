"""The first page: what is here, where to search, the plans, the questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response

from atkg.namespaces import ATKG, BASE, DCT
from atkg.queries import named_queries
from atkg.web.engine import Engine, iri, select
from atkg.web.site.catalogue import Tally
from atkg.web.site.names import Names
from atkg.web.site.negotiation import page_language
from atkg.web.site.pages import page
from atkg.web.site.things import describe, iris_of, text_of

MAX_PLANS: Final = 40
"""The most plans on the first page; the search lists all."""

_RANKS: Final = " ".join(
    f"(<{BASE}id/level/{level}> {rank})" for rank, level in enumerate(("nation", "province", "prefecture", "county"))
)
_SHOWN: Final = tuple(
    f"{ATKG}{name}"
    for name in ("Plan", "Task", "Clause", "Agency", "Assignment", "Milestone", "Derivation", "Jurisdiction")
)


def home_blueprint(engine: Engine, manifest: Mapping[str, Any], tally: Tally) -> Blueprint:
    """The path / over this engine."""
    blueprint = Blueprint("home", __name__)

    @blueprint.get("/")
    def home() -> Response:
        """What is here, and what can be asked."""
        counts = tally.things()
        names = Names(engine, page_language())
        names.learn(_SHOWN)
        plans, more = _plans(engine, names)
        return page(
            "home.html",
            manifest=manifest,
            counts=[(names.node(each), counts[each]) for each in _SHOWN if each in counts],
            plans=plans,
            more_plans=more,
            queries=[query for query in named_queries() if not query.finds_violations],
        )

    return blueprint


def _plans(engine: Engine, names: Names) -> tuple[list[dict[str, Any]], bool]:
    """(plans with their place, number and tasks, whether there are more), from the nation downwards."""
    rows = select(
        engine,
        f"""SELECT ?plan WHERE {{
            ?plan a <{ATKG}Plan>
            OPTIONAL {{
                ?plan <{ATKG}jurisdiction> ?place . ?place <{ATKG}level> ?level
                VALUES (?level ?rank) {{ {_RANKS} }}
            }}
        }} ORDER BY COALESCE(?rank, 9) ?plan LIMIT {MAX_PLANS + 1}""",
    )
    found = [row["plan"].value for row in rows][:MAX_PLANS]
    said = describe(engine, found)
    listed = " ".join(iri(plan).to_sparql() for plan in found)
    tasks = {
        row["plan"].value: int(row["tasks"].value)
        for row in select(
            engine,
            f"""SELECT ?plan (COUNT(*) AS ?tasks) WHERE {{
                VALUES ?plan {{ {listed} }} ?task <{ATKG}partOf> ?plan ; a <{ATKG}Task>
            }} GROUP BY ?plan""",
        )
        if "plan" in row
    }
    names.learn([*found, *(each for plan in found for each in iris_of(said.get(plan, {}), f"{ATKG}jurisdiction"))])
    plans = [
        {
            "node": names.node(plan),
            "places": [names.node(each) for each in iris_of(said.get(plan, {}), f"{ATKG}jurisdiction")],
            "number": text_of(said.get(plan, {}), f"{DCT}identifier"),
            "issued": text_of(said.get(plan, {}), f"{DCT}issued"),
            "tasks": tasks.get(plan, 0),
            "read": bool(said.get(plan, {}).get(f"{DCT}source")),
        }
        for plan in found
    ]
    return plans, len(rows) > MAX_PLANS
