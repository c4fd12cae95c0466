"""The description of the dataset at /dataset and /.well-known/void, and the counts that pages show."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Response

from atkg import iris
from atkg.catalogue import Counts, PlanEntry, count, count_things, describe, plan_entries
from atkg.errors import QueryStopped
from atkg.namespaces import BASE
from atkg.store import convert
from atkg.web.engine import Engine, select
from atkg.web.site.names import Names
from atkg.web.site.negotiation import EXTENSIONS, PAGE, RESOURCE, choose, page_language
from atkg.web.site.pages import announce, page
from atkg.web.site.structured import structured_dataset
from atkg.web.site.things import natural

MAX_GRAPHS: Final = 100
"""The most named graphs that the page lists."""
MAX_PLANS: Final = 200
"""The most plans that the site's description lists as datasets; the catalogue among the downloads lists all."""
RETRY: Final = 600
"""Seconds after which counts that took too long are asked for again."""


class Tally:
    """The counts of a snapshot: those that its manifest keeps, else asked for once, when the first page needs them.

    What takes longer than a query may is left out, and tried again after RETRY seconds.
    """

    def __init__(self, engine: Engine, kept: Counts | None = None) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._counts = kept
        self._things: Mapping[str, int] | None = kept.classes if kept else None
        self._plans: Sequence[PlanEntry] | None = None
        self._again = self._plans_again = math.inf

    def counts(self) -> Counts:
        """All counts."""
        with self._lock:
            if self._counts is None or time.monotonic() > self._again:
                self._again = math.inf
                self._counts = count(self._select)
            return self._counts

    def plans(self) -> Sequence[PlanEntry]:
        """The plans as the catalogue lists them."""
        with self._lock:
            if self._plans is None or time.monotonic() > self._plans_again:
                counted, self._again = self._again, math.inf
                self._plans = plan_entries(self._select)
                self._plans_again, self._again = self._again, counted
            return self._plans

    def things(self) -> Mapping[str, int]:
        """Class → things."""
        if self._things is None:
            self._things = count_things(self._select)
        return self._things

    def _select(self, text: str) -> list[dict[str, Any]]:
        try:
            rows = select(self._engine, text)
        except QueryStopped:
            self._again = time.monotonic() + RETRY
            return []
        return [{name: term.value for name, term in row.items()} for row in rows]


def catalogue_blueprint(engine: Engine, manifest: Mapping[str, Any], tally: Tally) -> Blueprint:
    """The paths /dataset and /.well-known/void, and the data documents of both."""
    blueprint = Blueprint("catalogue", __name__)

    def written(media_type: str) -> bytes:
        # lines of N-Triples are Turtle too
        return convert(
            "\n".join(describe(tally.counts(), manifest, tally.plans()[:MAX_PLANS])).encode(), media_type, BASE
        )

    def data(media_type: str) -> Response:
        answer = Response(written(media_type), mimetype=media_type)
        announce(answer, iris.DATASET, [form for form in _FORMS if form[0] != media_type])
        return answer

    @blueprint.get("/.well-known/void")
    @blueprint.get("/dataset", strict_slashes=False)
    @blueprint.get("/dataset/", strict_slashes=False)
    def dataset() -> Response:
        """The description: a page for a browser, RDF for whom asks for it."""
        chosen = choose(RESOURCE)
        if chosen != PAGE:
            answer = data(chosen)
            extension = next(name for name, media_type in EXTENSIONS.items() if media_type == chosen)
            answer.headers["Content-Location"] = f"/dataset.{extension}"
            answer.headers["Vary"] = "Accept"
            return answer
        counts = tally.counts()
        names = Names(engine, page_language())
        graphs = sorted(counts.graphs.items(), key=lambda pair: natural(pair[0]))[:MAX_GRAPHS]
        names.learn([*counts.classes, *counts.properties, *counts.examples, *(graph for graph, _ in graphs)])
        return page(
            "dataset.html",
            canonical=iris.DATASET,
            alternates=_FORMS[1:],
            vary="Accept, Accept-Language",
            manifest=manifest,
            counts=counts,
            classes=[(names.node(each), number) for each, number in _largest(counts.classes)],
            properties=[(names.node(each), number) for each, number in _largest(counts.properties)],
            graphs=[(names.node(graph), number) for graph, number in graphs],
            examples=[names.node(each) for each in counts.examples],
            base=BASE,
            structured=structured_dataset(engine, manifest),
        )

    @blueprint.get("/dataset.<any(ttl, nt, jsonld, rdf):extension>")
    @blueprint.get("/data/dataset/atkg.<any(ttl, nt, jsonld, rdf):extension>")
    def document(extension: str) -> Response:
        """The description as a data document."""
        return data(EXTENSIONS[extension])

    return blueprint


def _largest(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))


_FORMS: Final = [(PAGE, "/dataset"), *((type_, f"/dataset.{name}") for name, type_ in EXTENSIONS.items())]
