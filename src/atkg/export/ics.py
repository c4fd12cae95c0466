"""The profile ics: a calendar of what is due in each jurisdiction (RFC 5545), with the words that say so."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from atkg import iris
from atkg.export.mapped import filled
from atkg.export.profile import Profile, Source
from atkg.namespaces import ATKG, BASE, SKOS
from atkg.resources import VERSION

MEDIA_TYPE: Final = "text/calendar"
OCTETS: Final = 75
"""The most bytes of a line, as RFC 5545 has it."""
WORDS: Final = 80
"""Characters of the words in the title of an event; the description has them whole."""
LEADS: Final = 3
"""The most agencies in the title of an event; the description has them all."""

Row = Mapping[str, Any]
Select = Callable[[str], Sequence[Row]]
"""Answers a SELECT: rows of plain values, as Store.select does."""

_ROLES: Final = {
    iris.concept("role", name): label
    for name, label in (("lead", "牵头"), ("cooperating", "配合"), ("implementing", "落实"))
}
_LEAD: Final = iris.concept("role", "lead")
_RULE: Final = re.compile(r"FREQ=(?:YEARLY|MONTHLY)(?:;BYMONTH=(?P<months>[0-9,]+))?;BYMONTHDAY=(?P<days>[-0-9,]+)")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MOST_DAYS: Final = 366 * 8
"""How far the first day of a rule is looked for: the 29th of February comes within eight years."""


@dataclass(frozen=True, slots=True)
class Event:
    """One commitment on the day it is due."""

    uid: str
    day: date
    rule: str | None
    summary: str
    description: str
    url: str
    categories: tuple[str, ...]


def calendar(select: Select, place: str, manifest: Mapping[str, Any], plans: Sequence[str] = ()) -> bytes | None:
    """The calendar of a jurisdiction; None where it isn't known.

    Args:
        select: answers the queries.
        place: its slug.
        manifest: the snapshot's; its build date is the time stamp of every event.
        plans: the keys of the only plans to take; empty for all.
    """
    thing = iris.jurisdiction(place)
    names = select(
        f"""SELECT ?name {{ <{thing}> a <{ATKG}Jurisdiction> ; <{SKOS}prefLabel> ?name FILTER (LANG(?name) = "zh") }}"""
    )
    if not names:
        return None
    wanted = {iris.plan(key) for key in plans}
    rows = select(f"SELECT ?plan {{ ?plan <{ATKG}jurisdiction> <{thing}> ; a <{ATKG}Plan> }} ORDER BY ?plan")
    found = (row["plan"] for row in rows if not wanted or row["plan"] in wanted)
    events = [event for plan in found for event in events_of(select, plan)]
    return written(names[0]["name"], f"{BASE}calendar/{place}.ics", events, stamp_of(manifest))


def events_of(select: Select, plan: str) -> Iterator[Event]:
    """What is due under a plan: each milestone with a day, or with a rule that gives one."""
    dated = _by_milestone(_asked(select, "ics-milestones", plan))
    about = _asked(select, "ics-plans", plan) if dated else ()
    if not about:
        return
    tasks = _by_milestone(_asked(select, "ics-tasks", plan))
    agencies: dict[str, dict[str, list[str]]] = {}
    for row in _asked(select, "ics-agencies", plan):
        named = agencies.setdefault(row["milestone"], {}).setdefault(row["role"], [])
        if row["agencyName"] not in named:
            named.append(row["agencyName"])
    things = {
        row[name] for rows in dated.values() for row in rows for name in ("timing", "stage", "agency") if row[name]
    }
    names = {row["thing"]: row["name"] for row in select(filled("ics-names", sorted(things)))}
    for milestone, rows in dated.items():
        due = _Due(rows, about, tasks.get(milestone, []), agencies.get(milestone, {}), names)
        if event := _event(milestone, due):
            yield event


def _asked(select: Select, query: str, plan: str) -> Sequence[Row]:
    return select(filled(query, [plan]))


def _by_milestone(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["milestone"], []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class _Due:
    """What is known of a milestone.

    Args:
        rows: its own, one for each stage and agency.
        about: its plan, a row for each plan that it carries out.
        tasks: the tasks that it belongs to.
        agencies: role → names of the agencies of those tasks.
        names: thing → its name.
    """

    rows: Sequence[Row]
    about: Sequence[Row]
    tasks: Sequence[Row]
    agencies: Mapping[str, Sequence[str]]
    names: Mapping[str, str]

    def named(self, *names: str) -> list[str]:
        """What the things of the milestone are called, each once."""
        found = (self.names.get(row[name]) for row in self.rows for name in names if row[name])
        return list(dict.fromkeys(name for name in found if name))

    @property
    def words(self) -> str:
        """The words of its tasks."""
        found = dict.fromkeys(task["words"] or _recovered(task["recovered"]) for task in self.tasks)
        return " / ".join(found)


def _event(milestone: str, due: _Due) -> Event | None:
    row = due.rows[0]
    rule = row["recurrence"]
    if rule:
        start = _start(due)
        day = first_day(rule, start) if start else None
        until = _day(due.about[0]["end"])
        if day is None or (until and day > until):
            return None
        rule = f"{rule};UNTIL={until:%Y%m%d}" if until else rule
    else:
        day = _day(row["end"])
        if day is None:
            return None
    tasks = sorted({task["task"] for task in due.tasks})
    words = row["words"] or row["clauseWords"] or due.words or row["heading"] or _recovered(None)
    done = "（文件称已完成）" if row["timing"] == iris.concept("timing", "done") else ""
    return Event(
        uid=f"{milestone.removeprefix(BASE).replace('/', '.')}@w3id.org",
        day=day,
        rule=rule,
        summary=f"{done}{_led_by(due.agencies.get(_LEAD) or due.named('agency'))}{_cut(words)}",
        description="\n".join(_description(due, day, rule)),
        url=tasks[0] if len(tasks) == 1 else row["clause"],
        categories=tuple(sorted(due.named("timing", "stage"))),
    )


def _description(due: _Due, day: date, rule: str | None) -> Iterator[str]:
    row, plan = due.rows[0], due.about[0]
    if row["words"]:
        yield f"进度要求：{row['words']}"
    elif row["clauseWords"]:
        yield f"举措：{row['clauseWords']}"
    if due.words:
        yield f"任务：{due.words}"
    for role, label in _ROLES.items():
        if named := due.agencies.get(role):
            yield f"{label}：{'、'.join(named)}"
    if not due.agencies and (named := due.named("agency")):
        yield f"责任单位：{'、'.join(named)}"
    yield f"时间：{'、'.join(due.named('timing'))}{_time(row, plan, day, rule)}"
    number = f"（{plan['number']}）" if plan["number"] else ""
    yield f"出处：《{plan['title']}》{number}{row['reference'] or ''}"


def _time(row: Row, plan: Row, day: date, rule: str | None) -> str:
    """What the document says of the time, and why the event stands on its day."""
    if rule:
        begins = "" if row["begin"] else "文件没有写明从哪次算起，从计划期开始、本计划和所落实的计划都已印发之日起算；"
        ends = "" if plan["end"] else "文件没有写明到哪次为止；"
        return f"；{begins}{ends}日历记在每次期限的最后一天。"
    if row["begin"] and row["begin"] != row["end"]:
        return f"，{row['begin']}至{row['end']}；日历记在最后一天。"
    if (day.month, day.day) == (12, 31):
        return f"，{row['end']}；文件写到年的，日历记在该年最后一天。"
    return f"，{row['end']}。"


def _recovered(words: str | None) -> str:
    return f"（原文缺失，以下文字取自上级计划）{words}" if words else "（原文缺失）"


def _led_by(leads: Sequence[str]) -> str:
    """The first few of those who lead, for the title of an event."""
    if len(leads) > LEADS:
        return f"{'、'.join(leads[:LEADS])}等{len(leads)}个单位："
    return f"{'、'.join(leads)}：" if leads else ""


def _cut(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= WORDS else words[: WORDS - 1] + "…"


def _start(due: _Due) -> date | None:
    """From when a rule holds: the day that the text gives, else the latest day before which it could bind nobody.

    That is when the plan begins, when it was issued, and when a plan that it carries out was issued.
    """
    if begin := _day(due.rows[0]["begin"]):
        return begin
    names = ("begin", "issued", "aboveIssued")
    return max((day for row in due.about for name in names if (day := _day(row[name]))), default=None)


def _day(text: str | None) -> date | None:
    """The date; None for none, and for one that the calendar doesn't have."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def first_day(rule: str, start: date) -> date | None:
    """The first day of a yearly or monthly rule, from this one on; None for a rule of another kind.

    >>> first_day("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=15", date(2021, 3, 1))
    datetime.date(2022, 2, 15)
    """
    match = _RULE.fullmatch(rule)
    if match is None:
        return None
    months = _numbers(match["months"]) if match["months"] else frozenset(range(1, 13))
    days = _numbers(match["days"])
    for ahead in range(_MOST_DAYS):
        day = start + timedelta(ahead)
        from_end = day.day - monthrange(day.year, day.month)[1] - 1
        if day.month in months and (day.day in days or from_end in days):
            return day
    return None


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.split(",") if part.lstrip("-").isdecimal())


def stamp_of(manifest: Mapping[str, Any]) -> str:
    """When the snapshot was built, as RFC 5545 writes it; the same snapshot gives the same bytes."""
    built = datetime.fromisoformat(str(manifest.get("built") or "1970-01-01T00:00:00+00:00"))
    return built.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def written(name: str, source: str, events: Iterable[Event], stamp: str) -> bytes:
    """A calendar with these events by day; one without events is a calendar too."""
    title = f"{name}反拐行动计划进度"
    about = f"{name}各项反对拐卖人口行动计划中有日期的进度要求。文字均出自计划原文；长期坚持和没有日期的要求不在其中。"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//atkg//atkg {VERSION}//ZH",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(title)}",
        f"X-WR-CALNAME:{_text(title)}",
        f"DESCRIPTION:{_text(about)}",
        f"X-WR-CALDESC:{_text(about)}",
        "X-WR-TIMEZONE:Asia/Shanghai",
        f"SOURCE;VALUE=URI:{source}",
        f"LAST-MODIFIED:{stamp}",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D",
        # a calendar holds one component at least, and this one may have no event
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Shanghai",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0800",
        "TZOFFSETTO:+0800",
        "TZNAME:CST",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    for event in sorted(events, key=lambda event: (event.day, event.uid)):
        lines += _event_lines(event, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(fold(line) for line in lines)


def _event_lines(event: Event, stamp: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(1):%Y%m%d}"
    if event.rule:
        yield f"RRULE:{event.rule}"
    yield f"SUMMARY;LANGUAGE=zh:{_text(event.summary)}"
    yield f"DESCRIPTION;LANGUAGE=zh:{_text(event.description)}"
    yield f"URL:{event.url}"
    if event.categories:
        yield f"CATEGORIES;LANGUAGE=zh:{','.join(map(_text, event.categories))}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(text: str) -> str:
    r"""The text as a value of RFC 5545, without control characters.

    >>> _text("一，二;三\n四")
    '一，二\\;三\\n四'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text).translate(_ESCAPES)


def fold(line: str) -> bytes:
    """The line with its end, broken so that no part is longer than OCTETS and no character is split."""
    data = line.encode()
    parts: list[bytes] = []
    start, room = 0, OCTETS
    while len(data) - start > room:
        end = start + room
        # a byte that goes on with a character begins with the bits 10
        while data[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(data[start:end])
        # the space that begins a further line counts
        start, room = end, OCTETS - 1
    return b"\r\n ".join([*parts, data[start:]]) + b"\r\n"


def _write(source: Source, folder: Path) -> Iterator[Path]:
    (folder / "ics").mkdir(parents=True, exist_ok=True)
    start = len(iris.jurisdiction(""))
    rows = source.store.select(f"SELECT ?plan ?place {{ ?plan a <{ATKG}Plan> ; <{ATKG}jurisdiction> ?place }}")
    places = {row["plan"]: row["place"][start:] for row in rows}
    for stem in source.plans or sorted(set(places.values())):
        place = places.get(iris.plan(stem)) if source.plans else stem
        made = calendar(source.store.select, place, source.manifest, (stem,) if source.plans else ()) if place else None
        # whoever chooses a plan is told that nothing falls due; of a nation's places only those with a date have a file
        if made and (source.plans or b"BEGIN:VEVENT" in made):
            path = folder / "ics" / f"{stem}.ics"
            path.write_bytes(made)
            yield path
        source.advance(stem)


ICS: Final = Profile(
    name="ics",
    zh="每个行政区划一份日历（iCalendar）：有日期的进度要求、责任单位和原文；没有到期事项的行政区划没有文件。",
    en="A calendar for each jurisdiction (iCalendar): dated commitments with the agency that answers for them and the "
    "words; a jurisdiction where nothing falls due has no file.",
    media_types={".ics": MEDIA_TYPE},
    write=_write,
)
