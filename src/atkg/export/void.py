"""The profile void: what the dataset holds, for those who ask it: partitions, link sets, examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from atkg.catalogue import Counts, count, void_lines
from atkg.export.mapped import new_turtle
from atkg.export.profile import DATASET, Profile, Source


def _write(source: Source, folder: Path) -> Iterator[Path]:
    (folder / "void").mkdir(parents=True, exist_ok=True)
    path = folder / "void" / f"{DATASET}.ttl"
    # a snapshot is counted when it is published; a store at hand is counted now
    counts = Counts.from_json(source.manifest.get("counts")) or count(source.store.select)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        turtle = new_turtle(file, ("dct", "foaf", "owl", "void", "xsd"))
        turtle.add("\n".join(void_lines(counts, source.manifest)).encode())
    source.advance(DATASET)
    yield path


VOID: Final = Profile(
    name="void",
    zh="数据集说明（VoID）：各类、各属性的数量，命名图，与其他数据集的链接，例子；同 /.well-known/void。",
    en="The description in VoID: how much of each class and property, named graphs, links to other datasets, examples; "
    "the same as at /.well-known/void.",
    media_types={".ttl": "text/turtle"},
    write=_write,
    per_plan=False,
)
