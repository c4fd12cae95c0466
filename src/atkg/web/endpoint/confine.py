"""What a reader gives up before it sees a query: memory beyond a bound, files, and the network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Final

STACK_BYTES: Final = 96 * 1024 * 1024
"""The native stack of a reader: what the guard lets pass must not overflow it."""

_SECCOMP: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine → (AUDIT_ARCH of linux/audit.h, number of the system call socket)."""
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_FILTER_MODE: Final = 2
_ALLOW: Final = 0x7FFF0000
_EPERM: Final = 0x00050001


def confine(reader_bytes: int, *, files: bool) -> None:
    """Bound this process: memory above what it has now, no core file, no socket, and no file unless it needs some."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # what the engine says when its memory or stack ends is told by the server, in a sentence
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stderr.fileno())
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_STACK, STACK_BYTES)
    with contextlib.suppress(OSError):
        # where memory runs out for the whole machine, a reader goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(OSError):
        size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _lower(resource.RLIMIT_AS, size + reader_bytes)
    refuse_sockets()
    if not files:
        _lower(resource.RLIMIT_NOFILE, 0)


def refuse_sockets() -> bool:
    """Make every later socket() of this process fail with EPERM (seccomp); False where the system has no such filter.

    The program is that of linux/filter.h: another architecture or the call socket is refused, all else allowed.
    """
    if platform.system() != "Linux" or platform.machine() not in _SECCOMP:
        return False
    architecture, call = _SECCOMP[platform.machine()]
    load, equal, result = 0x20, 0x15, 0x06
    steps = [
        (load, 0, 0, 4),
        (equal, 0, 2, architecture),
        (load, 0, 0, 0),
        (equal, 0, 1, call),
        (result, 0, 0, _EPERM),
        (result, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, program, 0, 0) == 0)


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (most, hard if which == resource.RLIMIT_STACK else most))
