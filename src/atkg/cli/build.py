"""The command `build`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

import click
from rich.console import Console

from atkg.cli.settings import Settings

if TYPE_CHECKING:
    from atkg.build import Built


@click.command()
@click.option(
    "--check", is_flag=True, help="只比较，不改写数据文件夹。 Compare only; write nothing to the data folder."
)
@click.option("--no-cache", is_flag=True, help="不用缓存，全部重新校验。 Check everything anew, without the cache.")
@click.pass_obj
def build(settings: Settings, *, check: bool, no_cache: bool) -> None:
    """由数据文件夹生成图谱，校验并发布快照。 Make the graphs from the data folder, validate, publish a snapshot."""
    built = run_build(settings, check=check, cached=not no_cache)
    if built.differences and check:
        for line in built.differences:
            click.echo(line)
        settings.say("图谱文件不是最新的；请运行 atkg build。", "The graph files are stale; run atkg build.")
    if built.snapshot is None or (check and built.differences):
        sys.exit(1)


def run_build(settings: Settings, *, check: bool = False, cached: bool = True) -> Built:
    """Build, and say what came of it."""
    from atkg.build import build as build_data

    show = sys.stderr.isatty()
    console = Console(stderr=True)
    with console.status("", spinner="line") if show else _Silent() as status:
        built = build_data(settings.data, settings.out, check=check, cached=cached, progress=status.update)
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
