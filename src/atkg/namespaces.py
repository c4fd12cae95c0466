"""The IRIs of the vocabularies, as plain strings: one place for every name outside our own data."""

from __future__ import annotations

from typing import Final

BASE: Final = "https://w3id.org/atkg/"
ATKG: Final = BASE + "ontology#"
SHAPES: Final = BASE + "shapes#"

ADMS: Final = "http://www.w3.org/ns/adms#"
DCT: Final = "http://purl.org/dc/terms/"
OA: Final = "http://www.w3.org/ns/oa#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SCHEMA: Final = "https://schema.org/"
SH: Final = "http://www.w3.org/ns/shacl#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
VOID: Final = "http://rdfs.org/ns/void#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

PREFIXES: Final = {
    "adms": ADMS,
    "atkg": ATKG,
    "dct": DCT,
    "oa": OA,
    "owl": OWL,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sh": SH,
    "skos": SKOS,
    "void": VOID,
    "xsd": XSD,
}
"""The prefixes that files and result tables are written with."""


def shorten(iri: str) -> str:
    """The IRI as people write it: a path below our base, a prefixed name, or `<…>`.

    >>> shorten("https://w3id.org/atkg/id/role/lead")
    'id/role/lead'
    >>> shorten("http://www.w3.org/2004/02/skos/core#prefLabel")
    'skos:prefLabel'
    """
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri.removeprefix(BASE) if iri.startswith(BASE) else f"<{iri}>"
