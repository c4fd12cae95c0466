"""The process that reads one received file: bytes on standard input, its text as JSON on standard output."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from typing import Any, Final

from atkg.documents.kinds import read_any
from atkg.documents.received import MEMORY_LIMIT, SECONDS_LIMIT, Unusable

_REFUSED: Final = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.fork", "ftplib.", "urllib.")
"""What no reader may do, whatever the file asks for: open a connection, start a program; nor write a file."""
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """End what is no part of reading a file.

    Raises:
        PermissionError: the event is a connection, a program that is started, or a file that is opened for writing.
    """
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if writes or event.startswith(_REFUSED):
        raise PermissionError(event)


def _limit() -> None:
    """Bound the time and memory of this process, and keep it from the network and from other programs."""
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_LIMIT, SECONDS_LIMIT + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read the file, and answer with its text or with the sentence that says why not."""
    data = sys.stdin.buffer.read()
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes to standard error
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    _limit()
    sys.addaudithook(refuse)
    sys.setrecursionlimit(10_000)
    try:
        document = read_any(data)
        found: dict[str, Any] = {
            "kind": document.kind.value,
            "text": document.text,
            "encoding": document.encoding,
            "notes": [(note.zh, note.en) for note in document.notes],
            "hints": document.hints,
        }
    except Unusable as error:
        found = {"refused": (error.zh, error.en)}
    except MemoryError:
        limit = MEMORY_LIMIT // 1024**2
        found = {
            "refused": (
                f"读取它所需的内存超过限额 MEMORY_LIMIT（{limit} MiB）。",
                f"needs more memory than the limit MEMORY_LIMIT ({limit} MiB)",
            )
        }
    except RecursionError:
        found = {"refused": ("其中的内容嵌套太深，无法读取。", "holds things nested too deeply to be read")}
    answer.write(json.dumps(found).encode())
    answer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
