"""Makes the files of /download for a snapshot: python -m atkg.web.release SNAPSHOT OUT, as the server runs it.

It works at a low priority, has no sockets, and ends with the server: as soon as its standard input does.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from atkg.errors import AtkgError
from atkg.export import PROFILES, Source
from atkg.export.release import release
from atkg.store import Store
from atkg.web.endpoint.confine import refuse_sockets

CPU_SECONDS: Final = 3600
"""The most processor time that a release may take."""
_NICE: Final = 10


def main(arguments: Sequence[str]) -> int:
    """Make the release, unless another process is at it; the exit status."""
    snapshot, out = map(Path, arguments)
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    refuse_sockets()
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        out.mkdir(exist_ok=True)
        with (out / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            manifest = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
            release(Source(Store.open(snapshot / "store"), manifest), PROFILES.values(), out)
    except BlockingIOError:
        return 0
    except (AtkgError, OSError, ValueError) as error:
        sys.stderr.write(f"/download: {error}\n")
        return 1
    return 0


def _end_with_input() -> None:
    # not by sys.stdin, whose lock would be in the way when all is done
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
