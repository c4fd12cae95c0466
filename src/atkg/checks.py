"""What is loaded and validated for the paths that a user names: each plan with the closure that it needs.

A plan that is as it was, in a closure that is as it was, is answered from the cache; the others are validated by
processes side by side. The results are those of one validation of the whole dataset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from atkg import dataset, iris
from atkg.errors import InputError
from atkg.plans import read_plans
from atkg.registers import Registers
from atkg.store import Store
from atkg.validate import Report, Result, Shapes
from atkg.validate.cache import Cache
from atkg.validate.results import order
from atkg.validate.run import faults, located, result_of, spread, targets
from atkg.validate.runs import Progress, Run


def check(
    data: Path,
    paths: Sequence[Path] = (),
    *,
    shapes: Collection[str] | None = None,
    jobs: int | None = None,
    cache: Path | None = None,
    progress: Progress = lambda _part, _done, _of: None,
) -> Report:
    """The report on data folders, plan folders and RDF files; without a path, on the data folder.

    Args:
        data: the data folder, with the registers that files are checked beside.
        paths: what is to be checked.
        shapes: the local names of the shapes that are wanted; None for all.
        jobs: how many processes work at once; None for as many as there are processors.
        cache: the folder in which results are kept for the next run; None to keep none.
        progress: told of every part that is done.

    Raises:
        InputError: a path is missing or none of these, or as dataset.load.
    """
    wanted = None if shapes is None else frozenset(shapes)
    reports = []
    for path in paths or [data]:
        if (path / "plans").is_dir():
            reports.append(Validation(path, wanted, jobs, cache, progress).report())
        elif (path / "plan.toml").is_file():
            folder = path.resolve()
            whole = Validation(folder.parent.parent, wanted, jobs, cache, progress)
            reports.append(whole.report(folder.name))
        elif path.is_file():
            reports.append(_file(data, path, wanted))
        elif not path.exists():
            raise InputError.unreadable(path, FileNotFoundError())
        else:
            raise InputError(
                path,
                "应为数据文件夹、计划文件夹或 RDF 文件。",
                "expected a data folder, a plan folder or an RDF file",
            )
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report.coverage)
    return Report([result for report in reports for result in report.results], counts)


def _file(data: Path, path: Path, names: frozenset[str] | None) -> Report:
    """The results on what stands in an RDF file, beside the registers and the cited plans."""
    registers = Registers.load(data / "registers")
    plans = read_plans(data)
    store = Store()
    store.load_file(path, None if path.suffix in (".nq", ".trig") else iris.graph("file", "given"))
    files = dict.fromkeys(store.graphs(), path)
    own = _terms_in(store, list(files))
    there = {iris.graph("plan", plan.key) for plan in plans if plan.text is None} & files.keys()
    dataset.add_context(store, [plan for plan in plans if iris.graph("plan", plan.key) not in there], registers)
    shapes = Shapes.load()
    looked = {root: terms & own for root, terms in targets(store, shapes).items()}
    found = [result_of(fault, shapes) for fault in faults(store, shapes, names, looked) if fault.root in own]
    counts = {root: len(terms) for root, terms in looked.items()}
    return Report(located(found, store, plans, files), _counted(spread(counts, shapes), names))


def _terms_in(store: Store, graphs: Collection[str]) -> set[str]:
    """The subjects and objects in these graphs, each as a term of N-Triples."""
    found: set[str] = set()
    for graph in graphs:
        for row in store.query(f"SELECT ?s ?o WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}").rows()[1]:
            found.update(map(str, row))
    return found


def _counted(counts: Mapping[str, int], names: frozenset[str] | None) -> dict[str, int]:
    return {name: count for name, count in counts.items() if names is None or name in names}


class Validation:
    """One validation of a data folder."""

    def __init__(
        self,
        data: Path,
        names: frozenset[str] | None = None,
        jobs: int | None = None,
        cache: Path | None = None,
        progress: Progress = lambda _part, _done, _of: None,
        given: Mapping[Path, bytes] | None = None,
    ) -> None:
        """Prepare; the arguments are those of check.

        Args:
            given: graph file → the quads (as N-Quads) that stand in its place.
        """
        self._data, self._names, self._jobs, self._progress = data, names, jobs, progress
        self._given = given or {}
        self._folder = cache

    def report(self, only: str | None = None) -> Report:
        """The report on the whole folder, or on what belongs to one plan.

        Raises:
            InputError: as dataset.load.
        """
        if self._folder is not None:
            return self._report(Cache(self._folder), only)
        with TemporaryDirectory(prefix="atkg-") as folder:  # outlines are set aside here for the time of this run
            return self._report(Cache(Path(folder)), only)

    def _report(self, cache: Cache, only: str | None) -> Report:
        run = Run(cache, self._data, self._names, self._jobs, self._progress, self._given)
        results: list[Result] = []
        roots: Counter[str] = Counter()
        for found, looked in run.documents(run.owners_beside(only) if only else run.owners):
            results += found
            roots.update(looked)
        counts: Counter[str] = Counter()
        for root, number in roots.items():
            for name in run.rules.names[root]:
                counts[name] += number
        if run.rules.apart:
            whole = run.apart()
            results += whole.results
            counts.update(whole.coverage)
        cache.clean()
        if only:
            results = [result for result in results if result.plan == only]
        return Report(sorted(results, key=order), _counted(counts, self._names))
