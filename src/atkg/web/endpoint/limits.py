"""The limits of the service: each a named setting with its default and a sentence, for code and documentation."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from atkg.errors import UsageError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits; times in seconds, sizes in bytes."""

    query_bytes: int = field(
        default=64 * 1024, metadata={"zh": "一条查询的最大长度（字节）", "en": "longest query, bytes"}
    )
    depth: int = field(default=100, metadata={"zh": "括号嵌套的最大层数", "en": "deepest nesting of brackets"})
    operators: int = field(
        default=2000, metadata={"zh": "括号、运算符和关键词合计的上限", "en": "most brackets, operators and keywords"}
    )
    patterns: int = field(default=500, metadata={"zh": "三元组模式的上限", "en": "most triple patterns"})
    tokens: int = field(
        default=20_000, metadata={"zh": "词（名称、符号）的上限", "en": "most tokens: names, signs and values"}
    )
    header_bytes: int = field(
        default=256 * 1024, metadata={"zh": "请求头的上限（字节）", "en": "largest request header, bytes"}
    )
    body_bytes: int = field(default=MIB, metadata={"zh": "请求正文的上限（字节）", "en": "largest request body, bytes"})
    body_seconds: int = field(
        default=10, metadata={"zh": "收取请求正文的最长时间（秒）", "en": "longest wait for a request body, seconds"}
    )
    deadline: float = field(
        default=10.0, metadata={"zh": "一条查询的最长时间（秒）", "en": "longest time of one query, seconds"}
    )
    reader_bytes: int = field(
        default=1024 * MIB,
        metadata={
            "zh": "一个读取进程超出其空闲时占用的内存上限（字节）",
            "en": "memory of a reader above its idle size, bytes",
        },
    )
    result_rows: int = field(default=200_000, metadata={"zh": "一次结果的行数上限", "en": "most rows of an answer"})
    result_bytes: int = field(
        default=64 * MIB, metadata={"zh": "一次结果的大小上限（字节）", "en": "largest answer, bytes"}
    )
    client_queries: int = field(
        default=4,
        metadata={
            "zh": "同一地址同时进行的查询数（本机不限）",
            "en": "queries at once from one address (loopback exempt)",
        },
    )
    client_pages: int = field(
        default=32,
        metadata={
            "zh": "同一地址同时打开的网页数（本机不限）",
            "en": "pages at once for one address (loopback exempt)",
        },
    )
    client_seconds: float = field(
        default=60.0,
        metadata={
            "zh": "同一地址每分钟的查询时间（秒，本机不限）",
            "en": "query time a minute for one address, seconds (loopback exempt)",
        },
    )
    slow_after: float = field(
        default=0.1,
        metadata={
            "zh": "运行多久后转入慢查询通道（秒）",
            "en": "time after which a query leaves the fast lane, seconds",
        },
    )
    slow_queries: int = field(default=8, metadata={"zh": "同时进行的慢查询数", "en": "slow queries at once"})
    slow_waiting: int = field(
        default=64, metadata={"zh": "等待慢查询通道的查询数", "en": "queries that wait for the slow lane"}
    )
    readers: int = field(
        default=max(8, 2 * (os.cpu_count() or 2)),
        metadata={"zh": "快速通道待命的读取进程数", "en": "readers kept ready for the fast lane"},
    )
    most_readers: int = field(
        default=64,
        metadata={"zh": "快速通道读取进程的上限", "en": "most readers in the fast lane"},
    )
    memory_quads: int = field(
        default=3_000_000,
        metadata={
            "zh": "四元组不超过此数时，读取进程把图保存在内存",
            "en": "quads up to which readers hold the graph in memory",
        },
    )
    take_seconds: int = field(
        default=30,
        metadata={
            "zh": "客户端接收下一部分结果的最长时间（秒）",
            "en": "longest wait for a client to take the next part of an answer, seconds",
        },
    )
    transit_bytes: int = field(
        default=1024 * MIB,
        metadata={"zh": "正在发送的大结果合计上限（字节）", "en": "large answers on their way to clients, bytes"},
    )
    cache_bytes: int = field(
        default=64 * MIB, metadata={"zh": "结果缓存的大小（字节）", "en": "cache of answers, bytes"}
    )

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """The defaults, but for these values given as text.

        Raises:
            UsageError: there is no such limit, or the value is no positive number.
        """
        known = {each.name: float if each.type == "float" else int for each in fields(cls)}
        chosen: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                names = ", ".join(known)
                raise UsageError(f"没有限制 {name}；可用：{names}。", f"no limit {name!r}; there are {names}")
            try:
                chosen[name] = known[name](value)
            except ValueError:
                chosen[name] = 0
            if not 0 < chosen[name] < 1 << 50:
                raise UsageError(
                    f"限制 {name}：应为正数，得到 {value!r}。",
                    f"limit {name}: expected a positive number, found {value!r}",
                )
        return cls(**chosen)


QUAD_BYTES = 400
"""About how much memory a quad takes, measured at 1.6 million."""


def fitting(limits: Limits, quads: int, available: int) -> Limits:
    """The limits with no more readers than half of the available bytes hold copies of a graph in memory.

    Readers share the graph at first; what one reads becomes its own, since reading writes reference counts.

    >>> limits = fitting(Limits(), quads=1_000_000, available=8 * 1024**3)
    >>> limits.readers, limits.most_readers, limits.slow_queries
    (8, 10, 8)
    """
    if quads > limits.memory_quads:
        return limits
    room = max(2, available // 2 // (quads * QUAD_BYTES + 1))
    return replace(
        limits,
        readers=min(limits.readers, room),
        most_readers=min(limits.most_readers, room),
        slow_queries=min(limits.slow_queries, room),
    )


def memory_available() -> int:
    """Bytes that new processes may take without swapping, as far as the system tells; else what is free."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def described() -> list[tuple[str, str, str, str]]:
    """(name, default as text, sentence in Chinese, sentence in English) of every limit, in order."""
    return [(each.name, f"{each.default:,}", each.metadata["zh"], each.metadata["en"]) for each in fields(Limits)]
