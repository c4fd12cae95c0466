"""From the data folder to a published snapshot: extract, write the graphs, validate, publish.

Publishing is one atomic switch: a snapshot lies whole in its folder before `current` points to it, so a
crash at any point leaves the last good one.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

from atkg import dataset, iris
from atkg.derivation import Attestations, attested, by_reference, parts, read_rows, registered_parts
from atkg.errors import InputError, UsageError
from atkg.extract import guess_record, read_plan
from atkg.extract.text import decode, line_and_column, normalise
from atkg.graph import Above, DerivationWriter, PlanWriter, Spans
from atkg.model import Finding, Reading
from atkg.national import read_register
from atkg.plans import PlanFolder, read_bytes, read_plans
from atkg.registers import Registers
from atkg.resources import resource
from atkg.store import Store, to_turtle
from atkg.validate import Level, Report, Shapes, validate

_INPUTS: Final = (".csv", ".py", ".toml", ".ttl", ".txt")


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made: the findings by plan, the report, and the snapshot (None where there are Violations)."""

    findings: list[dict[str, Any]]
    report: Report
    snapshot: Snapshot | None
    differences: list[str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An immutable store on disk with its manifest."""

    folder: Path
    manifest: dict[str, Any]

    def open(self) -> Store:
        """The snapshot's store, for reading only."""
        return Store.open(self.folder / "store")


Progress = Callable[[str], None]


def build(data: Path, out: Path, *, check: bool = False, progress: Progress = lambda _: None) -> Built:
    """Build the data folder and publish the snapshot in `out`, unless it has Violations.

    With `check` nothing is written to the data folder; what would change is in `differences`.

    Raises:
        InputError: something in the data folder is missing or not as it should be.
    """
    registers = Registers.load(data / "registers")
    plans = read_plans(data)
    findings: list[dict[str, Any]] = []
    differences: list[str] = []
    store = Store()
    readings: dict[str, Reading] = {}
    spans: Spans = set()
    for folder in plans:
        if folder.text is None:
            continue
        progress(folder.key)
        _check_citations(folder)
        reading = read_plan(folder.record, folder.text, registers, folder.corrections)
        readings[folder.key] = reading
        writer = PlanWriter(reading, registers, spans)
        lines = writer.plan_lines()
        differences += _put(folder.path / "graph.ttl", to_turtle(lines), check=check)
        store.load("\n".join(lines).encode())
        findings += [as_json(reading, finding) for finding in (*reading.findings, *writer.findings)]
    above = Lineage(plans, readings, registers)
    for folder in plans:
        if folder.key not in readings:
            continue
        path = folder.path / "derivations.csv"
        lines = DerivationWriter(readings[folder.key], readings, spans).derivation_lines(
            read_rows(path), above.of(folder), path
        )
        differences += _put(folder.path / "derivation.ttl", to_turtle(lines), check=check)
        store.load("\n".join(lines).encode())
    dataset.add_context(store, plans, registers)
    progress("validate")
    report = validate(store, Shapes.load(), plans, dataset.files(data, plans))
    nquads = store.nquads()
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "atkg.nq", nquads)
    write_atomically(out / "findings.json", (json.dumps(findings, ensure_ascii=False, indent=1) + "\n").encode())
    inputs = input_digest(data)
    snapshot = None if report.count(Level.VIOLATION) else publish(out, nquads, report, inputs)
    return Built(findings, report, snapshot, differences)


class Lineage:
    """For each plan, the nearest plan above that has parts."""

    def __init__(self, plans: Sequence[PlanFolder], readings: Mapping[str, Reading], registers: Registers) -> None:
        self._plans = {plan.key: plan for plan in plans}
        self._readings, self._registers = readings, registers
        self._above: dict[str, Above] = {}

    def of(self, folder: PlanFolder) -> Above | None:
        """What the derivations of this plan end in; None where no plan above has parts."""
        cited = [self._plans[citation.plan] for citation in folder.record.cites if citation.implements]
        with_parts = [plan for plan in cited if plan.key in self._readings or plan.record.register]
        if not with_parts:
            return None
        nearest = max(with_parts, key=lambda plan: len(list(self._registers.lineage(plan.record.jurisdiction))))
        if nearest.key not in self._above:
            self._above[nearest.key] = self._parts_of(nearest)
        return self._above[nearest.key]

    def _parts_of(self, folder: PlanFolder) -> Above:
        if folder.key in self._readings:
            return Above(folder.key, parts(self._readings[folder.key]), None)
        path = dataset.register_path(folder)
        clauses = read_register(path)
        references = {
            key: by_reference(
                sorted(
                    (clause.path, clause.reference, any(task.clause == clause.path for task in reading.tasks))
                    for clause in reading.clauses
                )
            )
            for key, reading in self._readings.items()
        }
        places = {reading.plan.jurisdiction: key for key, reading in self._readings.items()}
        found = attested(clauses, places, references, path)
        attestations = Attestations(found, self._readings, self._registers)
        return Above(folder.key, registered_parts(folder.key, clauses), attestations)


def _check_citations(folder: PlanFolder) -> None:
    for citation in folder.record.cites:
        if citation.number and folder.text is not None and citation.number not in folder.text:
            raise InputError(
                folder.path / "plan.toml",
                f"所写引用文号 {citation.number} 在 source.txt 中没有出现。",
                f"says that the source cites {citation.number}, which does not stand in source.txt",
            )


def _put(path: Path, data: bytes, *, check: bool) -> list[str]:
    """Write a graph file where it differs; with `check`, only say how it differs."""
    before = path.read_bytes() if path.exists() else b""
    if before == data:
        return []
    if not check:
        try:
            write_atomically(path, data)
        except OSError as error:
            raise InputError(
                path, f"内容有变但无法写入：{error.strerror}", f"has changed but can't be written: {error.strerror}"
            ) from error
    old, new = before.decode("utf-8", "replace").splitlines(), data.decode().splitlines()
    changed = [
        line for line in unified_diff(old, new, n=0, lineterm="") if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    shown = [line if len(line) <= 200 else line[:199] + "…" for line in changed[:6]]
    return [f"{path}: {len(changed)} lines differ", *(f"    {line}" for line in shown)]


def as_json(reading: Reading, finding: Finding) -> dict[str, Any]:
    """A finding as plain values, with its line and column in source.txt."""
    line, column = line_and_column(reading.text, finding.span.start)
    words = normalise(reading.text[finding.span.start : finding.span.end])
    return {
        "plan": reading.plan.key,
        "kind": finding.kind,
        "severity": finding.severity.value,
        "line": line,
        "column": column,
        "start": finding.span.start,
        "end": finding.span.end,
        "words": words if len(words) <= 60 else words[:59] + "…",
        "zh": finding.zh,
        "en": finding.en,
    }


def write_atomically(path: Path, data: bytes) -> None:
    """The file holds these bytes, or what it held before: never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def publish(out: Path, nquads: bytes, report: Report, inputs: str) -> Snapshot:
    """Make these quads a snapshot named by their digest, and switch `current` to it."""
    digest = hashlib.sha256(nquads).hexdigest()
    folder = out / "snapshots" / digest[:16]
    manifest: dict[str, Any] = {
        "digest": f"sha256:{digest}",
        "inputs": inputs,
        "quads": nquads.count(b"\n"),
        "version": dataset.VERSION,
        "validation": {level.value: report.count(level) for level in Level},
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if not (folder / "store").exists():
        making = Path(tempfile.mkdtemp(dir=_made(out / "snapshots"), prefix=".making-"))
        Store.write(making / "store", nquads)
        making.chmod(0o755)
        making.rename(folder)
    write_atomically(folder / "manifest.json", (json.dumps(manifest, indent=1) + "\n").encode())
    link = out / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("snapshots") / folder.name)
    link.replace(out / "current")
    return Snapshot(folder, manifest)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def current_snapshot(out: Path) -> Snapshot | None:
    """The snapshot that is published in this folder, if one is."""
    manifest = out / "current" / "manifest.json"
    if not manifest.exists():
        return None
    return Snapshot((out / "current").resolve(), json.loads(manifest.read_text(encoding="utf-8")))


def open_store(data: Path, out: Path) -> Store:
    """The published snapshot if the data folder is still as it was built, else the data folder as it stands.

    Raises:
        InputError: as dataset.load.
    """
    snapshot = current_snapshot(out)
    if snapshot and snapshot.manifest["inputs"] == input_digest(data):
        return snapshot.open()
    return dataset.load(read_plans(data), Registers.load(data / "registers"))


def input_digest(data: Path) -> str:
    """A digest of all that a build reads and writes, to know whether a snapshot is that of the data."""
    digest = hashlib.sha256(dataset.VERSION.encode())
    for root in (data, resource("ontology"), resource("shapes"), Path(dataset.__file__).parent):
        for path in sorted(path for path in root.rglob("*") if path.suffix in _INPUTS):
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def validate_paths(data: Path, paths: Sequence[Path]) -> Report:
    """The report on data folders, plan folders and RDF files; without a path, on the data folder.

    Raises:
        InputError: a path is missing or none of these, or as dataset.load.
    """
    reports = [_validate_path(data, path) for path in paths] or [_validate_data(data)]
    return Report([result for report in reports for result in report.results])


def _validate_path(data: Path, path: Path) -> Report:
    if (path / "plans").is_dir():
        return _validate_data(path)
    if (path / "plan.toml").is_file():
        report = _validate_data(path.resolve().parent.parent)
        return Report([result for result in report.results if result.plan == path.resolve().name])
    if path.is_file():
        return _validate_file(data, path)
    if not path.exists():
        raise InputError.unreadable(path, FileNotFoundError())
    raise InputError(
        path,
        "应为数据文件夹、计划文件夹或 RDF 文件。",
        "expected a data folder, a plan folder or an RDF file",
    )


def _validate_data(data: Path) -> Report:
    registers = Registers.load(data / "registers")
    plans = read_plans(data)
    return validate(dataset.load(plans, registers), Shapes.load(), plans, dataset.files(data, plans))


def _validate_file(data: Path, path: Path) -> Report:
    """The results on what stands in an RDF file, beside the registers and the cited plans."""
    registers = Registers.load(data / "registers")
    plans = read_plans(data)
    store = Store()
    graph = iris.graph("file", "given")
    store.load_file(path, None if path.suffix in (".nq", ".trig") else graph)
    files = dict.fromkeys(store.graphs(), path)
    plan_graphs = {iris.graph("plan", plan.key) for plan in plans if plan.text is None} & files.keys()
    dataset.add_context(store, [plan for plan in plans if iris.graph("plan", plan.key) not in plan_graphs], registers)
    report = validate(store, Shapes.load(), plans, files)
    return Report([result for result in report.results if result.graph])


def read_document(path: Path, data: Path, registers: Registers, key: str | None) -> Reading:
    """What is read in a document, which need not lie in the data folder; `-` reads standard input.

    Without a plan key, title, period and jurisdiction are taken from the lines before the first clause.

    Raises:
        InputError: the document can't be read or is no text.
        UsageError: there is no plan with this key.
    """
    raw = sys.stdin.buffer.read() if str(path) == "-" else read_bytes(path)
    text, _ = decode(raw, path)
    if key is None:
        record = guess_record(text, path.stem, registers)
        return read_plan(record, text, registers)
    folders = {folder.key: folder for folder in read_plans(data)}
    if key not in folders:
        known = "、".join(folders)
        raise UsageError(f"没有计划 {key}；已有：{known}。", f"no plan {key!r}; there are {', '.join(folders)}")
    folder = folders[key]
    corrections = folder.corrections if folder.text == text else ()
    return read_plan(folder.record, text, registers, corrections)
