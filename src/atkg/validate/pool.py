"""Processes that work on parts of a validation side by side, or this process alone where that is faster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, Final, TypeVar

from atkg.errors import AtkgError, InputError
from atkg.validate.units import Bench, Common

_Task = TypeVar("_Task")
_WORTH: Final = 16
"""The fewest long tasks for which it pays to start processes: each takes about a second to start."""

_benches: dict[int, Bench] = {}
"""The bench of this process, by the process's number."""

Work = Callable[[Bench, _Task], Any]


def run(
    common: Common, work: Work[_Task], tasks: Sequence[_Task], jobs: int | None, long: int
) -> Iterator[tuple[_Task, Any]]:
    """(task, what the work gave) of each, as they are done.

    Args:
        common: what a bench is made from.
        work: a function of a module, which other processes find by its name.
        tasks: what is to be done.
        jobs: how many processes at most; None for as many as there are processors.
        long: how many of the tasks take long.

    Raises:
        AtkgError: the work raised one.
    """
    pending = list(tasks)
    workers = min(jobs or os.cpu_count() or 1, len(pending))
    if workers > 1 and (jobs is not None or long >= _WORTH):
        for task, result in _side_by_side(common, work, pending, workers):
            pending.remove(task)
            yield task, result
    if pending:
        bench = Bench(common)
        for task in pending:
            yield task, work(bench, task)


def _side_by_side(
    common: Common, work: Work[_Task], tasks: Sequence[_Task], workers: int
) -> Iterator[tuple[_Task, Any]]:
    """What processes have done, in the order in which it was done; less than all where one of them died.

    A process dies where memory is short, or at once where the program that called us can't be started a second time, as
    one that was typed in.
    """
    executor = ProcessPoolExecutor(workers, get_context("spawn"), _start, (common,))
    try:
        futures = {executor.submit(_run, work, task): task for task in tasks}
        for future in as_completed(futures):
            result, error = future.result()
            if error is not None:
                raise _rebuilt(*error)
            yield futures.pop(future), result
    except BrokenProcessPool:
        return
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _start(common: Common) -> None:
    _benches[os.getpid()] = Bench(common)


def _run(work: Work[_Task], task: _Task) -> tuple[Any, tuple[str, str, str | None, int | None] | None]:
    """(result, None), or (None, the error in parts): an error of ours can't be sent as it is."""
    try:
        return work(_benches[os.getpid()], task), None
    except InputError as error:
        return None, (error.zh, error.en, error.path, error.line)
    except AtkgError as error:
        return None, (error.zh, error.en, None, None)


def _rebuilt(zh: str, en: str, path: str | None, line: int | None) -> AtkgError:
    if path is None:
        return AtkgError(zh, en)
    where = f"{path}:{line}" if line else path
    return InputError(path, zh.removeprefix(f"{where}："), en.removeprefix(f"{where}: "), line)
