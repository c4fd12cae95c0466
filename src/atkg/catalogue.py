"""The dataset described for catalogues: VoID and DCAT, from counts that SPARQL gives and the snapshot's manifest.

What graph/catalogue says of the dataset stands in the description as it is. Every node has an IRI, so the same
snapshot gives the same bytes: parts of the description are fragments of `dataset`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from atkg import iris
from atkg.namespaces import ATKG, BASE, DCT, PREFIXES, RDF, RDFS, SKOS, VOID, XSD

DCAT: Final = "http://www.w3.org/ns/dcat#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
_TYPES: Final = "https://www.iana.org/assignments/media-types/"

DESCRIPTION: Final = f"{BASE}dataset"
"""The IRI of the description itself, which is a catalogue of one dataset and its endpoint."""
ENDPOINT: Final = f"{BASE}sparql"

MATCHES: Final = (f"{SKOS}exactMatch", f"{SKOS}closeMatch", "http://www.w3.org/2002/07/owl#sameAs")
"""The properties that link our things to those of other datasets."""

_FORMS: Final = {
    "nt": ("application/n-triples", "N-Triples"),
    "ttl": ("text/turtle", "Turtle"),
    "jsonld": ("application/ld+json", "JSON-LD"),
    "rdf": ("application/rdf+xml", "RDF/XML"),
}

Select = Callable[[str], list[dict[str, Any]]]
"""Answers a SELECT: rows of plain values, as Store.select does."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of what the dataset holds."""

    triples: int
    classes: Mapping[str, int] = field(default_factory=dict)
    """Class → things."""
    properties: Mapping[str, int] = field(default_factory=dict)
    """Property → triples."""
    graphs: Mapping[str, int] = field(default_factory=dict)
    """Named graph → triples."""
    links: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(property, site) → links to things of that site."""
    examples: tuple[str, ...] = ()
    """A plan, a task, an agency."""
    said: tuple[tuple[str, str], ...] = ()
    """(property, value as written in N-Triples) of the dataset in graph/catalogue."""


def count(select: Select) -> Counts:
    """The counts of the dataset that answers these queries; each triple stands in one graph, so that sums are true."""
    graphs = _numbers(select("SELECT ?key (COUNT(*) AS ?n) WHERE { GRAPH ?key { ?s ?p ?o } } GROUP BY ?key"))
    listed = " ".join(f"<{property_}>" for property_ in MATCHES)
    links = select(
        f"""SELECT ?property ?site (COUNT(*) AS ?n) WHERE {{
            VALUES ?property {{ {listed} }} ?ours ?property ?theirs
            BIND (REPLACE(STR(?theirs), "^(https?://[^/]+/).*$", "$1") AS ?site)
        }} GROUP BY ?property ?site"""
    )
    said = select(
        f"""SELECT ?property (STR(?value) AS ?text) (LANG(?value) AS ?language) (DATATYPE(?value) AS ?type) WHERE {{
            GRAPH <{iris.graph("catalogue")}> {{ <{iris.DATASET}> ?property ?value }}
        }}"""
    )
    return Counts(
        triples=sum(graphs.values()),
        classes=count_things(select),
        properties=_numbers(select("SELECT ?key (COUNT(*) AS ?n) WHERE { ?s ?key ?o } GROUP BY ?key")),
        graphs=graphs,
        links={(row["property"], row["site"]): int(row["n"]) for row in links},
        examples=_examples(select),
        said=tuple(sorted((row["property"], _written(row)) for row in said)),
    )


def count_things(select: Select) -> dict[str, int]:
    """Class → things."""
    return _numbers(select(f"SELECT ?key (COUNT(*) AS ?n) WHERE {{ ?thing <{RDF}type> ?key }} GROUP BY ?key"))


def _numbers(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {row["key"]: int(row["n"]) for row in sorted(rows, key=lambda row: str(row["key"])) if "key" in row}


def _examples(select: Select) -> tuple[str, ...]:
    """The first plan with a text, its first task, and the first agency that leads it."""
    found: list[str] = []
    for pattern in (
        f"?key a <{ATKG}Plan> ; <{DCT}source> ?text",
        f"?key <{ATKG}partOf> <{{0}}> ; a <{ATKG}Task>",
        f"<{{0}}> <{ATKG}leadAgency> ?key",
    ):
        rows = select(
            f"SELECT ?key WHERE {{ {pattern.format(*found[-1:]) if found else pattern} }} ORDER BY ?key LIMIT 1"
        )
        if not rows:
            break
        found.append(rows[0]["key"])
    return tuple(found)


def _written(row: Mapping[str, Any]) -> str:
    """A value as N-Triples have it."""
    if not row.get("type") and not row.get("language"):
        return f"<{row['text']}>"
    language, datatype = row.get("language"), row.get("type")
    return _literal(row["text"], language or None, None if language or datatype == f"{XSD}string" else datatype)


def _literal(text: str, language: str | None = None, datatype: str | None = None) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    quoted = '"' + "".join(escapes.get(char, char) for char in text) + '"'
    return f"{quoted}@{language}" if language else f"{quoted}^^<{datatype}>" if datatype else quoted


class _Lines:
    """Triples as lines of N-Triples."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, subject: str, *pairs: tuple[str, str]) -> None:
        """Each pair: a property, and a value as N-Triples write it."""
        self.lines += [f"<{subject}> <{property_}> {value} ." for property_, value in pairs]


def describe(counts: Counts, manifest: Mapping[str, Any]) -> list[str]:
    """The description as sorted lines of N-Triples without blank nodes."""
    out = _Lines()
    a = f"{RDF}type"
    dataset = iris.DATASET
    version = str(manifest.get("version", ""))
    digest = str(manifest.get("digest", ""))
    said = {property_ for property_, _ in counts.said}
    out.add(dataset, *counts.said)
    out.add(
        dataset,
        (a, f"<{VOID}Dataset>"),
        (a, f"<{DCAT}Dataset>"),
        (f"{DCT}identifier", _literal(dataset)),
        (f"{DCT}language", f"<{_LANGUAGES}ZHO>"),
        (f"{DCT}language", f"<{_LANGUAGES}ENG>"),
        (f"{DCT}accessRights", "<http://publications.europa.eu/resource/authority/access-right/PUBLIC>"),
        (f"{DCT}description", _literal(_ABOUT[0], "zh")),
        (f"{DCT}description", _literal(_ABOUT[1], "en")),
        *((f"{DCAT}keyword", _literal(word, language)) for language, words in _KEYWORDS.items() for word in words),
        (f"{DCAT}version", _literal(version)),
        (f"{FOAF}homepage", f"<{BASE}>"),
        (f"{VOID}sparqlEndpoint", f"<{ENDPOINT}>"),
        (f"{VOID}uriLookupEndpoint", f"<{BASE}search?format=json&q=>"),
        (f"{VOID}triples", _number(counts.triples or int(manifest.get("quads", 0)))),
        (f"{VOID}classes", _number(len(counts.classes))),
        (f"{VOID}properties", _number(len(counts.properties))),
        *((f"{VOID}exampleResource", f"<{example}>") for example in counts.examples),
        *((f"{VOID}vocabulary", f"<{each}>") for each in _vocabularies(counts)),
        *(
            (f"{VOID}feature", f"<http://www.w3.org/ns/formats/{name.replace('/', '_')}>")
            for _, name in _FORMS.values()
        ),
    )
    if f"{VOID}uriSpace" not in said:
        out.add(dataset, (f"{VOID}uriSpace", _literal(BASE)))
    if built := manifest.get("built"):
        out.add(dataset, (f"{DCT}modified", _literal(str(built), None, f"{XSD}dateTime")))
    _add_service(out, dataset)
    _add_catalogue(out, dataset, digest)
    _add_partitions(out, dataset, counts)
    _add_graphs(out, dataset, counts)
    _add_links(out, dataset, counts)
    return sorted(set(out.lines))


def _add_catalogue(out: _Lines, dataset: str, digest: str) -> None:
    a = f"{RDF}type"
    out.add(
        DESCRIPTION,
        (a, f"<{DCAT}Catalog>"),
        (a, f"<{VOID}DatasetDescription>"),
        (f"{DCT}title", _literal("反对拐卖人口行动计划知识图谱：数据目录", "zh")),
        (f"{DCT}title", _literal("Knowledge graph of the action plans against human trafficking: catalogue", "en")),
        (f"{DCT}description", _literal("一个数据集及其查询服务的说明。", "zh")),
        (f"{DCT}description", _literal("One dataset and the service that answers queries about it.", "en")),
        (f"{DCAT}dataset", f"<{dataset}>"),
        (f"{DCAT}service", f"<{ENDPOINT}>"),
        (f"{FOAF}primaryTopic", f"<{dataset}>"),
        *(((f"{DCT}identifier", _literal(digest)),) if digest else ()),
    )


def _add_service(out: _Lines, dataset: str) -> None:
    out.add(
        ENDPOINT,
        (f"{RDF}type", f"<{DCAT}DataService>"),
        (f"{DCT}title", _literal("SPARQL 查询服务", "zh")),
        (f"{DCT}title", _literal("SPARQL endpoint", "en")),
        (f"{DCT}conformsTo", "<https://www.w3.org/TR/sparql11-protocol/>"),
        (f"{DCAT}endpointURL", f"<{ENDPOINT}>"),
        (f"{DCAT}endpointDescription", f"<{ENDPOINT}>"),
        (f"{DCAT}servesDataset", f"<{dataset}>"),
    )


def _add_partitions(out: _Lines, dataset: str, counts: Counts) -> None:
    for class_, things in counts.classes.items():
        node = f"{DESCRIPTION}#class-{_slug(class_)}"
        out.add(dataset, (f"{VOID}classPartition", f"<{node}>"))
        out.add(node, (f"{VOID}class", f"<{class_}>"), (f"{VOID}entities", _number(things)))
    for property_, triples in counts.properties.items():
        node = f"{DESCRIPTION}#property-{_slug(property_)}"
        out.add(dataset, (f"{VOID}propertyPartition", f"<{node}>"))
        out.add(node, (f"{VOID}property", f"<{property_}>"), (f"{VOID}triples", _number(triples)))


def _add_graphs(out: _Lines, dataset: str, counts: Counts) -> None:
    """Each named graph as a subset with its dumps; the dump of all is that of the endpoint's default graph."""
    for extension, (media_type, name) in _FORMS.items():
        # the Graph Store's default graph is the union; what is asked for decides its form
        node = f"{DESCRIPTION}#dump-{extension}"
        url = f"{BASE}graphs?default&format={_SHORT[extension]}"
        out.add(dataset, (f"{VOID}dataDump", f"<{url}>"), (f"{DCAT}distribution", f"<{node}>"))
        out.add(
            node,
            (f"{RDF}type", f"<{DCAT}Distribution>"),
            (f"{DCT}title", _literal(f"全部三元组（{name}）", "zh")),
            (f"{DCT}title", _literal(f"All triples as {name}", "en")),
            (f"{DCT}license", f"<{_CC0}>"),
            (f"{DCAT}accessURL", f"<{url}>"),
            (f"{DCAT}downloadURL", f"<{url}>"),
            (f"{DCAT}mediaType", f"<{_TYPES}{media_type}>"),
        )
    for graph, triples in counts.graphs.items():
        if graph.startswith(BASE):
            out.add(dataset, (f"{VOID}subset", f"<{graph}>"))
            dump = f"{BASE}data/{graph.removeprefix(BASE)}"
            out.add(
                graph,
                (f"{RDF}type", f"<{VOID}Dataset>"),
                (f"{VOID}triples", _number(triples)),
                *((f"{VOID}dataDump", f"<{dump}.{extension}>") for extension in ("nt", "ttl")),
            )


def _add_links(out: _Lines, dataset: str, counts: Counts) -> None:
    for (property_, site), links in counts.links.items():
        node = f"{DESCRIPTION}#links-{_slug(property_)}-{_slug(site)}"
        target = f"{DESCRIPTION}#site-{_slug(site)}"
        out.add(dataset, (f"{VOID}subset", f"<{node}>"))
        out.add(
            node,
            (f"{RDF}type", f"<{VOID}Linkset>"),
            (f"{VOID}linkPredicate", f"<{property_}>"),
            (f"{VOID}subjectsTarget", f"<{dataset}>"),
            (f"{VOID}objectsTarget", f"<{target}>"),
            (f"{VOID}triples", _number(links)),
        )
        out.add(target, (f"{RDF}type", f"<{VOID}Dataset>"), (f"{FOAF}homepage", f"<{site}>"))


def _vocabularies(counts: Counts) -> list[str]:
    """The namespaces of all classes and properties in use."""
    found = {re.sub(r"[^#/]*$", "", term) for term in (*counts.classes, *counts.properties)}
    return sorted({ATKG, *found} - {RDF, RDFS})


def _slug(term: str) -> str:
    """A name of letters, digits and dashes for the fragment of a term or a site.

    >>> _slug("https://w3id.org/atkg/ontology#Task"), _slug("http://www.wikidata.org/")
    ('atkg-Task', 'www-wikidata-org')
    """
    for prefix, namespace in PREFIXES.items():
        if term.startswith(namespace):
            term = f"{prefix}-{term.removeprefix(namespace)}"
            break
    return re.sub(r"[^A-Za-z0-9]+", "-", re.sub(r"^https?://", "", term)).strip("-")


def _number(value: int) -> str:
    return _literal(str(value), None, f"{XSD}integer")


_CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
_SHORT: Final = {"ttl": "turtle", "nt": "ntriples", "jsonld": "jsonld", "rdf": "rdfxml"}
_LANGUAGES: Final = "http://publications.europa.eu/resource/authority/language/"
_ABOUT: Final = (
    "落实《中国反对拐卖人口行动计划（2021—2030年）》的各级计划：每项任务的牵头单位、期限、所依据的原文及其位置，以及它承接国家计划的哪一条。",
    (
        "The plans that carry out China's Action Plan against Human Trafficking (2021–2030): each task with its lead "
        "agency, its deadline, the words it was read from and their place, and the clause of the national plan that "
        "it comes down from."
    ),
)
_KEYWORDS: Final = {
    "zh": ("反对拐卖人口", "行动计划", "政府责任", "知识图谱"),
    "en": ("human trafficking", "action plan", "government responsibility", "knowledge graph"),
}
