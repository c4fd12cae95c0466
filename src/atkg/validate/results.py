"""What validation found: results with their places, and the report of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

DERIVATIONS: Final = "derivations.csv"


class Level(StrEnum):
    """The severity of a result, the gravest first."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file, and in it a line and column counted from 1 where they are known.

    Columns count Unicode code points; the end column is that of the first character behind the stretch.
    """

    file: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    @property
    def is_remote(self) -> bool:
        """It was fetched, and is no file of this machine."""
        return "://" in self.file


@dataclass(frozen=True, slots=True)
class Result:
    """One fault: the shape that is broken, the node, and where it stands in text, table and graph.

    Args:
        shape: the local name of the shape.
        level: its severity.
        messages: its message by language.
        node: the focus node.
        path: the property, where the path is one property.
        value: the value, an IRI or the characters of a literal.
        label: how people call the node.
        plan: the key of the plan that the node belongs to.
        text: the words in source.txt that the node was read from.
        graph: the node in its graph file, at the value or the property where they are found.
        quote: the words themselves, shortened.
        row: the row of a table (or line of plan.toml) that a person wrote and the node is made from.
        component: the local name of the constraint component, as `MinCountConstraintComponent`.
        term: the value as N-Triples writes it.
        accepted: the reason why somebody accepted the result; None where nobody did.
        value_label: how people call the value.
    """

    shape: str
    level: Level
    messages: Mapping[str, str]
    node: str
    path: str | None = None
    value: str | None = None
    label: str | None = None
    plan: str | None = None
    text: Place | None = None
    graph: Place | None = None
    quote: str | None = None
    row: Place | None = None
    component: str | None = None
    term: str | None = None
    accepted: str | None = None
    value_label: str | None = None

    def message(self, language: str) -> str:
        """The message in this language alone; in another where it has none in this one."""
        return self.messages.get(language) or next(iter(self.messages.values()), self.shape)

    @property
    def where(self) -> Place | None:
        """The place that a person has to look at.

        A link is put right in derivations.csv; all else is shown at its words where there are words.
        """
        if self.row and Path(self.row.file).name == DERIVATIONS:
            return self.row
        return self.text or self.row or self.graph

    @property
    def elsewhere(self) -> list[Place]:
        """The other places where it stands."""
        return [place for place in (self.text, self.row, self.graph) if place and place != self.where]


@dataclass(frozen=True, slots=True)
class Report:
    """All results, those of each document in the order of its lines.

    Args:
        results: the results, those that somebody accepted included.
        coverage: how many nodes each shape looked at, by its local name.
    """

    results: Sequence[Result]
    coverage: Mapping[str, int] = field(default_factory=dict)

    @property
    def open(self) -> list[Result]:
        """The results that nobody accepted."""
        return [result for result in self.results if result.accepted is None]

    def counts(self) -> dict[str, int]:
        """How many results there are of each severity, by its name."""
        return {level.value: self.count(level) for level in Level}

    def count(self, level: Level) -> int:
        """How many results of this severity nobody accepted."""
        return sum(result.level is level for result in self.open)

    @property
    def accepted(self) -> int:
        """How many results somebody accepted."""
        return len(self.results) - len(self.open)

    @property
    def conforms(self) -> bool:
        """No Violation; Warnings and Infos don't count."""
        return not self.count(Level.VIOLATION)

    def fails(self, at: Level) -> bool:
        """A result of this severity or a graver one is there, and nobody accepted it."""
        return any(result.level.rank <= at.rank for result in self.open)

    def documents(self) -> dict[str, list[Result]]:
        """File → its results in the order of its lines; `""` holds those without a place."""
        found: dict[str, list[Result]] = {}
        for result in sorted(self.results, key=order):
            found.setdefault(result.where.file if result.where else "", []).append(result)
        return found

    def summary(self, language: str) -> str:
        """How many results of each severity there are, in one sentence."""
        counts = [self.count(level) for level in Level]
        said = _SUMMARY[language].format(*counts)
        return said + (_ACCEPTED[language].format(self.accepted) if self.accepted else "")

    def seen_from(self, folder: Path) -> Report:
        """The report with the files below this folder named relative to it."""
        here = folder.resolve()

        def named(place: Place | None) -> Place | None:
            if place is None or place.is_remote:
                return place
            path = Path(place.file).absolute()
            if ".." in path.parts or not path.is_relative_to(here):
                path = path.resolve()
            return replace(place, file=path.relative_to(here).as_posix()) if path.is_relative_to(here) else place

        return self.with_results(
            [
                replace(result, text=named(result.text), row=named(result.row), graph=named(result.graph))
                for result in self.results
            ]
        )

    def with_results(self, results: Sequence[Result]) -> Report:
        """The report with these results in place of its own."""
        return Report(results, self.coverage)

    def where(self, keep: Callable[[Result], bool]) -> Report:
        """The report with the results that this keeps."""
        return self.with_results([result for result in self.results if keep(result)])

    def as_text(self, language: str) -> str:
        """The report for people."""
        from atkg.validate.formats import render

        return render(self, "text", language)


def order(result: Result) -> tuple[object, ...]:
    """A key that sorts by document, then line, then severity."""
    where = result.where or Place("")
    return (
        where.file,
        where.line or 0,
        where.column or 0,
        result.level.rank,
        result.shape,
        result.node,
        result.value or "",
    )


_SUMMARY: Final = {
    "zh": "错误 {} 条，警告 {} 条，提示 {} 条。",
    "en": "{} violations, {} warnings, {} infos.",
}
_ACCEPTED: Final = {"zh": "另有 {} 条已说明理由并接受。", "en": " {} more are accepted with a reason."}
