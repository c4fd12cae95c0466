"""The dataset in the forms that others read: each profile is a module that writes files from a store.

A file has its final name only when it is whole: a profile writes into a folder beside the final place,
and its files are moved when all of them are there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from atkg.export import cpov, csvw, dcat_ap, eli, ics, jsonld, org, rdf, schema_org, skos, sqlite, void
from atkg.export.profile import Profile, Source, Unfit, Written
from atkg.export.staging import staging

__all__ = ["PROFILES", "Profile", "Source", "Unfit", "Written", "export"]

_PROFILES: Final[tuple[Profile, ...]] = (
    rdf.NQUADS,
    rdf.TRIG,
    rdf.TURTLE,
    rdf.NTRIPLES,
    jsonld.JSONLD,
    rdf.RDFXML,
    dcat_ap.DCAT_AP,
    void.VOID,
    eli.ELI,
    cpov.CPOV,
    org.ORG,
    skos.CONCEPTS,
    schema_org.SCHEMA_ORG,
    csvw.CSVW,
    sqlite.SQLITE,
    ics.ICS,
)

PROFILES: Final = {profile.name: profile for profile in _PROFILES}
"""The profiles by name, in the order in which they are listed."""


def export(source: Source, profile: Profile, out: Path) -> list[Path]:
    """Write a profile's files into a folder, which is made; the files, sorted.

    Raises:
        InputError: the folder can't be written, or the disk is full; no file of this export is there then.
        Unfit: the data hold what this form can't.
    """
    with staging(source, out) as (staged, folder):
        made = sorted(path.relative_to(folder) for path in profile.write(staged, folder))
    return [out / path for path in made]
