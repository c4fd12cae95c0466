"""The command `reason`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console

from atkg.cli.settings import Settings
from atkg.errors import InputError, UsageError
from atkg.namespaces import RDF, shorten

if TYPE_CHECKING:
    from atkg.plans import PlanFolder
    from atkg.reason.owl import Clash, Outcome
    from atkg.reason.words import Words
    from atkg.store import Store

_SAMPLE: Final = 20
"""How many plans are reasoned over unless others are named: a reasoner's time grows faster than the data."""


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option(
    "--ontology",
    "ontologies",
    multiple=True,
    type=click.Path(path_type=Path),
    help="用这个本体文件或文件夹代替自带的，可多次。 This ontology file or folder instead of ours; may be repeated.",
)
@click.option(
    "--plan", "keys", multiple=True, metavar="KEY", help="只取这份计划，可多次。 This plan alone; may be repeated."
)
@click.option("--no-data", is_flag=True, help="不看数据文件夹。 Leave the data folder out.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "nquads"]), default="table", show_default=True)
@click.option(
    "--memory", type=click.IntRange(64), default=2048, show_default=True, help="Java 内存，MiB。 MiB of heap for Java."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=600.0,
    show_default=True,
    help="推理机一次运行的时限。 The limit of one run of the reasoner.",
)
@click.pass_obj
def reason(
    settings: Settings,
    files: Sequence[Path],
    ontologies: Sequence[Path],
    keys: Sequence[str],
    format_: str,
    memory: int,
    seconds: float,
    *,
    no_data: bool,
) -> None:
    """用 OWL 推理机检查本体与数据是否矛盾，并列出推出的内容。 Judge ontology and data by OWL, and list what follows.

    写明 FILE 时，检查这些文件与本体、登记表是否矛盾；不写时检查数据文件夹。
    With FILEs, these are judged beside the ontology and the registers; without, the data folder is.
    """
    from atkg.reason.given import files_in, ontology_files, read
    from atkg.reason.hermit import Hermit, Limits
    from atkg.reason.owl import reason as judge
    from atkg.reason.written import as_quads
    from atkg.snapshot import write_atomically

    if no_data and keys:
        raise UsageError("--plan 与 --no-data 不能同用。", "--plan and --no-data exclude each other")
    hermit = Hermit(Limits(memory, seconds))
    ontology = read([*files_in(ontologies or ontology_files()), *files_in(files)])
    data, places = _data(settings, files, keys, no_data=no_data)
    with _waiting() as progress:
        outcome = judge(ontology, data, hermit, files=places, progress=progress)
    _say_notes(settings, outcome)
    if not outcome.consistent:
        for clash in outcome.clashes:
            _say_clash(settings, clash, outcome)
        if format_ == "json":
            click.echo(json.dumps(_as_json(outcome), ensure_ascii=False, indent=1))
        sys.exit(1)
    quads = as_quads(outcome.inferred, outcome.engine)
    path = settings.out / "inferred.nq"
    try:
        settings.out.mkdir(parents=True, exist_ok=True)
        write_atomically(path, quads)
    except OSError as error:
        raise InputError(path, f"无法写入：{error.strerror}", f"can't be written: {error.strerror}") from error
    if format_ == "nquads":
        sys.stdout.buffer.write(quads)
    elif format_ == "json":
        click.echo(json.dumps(_as_json(outcome), ensure_ascii=False, indent=1))
    elif outcome.inferred:
        _print(settings, outcome)
    _say_sum(settings, outcome)


@contextmanager
def _waiting() -> Iterator[Callable[[str], None]]:
    """What is to be told what is worked on: shown on a terminal, and nowhere else."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Console(stderr=True).status("", spinner="line") as status:
        yield status.update


def _data(
    settings: Settings, files: Sequence[Path], keys: Sequence[str], *, no_data: bool
) -> tuple[Store, dict[str, Path]]:
    """The graphs that are judged, with the files that they lie in: the plans named, else a sample; none beside files."""
    from atkg import dataset
    from atkg.plans import read_plans
    from atkg.registers import Registers
    from atkg.store import Store

    if no_data:
        return Store(), {}
    plans = read_plans(settings.data)
    known = {plan.key: plan for plan in plans}
    if unknown := [key for key in keys if key not in known]:
        there = ", ".join(known)
        raise UsageError(f"没有计划 {unknown[0]}；已有：{there}。", f"no plan {unknown[0]!r}; there are {there}")
    wanted = list(keys) or ([] if files else [plan.key for plan in plans if plan.text is not None])
    if len(wanted) > _SAMPLE and not keys:
        settings.say(
            f"数据文件夹有 {len(wanted)} 份计划，取前 {_SAMPLE} 份推理；可用 --plan 指定。",
            f"The data folder has {len(wanted)} plans, of which the first {_SAMPLE} are judged; name others with --plan.",
        )
        wanted = wanted[:_SAMPLE]
    chosen = _with_those_above(wanted, known)
    beside = [plan for plan in plans if plan.text is None or plan.key in chosen]
    store = dataset.load(beside, Registers.load(settings.data / "registers"))
    return store, dataset.files(settings.data, beside)


def _with_those_above(keys: Sequence[str], plans: dict[str, PlanFolder]) -> set[str]:
    """These plans, and those that they come down from."""
    found: set[str] = set()
    pending = list(keys)
    while pending:
        key = pending.pop()
        if key not in found:
            found.add(key)
            pending += [citation.plan for citation in plans[key].record.cites if citation.plan in plans]
    return found


def _say_notes(settings: Settings, outcome: Outcome) -> None:
    for term, times in sorted(outcome.unknown.items()):
        settings.say(
            f"警告：{shorten(term[1:-1])} 没有在本体中声明，推理不考虑（{times} 处）。",
            f"warning: {shorten(term[1:-1])} is declared in no ontology and was left out ({times} times).",
        )
    for datatype, times in sorted(outcome.left_out.items()):
        settings.say(
            f"{times} 个 {shorten(datatype)} 值没有交给推理机：它不在 OWL 2 的数据类型之中。",
            f"{times} values of {shorten(datatype)} were kept from the reasoner: it is no datatype of OWL 2.",
        )
    for name, by_rule, by_reasoner in outcome.differences:
        settings.say(
            f"警告：规则 {name} 与推理机不一致：规则多推出 {by_rule} 条，推理机多推出 {by_reasoner} 条。",
            f"warning: rule {name} and the reasoner disagree: {by_rule} conclusions are the rule's alone, "
            f"{by_reasoner} the reasoner's.",
        )


def _say_clash(settings: Settings, clash: Clash, outcome: Outcome) -> None:
    words = _words(outcome, settings.language)
    number = len(clash.axioms)
    if clash.about is None:
        settings.say(
            f"错误：本体与数据互相矛盾，下列 {number} 条不能同时成立：",
            f"error: the ontology and the data contradict each other; these {number} can't all be true:",
        )
    elif not number:
        name = words.name(clash.about)
        settings.say(f"错误：也没有什么能属于 {name}。", f"error: nor can anything be a {name}.")
    else:
        name = words.name(clash.about)
        settings.say(
            f"错误：没有什么能属于 {name}，因为下列 {number} 条：",
            f"error: nothing can be a {name}, because of these {number}:",
        )
    for axiom, place in clash.axioms:
        click.echo(f"  {f'{place}: ' if place else ''}{words.say(axiom)}", err=True)


def _words(outcome: Outcome, language: str) -> Words:
    from atkg.reason.words import Words

    return Words(language, {iri: own.get(language, own.get("zh", "")) for iri, own in outcome.labels.items()})


def _rows(outcome: Outcome) -> list[tuple[str, str, int, int]]:
    """(IRI, kind, stated, inferred) for each class and property of which something follows."""
    classes = {o for _, p, o in outcome.inferred if p == f"{RDF}type"}
    counts = outcome.counts()
    return [
        (term, "class" if term in classes else "property", outcome.stated[term], counts[term])
        for term in sorted(counts, key=lambda term: (term not in classes, shorten(term)))
    ]


def _as_json(outcome: Outcome) -> dict[str, object]:
    zh, en = _words(outcome, "zh"), _words(outcome, "en")
    return {
        "consistent": outcome.consistent,
        "engine": outcome.engine,
        "axioms": outcome.axioms,
        "seconds": round(outcome.seconds, 2),
        "clashes": [
            {
                "class": clash.about,
                "axioms": [{"zh": zh.say(axiom), "en": en.say(axiom), "place": place} for axiom, place in clash.axioms],
            }
            for clash in outcome.clashes
        ],
        "inferred": [
            {"term": term, "kind": kind, "stated": stated, "inferred": inferred}
            for term, kind, stated, inferred in _rows(outcome)
        ],
    }


_KINDS: Final = {"class": ("类", "class"), "property": ("属性", "property")}


def _print(settings: Settings, outcome: Outcome) -> None:
    from atkg.cli.tables import print_rows

    english = settings.language == "en"
    head = ("term", "", "kind", "stated", "inferred") if english else ("术语", "", "种类", "原有", "推出")
    rows = [
        (
            shorten(term),
            outcome.labels.get(term, {}).get(settings.language, ""),
            _KINDS[kind][english],
            str(stated),
            str(inferred),
        )
        for term, kind, stated, inferred in _rows(outcome)
    ]
    print_rows(head, rows)


def _say_sum(settings: Settings, outcome: Outcome) -> None:
    number, path = len(outcome.inferred), settings.out / "inferred.nq"
    agree = not outcome.differences
    settings.say(
        f"{outcome.engine}：{outcome.axioms} 条公理没有矛盾，推出 {number} 条，用时 {outcome.seconds:.1f} 秒；已写入 {path}。"
        + ("规则的结论与推理机一致。" if agree else ""),
        f"{outcome.engine}: {outcome.axioms} axioms without contradiction, {number} conclusions in "
        f"{outcome.seconds:.1f} s; written to {path}." + (" The rules conclude the same." if agree else ""),
    )
