"""What search engines read in the head of a page: the thing in schema.org's JSON-LD, as the profile schema-org has it.

A block of data is no script: browsers neither run it nor hold it against the Content-Security-Policy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

from atkg.catalogue import dumps, plan_entries
from atkg.catalogue.parts import period_of
from atkg.errors import QueryStopped
from atkg.export.schema_org import Thing, clauses, dataset, for_page, legislation, organisations, places
from atkg.namespaces import ATKG
from atkg.web.engine import Engine, select

Rows = Callable[[str], list[Mapping[str, Any]]]


def rows_of(engine: Engine) -> Rows:
    """What answers a SELECT with rows of plain values, in which an unbound variable is None."""
    return lambda text: [
        defaultdict(lambda: None, {name: term.value for name, term in row.items()}) for row in select(engine, text)
    ]


def structured(engine: Engine, kind: str | None, thing: str) -> str | None:
    """The block for the page of a thing of this class; None where schema.org has no word for it.

    The page is whole without: where the block would take longer than a query may, there is none.
    """
    reader = _READERS.get(kind or "")
    try:
        found = reader(rows_of(engine), thing) if reader else None
    except QueryStopped:
        return None
    return for_page(found) if found else None


def structured_dataset(engine: Engine, manifest: Mapping[str, Any]) -> str | None:
    """The block for the page of the dataset."""
    try:
        return for_page(dataset(manifest, dumps(manifest), period_of(plan_entries(rows_of(engine)))))
    except QueryStopped:
        return None


def _clause(rows: Rows, clause: str) -> Thing | None:
    return next(clauses(rows, [clause]), None)


def _organisation(rows: Rows, agency: str) -> Thing | None:
    return next(iter(organisations(rows, [agency])), None)


def _place(rows: Rows, jurisdiction: str) -> Thing | None:
    return next(iter(places(rows, [jurisdiction])), None)


_READERS: Final[Mapping[str, Callable[[Rows, str], Thing | None]]] = {
    f"{ATKG}Plan": legislation,
    f"{ATKG}Agency": _organisation,
    f"{ATKG}Body": _organisation,
    f"{ATKG}Clause": _clause,
    f"{ATKG}Jurisdiction": _place,
}
