"""The SPARQL 1.1 Service Description of the endpoint: https://www.w3.org/TR/sparql11-service-description/."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from atkg import iris
from atkg.store import convert
from atkg.web.messages import Response

_RESULTS: Final = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
)


def describe(graphs: Iterable[str], address: str, media_type: str, vary: str) -> Response:
    """What the service at this address can do, and which graphs its dataset has.

    In Turtle the address is relative, so that it is the one that the client used whatever stands between.
    """
    formats = " , ".join(f"<http://www.w3.org/ns/formats/{name}>" for name in _RESULTS)
    named = "".join(
        f"        sd:namedGraph [ a sd:NamedGraph ; sd:name <{graph}> ; sd:graph [ a sd:Graph ] ] ;\n"
        for graph in sorted(graphs)
    )
    turtle = f"""@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix ent: <http://www.w3.org/ns/entailment/> .

<sparql> a sd:Service ;
    sd:endpoint <sparql> ;
    sd:supportedLanguage sd:SPARQL11Query ;
    sd:feature sd:UnionDefaultGraph ;
    sd:resultFormat {formats} ;
    sd:defaultEntailmentRegime ent:Simple ;
    sd:availableGraphs [ a sd:GraphCollection ;
{named}    ] ;
    sd:defaultDataset [ a sd:Dataset , void:Dataset ;
        void:inDataset <{iris.DATASET}> ;
        sd:defaultGraph [ a sd:Graph ] ;
{named}    ] .
"""
    headers = {"Vary": vary, "Cache-Control": "public, no-cache", "Content-Type": media_type}
    if media_type == "text/turtle":
        headers["Content-Type"] = "text/turtle; charset=utf-8"
        return Response(200, turtle.encode(), headers)
    return Response(200, convert(turtle.encode(), media_type, address), headers)
