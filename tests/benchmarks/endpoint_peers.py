"""The endpoints that are set side by side: each a process over the same quads, started, waited for, and ended."""

from __future__ import annotations

import http.client
import importlib.util
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Final
from urllib.parse import quote

from endpoint_questions import JSON

from atkg.snapshot import publish
from atkg.validate import Report

_STARTED_WITHIN: Final = 900.0
"""Seconds for a peer to load its data; rdflib takes minutes for 320 plans."""


@dataclass(slots=True)
class Peer:
    """One running endpoint."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    path: str
    started: float
    """Seconds from the start of its process to its first answer."""

    def target(self, text: str) -> str:
        """Path and query string that ask this question."""
        return f"{self.path}?query={quote(text, safe='')}"

    def ask(self, text: str, accept: str = JSON, timeout: float = 120.0) -> tuple[int, bytes]:
        """(status, body) of one question on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", self.target(text), headers={"Accept": accept})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def atkg(nquads: Path, folder: Path, options: Sequence[str] = (), name: str = "atkg") -> Peer:
    """`atkg serve` over these quads."""
    out = folder / f"{name}-out"
    if not out.exists():
        out.mkdir(parents=True)
        publish(out, nquads.read_bytes(), Report(()), "")
    port = _free_port()
    command = [sys.executable, "-m", "atkg", "--out", str(out), "serve", "--port", str(port), *options]
    return _started(name, [*command, "--access-log", str(folder / f"{name}.access")], port, "/sparql", folder)


def oxigraph(nquads: Path, folder: Path) -> Peer | None:
    """Oxigraph's own server (the package `oxigraph`), read-only over a store on disk; None where it is absent."""
    beside = Path(sys.executable).with_name("oxigraph")
    program = str(beside) if beside.exists() else shutil.which("oxigraph")
    if program is None:
        return None
    store = folder / "oxigraph-store"
    if not store.exists():
        load = [program, "load", "--location", str(store), "--file", str(nquads)]
        subprocess.run(load, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        optimize = [program, "optimize", "--location", str(store)]
        subprocess.run(optimize, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    port = _free_port()
    command = [program, "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
    return _started("oxigraph", [*command, "--union-default-graph"], port, "/query", folder)


def rdflib_endpoint(nquads: Path, folder: Path) -> Peer | None:
    """rdflib-endpoint over rdflib's store in memory, as its command serves a file; None where it is absent."""
    if importlib.util.find_spec("rdflib_endpoint") is None or importlib.util.find_spec("uvicorn") is None:
        return None
    port = _free_port()
    command = [sys.executable, "-m", "rdflib_endpoint", "serve", "--host", "127.0.0.1", "--port", str(port)]
    return _started("rdflib-endpoint", [*command, str(nquads)], port, "/", folder)


def _started(name: str, command: Sequence[str], port: int, path: str, folder: Path) -> Peer:
    """The peer once it has answered a question.

    Raises:
        SystemExit: it ended, or did not answer in time.
    """
    begun = perf_counter()
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    peer = Peer(name, process, port, path, 0.0)
    while perf_counter() - begun < _STARTED_WITHIN and process.poll() is None:
        try:
            if peer.ask("ASK { ?s ?p ?o }")[0] == 200:
                peer.started = perf_counter() - begun
                return peer
        except (OSError, http.client.HTTPException):
            sleep(0.005)
    peer.stop()
    said = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    raise SystemExit(f"{name} did not start: {said[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
