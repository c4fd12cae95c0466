"""Which row of a table that people write a node is made from: registers, derivations.csv, corrections.csv, plan.toml."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from atkg import iris
from atkg.extract.text import line_and_column
from atkg.namespaces import ATKG, BASE, DCT, SCHEMA
from atkg.plans import PlanFolder
from atkg.validate.results import DERIVATIONS, Place, Result

_TOML_KEYS: Final = {
    f"{DCT}title": "title",
    f"{DCT}identifier": "number",
    f"{DCT}issued": "date",
    f"{DCT}references": "plan",
    f"{SCHEMA}url": "page",
    f"{ATKG}beginDate": "begin",
    f"{ATKG}endDate": "end",
    f"{ATKG}implementsPlan": "plan",
    f"{ATKG}issuer": "issuer",
    f"{ATKG}jurisdiction": "jurisdiction",
}
_OWN_REGISTERS: Final = {"function": "functions", "stage": "stages"}
"""Schemes whose concepts have a register of their own; all others stand in concepts.csv."""


Offsets = tuple[str, int, int]
"""A stretch of a source: plan key, start, end."""


class Rows:
    """Leads nodes to the rows of a data folder."""

    def __init__(self, files: Mapping[str, Path], plans: Mapping[str, PlanFolder], read: set[Path]) -> None:
        """Prepare; the files that are looked into are added to `read`."""
        self._files, self._plans, self._read = files, plans, read

    def find(self, result: Result, plan: PlanFolder | None, spans: Sequence[Offsets]) -> Place | None:
        """The row that the node is made from, if a person wrote one.

        Args:
            result: the result.
            plan: the plan that its node belongs to.
            spans: the node's evidence, which corrections may lie in.
        """
        if not result.node.startswith(BASE):
            return None
        kind, *steps = result.node.removeprefix(BASE).split("/")
        found = None
        if kind == "eli" and plan and len(steps) == 1:
            found = self._plan_toml(plan, result.path, result.value)
        elif kind == "id" and steps[:1] == ["derivation"]:
            found = self._link(steps[1:])
        elif plan and (kind == "eli" or steps[:1] == ["task"]):
            found = self._of_part(result, plan, steps)
        if found is None and kind == "id":
            found = self._registered(steps)
        return found or (self._correction(plan, spans) if plan else None)

    def knows(self, agency: str) -> bool:
        """The register has a row for this agency."""
        return self._registered(agency.removeprefix(BASE).split("/")[1:]) is not None

    def issuer(self, plan: PlanFolder) -> Place | None:
        """The line of plan.toml that names the issuer."""
        return self._plan_toml(plan, f"{ATKG}issuer", None)

    def _plan_toml(self, plan: PlanFolder, path_: str | None, value: str | None) -> Place | None:
        path = plan.path / "plan.toml"
        if not path.exists():
            return None
        key = _TOML_KEYS.get(path_ or "")
        self._read.add(path)
        text = path.read_text(encoding="utf-8", errors="replace")
        value = (value or "").removeprefix(f"{BASE}eli/")
        for wanted in (rf'{key}\s*=\s*"{re.escape(value)}"', rf"{key}\s*=") if key else ():
            if match := re.search(rf"^\s*({wanted}.*)$", text, re.MULTILINE):
                first, last = line_and_column(text, match.start(1)), line_and_column(text, match.end(1))
                return Place(str(path), *first, *last)
        return Place(str(path), 1)

    def _link(self, steps: list[str]) -> Place | None:
        """The row of a link, by the IRI `id/derivation/<plan>/<from>/to/<plan>/<to>`."""
        if "to" not in steps or steps[0] not in self._plans:
            return None
        turn = steps.index("to")
        source, target = "/".join(steps[1:turn]), "/".join(steps[turn + 2 :])
        folder = self._plans[steps[0]]
        if not source:  # between plans
            return self._plan_toml(folder, f"{DCT}references", steps[turn + 1])
        return self._derivation(folder, source, target)

    def _derivation(self, plan: PlanFolder, source: str, target: str | None) -> Place | None:
        path = plan.path / DERIVATIONS
        for row, line in self._table(path):
            to = row.get("to", "")
            if row.get("from") == source and (target is None or target in (to, f"{to}/t1")):
                return Place(str(path), line)
        return None

    def _of_part(self, result: Result, plan: PlanFolder, steps: list[str]) -> Place | None:
        """The row that links this part with the value, or declares it a local measure."""
        source = "/".join(steps[1:] if steps[0] == plan.key else steps[2:])
        value = (result.value or "").removeprefix(BASE)
        match = re.fullmatch(r"(?:eli|id/task|id/reconstructed)/(?P<plan>[^/]+)/(?P<part>.+)", value)
        if match and match["plan"] != plan.key:
            return self._derivation(plan, source, match["part"])
        if "local" in result.shape:
            return self._derivation(plan, source, "")
        return None

    def _correction(self, plan: PlanFolder, spans: Sequence[Offsets]) -> Place | None:
        """The correction within the node's words, if there is one."""
        path = plan.path / "corrections.csv"
        for row, line in self._table(path) if plan.corrections else ():
            place = re.fullmatch(r"(\d{1,9})-(\d{1,9})", row.get("place", ""))
            if place and any(
                key == plan.key and start < int(place[2]) and int(place[1]) < end for key, start, end in spans
            ):
                return Place(str(path), line)
        return None

    def _register(self, name: str, wanted: Mapping[str, str]) -> Place | None:
        path = self._files.get(iris.graph("register", name))
        if path is None or path.suffix != ".csv":
            return None
        for row, line in self._table(path):
            if all(row.get(column) == value for column, value in wanted.items()):
                return Place(str(path), line)
        return None

    def _registered(self, steps: list[str]) -> Place | None:
        match steps:
            case ["agency", place, slug]:
                scopes = (place, self._levels.get(place, ""), "")
                found = (self._register("agencies", {"slug": slug, "scope": scope}) for scope in scopes)
                return next((row for row in found if row), None)
            case ["jurisdiction", slug]:
                return self._register("jurisdictions", {"slug": slug})
            case ["jurisdiction", slug, scheme, code]:
                return self._register("jurisdiction-identifiers", {"slug": slug, "scheme": scheme, "identifier": code})
            case ["reconstructed" | "task" | "assignment", key, clause, *_]:
                register = self._plans[key].record.register if key in self._plans else None
                return self._register(register, {"id": clause}) if register else None
            case [scheme]:
                return self._register("schemes", {"slug": scheme})
            case [scheme, slug] if scheme in _OWN_REGISTERS:
                return self._register(_OWN_REGISTERS[scheme], {"slug": slug})
            case [scheme, slug]:
                return self._register("concepts", {"scheme": scheme, "slug": slug})
        return None

    def _table(self, path: Path) -> tuple[tuple[dict[str, str], int], ...]:
        self._read.add(path)
        return _table(path)

    @cached_property
    def _levels(self) -> dict[str, str]:
        path = self._files.get(iris.graph("register", "jurisdictions"))
        return {row.get("slug", ""): row.get("level", "") for row, _ in self._table(path)} if path else {}


@lru_cache(maxsize=16)
def _table_at(path: Path, _changed: int) -> tuple[tuple[dict[str, str], int], ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        rows, first = [], reader.line_num + 1
        for row in reader:
            # a value may hold line ends: a row starts behind the last line of the one before
            if row:
                rows.append((dict(zip(header, (value.strip() for value in row), strict=False)), first))
            first = reader.line_num + 1
        return tuple(rows)


def _table(path: Path) -> tuple[tuple[dict[str, str], int], ...]:
    """(row, line) of a table, none where it can't be read."""
    try:
        return _table_at(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, csv.Error):
        return ()
