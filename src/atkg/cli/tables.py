"""What the commands print: tables for people, and the answers of queries in every other form."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from atkg.errors import UsageError
from atkg.queries import NamedQuery, named_queries
from atkg.store import FORMATS, Answer

if TYPE_CHECKING:  # what only some commands need is imported when they run
    from atkg.align import Evaluation, Proposal
    from atkg.compare import Phrase
    from atkg.model import Reading


def print_answer(answer: Answer, format_: str | None) -> None:
    """The answer of a query as a table, or in the form named.

    Raises:
        UsageError: the answer has no such form.
    """
    media_types = answer.media_types
    if format_ is None:
        format_ = "table" if "text/csv" in media_types else "turtle" if "text/turtle" in media_types else "json"
    if format_ == "table" and "text/csv" in media_types:
        variables, rows = answer.values()
        table = _table(*variables)
        for row in rows:
            table.add_row(*row)
        _print_table(table)
        return
    media_type = FORMATS.get(format_, "")
    if media_type not in media_types:
        fits = ", ".join(name for name, type_ in FORMATS.items() if type_ in media_types)
        raise UsageError(
            f"这个查询的结果没有 {format_} 格式；可用：{fits}",
            f"this query's answer has no {format_} form; it has {fits}",
        )
    sys.stdout.buffer.write(answer.to_bytes(media_type))


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table of these rows."""
    table = _table(*columns)
    for row in rows:
        table.add_row(*row)
    _print_table(table)


def print_queries(language: str) -> None:
    """The named queries with their parameters and questions."""
    table = _table("query", "parameters", "")
    for named in named_queries():
        table.add_row(named.name, _parameters(named), named.question[language])
    _print_table(table)


def _parameters(named: NamedQuery) -> str:
    return " ".join(parameter.name for parameter in named.parameters)


_VERDICTS = {
    "accept": ("采纳", "accept"),
    "review": ("待审", "review"),
    "local": ("疑为本地措施", "local measure?"),
}


def print_proposals(proposals: Sequence[Proposal], reading: Reading, language: str) -> None:
    """A table of the proposals with the words that both sides share."""
    english = language == "en"
    table = _table("from", "to", "score", "verdict", "words")
    for proposal in proposals:
        spans = [span for key, span in proposal.evidence if key == reading.plan.key]
        words = " … ".join(" ".join(reading.text[span.start : span.end].split()) for span in spans)
        table.add_row(
            proposal.source,
            proposal.to or "",
            f"{proposal.score:.2f}",
            _VERDICTS[proposal.verdict][english],
            words if len(words) <= 40 else words[:39] + "…",
        )
    _print_table(table)


def print_evaluation(evaluation: Evaluation, language: str) -> None:
    """Precision, recall and F1 by threshold, over all lineages and for each."""
    from atkg.align import THRESHOLDS

    table = _table(
        "lineage", "threshold", "proposed", "right", "links", "precision", "recall", "F1", "lenient precision"
    )
    for lineage in (None, *evaluation.lineages):
        for threshold in THRESHOLDS:
            found = evaluation.figures(threshold, lineage)
            table.add_row(
                lineage or ("全部" if language == "zh" else "all"),
                f"{threshold:.2f}",
                *map(str, (found.proposed, found.right, found.links)),
                *(f"{value:.3f}" for value in (found.precision, found.recall, found.f1, found.lenient)),
            )
    _print_table(table)


_STATES = {
    "shared": ("相同", "shared"),
    "added": ("仅此处", "only here"),
    "dropped": ("此处无", "not here"),
}


def print_comparison(found: Mapping[str, Sequence[Phrase]], language: str) -> None:
    """A table of phrases by jurisdiction, each with those that say it too."""
    table = _table("jurisdiction", "", "phrase", "others")
    for place, phrases in found.items():
        for phrase in phrases:
            table.add_row(place, _STATES[phrase.state][language == "en"], phrase.text, "、".join(phrase.others))
    _print_table(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print_table(table: Table) -> None:
    console = Console(width=None if sys.stdout.isatty() else 100_000, soft_wrap=not sys.stdout.isatty())
    console.print(table)
