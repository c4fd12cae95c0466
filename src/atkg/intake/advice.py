"""What would settle a finding: the nearest known names, the register row to add, the correction to write."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from atkg.intake.head import Head, similar
from atkg.model import Finding, Reading, Severity, Span, Timing
from atkg.registers import AgencyRow, Jurisdiction, Registers, normalise_name

_NEAREST: Final = 3
_ALIKE: Final = 0.45
"""From which likeness on (0 to 1) a known name is shown beside an unknown one."""
_LEVELS: Final = {
    "省": "province",
    "自治区": "province",
    "市": "prefecture",
    "州": "prefecture",
    "盟": "prefecture",
    "县": "county",
    "区": "county",
    "旗": "county",
}
_TIME: Final = re.compile(r"\d{1,4}\s*[年月日]|\d{4}\s*[./-]\s*\d|今年|明年|年底|年末|年内|季度|半年")
_LOOSE_DATE: Final = re.compile(
    r"""
    (?: 今年 | 明年 | 本年度? | 当年 | (?<![\d每]) (?<!\d\s) 年 [底末] | (?<![年\d]) (?<!年\s) \d{1,2} \s* 月
        (?: \s* \d{1,2} \s* 日 | 份 | 底 | 末 )? )
    [^，。；、]{0,4}? (?: 之前 | 以前 | 以内 | 前 | 内 )
    """,
    re.VERBOSE,
)
"""A time in a task's words that gives no year: 6月底前, 今年年底前."""


@dataclass(frozen=True, slots=True)
class NearName:
    """A registered name that is like an unknown one, with the row that it stands in."""

    name: str
    row: AgencyRow
    likeness: float


def jurisdiction_row(head: Head, wanted: str, registers: Registers, key: str) -> tuple[str, list[str]]:
    """(register row to add, names of the nearest registered places) for a place that is not registered."""
    own = re.sub(r"-\d{4}(?:-\d+)?$", "", key)
    place, full = (wanted, head.place or "…") if wanted.isascii() else (own, wanted)
    suffix = next((end for end in _LEVELS if full.endswith(end)), "")
    above = head.within if head.within and registers.jurisdictions[head.within].name_zh != full else "…"
    slug = re.sub(r"[^a-z-]", "", place) or "…"
    row = [slug, full, full.removesuffix(suffix) or "…", slug.capitalize(), _LEVELS.get(suffix, "…"), above, "…"]
    names = {known.slug: known.name_zh for known in registers.jurisdictions.values()}
    near = list(similar(full, names)) or list(similar(wanted, {known: known for known in names}))
    return csv_line(row), [f"{slug}（{names[slug]}）" for slug in near]


def near_names(name: str, jurisdiction: str, registers: Registers) -> list[NearName]:
    """The registered names that are like this one, the likest first."""
    wanted = normalise_name(name)
    best: dict[str, NearName] = {}
    for known, row in _names(jurisdiction, registers):
        matcher = SequenceMatcher(None, wanted, known, autojunk=False)
        if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
            continue
        likeness = matcher.ratio()
        if likeness >= _ALIKE and likeness > getattr(best.get(row.slug), "likeness", 0):
            best[row.slug] = NearName(known, row, likeness)
    return sorted(best.values(), key=lambda found: (-found.likeness, found.name))[:_NEAREST]


def _names(jurisdiction: str, registers: Registers) -> Iterator[tuple[str, AgencyRow]]:
    """The names that a plan of this place can use for the bodies of its own place and of the nation."""
    for place in registers.lineage(jurisdiction):
        for row in registers.agencies:
            general = row.scope == "" and place.slug == jurisdiction
            if general or row.scope in (place.level, place.slug):
                yield from ((normalise_name(_expanded(pattern, place)), row) for pattern in row.names)


def _expanded(pattern: str, place: Jurisdiction) -> str:
    return pattern.format(L=place.name_zh[-1], J=place.name_zh, P=place.place_zh)


def agency_row(name: str, jurisdiction: str, registers: Registers, near: Sequence[NearName]) -> str:
    """The row that would register an unknown agency; what only a person knows is left as …"""
    place = registers.jurisdictions.get(jurisdiction)
    pattern = normalise_name(name)
    if place and pattern.startswith(place.name_zh):
        pattern = "{J}" + pattern.removeprefix(place.name_zh)
    elif place and pattern.startswith(place.name_zh[-1]):
        pattern = "{L}" + pattern[1:]
    like = near[0].row if near else None
    functions = "|".join(like.functions) if like else ""
    kind = like.kind if like and functions else "government"
    return csv_line(["…", jurisdiction, pattern, "", functions or "…", kind, "", "{J} …", ""])


def csv_line(values: Sequence[str]) -> str:
    """The values as one line of a CSV file."""
    file = io.StringIO()
    csv.writer(file, lineterminator="").writerow(values)
    return file.getvalue()


def loose_dates(reading: Reading) -> Iterator[Finding]:
    """A finding for each time that was read without a date, and for each date outside the plan's period."""
    told = [finding.span for finding in reading.findings if finding.kind == "date-unplaced"]
    placed: list[Span] = list(told)
    for milestone in reading.milestones:
        known = any(span.start <= other.start < span.end for span in milestone.spans for other in told)
        if milestone.timing is Timing.UNDATED and milestone.text and _TIME.search(milestone.text) and not known:
            yield _unplaced(milestone.spans[0], milestone.text)
        if milestone.begin or milestone.end or milestone.recurrence or milestone.timing is Timing.UNDATED:
            placed += milestone.spans
        dates = [when for when in (milestone.begin, milestone.end) if when]
        begin, end = reading.plan.begin, reading.plan.end
        if begin and end and not all(begin <= when <= end for when in dates):
            shown = "、".join(str(when) for when in dates)
            yield Finding(
                "date-outside",
                milestone.spans[0],
                f"日期 {shown} 不在计划期间（{begin} 至 {end}）内。",
                f"The date {shown} lies outside the plan's period ({begin} to {end}).",
            )
    for task in reading.tasks:
        for span in task.spans if task.text else ():
            for match in _LOOSE_DATE.finditer(reading.text, span.start, span.end):
                found = Span(*match.span())
                if not any(other.start <= found.start and found.end <= other.end for other in placed):
                    yield _unplaced(found, match.group())


def _unplaced(span: Span, words: str) -> Finding:
    shown = words if len(words) <= 30 else words[:29] + "…"
    return Finding(
        "date-unplaced",
        span,
        f"“{shown}”说到时间，但定不出日期。",
        f"“{shown}” speaks of a time, but no date could be made of it.",
        Severity.WARNING,
    )
