"""The server that runs the application: waitress, which needs nothing beside Python."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from flask import Flask
from waitress.server import create_server

from atkg.errors import AtkgError

THREADS = 4
"""How many requests are answered at once."""


def run(app: Flask, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until a signal ends it; `ready` is called with the address once it listens.

    Raises:
        AtkgError: the address or port can't be used.
    """
    try:
        server = create_server(app, host=host, port=port, threads=THREADS, ident="atkg")
    except OSError as error:
        reason = error.strerror or error
        raise AtkgError(f"不能监听 {host}:{port}：{reason}", f"can't listen on {host}:{port}: {reason}") from error

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    shown = f"[{host}]" if ":" in host else host
    ready(f"http://{shown}:{getattr(server, 'effective_port', port)}/")
    try:
        server.run()
    finally:
        server.close()
