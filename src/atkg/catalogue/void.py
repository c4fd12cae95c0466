"""The description in VoID: partitions by class and property, named graphs, link sets, examples."""

from __future__ import annotations

import re

from atkg import iris
from atkg.catalogue.counts import Counts
from atkg.catalogue.lines import TYPE, Lines, literal, number, slug
from atkg.catalogue.words import DESCRIPTION, ENDPOINT, FOAF, FORMS, SHORT
from atkg.namespaces import ATKG, BASE, RDF, RDFS, VOID


def add_void(out: Lines, counts: Counts) -> None:
    """Add what VoID says of the dataset."""
    dataset = iris.DATASET
    out.add(
        dataset,
        (TYPE, f"<{VOID}Dataset>"),
        (f"{FOAF}homepage", f"<{BASE}>"),
        (f"{VOID}sparqlEndpoint", f"<{ENDPOINT}>"),
        (f"{VOID}uriLookupEndpoint", f"<{BASE}search?format=json&q=>"),
        (f"{VOID}triples", number(counts.triples)),
        (f"{VOID}classes", number(len(counts.classes))),
        (f"{VOID}properties", number(len(counts.properties))),
        *((f"{VOID}exampleResource", f"<{example}>") for example in counts.examples),
        *((f"{VOID}vocabulary", f"<{each}>") for each in _vocabularies(counts)),
        *((f"{VOID}feature", f"<http://www.w3.org/ns/formats/{name.replace('/', '_')}>") for _, name in FORMS.values()),
        # the Graph Store's default graph is the union; what is asked for decides its form
        *((f"{VOID}dataDump", f"<{BASE}graphs?default&format={name}>") for name in SHORT.values()),
    )
    if f"{VOID}uriSpace" not in {property_ for property_, _ in counts.said}:
        out.add(dataset, (f"{VOID}uriSpace", literal(BASE)))
    out.add(
        DESCRIPTION,
        (TYPE, f"<{VOID}DatasetDescription>"),
        (f"{FOAF}primaryTopic", f"<{dataset}>"),
    )
    _add_partitions(out, dataset, counts)
    _add_graphs(out, dataset, counts)
    _add_links(out, dataset, counts)


def _add_partitions(out: Lines, dataset: str, counts: Counts) -> None:
    for class_, things in counts.classes.items():
        node = f"{DESCRIPTION}#class-{slug(class_)}"
        out.add(dataset, (f"{VOID}classPartition", f"<{node}>"))
        out.add(node, (TYPE, f"<{VOID}Dataset>"), (f"{VOID}class", f"<{class_}>"), (f"{VOID}entities", number(things)))
    for property_, triples in counts.properties.items():
        node = f"{DESCRIPTION}#property-{slug(property_)}"
        out.add(dataset, (f"{VOID}propertyPartition", f"<{node}>"))
        out.add(
            node, (TYPE, f"<{VOID}Dataset>"), (f"{VOID}property", f"<{property_}>"), (f"{VOID}triples", number(triples))
        )


def _add_graphs(out: Lines, dataset: str, counts: Counts) -> None:
    """Each named graph as a subset with its dumps."""
    for graph, triples in counts.graphs.items():
        if graph.startswith(BASE):
            out.add(dataset, (f"{VOID}subset", f"<{graph}>"))
            dump = f"{BASE}data/{graph.removeprefix(BASE)}"
            out.add(
                graph,
                (TYPE, f"<{VOID}Dataset>"),
                (f"{VOID}triples", number(triples)),
                *((f"{VOID}dataDump", f"<{dump}.{extension}>") for extension in ("nt", "ttl")),
            )


def _add_links(out: Lines, dataset: str, counts: Counts) -> None:
    for (property_, site), links in counts.links.items():
        node = f"{DESCRIPTION}#links-{slug(property_)}-{slug(site)}"
        target = f"{DESCRIPTION}#site-{slug(site)}"
        out.add(dataset, (f"{VOID}subset", f"<{node}>"))
        out.add(
            node,
            (TYPE, f"<{VOID}Linkset>"),
            (f"{VOID}linkPredicate", f"<{property_}>"),
            (f"{VOID}subjectsTarget", f"<{dataset}>"),
            (f"{VOID}objectsTarget", f"<{target}>"),
            (f"{VOID}triples", number(links)),
        )
        out.add(target, (TYPE, f"<{VOID}Dataset>"), (f"{FOAF}homepage", f"<{site}>"))


def _vocabularies(counts: Counts) -> list[str]:
    """The namespaces of all classes and properties in use."""
    found = {re.sub(r"[^#/]*$", "", term) for term in (*counts.classes, *counts.properties)}
    return sorted({ATKG, *found} - {RDF, RDFS})
