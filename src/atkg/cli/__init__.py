"""The command line: data on stdout, everything else on stderr; exit status 0, 1 or 2 (see README.md)."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import click
from rich.console import Console

from atkg.cli.tables import print_answer, print_comparison, print_evaluation, print_proposals, print_queries
from atkg.errors import AtkgError, UsageError
from atkg.namespaces import ATKG
from atkg.queries import find_query
from atkg.registers import Registers
from atkg.resources import data_folder
from atkg.store import FORMATS, Store


class _Settings:
    """The global options."""

    def __init__(self, data: Path | None, out: Path, language: str) -> None:
        self._data, self.out, self.language = data, out, language

    @property
    def data(self) -> Path:
        return data_folder(self._data)

    def say(self, zh: str, en: str) -> None:
        click.echo(zh if self.language == "zh" else en, err=True)


class _Group(click.Group):
    """Commands whose errors are one sentence: status 1 for a bad input, 2 for a wrong usage."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AtkgError as error:
            language = ctx.params.get("lang", "zh")
            click.echo(("错误：" if language == "zh" else "error: ") + error.message(language), err=True)
            sys.exit(2 if isinstance(error, UsageError) else 1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--data", type=click.Path(path_type=Path), help="数据文件夹，默认 ./data。 The data folder; ./data by default."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path(".atkg"),
    help="输出文件夹。 The output folder.",
    show_default=True,
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="消息语言。 The language of messages.")
@click.version_option(package_name="atkg")
@click.pass_context
def main(ctx: click.Context, data: Path | None, out: Path, lang: str) -> None:
    """反对拐卖人口行动计划知识图谱。 A knowledge graph of the action plans against human trafficking."""
    ctx.obj = _Settings(data, out, lang)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--plan", "key", help="计划键，用该计划的 plan.toml。 A plan key, whose plan.toml is used.")
@click.option("--format", "format_", type=click.Choice(["json", "ttl"]), default="json", show_default=True)
@click.pass_obj
def extract(settings: _Settings, file: Path, key: str | None, format_: str) -> None:
    """读取一份文件，输出其条款、任务、分工和进度要求。 Read one document: clauses, tasks, assignments, milestones.

    有需要人看的发现时，退出码为 1。 The exit status is 1 if there are findings.
    """
    from atkg.build import as_json, read_document
    from atkg.graph import PlanWriter
    from atkg.store import to_turtle

    registers = Registers.load(settings.data / "registers")
    reading = read_document(file, settings.data, registers, key)
    writer = PlanWriter(reading, registers)
    lines = writer.plan_lines()
    findings = [as_json(reading, finding) for finding in (*reading.findings, *writer.findings)]
    if format_ == "ttl":
        click.echo(to_turtle(lines).decode(), nl=False)
    else:
        records = {
            "plan": asdict(reading.plan),
            "clauses": [asdict(clause) for clause in reading.clauses],
            "tasks": [asdict(task) for task in reading.tasks],
            "milestones": [asdict(milestone) for milestone in reading.milestones],
            "findings": findings,
        }
        click.echo(json.dumps(records, ensure_ascii=False, indent=1, default=str))
    _say_findings(settings, findings, str(file))
    if findings:
        sys.exit(1)


@main.command()
@click.option(
    "--check", is_flag=True, help="只比较，不改写数据文件夹。 Compare only; write nothing to the data folder."
)
@click.pass_obj
def build(settings: _Settings, *, check: bool) -> None:
    """由数据文件夹生成图谱，校验并发布快照。 Make the graphs from the data folder, validate, publish a snapshot."""
    built = _build(settings, check=check)
    if built.differences and check:
        for line in built.differences:
            click.echo(line)
        settings.say("图谱文件不是最新的；请运行 atkg build。", "The graph files are stale; run atkg build.")
    if built.snapshot is None or (check and built.differences):
        sys.exit(1)


def _build(settings: _Settings, *, check: bool = False) -> Any:
    from atkg.build import build as build_data

    show = sys.stderr.isatty()
    console = Console(stderr=True)
    with console.status("", spinner="line") if show else _Silent() as status:
        built = build_data(settings.data, settings.out, check=check, progress=status.update)
    if not check:
        for line in built.differences:
            click.echo(line, err=True)
    if built.snapshot is None:
        click.echo(built.report.as_text(settings.language))
        settings.say("有错误，未发布快照。", "There are violations; no snapshot was published.")
        return built
    manifest = built.snapshot.manifest
    counts = (manifest["quads"], len(built.findings), built.report.summary(settings.language))
    settings.say(
        "快照 {}：{} 条四元组；发现 {} 条（见 {}）；校验：{}".format(
            built.snapshot.folder.name, counts[0], counts[1], settings.out / "findings.json", counts[2]
        ),
        "Snapshot {}: {} quads; {} findings (see {}); validation: {}".format(
            built.snapshot.folder.name, counts[0], counts[1], settings.out / "findings.json", counts[2]
        ),
    )
    return built


class _Silent:
    """A progress display that shows nothing, for pipes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, _: str) -> None: ...


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(["violation", "warning", "info"]),
    default="violation",
    show_default=True,
    help="从哪一级起算失败。 From which severity on the command fails.",
)
@click.pass_obj
def validate(settings: _Settings, paths: Sequence[Path], format_: str, fail_on: str) -> None:
    """按 SHACL 形状校验数据文件夹、计划文件夹或 RDF 文件。 Check a data folder, plan folders or RDF files by the shapes."""
    from atkg.build import validate_paths
    from atkg.validate import Level

    report = validate_paths(settings.data, paths)
    click.echo(report.as_json(settings.language) if format_ == "json" else report.as_text(settings.language))
    if report.fails(Level(fail_on)):
        sys.exit(1)


@main.command()
@click.argument("plan", required=False)
@click.option(
    "--evaluate", is_flag=True, help="逐一隐去各系计划，检验比对的准确程度。 Hide each lineage in turn and measure."
)
@click.option("--write", is_flag=True, help="写入该计划的 derivations.csv。 Write the plan's own derivations.csv.")
@click.pass_obj
def align(settings: _Settings, plan: str | None, *, evaluate: bool, write: bool) -> None:
    """为一个计划提出承接关系，供人工审核。 Propose where each part of a plan comes from, for review.

    已审核的行保持不变。 Rows that were reviewed stay as they are.
    """
    if evaluate == bool(plan):
        raise UsageError("请写明计划键，或用 --evaluate。", "name a plan, or use --evaluate")
    if plan is None:
        _evaluate(settings)
        return
    from atkg.align import write_rows
    from atkg.derivation import read_rows
    from atkg.lineage import propose_for
    from atkg.snapshot import write_atomically

    folder, proposals, reading = propose_for(settings.data, plan)
    rows = read_rows(folder.path / "derivations.csv")
    path = folder.path / "derivations.csv" if write else settings.out / "derivations" / f"{plan}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write_rows(proposals, rows).encode())
    print_proposals(proposals, reading, settings.language)
    settings.say(f"已写入 {path}，请审核。", f"Written to {path}, for review.")


def _evaluate(settings: _Settings) -> None:
    from atkg.lineage import evaluate_register

    evaluation = evaluate_register(settings.data)
    print_evaluation(evaluation, settings.language)
    apart = len(evaluation.unattested)
    settings.say(
        f"另有 {apart} 条只有本系佐证的承接关系，不计入召回率。",
        f"{apart} links that no other lineage attests are left out of recall.",
    )


@main.command()
@click.argument("clause")
@click.pass_obj
def compare(settings: _Settings, clause: str) -> None:
    """逐句比较各地对同一国家条款的写法。 Compare how the plans word the same national clause, phrase by phrase.

    CLAUSE 为登记编号或 IRI，如 2.1.2.2.1。 CLAUSE is a register id or an IRI, as 2.1.2.2.1.
    """
    from atkg.compare import compare as compare_texts
    from atkg.snapshot import open_store

    store = open_store(settings.data, settings.out)
    known = [row["clause"] for row in store.select(_CLAUSES)]
    named = [iri for iri in known if iri == clause or iri.endswith("/" + clause.rpartition("/")[2])]
    texts: dict[str, str] = {}
    for row in store.select(find_query("texts-of-clause").bind({"nationalClause": named[0]})) if named else ():
        texts[row["jurisdictionLabel"]] = texts.get(row["jurisdictionLabel"], "") + (row["partText"] or "") + "。"
    if not texts:
        raise UsageError(f"没有计划承接条款 {clause}。", f"no plan takes up a clause {clause!r}")
    print_comparison(compare_texts(texts), settings.language)


_CLAUSES = f"SELECT ?clause WHERE {{ ?clause a <{ATKG}ReconstructedClause> }} ORDER BY ?clause"


@main.command()
@click.argument("query", required=False)
@click.option("--param", "params", multiple=True, metavar="K=V", help="参数，可多次。 A parameter; may be repeated.")
@click.option("--format", "format_", type=click.Choice(["table", *FORMATS]), help="输出格式。 The output format.")
@click.pass_obj
def query(settings: _Settings, query: str | None, params: Sequence[str], format_: str | None) -> None:
    """运行命名查询或查询文件；不带参数时列出命名查询。 Run a named query or a file; without one, list the queries."""
    if query is None:
        print_queries(settings.language)
        return
    from atkg.snapshot import open_store

    text = _query_text(query, dict(_pair(param) for param in params))
    answer = open_store(settings.data, settings.out).query(text)
    print_answer(answer, format_)


def _pair(param: str) -> tuple[str, str]:
    name, equals, value = param.partition("=")
    if not equals:
        raise UsageError(f"--param：应写作 名称=值，得到 {param!r}", f"--param: expected NAME=VALUE, found {param!r}")
    return name, value


def _query_text(name: str, values: dict[str, str]) -> str:
    from atkg.plans import read_bytes
    from atkg.queries import read_query

    if name.endswith(".rq") or "/" in name:
        path = Path(name)
        if values:
            return read_query(path).bind(values)
        return read_bytes(path).decode("utf-8", "replace")
    return find_query(name).bind(values)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。 The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="端口。 The port.")
@click.pass_obj
def serve(settings: _Settings, host: str, port: int) -> None:
    """提供已发布的快照。 Serve the published snapshot."""
    from atkg.snapshot import current_snapshot

    snapshot = current_snapshot(settings.out)
    if snapshot is None:
        raise AtkgError(
            f"{settings.out} 中没有已发布的快照；请先运行 atkg build。",
            f"no snapshot is published in {settings.out}; run atkg build first",
        )
    _serve(settings, snapshot.open(), snapshot.manifest, host, port)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。 The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="端口。 The port.")
@click.pass_obj
def up(settings: _Settings, host: str, port: int) -> None:
    """需要时构建，校验，然后提供服务。 Build if needed, validate, and serve."""
    from atkg.snapshot import current_snapshot, input_digest

    snapshot = current_snapshot(settings.out)
    if snapshot is None or snapshot.manifest["inputs"] != input_digest(settings.data):
        snapshot = _build(settings).snapshot
        if snapshot is None:
            sys.exit(1)
    _serve(settings, snapshot.open(), snapshot.manifest, host, port)


def _serve(settings: _Settings, store: Store, manifest: dict[str, Any], host: str, port: int) -> None:
    from atkg.web import create_app
    from atkg.web.server import run

    def ready(url: str) -> None:
        settings.say(
            f"已就绪：{url} （SPARQL：{url}sparql），按 Ctrl-C 结束。",
            f"Ready at {url} (SPARQL: {url}sparql); Ctrl-C ends it.",
        )

    run(create_app(store, manifest), host, port, ready)


def _say_findings(settings: _Settings, findings: Sequence[dict[str, Any]], name: str) -> None:
    for finding in findings:
        where = f"{name}:{finding['line']}:{finding['column']}"
        click.echo(f"{where}: {finding['kind']}: {finding[settings.language]}", err=True)
