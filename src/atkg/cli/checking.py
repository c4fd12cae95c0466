"""What `validate` looks at for the paths and addresses that it is given, files themselves included."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from atkg import iris
from atkg.checks import check
from atkg.errors import InputError
from atkg.namespaces import SHAPES
from atkg.remote import fetch, is_address
from atkg.store import Store
from atkg.validate import Place, Report, Result
from atkg.validate.explain import Guide
from atkg.validate.files import fault
from atkg.validate.inputs import input_faults, node_of, unreadable

Progress = Callable[[str, int, int], None]
"""Called with what is checked now, how much is done, and how much there is."""

_OF_A_PLAN: Final = {"source.txt", "plan.toml", "corrections.csv", "derivations.csv", "progress.csv"}
"""Files that stand for the plan folder that they lie in."""

GIVEN: Final = iris.graph("file", "given")
"""The node that a result is about whose subject is a file that was given."""


@dataclass(frozen=True)
class Request:
    """What is to be checked, and how.

    Args:
        data: the data folder.
        cache: where results are kept; None to keep none.
        guide: the shapes.
        chosen: the shapes that are wanted; None for all.
        jobs: how many processes work at once; None for as many as there are processors.
    """

    data: Path
    cache: Path | None
    guide: Guide
    chosen: set[str] | None
    jobs: int | None

    def run(self, given: Sequence[str], progress: Progress) -> tuple[Report, list[InputError]]:
        """(report, what could not be used of what was given); without a path, on the data folder.

        Raises:
            UsageError: an address is none.
            InputError: the one path that was given can't be used.
        """
        reports: list[Report] = []
        refused: list[InputError] = []
        for each in given or [str(self.data)]:
            try:
                reports.append(self._address(each, progress) if is_address(each) else self._path(Path(each), progress))
            except InputError as error:
                refusal = unreadable(error, each if is_address(each) else node_of(Path(error.path)))
                # without a line, a report on this alone says no more than the sentence
                if len(given) <= 1 and not (refusal.row and refusal.row.line):
                    raise
                refused.append(error)
                reports.append(Report([refusal]))
        counted: dict[str, int] = {}
        for report in reports:
            for shape, count in report.coverage.items():
                if shape not in self.guide.names:  # a node shape that only groups others
                    continue
                counted[shape] = counted.get(shape, 0) + count
        return Report(_once(result for report in reports for result in report.results), counted), refused

    def _check(self, path: Path, progress: Progress) -> Report:
        shapes = None if self.chosen is None else self.chosen & set(self.guide.names)
        if shapes is not None and not shapes:  # only checks of files are wanted
            return Report([])
        return check(self.data, [path], shapes=shapes, jobs=self.jobs, cache=self.cache, progress=progress)

    def _path(self, path: Path, progress: Progress) -> Report:
        path = meant(path)
        if (path / "plans").is_dir():
            return self._folder(path, path, None, progress)
        if (path / "plan.toml").is_file():
            return self._folder(path, path.resolve().parent.parent, path.resolve(), progress)
        return self._file(path, progress)

    def _folder(self, path: Path, data: Path, plan: Path | None, progress: Progress) -> Report:
        """The files of a data folder, then the graphs where all files can be read."""
        faults = input_faults(data, plan, self.cache)
        if any(result.shape == "File-readable" for result in faults):
            return Report(self._wanted(faults))
        report = self._check(path, progress)
        faults += self._idle(report) if plan is None else []
        return report.with_results([*report.results, *self._wanted(faults)])

    def _file(self, path: Path, progress: Progress) -> Report:
        report = self._own(path, self._check(path, progress))
        looked = any(count for shape, count in report.coverage.items() if shape not in self.guide.indiscriminate)
        if looked or self.chosen is not None:
            return report
        if not len(_loaded(path)):
            raise InputError(path, "其中没有任何三元组。", "holds no triple")
        return report.with_results([*report.results, fault("File-looked-at", GIVEN, row=Place(str(path)))])

    def _own(self, path: Path, report: Report) -> Report:
        """The report without triples that the file shares with the registers beside it: it need not leave them out."""
        doubtful = self.guide.indiscriminate & {result.shape for result in report.results}
        if not doubtful:
            return report
        store = _loaded(path)
        alone = {
            (rule.shape.removeprefix(SHAPES), row["this"], row.get("value"))
            for rule in self.guide.rules(doubtful)
            for row in store.select(rule.query)
        }
        return report.where(
            lambda result: result.shape not in doubtful or (result.shape, result.node, result.value) in alone
        )

    def _address(self, address: str, progress: Progress) -> Report:
        fetched = fetch(address)
        with tempfile.TemporaryDirectory(prefix="atkg-") as folder:
            path = Path(folder) / f"fetched{fetched.suffix}"
            path.write_bytes(fetched.data)
            try:
                report = self._file(path, progress)
            except InputError as error:
                where = f"{path}:{error.line}" if error.line else str(path)
                zh, en = error.zh.removeprefix(f"{where}："), error.en.removeprefix(f"{where}: ")
                raise InputError(address, zh, en, error.line) from error
        return report.with_results([_moved(result, str(path), address) for result in report.results])

    def _idle(self, report: Report) -> Iterator[Result]:
        """A result for each shape that looked at nothing."""
        for shape, count in sorted(report.coverage.items()):
            if (
                count == 0
                and shape in self.guide.names
                and (self.chosen is None or {shape, "Shape-looked"} & self.chosen)
            ):
                source = self.guide.source(shape)
                yield fault(
                    "Shape-looked",
                    SHAPES + shape,
                    row=Place(str(source[0]), source[1]) if source else None,
                    label=self.guide.name(shape, "zh"),
                )

    def _wanted(self, faults: Sequence[Result]) -> list[Result]:
        """What can't be read is always told; the other checks of files as they are chosen."""
        keep = self.chosen
        return [
            result
            for result in faults
            if keep is None or result.shape == "File-readable" or result.shape in keep or result.shape == "Shape-looked"
        ]


def meant(path: Path) -> Path:
    """The folder that a file written by people stands for: its plan, or the data folder of its register."""
    if path.name in _OF_A_PLAN and (path.parent / "plan.toml").is_file():
        return path.parent
    if path.suffix == ".csv" and path.is_file() and (path.resolve().parent.parent / "plans").is_dir():
        return path.resolve().parent.parent
    return path


def _loaded(path: Path) -> Store:
    """The file alone."""
    store = Store()
    store.load_file(path, None if path.suffix in (".nq", ".trig") else GIVEN)
    return store


def _once(results: Iterable[Result]) -> list[Result]:
    """The results without those that two paths share."""
    found: dict[tuple[object, ...], Result] = {}
    for result in results:
        key = (result.shape, result.node, result.path, result.value, result.component, result.where)
        found.setdefault(key, result)
    return list(found.values())


def _moved(result: Result, path: str, address: str) -> Result:
    """The result with the address in place of the file that it was fetched into."""

    def named(place: Place | None) -> Place | None:
        return replace(place, file=address) if place and place.file == path else place

    return replace(result, text=named(result.text), row=named(result.row), graph=named(result.graph))
