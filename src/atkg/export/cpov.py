"""The profile cpov: agencies as public organisations of the EU's Core Public Organisation Vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from atkg.export.mapped import Select, Step, write
from atkg.export.profile import Profile, Source
from atkg.namespaces import ATKG

_NAMED: Final = """{ SELECT DISTINCT ?agency {
    { ?task atkg:partOf <> ; atkg:leadAgency|atkg:cooperatingAgency|atkg:implementingAgency ?agency }
    UNION { <> atkg:issuer ?agency }
    UNION { ?clause atkg:partOf+ <> . ?milestone atkg:statedIn ?clause ; atkg:agency ?agency }
    UNION { ?clause atkg:partOf+ <> . ?group atkg:statedIn ?clause ; atkg:hasMember ?agency }
} }"""
_PREFIX: Final = f"PREFIX atkg: <{ATKG}> SELECT DISTINCT"

AGENCIES: Final = Select(
    f"{_PREFIX} ?thing {{ ?thing a atkg:Agency }}",
    f"{_PREFIX} (?agency AS ?thing) {{ {_NAMED} }}",
)
"""Every agency; those that the chosen plan names."""

CONCEPTS: Final = Select(
    f"{_PREFIX} ?thing {{ ?agency atkg:bodyKind|atkg:function ?thing }}",
    f"{_PREFIX} ?thing {{ {_NAMED} ?agency atkg:bodyKind|atkg:function ?thing }}",
)
"""Every kind and function of a body; those of the agencies that the chosen plan names."""

PLACES: Final = Select(
    f"{_PREFIX} ?thing {{ ?thing a atkg:Jurisdiction }}",
    f"""{_PREFIX} ?thing {{
        {{ <> atkg:jurisdiction/atkg:within* ?thing }}
        UNION {{ {_NAMED} ?agency atkg:jurisdiction ?place . ?place atkg:within* ?thing }}
    }}""",
)
"""Every jurisdiction; those of the chosen plan and its agencies, and those that they lie within."""

_STEPS: Final = (
    Step("org-concepts", CONCEPTS),
    Step("cpov-places", PLACES),
    Step("cpov-organisations", AGENCIES),
)


def _write(source: Source, folder: Path) -> Iterator[Path]:
    prefixes = ("adms", "cv", "dct", "org", "rdfs", "skos")
    return write(source, folder, "cpov", prefixes, _STEPS)


CPOV: Final = Profile(
    name="cpov",
    zh="承担任务的公共机构，按欧盟核心公共组织词汇表（CPOV），供机构登记库使用；企业、统称和未登记的机构不在其中。",
    en="Public bodies charged with tasks in the EU's Core Public Organisation Vocabulary, for registers of "
    "organisations; enterprises, collectives and unregistered agencies are not among them.",
    media_types={".ttl": "text/turtle"},
    write=_write,
)
