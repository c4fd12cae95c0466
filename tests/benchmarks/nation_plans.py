"""A made-up nation of plans: places, the tree of plans, and the text of each in one of five real forms.

Everything follows from the seed. A plan takes most measures of the plan above and some of its own, so that the
true line of descent of every task is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from random import Random
from typing import Final

from atkg.extract.numbering import to_chinese
from atkg.model import Citation, PlanRecord, Role
from atkg.registers import Jurisdiction, Registers
from nation_material import STAGES, Material, Measure, Names, Speller

LEVELS: Final = ("nation", "province", "prefecture", "county")
CHINA: Final = {"nation": 1, "province": 31, "prefecture": 333, "county": 2844}
"""How many plans of each level a whole nation has."""

_LETTER: Final = {"nation": "n", "province": "p", "prefecture": "d", "county": "c"}
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_LARGEST, _SMALLEST = 90, 50
"""How many measures a plan has: those of the real ones number 38 to 86."""
_INHERITED: Final = 0.85
"""The share of a plan's measures that stand in the plan above."""
_UNKNOWN: Final = (
    "反拐事务服务中心",
    "儿童信息核查办公室",
    "寻亲服务指导中心",
    "跨境婚姻核查办公室",
    "救助热线管理办公室",
)
"""Names of bodies that no register has, to be set behind the character of the level."""


class Kind(StrEnum):
    """The faults that are put in; the first three into the text, the others into what was read or written."""

    AGENCY_UNKNOWN = "agency-unknown"
    DATE_OUTSIDE = "date-outside-plan"
    ROLE_DOUBLED = "role-doubled"
    LEAD_LOST = "lead-lost"
    OFFSET_MOVED = "offset-moved"
    TEXT_LOST = "text-lost"
    SHORT_CUT_ALONE = "short-cut-alone"
    ASSIGNMENT_ALONE = "assignment-alone"


IN_TEXT: Final = (Kind.AGENCY_UNKNOWN, Kind.DATE_OUTSIDE, Kind.ROLE_DOUBLED)


@dataclass(slots=True)
class Laid:
    """A measure as one plan lays it on its agencies; start and end in the plan's text are set when it is written."""

    measure: Measure
    heading: str | None
    words: str
    names: dict[Role, list[str]]
    fault: Kind | None = None
    detail: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A generated plan: what its plan.toml would say, its text, and where each measure stands in it."""

    record: PlanRecord
    form: str
    text: str
    laid: tuple[Laid, ...]
    above: str | None

    @property
    def key(self) -> str:
        return self.record.key


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree, with those below it."""

    place: Jurisdiction
    key: str
    below: list[Node]


def level_counts(plans: int) -> dict[str, int]:
    """How many plans of each level: as in China, and at least one of each from four plans on.

    >>> level_counts(4), level_counts(320)
    ({'nation': 1, 'province': 1, 'prefecture': 1, 'county': 1}, {'nation': 1, 'province': 3, 'prefecture': 33, 'county': 283})
    """
    whole = sum(CHINA.values())
    counts = dict.fromkeys(LEVELS, 0)
    left = plans
    for level in LEVELS[:3]:
        share = 1 if level == "nation" else max(1, round(CHINA[level] * plans / whole))
        counts[level] = min(left, share)
        left -= counts[level]
    counts["county"] = left
    return counts


def plant(plans: int, registers: Registers) -> tuple[Node, Registers]:
    """The tree of this many plans, and the registers with its places in them."""
    root = Node(registers.jurisdictions["cn"], "gen-n-2021-1", [])
    rows: dict[str, list[Node]] = {"nation": [root]}
    made: dict[str, Jurisdiction] = {}
    serial = 0
    for level, over, end, year in (
        ("province", "nation", "省", 2021),
        ("prefecture", "province", "市", 2022),
        ("county", "prefecture", "县区", 2022),
    ):
        rows[level] = []
        for index in range(level_counts(plans)[level]):
            parent = rows[over][index % len(rows[over])]
            number = len(parent.below) + 1
            slug = f"{'gen' if level == 'province' else parent.place.slug}-{_LETTER[level]}{number:02}"
            stem = "".join(_STEMS[serial // 22**power % 22] for power in (2, 1, 0))
            serial += 1
            name = stem + end[index % len(end)]
            english = slug.replace("gen-", "Place ").upper()
            place = Jurisdiction(slug, name, stem, english, level, parent.place.slug, "generated")
            made[slug] = place
            node = Node(place, f"gen-{_LETTER[level]}-{year}-{index + 1}", [])
            rows[level].append(node)
            parent.below.append(node)
    return root, replace(registers, jurisdictions={**registers.jurisdictions, **made})


@dataclass(slots=True)
class Nation:
    """Makes the plans of a tree, one by one, the plan above always before those below."""

    root: Node
    registers: Registers
    material: Material
    seed: int
    share: float
    _speller: Speller = field(init=False)
    _probes: dict[str, str] = field(init=False)
    _laid: int = 0
    _faulty: int = 0

    def __post_init__(self) -> None:
        self._speller = Speller(self.registers)
        self._probes = {}
        for place in self.registers.jurisdictions.values():
            if place.slug == "cn" or place.source == "generated":
                self._probes.setdefault(place.level, place.slug)

    def plans(self) -> Iterator[Plan]:
        """All plans, depth first."""
        pending: list[tuple[Node, Node | None, tuple[Measure, ...]]] = [(self.root, None, ())]
        while pending:
            node, above, inherited = pending.pop()
            chosen = self._choose(Random(f"{self.seed} choice {node.key}"), inherited)
            yield self._plan(node, above, chosen)
            pending.extend((child, node, chosen) for child in reversed(node.below))

    def _choose(self, random: Random, inherited: Sequence[Measure]) -> tuple[Measure, ...]:
        size = random.randint(_SMALLEST, _LARGEST)
        taken = random.sample(inherited, min(len(inherited), round(size * _INHERITED)))
        keys = {measure.key for measure in taken}
        others = [measure for measure in self.material.measures if measure.key not in keys]
        return tuple(taken + random.sample(others, min(len(others), size - len(taken))))

    def _plan(self, node: Node, above: Node | None, measures: Sequence[Measure]) -> Plan:
        random = Random(f"{self.seed} text {node.key}")
        names = Names(self._speller, node.place, (above or node).place, self._probes, random, {})
        laid = [self._lay(measure, names) for measure in measures]
        form = random.choice(sorted(_FORMS))
        self._spoil(laid, form, names, random)
        record = _record(node, above, names)
        page = _Page(form, random, names, self.material, record, above)
        _FORMS[form](page, laid)
        text = page.text()
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Plan(replace(record, sha256=digest), form, text, tuple(laid), above.key if above else None)

    @staticmethod
    def _lay(measure: Measure, names: Names) -> Laid:
        held: dict[Role, list[str]] = {}
        for role in Role:
            found = [name for slug in measure.slugs(role) if (name := names.of(slug))]
            held[role] = list(dict.fromkeys(found))
        if not held[Role.LEAD]:
            held[Role.LEAD] = [names.fill("⟦public-security⟧")]
        for role in (Role.COOPERATING, Role.IMPLEMENTING):
            held[role] = [name for name in held[role] if name not in held[Role.LEAD]]
        heading = names.fill(measure.heading) if measure.heading else None
        return Laid(measure, heading, names.fill(measure.words), held)

    def _spoil(self, laid: list[Laid], form: str, names: Names, random: Random) -> None:
        """Mark as many measures as the share asks for, counted over all plans so far, each with one fault."""
        self._laid += len(laid)
        wanted = int(self._laid * self.share + 1e-9) - self._faulty
        for one in random.sample(laid, min(wanted, len(laid))):
            one.fault = random.choice([kind for kind in Kind if _fits(kind, one, form)])
            self._faulty += 1
            match one.fault:
                case Kind.AGENCY_UNKNOWN:
                    before = one.names[Role.LEAD][0]
                    one.names[Role.LEAD][0] = names.fill("⟦L⟧") + random.choice(_UNKNOWN)
                    one.detail = f"{before} → {one.names[Role.LEAD][0]}"
                case Kind.DATE_OUTSIDE:
                    one.detail = f"{random.randint(2031, 2039)}年年底前完成整改。"
                    one.words += one.detail
                case Kind.ROLE_DOUBLED:
                    one.detail = one.names[Role.LEAD][0]
                    one.names[Role.COOPERATING].append(one.detail)


def _fits(kind: Kind, laid: Laid, form: str) -> bool:
    if kind in (Kind.AGENCY_UNKNOWN, Kind.ROLE_DOUBLED, Kind.LEAD_LOST):
        return form != "by-agency"  # there a name stands for a whole row
    if kind is Kind.ASSIGNMENT_ALONE:  # without its short cut the task must keep a lead
        return form != "by-agency" and bool(laid.names[Role.COOPERATING])
    return True


def _record(node: Node, above: Node | None, names: Names) -> PlanRecord:
    level, place = node.place.level, node.place
    _, _, year, number = node.key.split("-")
    issued = {"nation": date(2021, 4, 9), "province": date(2021, 10, 20)}.get(level, date(2022, 4, 6))
    office = {"nation": "国务院办公厅", "province": "{J}人民政府办公厅"}.get(level, "{J}人民政府办公室")
    return PlanRecord(
        key=node.key,
        title=f"{place.name_zh}反对拐卖人口行动计划（2021—2030年）实施方案",
        title_en=f"{place.name_en}: Scheme for Carrying Out the Action Plan against Human Trafficking (2021–2030)",
        jurisdiction=place.slug,
        number=_number(node),
        issuer=office.format(J=place.name_zh),
        issued=issued,
        begin=date(2021, 1, 1),
        end=date(2030, 12, 31),
        cites=(Citation(above.key, _number(above), True, "cited", None),) if above else (),
        encoding="utf-8",
    )


def _number(node: Node) -> str:
    _, _, year, number = node.key.split("-")
    return f"{'国办发' if node.place.level == 'nation' else node.place.place_zh + '政办发'}〔{year}〕{number}号"


class _Page:
    """The text of one plan while it is written."""

    def __init__(
        self, form: str, random: Random, names: Names, material: Material, record: PlanRecord, above: Node | None
    ) -> None:
        self.random, self.names, self.material, self.record = random, names, material, record
        self.above = above
        self.lead_word = random.choice(("负责", "负责", "牵头", "牵头负责"))
        self._parts: list[str] = []
        self._length = 0

    def text(self) -> str:
        return "".join(self._parts)

    def add(self, *parts: str) -> None:
        self._parts += parts
        self._length += sum(map(len, parts))

    def lay(self, laid: Laid, *parts: str) -> None:
        """Add the parts that hold this measure."""
        laid.start = self._length
        self.add(*parts)
        laid.end = self._length

    def front(self) -> None:
        place = self.names.place
        self.add(
            f"{self.record.issuer}关于印发\n{self.record.title}的通知\n\n{self.record.number}\n\n",
            "各有关单位：\n\n",
            f"《{self.record.title}》已经批准，现印发给你们，请认真组织实施。\n\n{self.record.issuer}\n\n",
            f"{self.record.title}\n\n",
        )
        if self.above:
            title = f"{self.above.place.name_zh}反对拐卖人口行动计划（2021—2030年）实施方案"
            self.add(
                f"为认真贯彻落实《{title}》（{_number(self.above)}），",
                f"有效预防、依法打击拐卖人口犯罪，结合{place.place_zh}实际，制定本方案。\n\n",
            )

    def goals(self, least: int = 2, most: int = 4) -> list[str]:
        goals = self.random.sample(self.material.goals, self.random.randint(least, most))
        return [self.names.fill(goal) for goal in goals]

    def duties(self) -> list[str]:
        duties = self.random.sample(self.material.duties, self.random.randint(2, 5))
        return [self.names.fill(duty) for duty in duties]

    def chapter(self, stage: str) -> str:
        return self.names.fill(self.random.choice(self.material.chapters[stage]))

    def groups(self, stage: str, laid: Sequence[Laid], largest: int = 7) -> Iterator[tuple[str, Sequence[Laid]]]:
        """The measures of a stage in groups, each with a heading."""
        headings = list(self.material.groups[stage])
        self.random.shuffle(headings)
        start = 0
        while start < len(laid):
            size = self.random.randint(3, largest)
            heading = headings[(start // 3) % len(headings)]
            yield self.names.fill(heading), laid[start : start + size]
            start += size

    def statement(self, laid: Laid, brackets: str, comma: str) -> str:
        lists = {role: "、".join(names) for role, names in laid.names.items() if names}
        parts = [lists[Role.LEAD] + self.lead_word]
        others = "等有关单位" if laid.measure.open_list else ""
        if Role.COOPERATING in lists:
            parts.append(lists[Role.COOPERATING] + others + "配合")
        if Role.IMPLEMENTING in lists:
            parts.append(lists[Role.IMPLEMENTING] + "负责落实")
        return brackets[0] + comma.join(parts) + brackets[1]


def _by_stage(laid: Sequence[Laid]) -> Iterator[tuple[str, list[Laid]]]:
    for stage in STAGES:
        found = [one for one in laid if one.measure.stage == stage]
        if found:
            yield stage, found


def _headed(laid: Laid) -> str:
    return f"{laid.heading}。{laid.words}" if laid.heading else laid.words


def _articles(page: _Page, laid: Sequence[Laid]) -> None:
    """Chapters, articles and numbered subsections, half-width brackets: the form of detailed rules."""
    page.front()
    article = 0
    page.add("第一章 总 则\n\n")
    for goal in page.goals():
        article += 1
        page.add(f"第{to_chinese(article)}条 {goal}\n\n")
    for chapter, (stage, found) in enumerate(_by_stage(laid), 2):
        page.add(f"第{to_chinese(chapter)}章 {page.chapter(stage)}\n\n")
        for heading, group in page.groups(stage, found):
            article += 1
            page.add(f"第{to_chinese(article)}条 {heading}。\n\n")
            for order, one in enumerate(group, 1):
                page.lay(one, f"({to_chinese(order)}){_headed(one)}", page.statement(one, "()", ","))
                page.add("\n\n")
    for duty in page.duties():
        article += 1
        page.add(f"第{to_chinese(article)}条 {duty}\n\n")
    page.add(f"第{to_chinese(article + 1)}条 本细则自印发之日起施行。\n")


def _outline(page: _Page, laid: Sequence[Laid]) -> None:
    """一、（一）1．with a statement in full-width brackets; some items have a second paragraph of their own."""
    page.front()
    page.add("一、总体要求\n\n")
    for order, goal in enumerate(page.goals(), 1):
        page.add(f"（{to_chinese(order)}）{goal}\n\n")
    section = 1
    for stage, found in _by_stage(laid):
        section += 1
        page.add(f"{to_chinese(section)}、{page.chapter(stage)}\n\n")
        for order, (heading, group) in enumerate(page.groups(stage, found), 1):
            page.add(f"（{to_chinese(order)}）{heading}。\n\n")
            item = 0
            for one in group:
                more = item > 0 and not one.heading and page.random.random() < 0.15
                item += not more
                page.lay(one, "" if more else f"{item}．", _headed(one), page.statement(one, "（）", "，"))
                page.add("\n\n")
    page.add(f"{to_chinese(section + 1)}、工作要求\n\n")
    for order, duty in enumerate(page.duties(), 1):
        page.add(f"（{to_chinese(order)}）{duty}\n")


def _dashes(page: _Page, laid: Sequence[Laid]) -> None:
    """Aims and measures, items with dash items below them, square brackets."""
    page.front()
    page.add("一、总体要求\n")
    for order, goal in enumerate(page.goals(), 1):
        page.add(f"（{to_chinese(order)}）{goal}\n\n")
    page.add("二、工作措施和职责分工\n")
    for order, (stage, found) in enumerate(_by_stage(laid), 1):
        page.add(f"（{to_chinese(order)}）{page.chapter(stage)}\n\n1．任务目标\n{page.goals(1, 1)[0]}\n2．工作措施\n")
        for number, (_, group) in enumerate(page.groups(stage, found), 1):
            for place, one in enumerate(group):
                page.lay(one, "——" if place else f"（{number}）", one.words, page.statement(one, "[]", "，"))
                page.add("\n")
    page.add("三、保障措施\n")
    for order, duty in enumerate(page.duties(), 1):
        page.add(f"（{to_chinese(order)}）{duty}\n")


_COLUMNS: Final = "工作项目\t工作任务\t主责单位\t配合单位\t工作进度计划" + "\t" * 9 + "\n"
_YEARS: Final = "\t" * 4 + "\t".join(f"{year}年" for year in range(2021, 2031)) + "\n"


def _by_task(page: _Page, laid: Sequence[Laid]) -> None:
    """A table with a row a task, its head repeated on every page."""
    page.add(f"\n附件\n\n{page.record.title}任务细化表\n\n")
    for section, (stage, found) in enumerate(_by_stage(laid), 1):
        chapter = f"{to_chinese(section)}、{page.chapter(stage)}"
        for order, (heading, group) in enumerate(page.groups(stage, found, largest=4), 1):
            page.add(_COLUMNS, _YEARS)
            for number, one in enumerate(group, 1):
                first = number == 1
                page.add(f"{chapter}\t({to_chinese(order)}) {heading}\t" if first else "\t\t")
                page.lay(one, f"{number}. {_headed(one)}")
                helpers = one.names[Role.COOPERATING] + one.names[Role.IMPLEMENTING]
                count = page.random.choice((1, 1, 2, 3))
                cells = [page.names.fill(cell) for cell in page.random.sample(page.material.progress, count)]
                page.add("\t", "、".join(one.names[Role.LEAD]), "\t", "、".join(helpers), "\t", "\t".join(cells))
                page.add("\t" * (10 - count), "\n")
            page.add("\n")


def _by_agency(page: _Page, laid: Sequence[Laid]) -> None:
    """A short text, and a table with a row an agency: its key tasks and yearly measures, a line a cell."""
    page.front()
    page.add("一、工作目标\n", page.goals(1, 1)[0], "\n二、组织领导\n")
    for duty in page.duties():
        page.add(duty, "\n")
    page.add("附件：重点任务推进表\n 附件\n重点任务推进表\n\n\t单位\n\t重点任务\n\t年度推进举措\n\n\t\n\t\n")
    page.add(*(f"\t{column}\n" for column, _ in page.material.yearly), "\n")
    rows: dict[str, list[Laid]] = {}
    for one in laid:
        rows.setdefault(one.names[Role.LEAD][0], []).append(one)
    for agency, found in rows.items():
        page.add(f"\t{agency}\n\t")
        for number, one in enumerate(found, 1):
            page.lay(one, f"{number}." if len(found) > 1 else "", one.words)
            page.add("\n")
        for _, measures in page.material.yearly:
            count = page.random.randint(1, min(5, len(measures)))
            chosen = [page.names.fill(words) for words in page.random.sample(measures, count)]
            page.add(
                "\t", "\n".join(f"{place}.{words}" for place, words in enumerate(chosen, 1)) if count > 1 else chosen[0]
            )
            page.add("\n")
        page.add("\n")


_FORMS: Final[Mapping[str, Callable[[_Page, Sequence[Laid]], None]]] = {
    "articles": _articles,
    "outline": _outline,
    "dashes": _dashes,
    "by-task": _by_task,
    "by-agency": _by_agency,
}
