"""The command `validate`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atkg.cli.settings import Settings, pairs
from atkg.errors import InputError, UsageError

if TYPE_CHECKING:
    from atkg.validate import Report
    from atkg.validate.baseline import Accepted
    from atkg.validate.explain import Guide

_FORMATS = ("text", "json", "turtle", "junit", "sarif", "github", "csv", "html", "markdown")
"""The names in atkg.validate.formats.FORMATS, which are imported when the command runs."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH|URL]...")
@click.option(
    "--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True, help="报告格式。 The format."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=FILE",
    help="另以该格式写入文件，可多次。 Also write the report to a file in that format; may be repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["violation", "warning", "info"]),
    default="violation",
    show_default=True,
    help="从哪一级起算失败。 From which severity on the command fails.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="已接受的警告和提示，每条都有理由的 CSV 文件。 A CSV file of accepted warnings and infos, each with a reason.",
)
@click.option(
    "--write-baseline",
    is_flag=True,
    help="把现有的警告和提示写入基线文件，理由待填。 Write what is found to the baseline; the reasons are yours to fill in.",
)
@click.option(
    "--shape",
    "names",
    multiple=True,
    metavar="NAME",
    help="只用这个形状，可多次。 This shape alone; may be repeated.",
)
@click.option("--explain", metavar="NAME", help="说明一个形状的要求和理由。 Say what a shape asks, and why.")
@click.option(
    "--coverage", is_flag=True, help="只列出各形状检查的节点数。 List only how many nodes each shape looked at."
)
@click.option("--no-cache", is_flag=True, help="不用缓存，全部重新校验。 Check everything anew, without the cache.")
@click.option("--jobs", type=click.IntRange(1), help="并行进程数。 How many processes work at once.")
@click.pass_obj
def validate(
    settings: Settings,
    paths: Sequence[str],
    format_: str,
    reports: Sequence[str],
    fail_on: str,
    baseline: Path | None,
    names: Sequence[str],
    explain: str | None,
    jobs: int | None,
    *,
    write_baseline: bool,
    coverage: bool,
    no_cache: bool,
) -> None:
    """按 SHACL 形状校验数据文件夹、计划文件夹、RDF 文件或网址。 Check data, plan folders, RDF files or web addresses.

    不写 PATH 时校验数据文件夹。网址可以是 RDF 文件或 SPARQL 端点。
    Without a PATH, the data folder is checked. A URL is that of RDF or of a SPARQL endpoint.
    """
    from atkg.validate import Level, Shapes
    from atkg.validate.baseline import read_baseline
    from atkg.validate.explain import Guide
    from atkg.validate.formats import render

    guide = Guide(Shapes.load())
    if explain is not None:
        click.echo(guide.explain(explain, settings.language), nl=False)
        return
    if write_baseline and baseline is None:
        raise UsageError("--write-baseline 须与 --baseline 文件 同用。", "--write-baseline needs --baseline FILE")
    files = _files(reports)
    chosen = guide.chosen(names) if names else None
    rows = read_baseline(baseline, guide) if baseline and not write_baseline else []
    report = _checked(settings, paths, chosen, guide, jobs=jobs, cached=not no_cache)
    if baseline and write_baseline:
        _write_baseline(settings, baseline, report)
    elif baseline:
        report = _accepted(report, rows, baseline, paths, chosen)
    report = report.seen_from(Path.cwd())
    if coverage:
        click.echo(_coverage(report, guide, settings.language), nl=False)
        return
    level = Level(fail_on)
    for name, file in files:
        _write(file, render(report, name, settings.language, guide=guide, fail_on=level))
    click.echo(render(report, format_, settings.language, guide=guide, fail_on=level), nl=False)
    if report.fails(level) and not write_baseline:
        sys.exit(1)


def _files(reports: Sequence[str]) -> list[tuple[str, Path]]:
    """Format and file of each report that is written beside the one on standard output."""
    found = []
    for each in reports:
        name, file = next(iter(pairs([each], "--report").items()))
        if name not in _FORMATS or not file:
            known = ", ".join(_FORMATS)
            raise UsageError(
                f"--report：没有格式 {name!r}，或没有写文件；格式有 {known}。",
                f"--report: there is no format {name!r}, or no file is named; formats are {known}",
            )
        found.append((name, Path(file)))
    return found


def _checked(
    settings: Settings, paths: Sequence[str], chosen: set[str] | None, guide: Guide, *, jobs: int | None, cached: bool
) -> Report:
    """The report on all paths, with what is wrong with the files themselves."""
    from atkg.cli.checking import Request
    from atkg.cli.progress import bar

    cache = settings.out / "validation" if cached else None
    with bar(settings.language) as progress:
        report, refused = Request(settings.data, cache, guide, chosen, jobs).run(paths, progress)
    for error in refused:
        click.echo(("错误：" if settings.language == "zh" else "error: ") + error.message(settings.language), err=True)
    return report


def _accepted(
    report: Report, rows: Sequence[Accepted], baseline: Path, paths: Sequence[str], chosen: set[str] | None
) -> Report:
    """The report with what the rows accept; a row is gone only where its result could have been found."""
    from atkg.cli.checking import meant
    from atkg.validate.baseline import apply

    folders = [meant(Path(path)) for path in paths]
    whole = all((folder / "plans").is_dir() for folder in folders)
    plans = {folder.resolve().name for folder in folders if (folder / "plan.toml").is_file()}
    readable = not any(result.shape == "File-readable" for result in report.results)

    def judged(row: Accepted) -> bool:
        shape, node, _ = row.key
        return readable and (chosen is None or shape in chosen) and (whole or bool(plans & set(node.split("/"))))

    return apply(report, rows, baseline, judged=judged)


def _write_baseline(settings: Settings, baseline: Path, report: Report) -> None:
    from atkg.validate.baseline import write_baseline

    text, missing = write_baseline(baseline, report)
    _write(baseline, text)
    settings.say(
        f"已写入 {baseline}；有 {missing} 行须填写理由。", f"Written to {baseline}; {missing} rows need a reason."
    )


def _coverage(report: Report, guide: Guide, language: str) -> str:
    """A table: how many nodes each shape looked at, the fewest first."""
    rows = sorted(report.coverage.items(), key=lambda row: (row[1], row[0]))
    return "".join(f"{count:>8}  {shape}  {guide.name(shape, language)}\n" for shape, count in rows)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(path, f"无法写入：{error.strerror}", f"can't be written: {error.strerror}") from error
