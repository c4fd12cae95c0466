"""Load for an endpoint: wrk where it is installed, else sockets of our own; the same for every peer of a run."""

from __future__ import annotations

import re
import shutil
import socket
import statistics
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

_WRK: Final = shutil.which("wrk")
_GIVEN_UP: Final = 60.0
"""Seconds after which an answer is waited for no longer."""

_SCRIPT: Final = """
local paths = {}
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
local count, mark = 0, ""
local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function init(args) mark = args[1] end
function request()
  count = count + 1
  local path = paths[(count - 1) %% #paths + 1]
  if mark ~= "same" then path = path .. "%%23" .. mark .. "." .. number .. "." .. count end
  return wrk.format("GET", path, { ["Accept"] = "%(accept)s" })
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one window: requests per second, the median of their times, and how many were no 200."""

    rate: float
    median: float
    failed: int
    done: int


def generator(*, quick: bool) -> str:
    """What makes the load: wrk for questions that take next to nothing, sockets for the others."""
    return "wrk" if _WRK and quick else "sockets"


def load(
    port: int,
    targets: Sequence[str],
    accept: str,
    clients: int,
    seconds: float,
    mark: str,
    scratch: Path,
    *,
    quick: bool,
) -> Load:
    """Ask these questions in turn for so many seconds.

    Each gets a comment of its own with `mark`, so that no cache knows it, unless the mark is "same".
    """
    if _WRK and quick:
        return _by_wrk(port, targets, accept, clients, seconds, mark, scratch)
    return _by_sockets(port, targets, accept, clients, seconds, mark)


def _by_wrk(
    port: int, targets: Sequence[str], accept: str, clients: int, seconds: float, mark: str, scratch: Path
) -> Load:
    paths, script = scratch / "paths.txt", scratch / "load.lua"
    paths.write_text("\n".join(targets) + "\n", encoding="ascii")
    script.write_text(_SCRIPT % {"paths": paths, "accept": accept}, encoding="ascii")
    command = [str(_WRK), "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--latency", "--timeout", "60s"]
    said = subprocess.run(
        [*command, "-s", str(script), f"http://127.0.0.1:{port}/", "--", mark],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s|m)\b", said)
    done = re.search(r"(\d+) requests in", said)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    unit = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
    return Load(
        float(rate[1]) if rate else 0.0,
        float(median[1]) * unit[median[2]] if median else float("inf"),
        (int(failed[1]) if failed else 0) + (sum(map(int, lost.groups())) if lost else 0),
        int(done[1]) if done else 0,
    )


def _by_sockets(port: int, targets: Sequence[str], accept: str, clients: int, seconds: float, mark: str) -> Load:
    times: list[float] = []
    failures: list[int] = []
    begun = perf_counter()

    def work(number: int) -> None:
        count = 0
        with socket.create_connection(("127.0.0.1", port), timeout=_GIVEN_UP) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = _Reader(connection.recv)
            while not count or perf_counter() - begun < seconds:
                target = targets[(number + count * clients) % len(targets)]
                if mark != "same":
                    target += f"%23{mark}.{number}.{count}"
                start = perf_counter()
                connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n".encode("ascii"))
                status = reader.answer()
                times.append(perf_counter() - start)
                count += 1
                if status != 200:
                    failures.append(status)

    def guarded(number: int) -> None:
        try:
            work(number)
        except OSError:
            failures.append(0)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = perf_counter() - begun
    good = len(times) - sum(1 for status in failures if status)
    return Load(good / spent, statistics.median(times) if good else float("inf"), len(failures), len(times))


class _Reader:
    """Reads HTTP answers from a connection, by length or by chunks, and throws their bodies away."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive, self._buffer = receive, b""

    def answer(self) -> int:
        """The status of the next answer, once all of it is there."""
        head = self._until(b"\r\n\r\n").lower()
        status = int(head[9:12])
        length = re.search(rb"content-length: *(\d+)", head)
        if length:
            self._skip(int(length[1]))
        elif b"transfer-encoding: chunked" in head:
            while size := int(self._until(b"\r\n").partition(b";")[0], 16):
                self._skip(size + 2)
            self._until(b"\r\n")
        return status

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _skip(self, count: int) -> None:
        while len(self._buffer) < count:
            count -= len(self._buffer)
            self._buffer = b""
            self._more()
        self._buffer = self._buffer[count:]

    def _more(self) -> None:
        data = self._receive(1 << 18)
        if not data:
            raise ConnectionResetError("the server closed in the middle of an answer")
        self._buffer += data
