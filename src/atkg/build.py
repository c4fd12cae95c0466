"""From the data folder to a published snapshot: extract, write the graphs, validate, publish."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from atkg import dataset, iris
from atkg.derivation import read_rows
from atkg.errors import InputError, UsageError
from atkg.extract import guess_record, read_plan
from atkg.extract.text import decode, line_and_column, normalise
from atkg.graph import DerivationWriter, PlanWriter, Spans
from atkg.lineage import Lineage
from atkg.model import Finding, Reading
from atkg.plans import PlanFolder, read_bytes, read_plans
from atkg.registers import Registers
from atkg.snapshot import Snapshot, input_digest, publish, write_atomically
from atkg.store import Store, to_turtle
from atkg.validate import Level, Report, Shapes, validate


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made: the findings by plan, the report, and the snapshot (None where there are Violations)."""

    findings: list[dict[str, Any]]
    report: Report
    snapshot: Snapshot | None
    differences: list[str]


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
