"""The server that runs the application: granian, whose HTTP half (hyper) is strict and written in Rust."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Callable
from typing import Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from atkg.errors import AtkgError
from atkg.web.asgi import Application

HEADER_MILLISECONDS: Final = 10_000
"""How long a connection may take to send the header of a request."""
DESCRIPTORS: Final = 65_536
"""Files and sockets that the server may have open, as far as the system lets it."""
CONNECTIONS: Final = 1024
"""The most connections at once; the next wait."""


def run(application: Application, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT ends it; `ready` is called once questions are answered.

    Raises:
        AtkgError: the readers can't start.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(application, host, port, ready))


async def _serve(application: Application, host: str, port: int, ready: Callable[[], None]) -> None:
    server = Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await application.start()
    try:
        serving = asyncio.create_task(server.serve())
        await _listening(host, port, serving)
        ready()
        await serving
    finally:
        await application.stop()


async def _listening(host: str, port: int, serving: asyncio.Task[None]) -> None:
    """Wait until the server takes connections."""
    while not serving.done():
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return
        await asyncio.sleep(0.005)


def free_address(host: str, port: int) -> tuple[str, int]:
    """The address to listen on as numbers, with a free port where 0 is asked for.

    Raises:
        AtkgError: the address is unknown, or the port is taken or not ours to take.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # the server itself would share a port that another one listens on
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            found = probe.getsockname()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AtkgError(f"不能监听 {host}:{port}：{reason}", f"can't listen on {host}:{port}: {reason}") from error
    return str(found[0]), int(found[1])
