"""Profiles written from a store as `atkg export` does, and read back by libraries that are not ours."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyshacl
import pytest
from rdflib import Graph
from rdflib.namespace import SH

from atkg.export.profile import Profile, Source, Written
from atkg.namespaces import ATKG, DCT, SKOS, shorten
from atkg.store import Store

SUITES = Path(os.environ.get("ATKG_SUITES") or Path(__file__).parents[2] / "shared" / "suites")
"""Where the published shapes lie."""
MANIFEST = {
    "version": "0.1.0",
    "digest": "sha256:" + "0123456789abcdef" * 4,
    "built": "2026-01-02T03:04:05+00:00",
    "quads": 34719,
}
PREFIXES = f"PREFIX atkg: <{ATKG}> PREFIX dct: <{DCT}> PREFIX skos: <{SKOS}>\n"


def files(
    store: Store, profile: Profile, folder: Path, *plans: str, written: Sequence[Written] = ()
) -> dict[str, Path]:
    """The files of a profile by their path below its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = profile.write(Source(store, MANIFEST, plans, written=tuple(written)), folder)
    return {str(path.relative_to(folder)): path for path in made}


def graph(store: Store, profile: Profile, folder: Path, *plans: str) -> Graph:
    """All files of a profile as rdflib reads them."""
    found = Graph()
    for path in files(store, profile, folder, *plans).values():
        found.parse(path)
    return found


def broken(data: Graph, *shapes: Path) -> list[str]:
    """Each result of validation by pySHACL: severity, focus node, path, what is wrong."""
    rules = Graph()
    for path in shapes:
        rules.parse(path)
    _, report, _ = pyshacl.validate(data, shacl_graph=rules, allow_warnings=True)
    return sorted(
        " ".join(
            shorten(str(report.value(result, part)))
            for part in (SH.resultSeverity, SH.focusNode, SH.resultPath, SH.sourceConstraintComponent)
        )
        for result in report.subjects(SH.resultSeverity, None)
    )


def published(*names: str) -> list[Path]:
    """Published shapes; skips the test where they are not at hand."""
    paths = [SUITES / name for name in names]
    if missing := [path.name for path in paths if not path.is_file()]:
        pytest.skip(f"{', '.join(missing)} is not in {SUITES}; ATKG_SUITES says where it is")
    return paths


def ask(store: Store, text: str) -> set[tuple[str | None, ...]]:
    """The rows of a SELECT over the dataset."""
    return {tuple(row.values()) for row in store.select(PREFIXES + text)}
