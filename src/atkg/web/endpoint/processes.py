"""The reading processes as the server sees them: one reader and its question, and the nursery that forks readers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from atkg.errors import AtkgError, BadQuery
from atkg.web.endpoint.limits import Limits
from atkg.web.endpoint.rows import RowCounter
from atkg.web.endpoint.stops import ReaderEndedError, too_large
from atkg.web.endpoint.wire import HEADER, Kind, Question, frame

SLOW: Final = 5
"""The niceness of a reader in the slow lane."""


class Keeper(Protocol):
    """Who is told of a reader's life."""

    def is_ready(self, reader: Reader, graphs: list[str]) -> None:
        """The reader has opened the snapshot and can be asked."""

    def is_gone(self, reader: Reader) -> None:
        """The reader's process has ended."""


class Reader(asyncio.Protocol):
    """One reading process: ready, or at work on one question."""

    def __init__(self, keeper: Keeper, pid: int, limits: Limits, *, warm: bool) -> None:
        self.pid = pid
        self.warm = warm
        self.asked = 0
        self.ready = False
        self.niceness = 0
        self._keeper, self._limits = keeper, limits
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[list[bytes]] | None = None
        self._chunks: list[bytes] = []
        self._rows: RowCounter | None = None
        self._header = b""
        self._kind, self._missing = 0, 0
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def ask(self, question: Question) -> asyncio.Future[list[bytes]]:
        """The answer to come, in parts."""
        self._answer = asyncio.get_running_loop().create_future()
        self._chunks = []
        self._rows = RowCounter(question.media_type, question.most_rows)
        self.asked += 1
        self._began = self._clock()
        if self._transport is None or self._transport.is_closing():
            self._answer.set_exception(ReaderEndedError())
        else:
            self._transport.write(frame(Kind.DATA, question.to_bytes()))
        return self._answer

    def data_received(self, data: bytes) -> None:
        start, size = 0, len(data)
        while start < size:
            if not self._missing:
                self._header += data[start : start + HEADER.size - len(self._header)]
                if len(self._header) < HEADER.size:
                    return
                start += HEADER.size
                self._kind, self._missing = HEADER.unpack(self._header)
                self._header = b""
                self._chunks = self._chunks if self._kind in (Kind.DATA, Kind.END) else []
            part = data[start : start + self._missing] if start or self._missing < size else data
            start += len(part)
            self._missing -= len(part)
            if part:
                self._chunks.append(part)
                # counted here, beside the reader, which goes on with the next part
                if self._rows and self._kind in (Kind.DATA, Kind.END) and self._rows.exceeded(part):
                    self._fail(too_large(self._limits))
                    return
            if not self._missing and self._kind != Kind.DATA:
                self._finish(self._chunks)

    def _finish(self, parts: list[bytes]) -> None:
        if self._kind == Kind.READY:
            self.ready = True
            self._keeper.is_ready(self, json.loads(b"".join(parts)))
        elif self._answer and not self._answer.done():
            if self._kind == Kind.END:
                self._answer.set_result(parts)
            elif self._kind == Kind.LARGE:
                self._fail(too_large(self._limits))
            else:
                self._answer.set_exception(BadQuery(*json.loads(b"".join(parts))))

    def _fail(self, error: AtkgError) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._fail(ReaderEndedError())
        self._keeper.is_gone(self)

    def worked(self) -> float:
        """Seconds of processor time (of the clock on the wall, where that can't be known) spent on the question."""
        return self._clock() - self._began

    def _clock(self) -> float:
        # the number of the clock of another process on Linux: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)
        with contextlib.suppress(OSError):
            return time.clock_gettime((~self.pid << 3) | 2) if sys.platform == "linux" else time.monotonic()
        return time.monotonic()

    def give_way(self, niceness: int) -> bool:
        """Go on at this priority; False where the system doesn't let it (back up, for who is not root)."""
        if niceness != self.niceness:
            try:
                os.setpriority(os.PRIO_PROCESS, self.pid, niceness)
            except OSError:
                return False
            self.niceness = niceness
        return True

    def kill(self) -> None:
        """End the process at once; its number stays its own until the nursery buries it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        if self._answer:
            self._answer.cancel()
        if self._transport:
            self._transport.abort()


class Born(Protocol):
    """Who is told of a new reader: its number, our end of a socket to it, and whether it has read the graph."""

    def __call__(self, pid: int, end: socket.socket, *, warm: bool) -> None: ...


class Lost(Protocol):
    """Who is told of a new reader that can't be reached."""

    def __call__(self, *, warm: bool) -> None: ...


class Nursery:
    """The process that forks readers; `born` is told of each, `lost` of one that can't be reached, `gone` when the nursery itself has died."""

    def __init__(
        self,
        source: Path,
        reader_bytes: int,
        born: Born,
        lost: Lost,
        gone: Callable[[], None],
    ) -> None:
        self._born, self._lost, self._gone = born, lost, gone
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        command = [sys.executable, "-P", "-m", "atkg.web.endpoint.reader", str(theirs.fileno()), str(source)]
        # a session of its own: Ctrl-C in a terminal is the server's to hear
        self._process = subprocess.Popen(
            [*command, str(reader_bytes)], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
        )
        theirs.close()
        self._pids: set[int] = set()
        self._asked: deque[bool] = deque()
        asyncio.get_running_loop().add_reader(self._control, self._hear)

    def fork(self, *, warm: bool) -> None:
        """Ask for one more reader; a warm one goes once over the whole graph before it is ready."""
        self._asked.append(warm)
        self._send(b"W" if warm else b"F")

    def bury(self, pid: int) -> None:
        """Tell that this reader is dead, and its number free."""
        if pid in self._pids:
            self._pids.discard(pid)
            self._send(b"R" + pid.to_bytes(4))

    def close(self) -> None:
        """Hang up, upon which the nursery ends its readers and itself."""
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, command: bytes) -> None:
        # a handful of bytes always finds room; a dead nursery is heard of in _hear
        with contextlib.suppress(OSError):
            self._control.send(command)

    def _hear(self) -> None:
        try:
            # one reader a message: its number, and its end of the socket
            data, ends, _, _ = socket.recv_fds(self._control, 4, 1)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data, ends = b"", []
        if data and not ends:
            # no descriptor was left for it, so it has heard that nobody is there, and ends
            self._lost(warm=self._asked.popleft())
        elif ends:
            pid = int.from_bytes(data)
            self._pids.add(pid)
            end = socket.socket(fileno=ends[0])
            end.setblocking(False)
            self._born(pid, end, warm=self._asked.popleft())
        else:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
            self._process.kill()
            self._process.wait()
            self._gone()
