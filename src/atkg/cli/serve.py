"""The commands `serve` and `up`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atkg.cli.build import run_build
from atkg.cli.settings import Settings, pairs
from atkg.errors import AtkgError, InputError

if TYPE_CHECKING:
    from atkg.snapshot import Snapshot


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--behind-proxy",
            is_flag=True,
            help="前面有自己的代理，由 X-Forwarded-For 取客户端地址。 A proxy of yours tells the client in X-Forwarded-For.",
        ),
        click.option(
            "--access-log",
            type=click.Path(path_type=Path, allow_dash=True),
            default="-",
            help="访问日志（每行一个 JSON），默认标准错误。 The access log, JSON a line; standard error by default.",
        ),
        click.option(
            "--limit",
            "limits",
            multiple=True,
            metavar="NAME=VALUE",
            help="修改一项限制，可多次（见 /docs）。 Change a limit; may be repeated (see /docs).",
        ),
        click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="端口。 The port."),
        click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。 The address to listen on."),
    ):
        command = option(command)
    return command


@click.command()
@_options
@click.pass_obj
def serve(
    settings: Settings, host: str, port: int, limits: Sequence[str], access_log: Path, *, behind_proxy: bool
) -> None:
    """提供已发布的快照。 Serve the published snapshot."""
    from atkg.snapshot import current_snapshot

    snapshot = current_snapshot(settings.out)
    if snapshot is None:
        raise AtkgError(
            f"{settings.out} 中没有已发布的快照；请先运行 atkg build。",
            f"no snapshot is published in {settings.out}; run atkg build first",
        )
    _serve(settings, snapshot, host, port, limits, access_log, behind_proxy=behind_proxy)


@click.command()
@_options
@click.pass_obj
def up(
    settings: Settings, host: str, port: int, limits: Sequence[str], access_log: Path, *, behind_proxy: bool
) -> None:
    """需要时构建，校验，然后提供服务。 Build if needed, validate, and serve."""
    from atkg.snapshot import current_snapshot, input_digest

    snapshot = current_snapshot(settings.out)
    if snapshot is None or snapshot.manifest["inputs"] != input_digest(settings.data):
        snapshot = run_build(settings).snapshot
        if snapshot is None:
            sys.exit(1)
    _serve(settings, snapshot, host, port, limits, access_log, behind_proxy=behind_proxy)


def _serve(
    settings: Settings,
    snapshot: Snapshot,
    host: str,
    port: int,
    limits: Sequence[str],
    access_log: Path,
    *,
    behind_proxy: bool,
) -> None:
    from atkg.web import create_app
    from atkg.web.endpoint.limits import Limits, fitting, memory_available
    from atkg.web.server import free_address, run

    chosen = fitting(Limits.of(pairs(limits, "--limit")), snapshot.manifest["quads"], memory_available())
    number, port = free_address(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{port}/"

    def ready() -> None:
        settings.say(
            f"已就绪：{url} （SPARQL：{url}sparql），按 Ctrl-C 结束。",
            f"Ready at {url} (SPARQL: {url}sparql); Ctrl-C ends it.",
        )

    with ExitStack() as stack:
        log = sys.stderr
        if str(access_log) != "-":
            try:
                log = stack.enter_context(access_log.open("a", encoding="utf-8"))
            except OSError as error:
                raise InputError.unreadable(access_log, error) from error
        source = snapshot.source(chosen.memory_quads)
        app = create_app(source, snapshot.manifest, f"{url}sparql", chosen, log, forwarded=behind_proxy)
        run(app, number, port, ready)
