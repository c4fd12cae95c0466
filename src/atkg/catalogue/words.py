"""What the descriptions say in words, and the terms of published lists that they use."""

from __future__ import annotations

from typing import Final

from atkg.namespaces import BASE

DCAT: Final = "http://www.w3.org/ns/dcat#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
"""Where the tables of the EU's Publications Office lie."""

DESCRIPTION: Final = f"{BASE}dataset"
"""The IRI of the description itself, which is the catalogue."""
ENDPOINT: Final = f"{BASE}sparql"

TITLE: Final = (
    "反对拐卖人口行动计划知识图谱",
    "Knowledge graph of the action plans against human trafficking",
)
"""The name of the dataset where graph/catalogue gives none."""

ABOUT: Final = (
    "落实《中国反对拐卖人口行动计划（2021—2030年）》的各级计划：每项任务的牵头单位、期限、所依据的原文及其位置，以及它承接国家计划的哪一条。",
    (
        "The plans that carry out China's Action Plan against Human Trafficking (2021–2030): each task with its lead "
        "agency, its deadline, the words it was read from and their place, and the clause of the national plan that "
        "it comes down from."
    ),
)
"""What the dataset is."""

KEYWORDS: Final = {
    "zh": ("反对拐卖人口", "行动计划", "政府责任", "知识图谱"),
    "en": ("human trafficking", "action plan", "government responsibility", "knowledge graph"),
}

PUBLISHER: Final = ("atkg 贡献者", "The atkg contributors")
"""Who publishes the dataset: the people who work on atkg, without a name or an address of anyone."""

FORMS: Final = {
    "nt": ("application/n-triples", "N-Triples"),
    "ttl": ("text/turtle", "Turtle"),
    "jsonld": ("application/ld+json", "JSON-LD"),
    "rdf": ("application/rdf+xml", "RDF/XML"),
}
"""The forms of the site's own data documents by their extension: media type and name."""
SHORT: Final = {"ttl": "turtle", "nt": "ntriples", "jsonld": "jsonld", "rdf": "rdfxml"}
"""Their names as ?format= has them."""

FILE_TYPES: Final = {
    "application/csvm+json": "JSON",
    "application/json": "JSON",
    "application/ld+json": "JSON_LD",
    "application/n-quads": "RDF_N_QUADS",
    "application/n-triples": "RDF_N_TRIPLES",
    "application/rdf+xml": "RDF_XML",
    "application/trig": "RDF_TRIG",
    "text/calendar": "ICS",
    "text/csv": "CSV",
    "text/turtle": "RDF_TURTLE",
}
"""Media type → its code in the EU's table of file types; SQLite has none there."""

THEMES: Final = {
    "GOVE": "Government and public sector",
    "JUST": "Justice, legal system and public safety",
}
"""Code → name in the EU's table of data themes."""
