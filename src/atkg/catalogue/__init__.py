"""The dataset described for catalogues: VoID and DCAT, from counts that SPARQL gives and the snapshot's manifest.

What graph/catalogue says of the dataset stands in the description as it is. Every node has an IRI, so the same
snapshot gives the same bytes: parts of the description are fragments of `dataset`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atkg import iris
from atkg.catalogue.counts import MATCHES, Counts, Select, count, count_things, said_of
from atkg.catalogue.dcat import add_dcat
from atkg.catalogue.lines import Lines, literal
from atkg.catalogue.parts import File, PlanEntry, dumps, plan_entries
from atkg.catalogue.void import add_void
from atkg.catalogue.words import ABOUT, DESCRIPTION, ENDPOINT, PUBLISHER, TITLE
from atkg.namespaces import DCT, RDF, VOID, XSD

__all__ = [
    "ABOUT",
    "DESCRIPTION",
    "ENDPOINT",
    "MATCHES",
    "PUBLISHER",
    "TITLE",
    "Counts",
    "File",
    "PlanEntry",
    "Select",
    "count",
    "count_things",
    "dcat_lines",
    "describe",
    "dumps",
    "plan_entries",
    "said_of",
    "void_lines",
]


def describe(
    counts: Counts,
    manifest: Mapping[str, Any],
    plans: Sequence[PlanEntry] = (),
    files: Sequence[File] | None = None,
) -> list[str]:
    """The whole description as sorted lines of N-Triples without blank nodes.

    Args:
        counts: of the dataset.
        manifest: of the snapshot.
        plans: the plans, each a dataset of its own in the catalogue.
        files: the distributions of the whole dataset; those of the site where none are given.
    """
    return sorted({*dcat_lines(counts, manifest, plans, files), *void_lines(counts, manifest)})


def dcat_lines(
    counts: Counts,
    manifest: Mapping[str, Any],
    plans: Sequence[PlanEntry] = (),
    files: Sequence[File] | None = None,
) -> list[str]:
    """The part of the description that speaks DCAT, as sorted lines."""
    out = Lines()
    _add_names(out, counts)
    out.add(iris.DATASET, *((property_, value) for property_, value in counts.said if not _is_void(property_, value)))
    add_dcat(out, manifest, plans, dumps(manifest) if files is None else files)
    return sorted(set(out.lines))


def void_lines(counts: Counts, manifest: Mapping[str, Any]) -> list[str]:
    """The part of the description that speaks VoID, as sorted lines."""
    out = Lines()
    _add_names(out, counts)
    out.add(iris.DATASET, *counts.said)
    add_void(out, counts)
    if built := manifest.get("built"):
        out.add(iris.DATASET, (f"{DCT}modified", literal(str(built), None, f"{XSD}dateTime")))
    return sorted(set(out.lines))


def _add_names(out: Lines, counts: Counts) -> None:
    """The title and the description of the dataset, which both vocabularies take from Dublin Core."""
    if f"{DCT}title" not in {property_ for property_, _ in counts.said}:
        out.add_text(iris.DATASET, f"{DCT}title", *TITLE)
    out.add_text(iris.DATASET, f"{DCT}description", *ABOUT)


def _is_void(property_: str, value: str) -> bool:
    return property_.startswith(VOID) or (property_ == f"{RDF}type" and value.startswith(f"<{VOID}"))
