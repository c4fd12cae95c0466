"""The sentences of a question that ran into a limit, each with its HTTP status."""

from __future__ import annotations

import math

from atkg.errors import QueryStopped
from atkg.web.endpoint.limits import Limits


class ReaderEndedError(QueryStopped):
    """The process of a reader ended under a question."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "查询所需的内存或嵌套超出读取进程所能承受（reader_bytes），进程已结束；请简化查询。",
            "the query took more memory or depth than a reader has (reader_bytes), and the reader ended; "
            "ask something simpler",
            retry_after=10,
        )


class PutOffError(Exception):
    """A question that is slow, while the slow lane is full: it has to wait for its turn there."""


def late(seconds: float) -> QueryStopped:
    """The deadline has passed."""
    return QueryStopped(
        503,
        f"查询在 {seconds:g} 秒的时限（deadline）内没有完成，已终止。",
        f"the query was not done within its deadline of {seconds:g} seconds, and was stopped",
        retry_after=max(1, math.ceil(seconds)),
    )


def busy() -> QueryStopped:
    """More questions wait for the slow lane than may."""
    return QueryStopped(
        503,
        "正在进行和等待的慢查询已达上限（slow_queries、slow_waiting），请稍后再试。",
        "as many slow queries are under way and waiting as the limits slow_queries and slow_waiting allow; "
        "ask again later",
        retry_after=5,
    )


def left() -> QueryStopped:
    """The client hung up; the status is one that servers write to their logs."""
    return QueryStopped(499, "提问者已离开，查询已终止。", "the client hung up, and the query was stopped")


def too_large(limits: Limits) -> QueryStopped:
    """The answer is larger than an answer may be."""
    rows, size = limits.result_rows, limits.result_bytes
    return QueryStopped(
        413,
        f"结果超过上限（{rows} 行或 {size} 字节：result_rows、result_bytes），未返回任何部分；"
        "请用 LIMIT 和 OFFSET 分批查询，或下载整个数据集。",
        f"the answer is larger than the limits result_rows ({rows}) and result_bytes ({size}) allow, "
        "and no part of it is given; ask in parts with LIMIT and OFFSET, or take the dump",
    )
