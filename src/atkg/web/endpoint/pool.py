"""The lanes that questions go through, and what becomes of one that overruns.

A question starts in the fast lane, on a reader that is ready. After `slow_after` seconds of work it leaves that lane:
the reader goes on at a low priority while a fresh one takes its place, or, where as many as may are slow already, the
question starts again when its turn comes. At its deadline the reader is killed, and its processor time and memory go
with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from atkg.errors import AtkgError, BadQuery, QueryStopped
from atkg.web.endpoint.limits import Limits
from atkg.web.endpoint.processes import SLOW, Nursery, Reader
from atkg.web.endpoint.stops import PutOffError, ReaderEndedError, busy, late, left
from atkg.web.endpoint.wire import Question

ABREAST: Final = (os.cpu_count() or 2) + 1
"""Questions at work in the fast lane beyond which the next waits a moment for one of their readers.

More of them than processors gain nothing, and a reader that has just been at work is quicker than one that has not:
what it has read of the graph has become its own.
"""
PATIENCE: Final = 0.05
"""Seconds of that moment; after it any reader will do, and the client is watched."""
QUIET: Final = 5.0
"""Seconds after which a reader that nobody needs is let go."""
AGAIN: Final = 1.0
"""Seconds before readers that could not start are tried again."""

PARDON: Final = 10
"""How many times `slow_after` a question may take by the clock, when its reader had little processor time."""

T = TypeVar("T")
Gone = Callable[[], Coroutine[Any, Any, None]]
"""Waits until the client has hung up."""


class Pool:
    """The readers of a snapshot."""

    def __init__(self, source: Path, limits: Limits) -> None:
        self.limits = limits
        self.graphs: frozenset[str] = frozenset()
        self._source = source
        self._idle: set[Reader] = set()
        self._fast: set[Reader] = set()
        self._slow: set[Reader] = set()
        self._abreast: set[Reader] = set()
        self._promised = 0
        self._waiting: deque[asyncio.Future[Reader]] = deque()
        self._pressing: deque[asyncio.Future[Reader]] = deque()
        self._slow_waiting: deque[asyncio.Future[None]] = deque()
        self._forking, self._warming = 0, 0
        self._nursery: Nursery | None = None
        self._closed = False
        self._first: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Start the readers; done when the first one is ready.

        Raises:
            AtkgError: the snapshot can't be read.
        """
        self._first = asyncio.get_running_loop().create_future()
        self._fill()
        await self._first

    async def close(self) -> None:
        """End all readers."""
        self._closed = True
        if self._nursery:
            self._nursery.close()
        for reader in [*self._fast, *self._slow]:
            reader.kill()
        everyone: list[asyncio.Future[Any]] = [*self._waiting, *self._pressing, *self._slow_waiting]
        for waiting in everyone:
            _fail(waiting, busy())

    @property
    def readers(self) -> int:
        """How many readers there are in the fast lane."""
        return len(self._fast)

    async def answer(self, question: Question, gone: Gone | None = None) -> list[bytes]:
        """The whole answer, in parts. A slow question ends when `gone` does: nobody waits for its answer any longer.

        Raises:
            BadQuery: the query can't be parsed or evaluated.
            QueryStopped: it ran into a limit; the message names it.
        """
        work = _Work(question, asyncio.get_running_loop(), gone)
        try:
            return await self._attempt(work)
        except ReaderEndedError:
            if work.age() > self.limits.slow_after:
                raise
            # it may have been killed from outside, and a question changes nothing: it may be asked again
            return await self._attempt(work)
        except PutOffError:
            await self._turn(work)
            return await self._attempt(work, slow=True)
        finally:
            work.stop()

    async def _attempt(self, work: _Work, *, slow: bool = False) -> list[bytes]:
        try:
            crowded = not self._idle or (not slow and len(self._abreast) >= ABREAST)
            reader = await self._wait(work) if crowded else self._take()
            self._fill()
        except BaseException:
            if slow:
                self._keep_promise()
            raise
        try:
            body = await self._evaluate(reader, work, slow=slow)
        except BadQuery:
            self._free(reader)
            raise
        except BaseException:
            # overrun, too large, or nobody waits any longer: what it works on is of no use to anyone
            self._dismiss(reader)
            raise
        self._free(reader)
        return body

    async def _evaluate(self, reader: Reader, work: _Work, *, slow: bool) -> list[bytes]:
        loop = asyncio.get_running_loop()
        answer = work.until_deadline(reader.ask(work.question))
        look = None
        if slow:
            self._promised -= 1
            self._to_slow_lane(reader, work)
        else:
            self._abreast.add(reader)
            look = loop.call_later(self.limits.slow_after, self._overrun, reader, work, answer, loop.time())
        try:
            return await answer
        finally:
            self._abreast.discard(reader)
            if look:
                look.cancel()

    def _overrun(self, reader: Reader, work: _Work, answer: asyncio.Future[list[bytes]], start: float) -> None:
        """Send a question that has had its time in the fast lane to the slow one, or have it wait for that."""
        loop = asyncio.get_running_loop()
        if answer.done():
            return
        age = loop.time() - start
        if reader.worked() < 0.9 * self.limits.slow_after and age < PARDON * self.limits.slow_after:
            # it had to share the processor with others: its age is not its fault
            loop.call_later(self.limits.slow_after / 2, self._overrun, reader, work, answer, start)
        elif len(self._slow) + self._promised < self.limits.slow_queries:
            self._to_slow_lane(reader, work)
        elif len(self._slow_waiting) < self.limits.slow_waiting:
            _fail(answer, PutOffError())
        else:
            _fail(answer, busy())

    def _to_slow_lane(self, reader: Reader, work: _Work) -> None:
        self._fast.discard(reader)
        self._slow.add(reader)
        reader.give_way(SLOW)
        self._abreast.discard(reader)
        self._serve()
        self._fill()
        work.watch()

    async def _turn(self, work: _Work) -> None:
        """Wait for a place in the slow lane, which is then promised."""
        turn: asyncio.Future[None] = work.until_deadline(asyncio.get_running_loop().create_future())
        self._slow_waiting.append(turn)
        work.watch()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and not turn.exception():
                self._keep_promise()
            raise
        finally:
            with contextlib.suppress(ValueError):
                self._slow_waiting.remove(turn)

    def _next_slow(self) -> None:
        while self._slow_waiting and len(self._slow) + self._promised < self.limits.slow_queries:
            turn = self._slow_waiting.popleft()
            if not turn.done():
                self._promised += 1
                turn.set_result(None)

    def _keep_promise(self) -> None:
        """Give a promised place back."""
        self._promised -= 1
        self._next_slow()

    async def _wait(self, work: _Work) -> Reader:
        """A reader of the fast lane, when one comes free."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Reader] = work.until_deadline(loop.create_future())
        self._waiting.append(waiting)
        patience = loop.call_later(PATIENCE, self._press, waiting, work)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and not waiting.exception():
                self._offer(waiting.result())
            raise
        finally:
            patience.cancel()
            for queue in (self._waiting, self._pressing):
                with contextlib.suppress(ValueError):
                    queue.remove(waiting)

    def _press(self, waiting: asyncio.Future[Reader], work: _Work) -> None:
        """A question has waited long enough: any reader will do, if need be a new one."""
        work.watch()
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            self._pressing.append(waiting)
            self._serve()
            self._fill()

    def _free(self, reader: Reader) -> None:
        """The reader takes the next question, unless it was slow and its priority can't be raised again."""
        if self._closed or not reader.give_way(0):
            self._dismiss(reader)
        elif reader in self._fast or reader in self._slow:
            self._slow.discard(reader)
            self._fast.add(reader)
            self._next_slow()
            self._offer(reader)

    def _offer(self, reader: Reader) -> None:
        """The reader has nothing to do."""
        self._abreast.discard(reader)
        self._idle.add(reader)
        self._serve()
        if len(self._idle) > self.limits.readers:
            asyncio.get_running_loop().call_later(QUIET, self._let_go)

    def _take(self) -> Reader:
        reader = max(self._idle, key=_experience)
        self._idle.discard(reader)
        return reader

    def _serve(self) -> None:
        """Give ready readers to the questions that wait, as long as not too many are at work or one presses."""
        while self._idle and (queue := self._pressing or (len(self._abreast) < ABREAST and self._waiting)):
            waiting = queue.popleft()
            if not waiting.done():
                reader = self._take()
                self._abreast.add(reader)
                waiting.set_result(reader)

    def _let_go(self) -> None:
        if len(self._idle) > self.limits.readers:
            self._dismiss(min(self._idle, key=_experience))

    def _dismiss(self, reader: Reader) -> None:
        self._forget(reader)
        reader.kill()
        self._serve()
        self._fill()

    def _forget(self, reader: Reader) -> None:
        self._fast.discard(reader)
        self._slow.discard(reader)
        self._abreast.discard(reader)
        self._idle.discard(reader)
        self._next_slow()

    def _fill(self) -> None:
        """Keep so many readers in the fast lane; once nearly all are at work, so many more, and one a question."""
        readers = len(self._fast) + self._forking
        ready = readers - len(self._abreast) - len(self._pressing)
        wanted = self.limits.readers - (ready if ready < 2 else readers)
        for _ in range(min(wanted, self.limits.most_readers - readers)):
            self._fork()

    def _fork(self) -> None:
        if self._closed:
            return
        if self._nursery is None:
            self._nursery = Nursery(self._source, self.limits.reader_bytes, self._born, self._lost, self._nursery_gone)
        # the first one is wanted at once, and one for which somebody waits too
        enough = self._warming + sum(reader.warm for reader in [*self._fast, *self._slow]) >= ABREAST
        warm = bool(self._fast or self._forking) and not self._pressing and not enough
        self._warming += warm
        self._forking += 1
        self._nursery.fork(warm=warm)

    def _born(self, pid: int, end: socket.socket, *, warm: bool) -> None:
        """A reader was forked: it counts, but takes no question before it says that it is ready."""
        if self._closed:
            end.close()
            return
        reader = Reader(self, pid, self.limits, warm=warm)
        self._fast.add(reader)
        self._forking -= 1
        self._warming -= warm
        asyncio.get_running_loop().create_task(_connect(reader, end))

    def _lost(self, *, warm: bool) -> None:
        """A reader was forked that can't be reached: descriptors have run out."""
        self._forking -= 1
        self._warming -= warm
        asyncio.get_running_loop().call_later(AGAIN, self._fill)

    def is_ready(self, reader: Reader, graphs: list[str]) -> None:
        """The reader has opened the snapshot and can be asked."""
        self.graphs = frozenset(graphs)
        if self._first and not self._first.done():
            self._first.set_result(None)
        self._offer(reader)

    def is_gone(self, reader: Reader) -> None:
        """The reader's process has ended."""
        if self._nursery:
            self._nursery.bury(reader.pid)
        self._forget(reader)
        if reader.ready:
            self._fill()
        else:
            self._barren()

    def _nursery_gone(self) -> None:
        """The nursery died: its readers go on; a new one forks the next."""
        self._nursery, self._forking, self._warming = None, 0, 0
        if self._fast:
            self._fill()
        else:
            self._barren()

    def _barren(self) -> None:
        """A process ended before it could be asked: at the start that is an error; later it is tried again, slowly."""
        if self._first and not self._first.done():
            self._first.set_exception(
                AtkgError(
                    f"读取进程无法打开快照 {self._source}。", f"the readers can't open the snapshot {self._source}"
                )
            )
        elif not self._closed:
            asyncio.get_running_loop().call_later(AGAIN, self._fill)


class _Work:
    """A question on its way: its deadline, and the watch over its client once it takes longer than a moment."""

    def __init__(self, question: Question, loop: asyncio.AbstractEventLoop, gone: Gone | None) -> None:
        self.question = question
        self._loop, self._gone = loop, gone
        self._start = loop.time()
        self._waited: asyncio.Future[Any] | None = None
        self._end = loop.call_at(self._start + question.seconds, self._late)
        self._watch: asyncio.Future[None] | None = None

    def age(self) -> float:
        """Seconds since it was asked."""
        return self._loop.time() - self._start

    def until_deadline(self, waited: asyncio.Future[T]) -> asyncio.Future[T]:
        """What the question waits for now; it fails at the deadline, and when a watched client hangs up."""
        self._waited = waited
        if self.age() >= self.question.seconds:
            self._late()
        elif self._watch and self._watch.done():
            _fail(waited, left())
        return waited

    def watch(self) -> None:
        """End the work when its client has hung up."""
        if self._gone and self._watch is None:
            self._watch = asyncio.ensure_future(self._gone())
            self._watch.add_done_callback(self._client_left)

    def stop(self) -> None:
        """It is done."""
        self._end.cancel()
        if self._watch:
            self._watch.cancel()

    def _late(self) -> None:
        if self._waited:
            _fail(self._waited, late(self.question.seconds))

    def _client_left(self, watch: asyncio.Future[None]) -> None:
        if self._waited and not watch.cancelled():
            _fail(self._waited, left())


def _experience(reader: Reader) -> tuple[bool, int]:
    """How much of the graph is likely to be the reader's own already."""
    return reader.warm, reader.asked


async def _connect(reader: Reader, end: socket.socket) -> None:
    await asyncio.get_running_loop().create_unix_connection(lambda: reader, sock=end)


def _fail(waited: asyncio.Future[Any], error: QueryStopped | PutOffError) -> None:
    if not waited.done():
        waited.set_exception(error)
