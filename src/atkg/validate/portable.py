"""Results as plain values that name no place of this machine, so that a cache serves a data folder wherever it lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from atkg.resources import resource
from atkg.validate.results import Level, Place, Result

_DATA, _CAME = "data:", "atkg:"
_PLACED: Final = ("text", "graph", "row")


class Portable:
    """Names files by where they lie in the data folder, or in what came with atkg."""

    def __init__(self, data: Path) -> None:
        self._roots = (_DATA, data), (_CAME, resource("ontology").parent)

    def name(self, path: Path) -> str:
        """The name by which a file is kept; its path where it lies in neither place."""
        for prefix, root in self._roots:
            if path.is_relative_to(root):
                return prefix + path.relative_to(root).as_posix()
        return str(path)

    def path(self, name: str) -> Path:
        for prefix, root in self._roots:
            if name.startswith(prefix):
                return root / name.removeprefix(prefix)
        return Path(name)

    def kept(self, result: Result) -> dict[str, Any]:
        """The result as it is kept."""
        return _renamed(asdict(result), lambda file: self.name(Path(file)))

    def read(self, values: Mapping[str, Any]) -> Result:
        """The result that was kept."""
        fields = _renamed(values, lambda name: str(self.path(name)))
        for key in _PLACED:
            fields[key] = Place(**fields[key]) if fields[key] else None
        return Result(**{**fields, "level": Level(fields["level"])})


def _renamed(values: Mapping[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
    found = dict(values)
    for key in _PLACED:
        if found[key] is not None:
            found[key] = {**found[key], "file": name(found[key]["file"])}
    return found
