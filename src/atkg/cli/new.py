"""`atkg new`: a received file becomes a plan folder, and what a person must look at is printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from atkg.cli.settings import Settings
from atkg.errors import AtkgError
from atkg.registers import Registers
from atkg.resources import resource

if TYPE_CHECKING:  # what only this command needs is imported when it runs
    from atkg.intake import Advice, Head, Intake


_DAY: Final = click.DateTime(["%Y-%m-%d"])

_FIELDS: Final = (
    # field of the head, in Chinese, in English
    ("title", "标题", "title"),
    ("number", "文号", "document number"),
    ("issuer", "印发单位", "issuer"),
    ("issued", "印发日期", "date of issue"),
    ("begin", "起始日", "first day"),
    ("end", "截止日", "last day"),
    ("jurisdiction", "行政区划", "jurisdiction"),
    ("page", "网址", "web page"),
)

_GROUPS: Final = (
    # kinds of finding, in Chinese, in English
    (("agency",), "未登记或分不清的机构", "Agencies that are not registered, or not clear"),
    (("statement", "part", "bracket", "role"), "没有读懂的责任表述", "Statements that could not be read"),
    (("lead",), "没有牵头单位", "No lead agency"),
    (("number", "row"), "编号不连续", "Numbers out of order"),
    (("date",), "定不出的日期", "Dates that could not be placed"),
    (("citation", "plan"), "引用与上级计划", "Citations and the plan above"),
    (("derivation",), "承接关系待定的任务", "Tasks whose line of descent is open"),
    ((), "其他", "Others"),
)


@click.command()
@click.argument("key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", help="标题。 The title.")
@click.option("--title-en", help="英文标题。 The title in English.")
@click.option("--number", help="文号。 The document number.")
@click.option("--issuer", help="印发单位。 The body that issued it.")
@click.option("--date", "issued", type=_DAY, help="印发日期。 The date of issue.")
@click.option("--begin", type=_DAY, help="计划起始日。 The first day of the plan.")
@click.option("--end", type=_DAY, help="计划截止日。 The last day of the plan.")
@click.option("--jurisdiction", help="行政区划：登记的 slug 或名称。 The place: its registered slug or name.")
@click.option(
    "--implements", multiple=True, metavar="KEY", help="所贯彻的计划，可多次。 A plan that it implements; repeatable."
)
@click.option("--source-url", "page", help="原文网址。 The web page that it was taken from.")
@click.option("--no-input", is_flag=True, help="不提问，用文件中读到的。 Ask nothing; take what the document says.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def new(settings: Settings, /, key: str, file: Path, implements: Sequence[str], format_: str, **options: Any) -> None:
    """收入一份新计划：由 .txt、.docx、.xlsx、.pdf、.html 建立计划文件夹。 Take in a new plan from a document.

    KEY 为计划键，如 luan-2022-49。有需要人看的发现时，退出码为 1。 KEY is a plan key, as luan-2022-49. The exit
    status is 1 if there are findings.
    """
    from atkg.documents import read_received
    from atkg.intake import check_key, new_record, read_head, take_in

    data = _own_data(settings.data)
    path = check_key(data, key)
    registers = Registers.load(data / "registers")
    received = read_received(file)
    no_input = options.pop("no_input")
    read = read_head(received.document.text, key, received.document.hints, registers)
    given: dict[str, Any] = {name: _value(value) for name, value in options.items() if value is not None}
    head = replace(read, **given)
    if not no_input and sys.stdin.isatty() and sys.stderr.isatty():
        head = _ask(settings, head, set(given))
    record = new_record(data, key, head, registers)
    taken = take_in(data, path, record, received, registers, implements)
    if format_ == "json":
        click.echo(json.dumps(_as_json(taken), ensure_ascii=False, indent=1))
    else:
        for line in _lines(taken, given, settings.language):
            click.echo(line)
    if taken.advice:
        sys.exit(1)


def _own_data(data: Path) -> Path:
    """The data folder, if it is not the one that came with an installed atkg.

    Raises:
        AtkgError: it is, and so is not to be written to.
    """
    came = resource("data")
    if data.resolve() == came.resolve() and came.parent.name == "resources":
        raise AtkgError(
            f"随 atkg 安装的数据不应改动。请复制一份自己的：cp -r {came} data，"
            "再在同一处运行本命令（或用 --data 指明）。",
            f"the data that came with atkg is not to be changed; make a copy of your own with cp -r {came} data, and run "
            "this command beside it (or name it with --data)",
        )
    return data


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.date()
    return " ".join(value.split()) or None if isinstance(value, str) else value


def _ask(settings: Settings, head: Head, given: set[str]) -> Head:
    """The head with what a person at the terminal says; an empty answer takes what was read."""
    found: dict[str, Any] = {}
    for name, zh, en in _FIELDS:
        if name in given:
            continue
        read = getattr(head, name) or (head.place if name == "jurisdiction" else None)
        label = zh if settings.language == "zh" else en
        if name in ("issued", "begin", "end"):
            convert: Callable[[str], object] = partial(_day, settings)
        else:
            convert = str.strip
        answer = click.prompt(label, default="" if read is None else str(read), value_proc=convert, err=True)
        found[name] = answer or None
    return replace(head, **found)


def _day(settings: Settings, text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise click.BadParameter(
            "应为日期，如 2022-04-06" if settings.language == "zh" else "expected a date, as 2022-04-06"
        ) from None


def _as_json(taken: Intake) -> dict[str, Any]:
    """What was taken in, as plain values."""
    from atkg.align import Verdict

    record = taken.folder.record
    return {
        "plan": record.key,
        "folder": str(taken.folder.path),
        "title": record.title,
        "number": record.number,
        "issuer": record.issuer,
        "date": record.issued and record.issued.isoformat(),
        "begin": record.begin and record.begin.isoformat(),
        "end": record.end and record.end.isoformat(),
        "jurisdiction": record.jurisdiction,
        "implements": [citation.plan for citation in record.cites if citation.implements],
        "sha256": record.sha256,
        "above": taken.above,
        "counts": {
            "clauses": len(taken.reading.clauses),
            "tasks": len(taken.reading.tasks),
            "milestones": len(taken.reading.milestones),
            "derivations": {verdict.value: taken.count(verdict) for verdict in Verdict},
        },
        "notes": [{"zh": note.zh, "en": note.en} for note in taken.notes],
        "findings": [
            {**found.record, "near": list(found.near), "row": found.row, "correction": found.correction}
            for found in taken.advice
        ],
    }


def _lines(taken: Intake, given: Mapping[str, object], language: str) -> list[str]:
    """The report for people: what was read and made, then what to look at, by subject."""
    from atkg.align import Verdict

    chinese = language == "zh"
    record = taken.folder.record
    lines = [f"已收入 {taken.folder.path}" if chinese else f"Taken in: {taken.folder.path}"]
    for name, zh, en in _FIELDS:
        value = getattr(record, name)
        where = ("（选项）" if chinese else " (option)") if name in given else ""
        shown = "—" if value is None else str(value)
        lines.append(f"  {zh}：{shown}{where}" if chinese else f"  {en}: {shown}{where}")
    above = "、".join(citation.plan for citation in record.cites if citation.implements) or "—"
    lines.append(f"  贯彻：{above}" if chinese else f"  implements: {above}")
    counts = len(taken.reading.clauses), len(taken.reading.tasks), len(taken.reading.milestones)
    links = tuple(taken.count(verdict) for verdict in (Verdict.ACCEPT, Verdict.REVIEW, Verdict.LOCAL))
    if chinese:
        lines.append("  读出条款 {} 个、任务 {} 项、进度要求 {} 条".format(*counts))
        lines.append("  提出承接关系（derivations.csv，待审）：可采纳 {}，待审 {}，疑为本地措施 {}".format(*links))
    else:
        lines.append("  read: {} clauses, {} tasks, {} milestones".format(*counts))
        lines.append(
            "  derivations proposed for review (derivations.csv): accept {}, review {}, local? {}".format(*links)
        )
    for note in taken.notes:
        lines.append(f"  注意：{note.zh}" if chinese else f"  note: {note.en}")
    groups: dict[int, list[Advice]] = {}
    for found in taken.advice:
        groups.setdefault(_group(found.finding.kind), []).append(found)
    for place, (_, zh, en) in enumerate(_GROUPS):
        if members := groups.get(place):
            lines += ["", f"{zh if chinese else en} ({len(members)})"]
            for found in members:
                lines += _finding_lines(taken, found, chinese=chinese)
    return lines


def _group(kind: str) -> int:
    word = kind.partition("-")[0]
    return next(place for place, (words, _, _) in enumerate(_GROUPS) if word in words or not words)


def _finding_lines(taken: Intake, found: Advice, *, chinese: bool) -> list[str]:
    record = found.record
    where = f"{taken.folder.path / 'source.txt'}:{record['line']}:{record['column']}"
    lines = [f"{where}: {record['kind']}: {record['zh' if chinese else 'en']}"]
    if record["words"] and record["words"] not in lines[0]:
        lines.append(f"    “{record['words']}”")
    unsettled = found.finding.kind == "derivation-unsettled"
    hints = (
        ("、".join(found.near), "相近的上级条款：" if unsettled else "最接近的已登记名称：", "nearest: "),
        (found.correction, "若原文有误，corrections.csv：", "if the text is wrong, corrections.csv: "),
        (
            found.row,
            "若是本地措施，derivations.csv：" if unsettled else "若是新机构，agencies.csv：",
            "if it is a local measure, derivations.csv: " if unsettled else "if it is a new agency, agencies.csv: ",
        ),
    )
    return [*lines, *(f"    {zh if chinese else en}{words}" for words, zh, en in hints if words)]
