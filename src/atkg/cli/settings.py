"""What every command is given: the global options, and where its messages go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from atkg.errors import UsageError
from atkg.resources import data_folder


class Settings:
    """The global options."""

    def __init__(self, data: Path | None, out: Path, language: str) -> None:
        self._data, self.out, self.language = data, out, language

    @property
    def data(self) -> Path:
        return data_folder(self._data)

    def say(self, zh: str, en: str) -> None:
        click.echo(zh if self.language == "zh" else en, err=True)


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """The values of an option that is written NAME=VALUE and may be repeated.

    Raises:
        UsageError: one has no “=”.
    """
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise UsageError(
                f"{option}：应写作 名称=值，得到 {each!r}", f"{option}: expected NAME=VALUE, found {each!r}"
            )
        found[name] = value
    return found
