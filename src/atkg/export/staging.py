"""Files that have their final names only when all of them are whole."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from atkg.errors import BadQuery, InputError
from atkg.export.profile import Source

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MAKING: Final = ".making-"
_PARTS: Final = ("scratch", "files")


@contextmanager
def staging(source: Source, out: Path, replaced: Iterable[Path] = ()) -> Iterator[tuple[Source, Path]]:
    """The source with a scratch folder, and an empty folder to write into.

    Its files stand in `out` under the same names once the block is left without an error; what had such a name
    before is replaced, and what of `replaced` is not among them is removed.

    Raises:
        InputError: the folder can't be written, or the disk is full.
    """
    making: Path | None = None
    held = -1
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            _clear(out)
            making = Path(tempfile.mkdtemp(dir=out, prefix=_MAKING))
            held = os.open(making, os.O_RDONLY)
            with suppress(OSError):
                fcntl.flock(held, fcntl.LOCK_EX)
        scratch, folder = (making / part for part in _PARTS)
        scratch.mkdir()
        folder.mkdir()
        yield replace(source, scratch=scratch), folder
        with _alone(out):
            _settle(folder, out, replaced)
    except (OSError, sqlite3.Error) as error:
        raise unwritable(out, error) from error
    except BadQuery as error:
        # what a file's write raised within the engine
        if isinstance(error.__cause__, OSError):
            raise unwritable(out, error.__cause__) from error
        raise
    finally:
        if making is not None:
            shutil.rmtree(making, ignore_errors=True)
        if held >= 0:
            os.close(held)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """While it is held no other export moves files into this folder: those of two don't get mixed."""
    folder = os.open(out, os.O_RDONLY)
    try:
        # some network disks have no locks
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _clear(out: Path) -> None:
    """Remove what exports left here whose process was killed: nobody holds it."""
    for left in out.glob(f"{_MAKING}*"):
        if left.is_symlink() or not any((left / part).is_dir() for part in _PARTS):
            continue
        with suppress(OSError):
            folder = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(folder)


def _settle(folder: Path, out: Path, replaced: Iterable[Path]) -> None:
    """Move all files to their places, those of the top last; what the disk has not taken fails before the first.

    Raises:
        InputError: something else stands in a place; nothing is moved then.
    """
    files = sorted(
        (path for path in folder.rglob("*") if path.is_file()), key=lambda path: (path.parent == folder, path)
    )
    for path in files:
        path.chmod(0o644)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    made = [path.relative_to(folder) for path in files]
    for path in made:
        _check_place(out, path)
    for path in made:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).replace(out / path)
    for path in set(replaced).difference(made):
        with suppress(IsADirectoryError, NotADirectoryError):
            (out / path).unlink(missing_ok=True)


def _check_place(out: Path, path: Path) -> None:
    """Pass a path below `out` that a file can be moved to."""
    place = out / path
    if place.is_dir():
        raise InputError(place, "这里是文件夹，应为文件。", "is a folder; a file goes here")
    for above in path.parents:
        if (out / above).exists() and not (out / above).is_dir():
            raise InputError(out / above, "这里是文件，应为文件夹。", "is a file; a folder goes here")


def unwritable(out: Path, error: Exception) -> InputError:
    """The error of a folder into which the system lets nothing more be written."""
    if getattr(error, "errno", None) in _FULL or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return InputError(
            out,
            "磁盘已满，或文件超过允许的大小；没有留下不完整的文件。",
            "the disk is full, or a file is larger than allowed; no part of a file was left",
        )
    if isinstance(error, FileExistsError):
        return InputError(out, "这里有别的东西，应为文件夹。", "something else stands here; a folder goes here")
    reason = getattr(error, "strerror", None) or error
    return InputError(out, f"无法写入：{reason}", f"can't be written: {reason}")
