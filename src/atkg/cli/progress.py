"""A bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

_WORDS: Final = {"zh": "校验", "en": "checking"}


@contextmanager
def bar(language: str, words: Mapping[str, str] = _WORDS) -> Iterator[Callable[[str, int, int], None]]:
    """What is to be called with the part that is worked on, how many are done, and how many there are."""
    if not sys.stderr.isatty():
        yield lambda _part, _done, _of: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[part]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(words[language], total=None, part="")
        yield lambda part, done, of: shown.update(task, completed=done, total=of, part=part)
