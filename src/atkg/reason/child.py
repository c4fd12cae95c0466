"""The process that becomes Java: it dies with the one that started it, and leaves no core file behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main() -> int:
    """Become the program that the arguments name, after the number of the parent: its path and what it is told."""
    parent, *command = sys.argv[1:]
    libc = ctypes.CDLL(None)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(AttributeError):  # where the system has no such call, the parent alone can kill
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        return 1
    words = [os.fsencode(word) for word in command]
    libc.execv(words[0], (ctypes.c_char_p * (len(words) + 1))(*words, None))
    return 127  # it could not be started


if __name__ == "__main__":
    sys.exit(main())
