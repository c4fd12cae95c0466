"""The endpoint behind its protocol: a query is checked, looked up among the answers kept, and else evaluated."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from atkg.web.endpoint.guard import Checked, check_graphs, check_query
from atkg.web.endpoint.limits import Limits
from atkg.web.endpoint.pool import Gone, Pool
from atkg.web.endpoint.wire import Question

_LONG: Final = 8 * 1024
"""Bytes from which a query is checked outside the event loop."""

Key = tuple[str, str, tuple[str, ...], tuple[str, ...]]


class Service:
    """Answers queries about the snapshot with this digest, by the readers of a pool."""

    def __init__(self, pool: Pool, digest: str) -> None:
        self.pool = pool
        self.digest = digest
        self._kept = _Kept(pool.limits.cache_bytes)
        self._checked: OrderedDict[tuple[str, bool], Checked] = OrderedDict()

    @property
    def limits(self) -> Limits:
        return self.pool.limits

    async def check(self, text: str, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()) -> Checked:
        """The query as it may be evaluated over these graphs.

        Raises:
            BadQuery: it breaks a limit, or names what is not of this service.
        """
        graphs = self.pool.graphs
        check_graphs([*default_graphs, *named_graphs], graphs)
        whole = not (default_graphs or named_graphs)
        if len(text) > _LONG:
            return await asyncio.to_thread(check_query, text, self.limits, graphs, whole=whole)
        found = self._checked.get((text, whole))
        if found is None:
            found = check_query(text, self.limits, graphs, whole=whole)
            self._checked[text, whole] = found
            if len(self._checked) > 1024:
                self._checked.popitem(last=False)
        return found

    def etag(self, checked: Checked, key: Key) -> str | None:
        """The name of the answer to this query over this snapshot; None where each evaluation may differ."""
        if checked.volatile:
            return None
        name = hashlib.blake2b(repr((self.digest, key)).encode("utf-8", "surrogatepass"), digest_size=15)
        return f'W/"{name.hexdigest()}"'

    async def answer(
        self, checked: Checked, key: Key, seconds: float | None = None, gone: Gone | None = None
    ) -> list[bytes]:
        """The whole answer to a checked query, in parts; `gone` as in Pool.answer.

        Raises:
            BadQuery: it can't be parsed or evaluated.
            QueryStopped: it ran into a limit.
        """
        body = None if checked.volatile else self._kept.get(key)
        if body is None:
            _, media_type, default_graphs, named_graphs = key
            limits = self.limits
            question = Question(
                checked.text,
                media_type,
                default_graphs,
                named_graphs,
                min(seconds, limits.deadline) if seconds else limits.deadline,
                limits.result_rows,
                limits.result_bytes,
            )
            parts = await self.pool.answer(question, gone)
            if checked.volatile or sum(map(len, parts)) > self._kept.largest:
                return parts
            body = b"".join(parts)
            self._kept.put(key, body)
        return [body]


class ServiceEngine:
    """The service as an Engine, for the pages: called in threads beside the event loop that it belongs to."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        self._service, self._loop = service, loop

    @property
    def graphs(self) -> frozenset[str]:
        return self._service.pool.graphs

    def answer(
        self,
        text: str,
        media_type: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        deadline: float | None = None,
    ) -> bytes:
        """As Engine.answer."""
        asked = self._answer(text, media_type, tuple(default_graphs), tuple(named_graphs), deadline)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()

    async def _answer(
        self,
        text: str,
        media_type: str,
        default_graphs: tuple[str, ...],
        named_graphs: tuple[str, ...],
        deadline: float | None,
    ) -> bytes:
        checked = await self._service.check(text, default_graphs, named_graphs)
        key = (text, media_type, default_graphs, named_graphs)
        return b"".join(await self._service.answer(checked, key, deadline))


class _Kept:
    """The answers given last, up to a size."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self.largest = most // 8
        self._answers: OrderedDict[Key, bytes] = OrderedDict()

    def get(self, key: Key) -> bytes | None:
        body = self._answers.get(key)
        if body is not None:
            self._answers.move_to_end(key)
        return body

    def put(self, key: Key, body: bytes) -> None:
        size = _size(key, body)
        if key in self._answers:
            return
        self._answers[key] = body
        self._size += size
        while self._size > self._most:
            self._size -= _size(*self._answers.popitem(last=False))


def _size(key: Key, body: bytes) -> int:
    return len(body) + 2 * len(key[0]) + 512
