"""The process that evaluates queries, and the nursery that forks it: run as `python -m atkg.web.endpoint.reader`.

The nursery holds the snapshot in memory (or the path of the store, where it is too large for that) and forks a
reader whenever the server asks for one: a fork shares the graph and is ready in milliseconds. A reader answers one
query at a time and may be killed at any moment; it writes nothing and, with the graph in memory, can open neither
a file nor a socket.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

from atkg.errors import AtkgError, BadQuery
from atkg.store import Store
from atkg.web.endpoint.confine import confine
from atkg.web.endpoint.wire import CHUNK, HEADER, SMALL, Kind, Question, frame, sentence

GRACE: Final = 1.0
"""Seconds after its deadline at which a reader ends itself, should the server no longer be there to do it."""


class _TooLargeError(Exception):
    """The answer grew past what its question allows."""


class _Outlet:
    """A file for the engine to write to: what is written is counted, and goes out in frames."""

    def __init__(self, to: socket.socket, question: Question) -> None:
        self._to, self._left = to, question.most_bytes
        self._buffer = bytearray()

    def write(self, data: bytes) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise _TooLargeError
        self._buffer += data
        if len(self._buffer) >= CHUNK:
            self._flush(Kind.DATA)
        return len(data)

    def flush(self) -> None: ...

    def end(self) -> None:
        """Send what is left, and that the answer is whole."""
        self._flush(Kind.END)

    def _flush(self, kind: Kind) -> None:
        if len(self._buffer) < SMALL:
            self._to.sendall(frame(kind, self._buffer))
        else:
            self._to.sendall(HEADER.pack(kind, len(self._buffer)))
            self._to.sendall(self._buffer)
        self._buffer.clear()


def nursery(control: socket.socket, source: Path, reader_bytes: int) -> None:
    """Fork a reader for each b"F" or b"W" (a warm one) that comes, until the server hangs up; then end all of them.

    The answer is the new reader's number, with its end of a socket. b"R" and a number bury a dead reader:
    until then its number can't go to another process.
    """
    store = None
    if source.is_file():
        store = Store()
        store.load_nquads(source)
    graphs = json.dumps(store.graphs()).encode() if store is not None else None
    gc.freeze()
    children: set[int] = set()
    dead: set[int] = set()
    while command := _command(control):
        if command == b"R":
            dead.add(int.from_bytes(control.recv(4, socket.MSG_WAITALL)))
            # a killed reader of low priority may take its time to end; nobody waits for it
            buried = {pid for pid in dead & children if os.waitpid(pid, os.WNOHANG)[0]}
            dead -= buried
            children -= buried
            continue
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            control.close()
            ours.close()
            _read(theirs, Store.open(source) if store is None else store, graphs, reader_bytes, warm=command == b"W")
        theirs.close()
        children.add(pid)
        socket.send_fds(control, [pid.to_bytes(4)], [ours.fileno()])
        ours.close()
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _command(control: socket.socket) -> bytes:
    try:
        return control.recv(1)
    except ConnectionResetError:
        return b""


def _read(server: socket.socket, store: Store, graphs: bytes | None, reader_bytes: int, *, warm: bool) -> NoReturn:
    """Answer one question after the other until the server hangs up; `graphs` is known of a store in memory."""
    status = 1
    try:
        if warm and graphs:
            # reading writes reference counts, so each page is copied when it is first read: now, while nobody waits
            store.read_through()
        confine(reader_bytes, files=graphs is None)
        server.sendall(frame(Kind.READY, graphs or json.dumps(store.graphs()).encode()))
        for question in _questions(server):
            signal.setitimer(signal.ITIMER_REAL, question.seconds + GRACE)
            _answer(store, question, server)
            signal.setitimer(signal.ITIMER_REAL, 0)
        status = 0
    except (BrokenPipeError, ConnectionResetError):
        status = 0
    except MemoryError:
        status = 3
    finally:
        os._exit(status)


def _questions(server: socket.socket) -> Iterator[Question]:
    while header := server.recv(HEADER.size, socket.MSG_WAITALL):
        _, length = HEADER.unpack(header)
        yield Question.from_bytes(server.recv(length, socket.MSG_WAITALL))


def _answer(store: Store, question: Question, server: socket.socket) -> None:
    try:
        answer = store.query(question.text, default_graphs=question.default_graphs, named_graphs=question.named_graphs)
        if question.media_type not in answer.media_types:
            raise BadQuery(
                f"这种查询没有 {question.media_type} 形式的结果。", f"this query has no answer as {question.media_type}"
            )
        outlet = _Outlet(server, question)
        answer.write(outlet, question.media_type)
        outlet.end()
    except _TooLargeError:
        server.sendall(frame(Kind.LARGE))
    except AtkgError as error:
        server.sendall(frame(Kind.BAD, sentence(error.zh, error.en)))


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as to_server:
        nursery(to_server, Path(sys.argv[2]), int(sys.argv[3]))
