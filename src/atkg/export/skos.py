"""The profile skos: each concept scheme in a file of its own, and all of them in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from atkg.export.mapped import Select, Step, write
from atkg.export.profile import DATASET, Profile, Source
from atkg.namespaces import BASE, SKOS

_SCHEMES: Final = f"SELECT ?thing {{ ?thing a <{SKOS}ConceptScheme> }}"
_PREFIXES: Final = ("dct", "skos")


def _write(source: Source, folder: Path) -> Iterator[Path]:
    schemes = [row["thing"] for row in source.store.select(_SCHEMES)]
    names = {scheme.removeprefix(f"{BASE}id/"): scheme for scheme in sorted(schemes)}
    for name, scheme in names.items():
        one = f"SELECT ?thing {{ VALUES ?thing {{ <{scheme}> }} }}"
        yield from write(replace(source, plans=(name,)), folder, "skos", _PREFIXES, [_step(one)])
    whole = replace(source, plans=())
    yield from write(whole, folder, "skos", _PREFIXES, [_step(_SCHEMES)])


def _step(select: str) -> Step:
    return Step("skos-scheme", Select(select, select), batch=1)


CONCEPTS: Final = Profile(
    name="skos",
    zh=f"条线、角色、环节、时间类型等概念体系（SKOS），供 Skosmos 等工具载入；每个体系一个文件，另有一个合为 {DATASET}.ttl。",
    en="Functions, roles, stages, timings and the other concept schemes in SKOS, as Skosmos loads them: a file a "
    f"scheme, and all of them in {DATASET}.ttl.",
    media_types={".ttl": "text/turtle"},
    write=_write,
    per_plan=False,
)
