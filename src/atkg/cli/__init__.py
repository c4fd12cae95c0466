"""The command line: data on stdout, everything else on stderr; exit status 0, 1 or 2 (see README.md)."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from atkg.cli.build import build
from atkg.cli.export import export, import_
from atkg.cli.new import new
from atkg.cli.reason import reason
from atkg.cli.serve import serve, up
from atkg.cli.settings import Settings, pairs
from atkg.cli.tables import print_answer, print_comparison, print_evaluation, print_proposals, print_queries
from atkg.cli.validate import validate
from atkg.errors import AtkgError, UsageError
from atkg.namespaces import ATKG
from atkg.queries import find_query
from atkg.registers import Registers
from atkg.store import FORMATS


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
    ctx.obj = Settings(data, out, lang)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--plan", "key", help="计划键，用该计划的 plan.toml。 A plan key, whose plan.toml is used.")
@click.option("--format", "format_", type=click.Choice(["json", "ttl"]), default="json", show_default=True)
@click.pass_obj
def extract(settings: Settings, file: Path, key: str | None, format_: str) -> None:
    """读取一份文件，输出其条款、任务、分工和进度要求。 Read one document: clauses, tasks, assignments, milestones.

    有需要人看的发现时，退出码为 1。 The exit status is 1 if there are findings.
    """
    from atkg.build import as_json, read_document
    from atkg.corrections import correction_for
    from atkg.graph import PlanWriter
    from atkg.store import to_turtle

    registers = Registers.load(settings.data / "registers")
    reading = read_document(file, settings.data, registers, key)
    writer = PlanWriter(reading, registers)
    lines = writer.plan_lines()
    findings = [
        {**as_json(reading, finding), "correction": correction_for(finding, reading, registers)}
        for finding in (*reading.findings, *writer.findings)
    ]
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
@click.argument("plan", required=False)
@click.option(
    "--evaluate", is_flag=True, help="逐一隐去各系计划，检验比对的准确程度。 Hide each lineage in turn and measure."
)
@click.option("--write", is_flag=True, help="写入该计划的 derivations.csv。 Write the plan's own derivations.csv.")
@click.pass_obj
def align(settings: Settings, plan: str | None, *, evaluate: bool, write: bool) -> None:
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


def _evaluate(settings: Settings) -> None:
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
def compare(settings: Settings, clause: str) -> None:
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
def query(settings: Settings, query: str | None, params: Sequence[str], format_: str | None) -> None:
    """运行命名查询或查询文件；不带参数时列出命名查询。 Run a named query or a file; without one, list the queries."""
    if query is None:
        print_queries(settings.language)
        return
    from atkg.snapshot import open_store

    text = _query_text(query, pairs(params, "--param"))
    answer = open_store(settings.data, settings.out).query(text)
    print_answer(answer, format_)


def _query_text(name: str, values: dict[str, str]) -> str:
    from atkg.plans import read_bytes
    from atkg.queries import read_query

    if name.endswith(".rq") or "/" in name:
        path = Path(name)
        if values:
            return read_query(path).bind(values)
        return read_bytes(path).decode("utf-8", "replace")
    return find_query(name).bind(values)


def _say_findings(settings: Settings, findings: Sequence[dict[str, Any]], name: str) -> None:
    for finding in findings:
        where = f"{name}:{finding['line']}:{finding['column']}"
        click.echo(f"{where}: {finding['kind']}: {finding[settings.language]}", err=True)
        if line := finding["correction"]:
            settings.say(f"    corrections.csv 可加一行：{line}", f"    for corrections.csv: {line}")


for _command in (build, export, import_, new, reason, serve, up, validate):
    main.add_command(_command)
