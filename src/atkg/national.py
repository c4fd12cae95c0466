"""A plan known from evidence only: the register of its clauses, each attested by parts of the plans below.

A measure that stands in plans of two lineages or more has the plan above as common ancestor. The register
gives each clause a descriptive title and a presumed number, never words: the text is not at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from atkg.errors import InputError
from atkg.extract.numbering import to_chinese
from atkg.registers import read_csv

_COLUMNS: Final = (
    "id",
    "number",
    "parent",
    "level",
    "title_zh",
    "title_en",
    "stage",
    "attested_by",
    "attestation_count",
    "national_lead",
    "national_cooperating",
    "national_source",
)


@dataclass(frozen=True, slots=True)
class Attestation:
    """A local part that carries the clause, as the register cites it: place and reference."""

    place: str
    reference: str


@dataclass(frozen=True, slots=True)
class RegisteredClause:
    """A row of the register. `lead`, `cooperating` and `source` are there where a public page names ministries."""

    id: str
    presumed_number: str
    number_state: str
    parent: str | None
    order: int
    title_zh: str
    title_en: str
    stage: str
    attested_by: tuple[Attestation, ...]
    attestation_count: int
    lead: tuple[str, ...]
    cooperating: tuple[str, ...]
    source: str | None


def read_register(path: Path) -> dict[str, RegisteredClause]:
    """id → clause, in the order of the file.

    Raises:
        InputError: a row names an unknown parent, or a reference without a place.
    """
    clauses: dict[str, RegisteredClause] = {}
    siblings: dict[str, int] = {}
    for line, row in read_csv(path, _COLUMNS):
        if row["parent"] and row["parent"] not in clauses:
            raise InputError(
                path,
                f"parent：前面没有条目 {row['parent']!r}。",
                f"parent: no row {row['parent']!r} stands before this one",
                line,
            )
        if row["id"] in clauses:
            raise InputError(path, f"id {row['id']!r} 重复。", f"the id {row['id']!r} is used twice", line)
        siblings[row["parent"]] = siblings.get(row["parent"], 0) + 1
        clauses[row["id"]] = RegisteredClause(
            id=row["id"],
            presumed_number=row["number"].removesuffix("?"),
            number_state=_number_state(row),
            parent=row["parent"] or None,
            order=siblings[row["parent"]],
            title_zh=row["title_zh"],
            title_en=row["title_en"],
            stage=row["stage"],
            attested_by=tuple(_attestations(path, line, row["attested_by"])),
            attestation_count=int(row["attestation_count"]),
            lead=_names(row["national_lead"]),
            cooperating=_names(row["national_cooperating"]),
            source=row["national_source"] or None,
        )
    return clauses


def _number_state(row: Mapping[str, str]) -> str:
    if row["number"].endswith("?"):
        return "uncertain"
    return "checked" if row["national_source"] else "as-in-one-plan"


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split("、") if name.strip())


def _attestations(path: Path, line: int, value: str) -> Iterator[Attestation]:
    for part in value.split(";"):
        place, colon, reference = part.partition(":")
        if not colon:
            raise InputError(
                path,
                f"attested_by：{part!r} 应写作“地名:引用”。",
                f"attested_by: {part!r} is not place:reference",
                line,
            )
        yield Attestation(place.strip(), cited(reference.rstrip("?")))


def cited(reference: str) -> str:
    """A reference of the register in the form that atkg:reference has.

    >>> cited("8(一)"), cited("附件·市公安局·2023-6"), cited("二(一)2(2)——1")
    ('第八条(一)', '附件·市公安局·2023·6', '二(一)2(2)——1')
    """
    reference = re.sub(r"^([0-9]+)(?=$|\()", lambda match: f"第{to_chinese(int(match[1]))}条", reference)
    return re.sub(r"·([0-9]{4})-([0-9]+)$", r"·\1·\2", reference)
