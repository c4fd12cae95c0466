"""The files of /download: made once for a snapshot by a process of their own, and sent in parts.

Nobody waits for the making: until it is done, a request is answered by 503 and when to come back.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Final

from atkg.export.profile import Written
from atkg.export.release import MANIFEST, SUMS
from atkg.resources import VERSION
from atkg.web.messages import Request
from atkg.web.problem import Problem

PATH: Final = "/download/"
"""Where the files stand."""
MOST_QUADS: Final = 5_000_000
"""Above so many quads a request does not set off the making; `atkg export release` does."""
MAKE_SECONDS: Final = 3600
"""How long the making may take."""
AGAIN_SECONDS: Final = 600
"""After which time it is tried again where it failed."""
WAIT_SECONDS: Final = 5
"""After which time a client may ask again for what is being made."""
MOST_AT_ONCE: Final = 64
"""How many files are sent at once."""
PART: Final = 256 * 1024
"""Bytes that are handed over at once."""

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
"""What the path of a file can be; others are told so at once, and set off nothing."""
_RANGE: Final = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")


class State(StrEnum):
    """How far the files are."""

    READY = "ready"
    MAKING = "making"
    FAILED = "failed"
    LARGE = "large"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be had at the moment: the files by their paths once they are ready."""

    state: State
    files: Mapping[str, Written]


class Shelf:
    """The files of one snapshot.

    Args:
        snapshot: its folder, in which the files are kept; None where there is none.
        manifest: its manifest.
    """

    def __init__(self, snapshot: Path | None, manifest: Mapping[str, Any]) -> None:
        self._snapshot, self._manifest = snapshot, manifest
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._files: Mapping[str, Written] | None = None
        self._begun = 0.0
        self._failed: float | None = None
        self.sending = 0

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return (self._snapshot or Path()) / "release"

    def look(self) -> Shown:
        """What is to be had; sets off the making where nothing is there yet and nobody makes it."""
        with self._lock:
            if self._files is None and self._snapshot:
                self._files = _listed(self.folder, str(self._manifest.get("digest", "")))
            if self._files is not None:
                return Shown(State.READY, self._files)
            return Shown(self._made(), {})

    def forget(self) -> None:
        """Look anew for what there is."""
        with self._lock:
            self._files = None

    def close(self) -> None:
        """End the making."""
        with self._lock:
            self._end()

    def _made(self) -> State:
        if self._snapshot is None or not (self._snapshot / "store").is_dir():
            return State.NONE
        if int(self._manifest.get("quads", 0)) > MOST_QUADS:
            return State.LARGE
        now = time.monotonic()
        if self._process is not None:
            status = self._process.poll()
            if status is None and now - self._begun < MAKE_SECONDS:
                return State.MAKING
            self._end()
            if status != 0:
                self._failed = now
        if self._failed is not None and now - self._failed < AGAIN_SECONDS:
            return State.FAILED
        command = [sys.executable, "-m", "atkg.web.release", str(self._snapshot), str(self.folder)]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        except OSError:
            self._failed = now
            return State.FAILED
        self._begun, self._failed = now, None
        return State.MAKING

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None


def _listed(folder: Path, digest: str) -> Mapping[str, Written] | None:
    """The files of a release that is whole and of this snapshot."""
    try:
        written = (folder / MANIFEST).read_bytes()
        manifest = json.loads(written)
        summed = (folder / SUMS).read_bytes()
        sums = {line.partition("  ")[2]: line.partition("  ")[0] for line in summed.decode().splitlines()}
        if manifest["digest"] != digest or manifest["atkg"] != VERSION:
            return None
        files = [Written(**file) for file in manifest["files"]]
        own = [
            Written(MANIFEST, "", "application/json", sums[MANIFEST], len(written)),
            Written(SUMS, "", "text/plain", hashlib.sha256(summed).hexdigest(), len(summed)),
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {file.path: file for file in (*files, *own)}


def find(shelf: Shelf, name: str) -> Written:
    """The file of this name.

    Raises:
        Problem: there is none (404), or it is not there yet or can't be made (503).
    """
    shown = shelf.look() if _NAME.fullmatch(name) else Shown(State.READY, {})
    if shown.state is State.READY:
        if name in shown.files:
            return shown.files[name]
        near = [f"{PATH}{each}" for each in get_close_matches(name, shown.files, n=3, cutoff=0.4)]
        zh = f"；相近的有：{'、'.join(near)}" if near else ""
        en = f"; near it: {', '.join(near)}" if near else ""
        raise Problem(404, f"没有这个文件{zh}；全部列在 /download。", f"there is no such file{en}; /download lists all")
    wait = WAIT_SECONDS if shown.state is State.MAKING else AGAIN_SECONDS
    raise Problem(503, *SENTENCES[shown.state], {"Retry-After": str(wait)})


SENTENCES: Final = {
    State.MAKING: ("下载文件正在制作，请稍后再试。", "the files are being made; ask again in a moment"),
    State.FAILED: ("下载文件未能制作，原因已记录。", "the files could not be made; the reason has been logged"),
    State.LARGE: (
        "数据太大，下载文件由管理员制作（atkg export release）。",
        "the data are large, so that the files are made by the operator (atkg export release)",
    ),
    State.NONE: ("此服务不提供下载文件。", "this service has no files to download"),
}
"""Why there are no files at the moment."""


Give = Callable[[bytes, int], Awaitable[None]]
Begin = Callable[[int, Mapping[str, str]], Awaitable[None]]


async def send_file(shelf: Shelf, request: Request, seconds: float, begin: Begin, give: Give) -> None:
    """Answer a request for a file: whole, from where the client stopped, or 304 where it has it.

    Args:
        shelf: the files.
        request: for a path below PATH.
        seconds: how long a client may take for one part.
        begin: sends status and headers.
        give: sends a part of the body, after which so many bytes are left.

    Raises:
        Problem: there is no such file, it is not there yet, or too many are being sent.
    """
    written = await asyncio.to_thread(find, shelf, request.path.removeprefix(PATH))
    headers = _headers(written)
    tag = headers["ETag"]
    if _holds(request.headers.get("if-none-match", ""), tag):
        await begin(304, headers)
        await give(b"", 0)
        return
    status, first, last = 200, 0, written.size - 1
    wanted = request.headers.get("range", "")
    if wanted and request.headers.get("if-range", tag) == tag and (found := _range(wanted, written.size)) is not None:
        status, (first, last) = 206, found
        if first > last:
            raise Problem(
                416,
                "所要的范围在文件之外。",
                "the range lies outside of the file",
                {"Content-Range": f"bytes */{written.size}"},
            )
        headers["Content-Range"] = f"bytes {first}-{last}/{written.size}"
    headers["Content-Length"] = str(last - first + 1)
    if request.method == "HEAD":
        await begin(status, headers)
        await give(b"", 0)
        return
    if shelf.sending >= MOST_AT_ONCE:
        raise Problem(
            503,
            "正在下载的人太多，请稍后再试。",
            "too many files are being sent; ask again in a moment",
            {"Retry-After": "10"},
        )
    shelf.sending += 1
    try:
        with _opened(shelf, written) as file:
            file.seek(first)
            await begin(status, headers)
            left = last - first + 1
            while left > 0:
                part = await asyncio.to_thread(file.read, min(PART, left))
                if not part:
                    raise OSError("the file has become shorter")
                left -= len(part)
                async with asyncio.timeout(seconds):
                    await give(part, left)
            if last < first:
                await give(b"", 0)
    finally:
        shelf.sending -= 1


def _opened(shelf: Shelf, written: Written) -> BinaryIO:
    """The file, if it is still as it was listed."""
    try:
        file = (shelf.folder / written.path).open("rb")
        if os.fstat(file.fileno()).st_size == written.size:
            return file
        file.close()
    except OSError as error:
        logging.getLogger("atkg").warning("%s%s: %s", PATH, written.path, error.strerror)
    # somebody has cleared the folder or made the files anew
    shelf.forget()
    raise Problem(503, *SENTENCES[State.MAKING], {"Retry-After": str(WAIT_SECONDS)})


def _headers(written: Written) -> dict[str, str]:
    media_type = written.media_type
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    name = written.path.rpartition("/")[2]
    return {
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{written.sha256}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-cache",
    }


def _holds(tags: str, tag: str) -> bool:
    """Whether If-None-Match names what there is.

    >>> _holds('"a", W/"b"', '"b"'), _holds("*", '"b"'), _holds("", '"b"')
    (True, True, False)
    """
    return any(each.strip().removeprefix("W/") in (tag, "*") for each in tags.split(","))


def _range(wanted: str, size: int) -> tuple[int, int] | None:
    """(first, last) byte of the one range that is asked for; None where it is no such range.

    >>> _range("bytes=0-9", 100), _range("bytes=-10", 100), _range("bytes=90-200", 100), _range("bytes=0-1,5-6", 100)
    ((0, 9), (90, 99), (90, 99), None)
    """
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        return max(0, size - int(match["last"])), size - 1
    if match["last"] and int(match["last"]) < int(match["first"]):
        return None
    return int(match["first"]), min(int(match["last"] or size), size - 1)


def by_profile(files: Mapping[str, Written]) -> Mapping[str, Sequence[Written]]:
    """Profile → its files, by the order of their paths."""
    found: dict[str, list[Written]] = {}
    for path in sorted(files):
        found.setdefault(files[path].profile, []).append(files[path])
    return found
