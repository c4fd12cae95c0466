"""What the head of a document tells of the plan: title, number, issuer, date, period, place, and what it cites."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from atkg.extract import guess_record
from atkg.extract.numbering import number_at
from atkg.extract.text import normalise
from atkg.model import Citation, PlanRecord
from atkg.registers import Registers

_FRONT: Final = 3000
"""How far, in code points, the head of a document reaches at most."""
_TITLE_ENDS: Final = "计划|方案|细则|意见|规划|办法|规定|纲要|任务细化表|任务分工|分工方案|清单"
_ISSUED_TITLE: Final = re.compile(
    rf"《(?P<title>[^》《]{{4,120}}(?:{_TITLE_ENDS})(?:[（(][^）)》]*[）)])?)》(?:及[^，。]{{1,20}}?)?\s*(?:已|印发|现|经)"
)
_TITLE_LINE: Final = re.compile(rf"[^。；;：:《》]{{2,80}}(?:{_TITLE_ENDS})(?:\s*[（(][^）)]*[）)])?")
_DAY: Final = re.compile(r"(?P<year>[12]\d{3})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日\s*(?:印发)?")
_PERIOD: Final = re.compile(r"(?P<begin>20\d{2})\s*年?\s*[—–~～至―-]+\s*(?P<end>20\d{2})\s*年")
_ISSUER: Final = re.compile(r"[\u4e00-\u9fff（）()、\s]{4,50}(?:政府|办公室|办公厅|委员会|委|局|厅|院|会议|小组|府办)")
_ISSUING: Final = re.compile(
    r"(?P<issuer>[\u4e00-\u9fff（）()]{4,40}?(?:政府|办公室|办公厅|委员会|委|局|厅|小组|会议))\s*关于"
)
_PLACE: Final = re.compile(r"(?P<name>[\u4e00-\u9fff]{1,10}?(?:自治州|自治县|自治区|自治旗|省|市|州|盟|县|区|旗))")
_NUMBER: Final = re.compile(
    r"(?:根据|按照|依照|依据|贯彻|落实|结合|以及)?"
    r"(?P<number>[\u4e00-\u9fff]{2,12}?\s*[〔\[［(（]\s*\d{4}\s*[〕\]］)）]\s*\d{1,5}\s*号)"
)
"""A document number, without the word that brings it in."""
_BRACKETS: Final = {"〔": "[〔\\[［(（]", "〕": "[〕\\]］)）]"}
_BY_NAME: Final = "正文写明《{title}》，没有写出文号。 The text names this plan by its title, without a number."
_BY_HAND: Final = "登记时指明；正文没有写出文号。 Named when the plan was taken in; the text gives no number of it."


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of the plan, from its document or from a person.

    `place` is the name of its place as written, `within` a registered place that the head of the document names.
    """

    title: str | None = None
    title_en: str | None = None
    number: str | None = None
    issuer: str | None = None
    issued: date | None = None
    begin: date | None = None
    end: date | None = None
    jurisdiction: str | None = None
    page: str | None = None
    place: str | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """The plans above that a text names, and the numbers that it cites and that no plan of the data folder bears."""

    citations: tuple[Citation, ...]
    unknown: tuple[tuple[str, int], ...] = field(default=())


def read_head(text: str, key: str, hints: Mapping[str, str], registers: Registers) -> Head:
    """What the head of the document says; what it doesn't say is None."""
    guessed = guess_record(text, key, registers)
    front = _front(text)
    lines = [normalise(line) for line in front.splitlines() if normalise(line)]
    title = _title(front, lines) or hints.get("title")
    issued, issuer = _signature(lines)
    period = _PERIOD.search(title or "") or _PERIOD.search(front)
    begin, end = (int(period["begin"]), int(period["end"])) if period else (0, 0)
    jurisdiction, place = _place(key, issuer, title, registers)
    page = hints.get("page", "")
    return Head(
        title=title,
        number=guessed.number,
        issuer=issuer,
        issued=issued,
        begin=date(begin, 1, 1) if 0 < begin <= end else None,
        end=date(end, 12, 31) if 0 < begin <= end else None,
        jurisdiction=jurisdiction,
        page=page if page.startswith(("http://", "https://")) else None,
        place=place,
        within=guessed.jurisdiction if guessed.jurisdiction in registers.jurisdictions else None,
    )


def _front(text: str) -> str:
    """The text before its first clause."""
    place = 0
    for line in text[:_FRONT].splitlines(keepends=True):
        number = number_at(line.strip(), 0)
        if number and number.kind in ("chp", "art", "sec"):
            break
        place += len(line)
    return text[:place]


def _title(front: str, lines: Sequence[str]) -> str | None:
    """The title: as the notice before the plan quotes it, else the line that ends as titles do."""
    if quoted := _ISSUED_TITLE.search(front):
        return _one_line(quoted["title"])
    for place, line in enumerate(lines):
        if not _TITLE_LINE.fullmatch(line) or line.startswith(("附件", "根据")):
            continue
        above = lines[place - 1] if place else ""
        is_cut = above and not re.search(r"[。：:，；\d号]$", above) and len(line) < 24 and len(above) < 40
        return f"{above}{line}" if is_cut and not _ISSUER.fullmatch(above) else line
    return None


def _signature(lines: Sequence[str]) -> tuple[date | None, str | None]:
    """(date, issuer): the date on a line of its own, the body on the line above it; else the body that writes."""
    issued: date | None = None
    issuer: str | None = None
    for place, line in enumerate(lines):
        day = _DAY.fullmatch(line.strip("()（） "))
        if not day:
            continue
        try:
            issued = date(int(day["year"]), int(day["month"]), int(day["day"]))
        except ValueError:
            continue
        if place and _ISSUER.fullmatch(lines[place - 1]):
            issuer = "".join(lines[place - 1].split())
        break
    if issuer is None:
        found = _ISSUING.match("".join(lines[:6]).replace(" ", ""))
        found = found or next((match for line in lines[:6] if (match := _ISSUING.match(line))), None)
        issuer = found["issuer"] if found else None
    return issued, issuer


def _place(key: str, issuer: str | None, title: str | None, registers: Registers) -> tuple[str | None, str | None]:
    """(slug, name) of the place: that of the key if it is registered, else what issuer or title begin with."""
    own = re.sub(r"-\d{4}(?:-\d+)?$", "", key)
    if own in registers.jurisdictions:
        return own, registers.jurisdictions[own].name_zh
    for words in (issuer, title):
        slug = name = None
        rest = words or ""
        while found := next((pair for pair in registers.jurisdiction_names if rest.startswith(pair[0])), None):
            name, slug = found
            rest = rest.removeprefix(name)
        unknown = _PLACE.match(rest)
        if unknown and (
            (words == title and slug is None) or rest[unknown.end() :].startswith(("人民政府", "政府", "委"))
        ):
            return None, unknown["name"]
        if slug:
            return slug, name
    return None, None


def read_citations(text: str, record: PlanRecord, others: Sequence[PlanRecord], implements: Sequence[str]) -> Cited:
    """The plans that the text cites by number or title, and those that it is said to implement.

    Where none is named, every cited plan of the place or of one above it is one that this plan implements.
    """
    citations: list[Citation] = []
    numbers: set[str] = set()
    for other in others:
        number = _as_written(text, other.number)
        if number:
            numbers.add(_bare(number))
        titled = f"《{_bare(other.title)}》" in _bare(text) or f"{_bare(other.title)}》" in _bare(text)
        wanted = other.key in implements
        if not (number or titled or wanted):
            continue
        if number:
            citations.append(Citation(other.key, number, wanted or not implements, "cited", None))
        else:
            reason = _BY_NAME.format(title=other.title) if titled else _BY_HAND
            citations.append(Citation(other.key, None, wanted or not implements, "register", reason))
    own = {_bare(record.number)} if record.number else set()
    unknown = {
        match["number"]: match.start("number")
        for match in _NUMBER.finditer(_front(text))
        if not any(_bare(match.group()).endswith(known) for known in numbers | own)
    }
    return Cited(tuple(sorted(citations, key=lambda found: found.plan)), tuple(unknown.items()))


def _as_written(text: str, number: str | None) -> str | None:
    """A document number as this text writes it, whatever its brackets and spaces."""
    if not number:
        return None
    pattern = r"\s*".join(_BRACKETS.get(char) or re.escape(char) for char in number if not char.isspace())
    match = re.search(pattern, text)
    return match.group() if match else None


def _bare(words: str) -> str:
    """The words without white space, brackets and dashes in one form."""
    return "".join(_FORMS.get(char, char) for char in words if not char.isspace())


_FORMS: Final = dict.fromkeys("-–－―─~～至", "—") | dict(zip("［[（(］]）)", "〔〔〔〔〕〕〕〕", strict=True))


def _one_line(words: str) -> str:
    return re.sub(r"(?<=[\u4e00-\u9fff）)》])\s+|\s+(?=[\u4e00-\u9fff（(《])", "", normalise(words))


def similar(word: str, known: Mapping[str, str]) -> Iterator[str]:
    """The keys whose name is like the word, the likest first, three at most."""
    from difflib import SequenceMatcher

    rated = sorted(
        ((SequenceMatcher(None, word, name, autojunk=False).ratio(), key) for key, name in known.items()), reverse=True
    )
    yield from (key for ratio, key in rated[:3] if ratio >= 0.5)
