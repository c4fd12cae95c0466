"""The profile org: bodies, collectives, memberships, roles and places in the W3C Organization Ontology."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from atkg.export.cpov import AGENCIES, CONCEPTS, PLACES
from atkg.export.eli import PLANS
from atkg.export.mapped import Select, Step, write
from atkg.export.profile import Profile, Source
from atkg.namespaces import ATKG

_ROLES: Final = Select(*[f"SELECT ?thing {{ ?thing a <{ATKG}Role> }}"] * 2)

_STEPS: Final = (
    Step("org-roles", _ROLES),
    Step("org-concepts", CONCEPTS),
    Step("org-places", PLACES),
    Step("org-organisations", AGENCIES),
    Step("org-groups", AGENCIES),
    Step("org-memberships", PLANS, batch=1),
)


def _write(source: Source, folder: Path) -> Iterator[Path]:
    return write(source, folder, "org", ("adms", "dct", "foaf", "org", "skos"), _STEPS)


ORG: Final = Profile(
    name="org",
    zh="机构、统称、成员关系、角色和行政区划，按 W3C 组织本体（ORG），供研究组织之间协作的人使用。",
    en="Bodies, collectives, memberships, roles and places in the W3C Organization Ontology, for whoever studies how "
    "organisations work together.",
    media_types={".ttl": "text/turtle"},
    write=_write,
)
