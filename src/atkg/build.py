"""From the data folder to a published snapshot: extract, write the graphs, validate, publish."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from atkg import dataset
from atkg.checks import Validation
from atkg.derivation import read_rows
from atkg.documents import read_received
from atkg.errors import InputError, UsageError
from atkg.extract import guess_record, read_plan
from atkg.extract.text import decode, line_and_column, normalise
from atkg.graph import DerivationWriter, PlanWriter, Spans
from atkg.lineage import Lineage
from atkg.model import Finding, Reading
from atkg.plans import PlanFolder, read_plans
from atkg.registers import Registers
from atkg.snapshot import Snapshot, input_digest, publish, write_atomically
from atkg.store import Store, to_turtle
from atkg.validate import Level, Report


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made: the findings by plan, the report, and the snapshot (None where there are Violations)."""

    findings: list[dict[str, Any]]
    report: Report
    snapshot: Snapshot | None
    differences: list[str]


Progress = Callable[[str], None]


def build(
    data: Path,
    out: Path,
    *,
    check: bool = False,
    cached: bool = True,
    jobs: int | None = None,
    progress: Progress = lambda _: None,
) -> Built:
    """Build the data folder and publish the snapshot in `out`, unless it has Violations.

    Args:
        data: the data folder.
        out: the output folder.
        check: write nothing to the data folder; what would change is in `differences`.
        cached: answer the validation of what is unchanged from the last one.
        jobs: how many processes validate at once; None for as many as there are processors.
        progress: told what is worked on.

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
    stale: dict[Path, bytes] = {}

    def put(path: Path, lines: Sequence[str]) -> None:
        quads = "\n".join(lines).encode()
        store.load(quads)
        differs = _put(path, to_turtle(lines), check=check)
        if differs and check:
            stale[path] = quads
        differences.extend(differs)

    for folder in plans:
        if folder.text is None:
            continue
        progress(folder.key)
        _check_citations(folder)
        reading = read_plan(folder.record, folder.text, registers, folder.corrections)
        readings[folder.key] = reading
        writer = PlanWriter(reading, registers, spans)
        lines = writer.plan_lines()
        put(folder.path / "graph.ttl", lines)
        findings += [as_json(reading, finding) for finding in (*reading.findings, *writer.findings)]
    above = Lineage(plans, readings, registers)
    for folder in plans:
        if folder.key not in readings:
            continue
        path = folder.path / "derivations.csv"
        lines = DerivationWriter(readings[folder.key], readings, spans).derivation_lines(
            read_rows(path), above.of(folder), path
        )
        put(folder.path / "derivation.ttl", lines)
    dataset.add_context(store, plans, registers)
    progress("validate")
    report = Validation(
        data,
        jobs=jobs,
        cache=out / "validation" if cached else None,
        progress=lambda part, done, of: progress(f"validate {done}/{of} {part}"),
        given=stale,
    ).report()
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
    if before == data and path.exists():  # a plan with nothing above it has an empty derivation.ttl
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


def read_document(path: Path, data: Path, registers: Registers, key: str | None) -> Reading:
    """What is read in a document, which need not lie in the data folder; `-` reads standard input.

    Without a plan key, title, period and jurisdiction are taken from the lines before the first clause.

    Raises:
        InputError: the document can't be read or is no text.
        UsageError: there is no plan with this key.
    """
    if str(path) == "-":
        text, _ = decode(sys.stdin.buffer.read(), path)
    else:
        text = read_received(path).document.text
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
