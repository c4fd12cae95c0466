"""The profile dcat-ap: the catalogue for open data portals, with every file of a release and its checksum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from atkg.catalogue import Counts, File, dcat_lines, dumps, plan_entries, said_of
from atkg.export.mapped import new_turtle
from atkg.export.profile import Profile, Source, Written
from atkg.namespaces import BASE

_PREFIXES: Final = ("dcat", "dct", "foaf", "owl", "rdfs", "skos", "spdx", "vcard", "xsd")


def _write(source: Source, folder: Path) -> Iterator[Path]:
    counts = Counts(triples=0, said=said_of(source.store.select))
    files = [*_without_checksums(source), *files_of(source.written)] if source.written else dumps(source.manifest)
    entries = plan_entries(source.store.select, source.plans)
    (folder / "dcat-ap").mkdir(parents=True, exist_ok=True)
    for stem in source.stems:
        path = folder / "dcat-ap" / f"{stem}.ttl"
        chosen = [entry for entry in entries if not source.plans or entry.key == stem]
        with path.open("w", encoding="utf-8", newline="\n") as file:
            turtle = new_turtle(file, _PREFIXES)
            turtle.add("\n".join(dcat_lines(counts, source.manifest, chosen, files)).encode())
        source.advance(stem)
        yield path


def _without_checksums(source: Source) -> list[File]:
    """What the site makes when it is asked, beside the files."""
    return [file for file in dumps(source.manifest) if not file.sha256]


def files_of(written: Sequence[Written]) -> list[File]:
    """The files of a release as the catalogue lists them."""
    return [
        File(
            url=f"{BASE}download/{quote(file.path)}",
            media_type=file.media_type,
            zh=f"{file.path}（{file.profile}）",
            en=f"{file.path} ({file.profile})",
            sha256=file.sha256,
            size=file.size,
        )
        for file in written
    ]


DCAT_AP: Final = Profile(
    name="dcat-ap",
    zh="数据目录（DCAT-AP 3.0.1）：数据集、按计划的系列、带校验和的文件、查询服务，供开放数据门户收割。",
    en="The catalogue in DCAT-AP 3.0.1: the dataset, the series of plans, files with checksums and the endpoint, for "
    "open data portals to harvest.",
    media_types={".ttl": "text/turtle"},
    write=_write,
    describes=True,
)
