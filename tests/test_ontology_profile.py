"""The ontology keeps to OWL 2 DL and OWL 2 RL: named queries find every way to leave them, and the OWL API agrees.

Each query returns nothing on the ontology (tests/test_queries.py); here each finds what it is for, and nothing beside it.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import owlready2
import pytest
from rdflib import Graph

from atkg import iris
from atkg.queries import find_query, named_queries
from atkg.store import Store

ROOT = Path(__file__).parent.parent
CHECKER = Path(__file__).parent / "owlapi" / "Profiles.java"
PREFIXES = """
@prefix atkg: <https://w3id.org/atkg/ontology#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://w3id.org/atkg/ontology> a owl:Ontology .
"""
CLASSES = "atkg:A a owl:Class . atkg:B a owl:Class . atkg:C a owl:Class . "
PROPERTIES = "atkg:p a owl:ObjectProperty . atkg:q a owl:ObjectProperty . atkg:r a owl:ObjectProperty . "
DATA = "atkg:d a owl:DatatypeProperty . atkg:e a owl:DatatypeProperty . "
ALL = CLASSES + PROPERTIES + DATA

# (query, what the ontology says, the term that the query names in its first column, whether the OWL API sees it too:
# its parser takes some faults for something else, and a rule of this project's own is none of OWL's)
FAULTS = [
    # a name that nobody declared, in each place where a class or a property can stand
    ("dl-undeclared-term-violation", CLASSES + "atkg:A rdfs:subClassOf atkg:X .", "atkg:X", True),
    ("dl-undeclared-term-violation", CLASSES + "atkg:X owl:disjointWith atkg:A .", "atkg:X", True),
    ("dl-undeclared-term-violation", PROPERTIES + "atkg:p rdfs:domain atkg:X .", "atkg:X", True),
    ("dl-undeclared-term-violation", PROPERTIES + "atkg:p rdfs:range atkg:X .", "atkg:X", True),
    (
        "dl-undeclared-term-violation",
        ALL + "[] a owl:AllDisjointClasses ; owl:members ( atkg:A atkg:B atkg:X ) .",
        "atkg:X",
        True,
    ),
    (
        "dl-undeclared-term-violation",
        ALL + "[ a owl:Restriction ; owl:onProperty atkg:p ; owl:someValuesFrom atkg:X ] rdfs:subClassOf atkg:A .",
        "atkg:X",
        True,
    ),
    ("dl-undeclared-term-violation", PROPERTIES + "atkg:p owl:propertyChainAxiom ( atkg:q atkg:x ) .", "atkg:x", True),
    ("dl-undeclared-term-violation", CLASSES + 'atkg:A atkg:x "an annotation" .', "atkg:x", False),
    # one name that is two things
    (
        "dl-punned-term-violation",
        "atkg:p a owl:ObjectProperty , owl:DatatypeProperty .",
        "atkg:p",
        False,
    ),
    ("dl-punned-term-violation", "atkg:A a owl:Class , rdfs:Datatype .", "atkg:A", True),
    # what a reasoner can't count, or keep apart, along a path
    (
        "dl-composite-property-violation",
        PROPERTIES + "atkg:p a owl:TransitiveProperty , owl:AsymmetricProperty .",
        "atkg:p",
        True,
    ),
    (
        "dl-composite-property-violation",
        PROPERTIES + "atkg:p a owl:TransitiveProperty , owl:IrreflexiveProperty .",
        "atkg:p",
        True,
    ),
    (
        "dl-composite-property-violation",
        PROPERTIES + "atkg:p owl:propertyChainAxiom ( atkg:q atkg:r ) ; a owl:FunctionalProperty .",
        "atkg:p",
        True,
    ),
    # the property itself is simple, but one below it is not
    (
        "dl-composite-property-violation",
        PROPERTIES + "atkg:q a owl:TransitiveProperty ; rdfs:subPropertyOf atkg:p . atkg:p a owl:AsymmetricProperty .",
        "atkg:p",
        True,
    ),
    (
        "dl-composite-property-violation",
        PROPERTIES
        + "atkg:q a owl:TransitiveProperty ; owl:inverseOf atkg:p . atkg:p a owl:InverseFunctionalProperty .",
        "atkg:p",
        True,
    ),
    (
        "dl-composite-property-violation",
        ALL
        + """atkg:p a owl:TransitiveProperty . [ a owl:Restriction ; owl:onProperty atkg:p ;
            owl:minCardinality "2"^^xsd:nonNegativeInteger ] rdfs:subClassOf atkg:A .""",
        "atkg:p",
        True,
    ),
    (
        "dl-composite-property-violation",
        PROPERTIES + "atkg:p a owl:TransitiveProperty . atkg:q owl:propertyDisjointWith atkg:p .",
        "atkg:p",
        True,
    ),
    # the chain's conclusion is a part of the chain, by way of another property
    (
        "dl-circular-chain-violation",
        PROPERTIES + "atkg:p owl:propertyChainAxiom ( atkg:q atkg:r ) . atkg:p rdfs:subPropertyOf atkg:q .",
        "atkg:p",
        True,
    ),
    (
        "dl-circular-chain-violation",
        PROPERTIES
        + "atkg:p owl:propertyChainAxiom ( atkg:q atkg:r ) . atkg:q owl:propertyChainAxiom ( atkg:p atkg:r ) .",
        "atkg:p",
        True,
    ),
    (
        "dl-circular-chain-violation",
        PROPERTIES + "atkg:p owl:propertyChainAxiom ( atkg:q atkg:p atkg:r ) .",
        "atkg:p",
        True,
    ),
    # HermiT stops at dates
    ("dl-datatype-violation", DATA + "atkg:d rdfs:range xsd:date .", "atkg:d", False),
    ("dl-datatype-violation", DATA + "atkg:d rdfs:range xsd:gYear .", "atkg:d", False),
    ("dl-datatype-violation", CLASSES + 'atkg:A rdfs:comment "P1D"^^xsd:duration .', "atkg:A", False),
    ("dl-reserved-name-violation", 'owl:Thing rdfs:comment "all" .', "owl:Thing", False),
    ("dl-reserved-name-violation", CLASSES + "rdfs:Resource rdfs:subClassOf atkg:A .", "rdfs:Resource", True),
    # a text is no thing
    ("dl-mixed-properties-violation", ALL + "atkg:p rdfs:subPropertyOf atkg:d .", "atkg:p", False),
    ("dl-mixed-properties-violation", DATA + "atkg:d a owl:TransitiveProperty .", "atkg:d", False),
    ("dl-mixed-properties-violation", PROPERTIES + "atkg:p rdfs:range xsd:string .", "atkg:p", False),
    ("dl-mixed-properties-violation", ALL + "atkg:d rdfs:range atkg:A .", "atkg:d", False),
    ("dl-mixed-properties-violation", ALL + "atkg:p owl:propertyChainAxiom ( atkg:q atkg:d ) .", "atkg:d", False),
    ("dl-mixed-properties-violation", "atkg:n a owl:AnnotationProperty , owl:FunctionalProperty .", "atkg:n", False),
    # half an expression
    (
        "dl-broken-expression-violation",
        ALL + "[ a owl:Restriction ; owl:onProperty atkg:p ] rdfs:subClassOf atkg:A .",
        "restriction that restricts nothing",
        False,
    ),
    (
        "dl-broken-expression-violation",
        ALL + "[ a owl:Restriction ; owl:someValuesFrom atkg:B ] rdfs:subClassOf atkg:A .",
        "restriction without a property",
        False,
    ),
    (
        "dl-broken-expression-violation",
        ALL + "[ a owl:Class ; owl:unionOf ( atkg:B ) ; owl:intersectionOf ( atkg:C ) ] rdfs:subClassOf atkg:A .",
        "two expressions in one node",
        False,
    ),
    (
        "dl-broken-expression-violation",
        ALL + "[ a owl:Class ; owl:unionOf [ rdf:first atkg:B ] ] rdfs:subClassOf atkg:A .",
        "list without an end",
        False,
    ),
    (
        "dl-broken-expression-violation",
        ALL + "_:l rdf:first atkg:B ; rdf:rest _:l . [ a owl:Class ; owl:unionOf _:l ] rdfs:subClassOf atkg:A .",
        "list that runs in a circle",
        False,
    ),
    (
        "dl-broken-expression-violation",
        ALL
        + """_:x a owl:Restriction ; owl:onProperty atkg:p ; owl:someValuesFrom atkg:B .
            atkg:A rdfs:subClassOf _:x . atkg:C rdfs:subClassOf _:x .""",
        "one node in two places",
        False,
    ),
    # two values would be taken for one thing
    ("identity-axiom-violation", PROPERTIES + "atkg:p a owl:FunctionalProperty .", "atkg:p", False),
    ("identity-axiom-violation", PROPERTIES + "atkg:p a owl:InverseFunctionalProperty .", "atkg:p", False),
    ("identity-axiom-violation", ALL + "atkg:A owl:hasKey ( atkg:d ) .", "atkg:A", False),
    (
        "identity-axiom-violation",
        ALL
        + """atkg:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:p ;
            owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .""",
        "atkg:p",
        False,
    ),
    # rules conclude no unknown thing, and no choice
    (
        "rl-expression-violation",
        ALL + "atkg:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:p ; owl:someValuesFrom atkg:B ] .",
        "atkg:A",
        True,
    ),
    (
        "rl-expression-violation",
        ALL + "atkg:p rdfs:domain [ a owl:Class ; owl:unionOf ( atkg:A atkg:B ) ] .",
        "atkg:p",
        True,
    ),
    (
        "rl-expression-violation",
        ALL
        + """atkg:A owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( atkg:B
            [ a owl:Restriction ; owl:onProperty atkg:p ; owl:someValuesFrom atkg:C ] ) ] .""",
        "atkg:A",
        True,
    ),
    # a rule can't fire on what is not there
    (
        "rl-expression-violation",
        ALL + "[ a owl:Restriction ; owl:onProperty atkg:p ; owl:allValuesFrom atkg:B ] rdfs:subClassOf atkg:A .",
        "atkg:A",
        True,
    ),
    (
        "rl-expression-violation",
        ALL
        + """[ a owl:Class ; owl:intersectionOf ( atkg:B [ a owl:Class ; owl:complementOf atkg:C ] ) ]
            rdfs:subClassOf atkg:A .""",
        "atkg:A",
        True,
    ),
    (
        "rl-expression-violation",
        ALL
        + """[ a owl:Restriction ; owl:onProperty atkg:p ;
            owl:minCardinality "2"^^xsd:nonNegativeInteger ] rdfs:subClassOf atkg:A .""",
        "atkg:A",
        True,
    ),
    ("rl-expression-violation", ALL + "owl:Thing rdfs:subClassOf atkg:A .", "atkg:A", True),
    ("rl-expression-violation", PROPERTIES + "atkg:p a owl:ReflexiveProperty .", "atkg:p", False),
    # a term on its way out, still used by the ontology itself
    (
        "deprecated-term-in-use-violation",
        "atkg:A a owl:Class ; owl:deprecated true ; dct:isReplacedBy atkg:B . <https://example.org/x> a atkg:A .",
        "<https://example.org/x>",
        False,
    ),
    (
        "deprecated-term-in-use-violation",
        "atkg:p owl:deprecated true . <https://example.org/x> atkg:p <https://example.org/y> .",
        "<https://example.org/x>",
        False,
    ),
]

SOUND = [
    # a condition of a class, as the defined classes have it
    ALL
    + """[ a owl:Class ; owl:intersectionOf ( atkg:B [ a owl:Restriction ; owl:onProperty atkg:p ;
        owl:someValuesFrom [ a owl:Class ; owl:oneOf ( <https://example.org/a> <https://example.org/b> ) ] ] ) ]
        rdfs:subClassOf atkg:A .
        <https://example.org/a> a owl:NamedIndividual . <https://example.org/b> a owl:NamedIndividual .""",
    # restrictions that exclude each other
    ALL
    + """[] a owl:AllDisjointClasses ; owl:members (
        [ a owl:Restriction ; owl:onProperty atkg:p ; owl:hasValue <https://example.org/a> ]
        [ a owl:Restriction ; owl:onProperty atkg:p ; owl:hasValue <https://example.org/b> ] ) .""",
    # a transitive property with one below it, and a chain into another
    PROPERTIES
    + """atkg:p a owl:TransitiveProperty . atkg:q rdfs:subPropertyOf atkg:p .
        atkg:r owl:propertyChainAxiom ( atkg:p atkg:q ) .""",
    # a chain may go on at its own end
    PROPERTIES + "atkg:p owl:propertyChainAxiom ( atkg:q atkg:r ) , ( atkg:q atkg:p ) .",
    # a simple property above none that is composite
    PROPERTIES + "atkg:p a owl:AsymmetricProperty . atkg:q a owl:TransitiveProperty .",
    # none at all is a rule's business, and makes nothing the same
    ALL
    + """atkg:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:p ;
        owl:maxCardinality "0"^^xsd:nonNegativeInteger ] .""",
    # one value of a text at most makes no two things one
    DATA + "atkg:d a owl:FunctionalProperty ; rdfs:range xsd:string .",
    # a class and an individual of one name are no two kinds of class
    CLASSES + "atkg:A a atkg:B .",
    # an annotation may say anything of anything
    'atkg:n a owl:AnnotationProperty ; rdfs:subPropertyOf rdfs:comment . atkg:A a owl:Class ; atkg:n "x"@zh .',
]

QUERIES = sorted({fault[0] for fault in FAULTS})


def found(name: str, turtle: str) -> list[str]:
    """The first column of what a query finds in an ontology that says this."""
    nodes = Graph().parse(data=PREFIXES + turtle, format="turtle").serialize(format="nt")
    lines = (line.removesuffix(" .") for line in nodes.splitlines() if line)
    store = Store.from_quads(f"{line} <{iris.graph('ontology')}> ." for line in lines)
    _, rows = store.query(find_query(name).text).values()
    return [str(row[0]) for row in rows]


@pytest.mark.parametrize(("name", "turtle", "term", "_seen"), FAULTS)
def test_a_query_finds_what_it_is_for(name: str, turtle: str, term: str, _seen: bool) -> None:
    assert term in found(name, turtle)


@pytest.mark.parametrize("turtle", SOUND)
def test_what_the_profiles_allow_is_found_by_no_query(turtle: str) -> None:
    assert {name: found(name, turtle) for name in QUERIES} == {name: [] for name in QUERIES}


PROFILE = [
    ("<x:C> rdfs:subClassOf atkg:Plan .", True),
    ("[] a owl:Restriction ; owl:onProperty atkg:within ; owl:someValuesFrom atkg:Plan ; rdfs:subClassOf atkg:Task .", True),
    # what exists without a name can't be made by a rule
    ("atkg:Plan rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:within ; owl:someValuesFrom atkg:Plan ] .", False),
    ("atkg:Plan rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:within ; owl:allValuesFrom atkg:Plan ] .", True),
    ("[] a owl:Restriction ; owl:onProperty atkg:within ; owl:allValuesFrom atkg:Plan ; rdfs:subClassOf atkg:Task .", False),
    # a choice can be asked for, and not concluded
    ("[] a owl:Class ; owl:unionOf ( atkg:Plan <x:C> ) ; rdfs:subClassOf atkg:Task .", True),
    ("atkg:Plan rdfs:subClassOf [ a owl:Class ; owl:unionOf ( atkg:Task <x:C> ) ] .", False),
    ("atkg:Plan rdfs:subClassOf [ a owl:Class ; owl:complementOf atkg:Task ] .", True),
    ("atkg:Plan rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:within ; owl:maxCardinality 1 ] .", True),
    ("atkg:Plan rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:within ; owl:maxCardinality 2 ] .", False),
    ("atkg:Plan rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:within ; owl:minCardinality 1 ] .", False),
    ("owl:Thing rdfs:subClassOf atkg:Plan .", False),
    ("atkg:within a owl:ReflexiveProperty .", False),
    ("atkg:within a owl:AsymmetricProperty .", True),
    ("atkg:Plan owl:equivalentClass [ a owl:Class ; owl:unionOf ( atkg:Task <x:C> ) ] .", False),
    ("atkg:Plan owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( atkg:Task <x:C> ) ] .", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "within"), PROFILE, ids=[row[0] for row in PROFILE])
def test_what_rules_can_carry_out_is_told_from_what_they_cannot(text: str, within: bool) -> None:
    declared = "atkg:Plan a owl:Class . atkg:Task a owl:Class . <x:C> a owl:Class . atkg:within a owl:ObjectProperty . "
    assert (found("rl-expression-violation", declared + text) == []) is within


def test_every_query_about_the_ontology_has_a_fault_that_it_finds() -> None:
    prefixes = ("deprecated-", "dl-", "identity-", "rl-")
    assert {query.name for query in named_queries() if query.name.startswith(prefixes)} == set(QUERIES)


def test_what_short_cuts_say_is_read_and_never_concluded() -> None:
    graph = Graph().parse(ROOT / "ontology" / "atkg.ttl")
    rows = graph.query(
        """SELECT ?property WHERE {
            VALUES ?property { atkg:leadAgency atkg:cooperatingAgency atkg:implementingAgency atkg:assignedAgency }
            ?property owl:propertyChainAxiom ?chain
        }""",
        initNs={"atkg": "https://w3id.org/atkg/ontology#", "owl": "http://www.w3.org/2002/07/owl#"},
    )
    assert not list(rows)


# The OWL API


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str]]]:
    """Name of an ontology → (profile, fault) of all that the OWL API finds in it; skips where no JDK is."""
    if shutil.which("javac") is None:
        pytest.skip("no JDK: a Java runtime can't compile the few lines that call the OWL API's profile checker")
    folder = tmp_path_factory.mktemp("owlapi")
    texts = {f"fault-{number}": PREFIXES + fault[1] for number, fault in enumerate(FAULTS) if fault[3]}
    texts |= {f"sound-{number}": PREFIXES + turtle for number, turtle in enumerate(SOUND)}
    texts |= {name: (ROOT / "ontology" / f"{name}.ttl").read_text("utf-8") for name in ("atkg", "alignments")}
    paths = {}
    for name, text in texts.items():
        path = folder / f"{name}.rdf"
        Graph().parse(data=text, format="turtle").serialize(path, format="xml", encoding="utf-8")
        paths[str(path)] = name
    jar = Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"
    command = ["java", "-Xmx512m", "-cp", str(jar), str(CHECKER), *paths]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()
    result: dict[str, list[tuple[str, str]]] = {}
    for line in lines:
        path, profile, fault = line.split("\t", 2)
        result.setdefault(paths[path], []).append((profile, fault))
    assert set(result) == set(texts)
    return {name: [each for each in found if each[0] != "axioms"] for name, found in result.items()}


@pytest.mark.parametrize("name", ["atkg", "alignments"])
def test_the_owl_api_finds_the_ontology_within_both_profiles(name: str, judged) -> None:
    assert judged[name] == []


def test_the_owl_api_finds_what_the_queries_find(judged) -> None:
    missed = []
    for number, (name, turtle, _, seen) in enumerate(FAULTS):
        profile = "OWL2RLProfile" if name.startswith("rl-") else "OWL2DLProfile"
        if seen and profile not in {each[0] for each in judged[f"fault-{number}"]}:
            missed.append((name, turtle))
    assert missed == []


def test_the_owl_api_finds_nothing_where_the_queries_find_nothing(judged) -> None:
    assert {name: judged[name] for name in judged if name.startswith("sound-") and judged[name]} == {}
