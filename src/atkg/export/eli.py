"""The profile eli: plans and the clauses read in them as legal resources of the European Legislation Identifier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from atkg.export.mapped import Select, Step, write
from atkg.export.profile import Profile, Source
from atkg.namespaces import ATKG

PLANS: Final = Select(f"SELECT ?thing {{ ?thing a <{ATKG}Plan> }}", "SELECT ?thing { VALUES ?thing { <> } }")
"""Every plan; the chosen one."""

_KINDS: Final = Select(
    f"SELECT DISTINCT ?thing {{ ?clause <{ATKG}clauseType> ?thing }}",
    f"SELECT DISTINCT ?thing {{ ?clause <{ATKG}partOf>+ <> ; <{ATKG}clauseType> ?thing }}",
)
_STEPS: Final = (
    Step("eli-kinds", _KINDS),
    *(Step(query, PLANS, batch=1) for query in ("eli-plans", "eli-links", "eli-clauses", "eli-applied")),
)


def _write(source: Source, folder: Path) -> Iterator[Path]:
    prefixes = ("atkg", "dct", "eli", "prov", "rdfs", "skos", "xsd")
    return write(source, folder, "eli", prefixes, _STEPS)


ELI: Final = Profile(
    name="eli",
    zh="计划及其条款，按欧洲法规标识（ELI）本体，供法规登记库使用；推定条款不在其中。",
    en="Plans and their clauses in the ontology of the European Legislation Identifier, for legislation registries; "
    "no reconstructed clause is among them.",
    media_types={".ttl": "text/turtle"},
    write=_write,
)
