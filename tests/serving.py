"""A real `atkg serve` on a free port, over any dataset: started, waited for, asked, stopped, and looked for afterwards.

Every process of a server carries a mark in its environment, so that one that outlives its server is found even
where it has another parent by then.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from atkg.snapshot import publish
from atkg.validate import Report

LINUX = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs /proc to see the processes of the server"
)
DIRECT = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
ASK = "ASK { ?task a <https://w3id.org/atkg/ontology#Task> }"
STARTED_WITHIN = 30.0
"""Seconds for a server to answer its first question on a busy machine."""
GONE_WITHIN = 15.0
"""Seconds for a stopped server and all its processes to be gone."""
_MARK = "ATKG_TEST_SERVER"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole HTTP answer, and the seconds from the first byte sent to the last one read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()


@dataclass
class Server:
    """A running `atkg serve`."""

    process: subprocess.Popen[bytes]
    port: int
    mark: str
    log: Path
    seen: set[int] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        timeout: float = 60.0,
    ) -> Reply:
        """The answer to one request on a connection of its own; header names come back in lower case."""
        start = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            content = answer.read()
            found: dict[str, str] = {}
            for name, value in answer.getheaders():
                found[name.lower()] = f"{found[name.lower()]}, {value}" if name.lower() in found else value
            return Reply(answer.status, found, content, time.monotonic() - start)
        finally:
            connection.close()

    def query(
        self, text: str, accept: str | None = None, *, timeout: float = 60.0, parameters: Sequence[tuple[str, str]] = ()
    ) -> Reply:
        """The answer to a query that is posted as it stands."""
        headers = {"Content-Type": DIRECT} | ({"Accept": accept} if accept else {})
        path = "/sparql" + (f"?{urlencode(parameters)}" if parameters else "")
        return self.request(path, method="POST", body=text.encode(), headers=headers, timeout=timeout)

    def is_well(self, timeout: float = 20.0) -> float:
        """Seconds that a cheap question takes; it must be answered, and rightly."""
        marked = f"{ASK} # {uuid.uuid4()}"  # a question that no cache has seen
        reply = self.query(marked, timeout=timeout)
        assert reply.status == 200, reply.text
        assert reply.json["boolean"] is True
        return reply.seconds

    def send(self, data: bytes, *, timeout: float = 10.0, half_close: bool = False) -> bytes:
        """All that the server says to these bytes until it closes, or falls silent for `timeout` seconds."""
        with self.connect(timeout) as connection:
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has closed already; what it said may still be read
            return read_all(connection)

    def connect(self, timeout: float = 10.0) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def pids(self) -> set[int]:
        """The processes of this server, itself among them; a zombie is none."""
        found = {pid for pid in _pids() if self._is_ours(pid)}
        self.seen |= found
        return found

    def children(self) -> set[int]:
        """The processes of this server beside itself."""
        return self.pids() - {self.process.pid}

    def cpu_seconds(self) -> float:
        """The processor time that the living processes of this server have used."""
        return sum(_cpu_seconds(pid) for pid in self.pids())

    def resident_mb(self) -> dict[int, float]:
        """Resident memory by process, in MB; shared pages count in each."""
        return {pid: _status(pid, "VmRSS") / 1024 for pid in self.pids()}

    def interrupt(self, number: int = signal.SIGTERM) -> int:
        """End the server by a signal; its exit status, negative where the signal itself ended it."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(GONE_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not end within {GONE_WITHIN} s of signal {number}") from None

    def assert_nothing_left(self) -> None:
        """No process of a server that has ended is there any more."""
        left = wait_for(lambda: not self.pids(), GONE_WITHIN)
        remaining = self.pids()
        for pid in remaining:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert left, f"{len(remaining)} processes outlived their server"

    def said(self) -> str:
        """What the server wrote to its log and its messages."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _is_ours(self, pid: int) -> bool:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
        return f"{_MARK}={self.mark}".encode() in environment.split(b"\0") and _state(pid) not in ("Z", "X", "")


def contention() -> float:
    """How many times longer this process waits for the processor than it uses it, at least 1: 5 on a machine that is busy."""
    worst = 1.0
    for _ in range(3):
        wall, used = time.monotonic(), time.process_time()
        while time.process_time() - used < 0.05:
            pass
        worst = max(worst, (time.monotonic() - wall) / 0.05)
    return worst


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true within so many seconds."""
    end = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return true


def read_all(connection: socket.socket) -> bytes:
    """What still comes on this connection until it is closed or silent for its timeout."""
    parts: list[bytes] = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except OSError:
        pass
    return b"".join(parts)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def published(out: Path, nquads: bytes) -> Path:
    """The output folder `out` with these quads as its snapshot, not validated."""
    publish(out, nquads, Report(()), "")
    return out


@contextlib.contextmanager
def serving(
    out: Path,
    *,
    options: Sequence[str] = (),
    environment: Mapping[str, str] = {},
    prefix: Sequence[str] = (),
    nothing_left: bool = True,
) -> Iterator[Server]:
    """A server over the snapshot of this output folder; once the block ends, no process of it is left.

    `options` stand behind `serve`, `prefix` before the whole command.
    """
    server = start(out, options=options, environment=environment, prefix=prefix)
    try:
        yield server
    finally:
        server.pids()
        server.interrupt()
        if nothing_left:
            server.assert_nothing_left()


def start(
    out: Path,
    *,
    options: Sequence[str] = (),
    environment: Mapping[str, str] = {},
    prefix: Sequence[str] = (),
) -> Server:
    """A server that has answered its first question; whoever starts it ends it."""
    port, mark = free_port(), uuid.uuid4().hex
    log = out / f"server-{port}.log"
    command = [*prefix, sys.executable, "-m", "atkg", "--out", str(out), "--lang", "en", "serve", "--port", str(port)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, *options],
            env={**os.environ, _MARK: mark, **environment},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, mark, log)
    try:
        ready = wait_for(lambda: process.poll() is not None or _answers(server), STARTED_WITHIN)
        assert ready, f"no answer within {STARTED_WITHIN} s"
        assert process.poll() is None, f"the server ended with status {process.returncode}"
    except BaseException as error:
        process.kill()
        process.wait()
        error.add_note(server.said())
        raise
    return server


def _answers(server: Server) -> bool:
    try:
        return server.request("/healthz", timeout=5).status == 200
    except OSError:
        return False
    except http.client.HTTPException:
        return False


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat behind the command's name; none where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _state(pid: int) -> str:
    return next(iter(_stat(pid)), "")


def _cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _status(pid: int, name: str) -> int:
    """A figure of /proc/<pid>/status, in kB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
