"""Each axiom finds a fault or gives an answer on an example, and without it neither; the rules and OWL 2 RL agree.

In tests/axioms an example that the axiom makes inconsistent, or that it concludes the line `#=` from, ends in -fail;
beside it stands one in -pass which is nearly the same, and of which the axiom says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

from atkg import rules
from atkg.namespaces import ATKG, BASE, OWL, RDF, RDFS, SKOS
from atkg.reason.axioms import Axiom, Axioms, axioms_of
from atkg.reason.explain import write
from atkg.reason.given import TYPE, Given, Triple, read
from atkg.reason.hermit import Hermit, Inconsistent
from atkg.reason.profile import outside_rl
from atkg.store import Store
from conftest import ROOT

HERE = Path(__file__).parent / "axioms"
FAILING = sorted(HERE.glob("*-fail.ttl"))
PASSING = sorted(HERE.glob("*-pass.ttl"))
TERMS = read([ROOT / "ontology" / "atkg.ttl"])
ONTOLOGY = axioms_of(TERMS.triples)

SUB, DOMAIN, DISJOINT = f"<{RDFS}subClassOf>", f"<{RDFS}domain>", f"<{OWL}disjointWith>"
CHAIN, FIRST = f"<{OWL}propertyChainAxiom>", f"<{RDF}first>"


def term(name: str) -> str:
    return f"<{ATKG}{name}>"


def level(name: str) -> str:
    return f"<https://w3id.org/atkg/id/level/{name}>"


def mentions(axiom: Axiom, *names: str) -> bool:
    return set(names) <= {value for triple in axiom.triples for value in triple}


def defines(name: str, *mentioned: str) -> Callable[[Axiom], bool]:
    """The axiom with this class as its conclusion; of several, the one that mentions these."""
    return lambda axiom: axiom.root[1:] == (SUB, term(name)) and len(axiom.triples) > 1 and mentions(axiom, *mentioned)


def says(*root: str) -> Callable[[Axiom], bool]:
    return lambda axiom: axiom.root == root


def chain(name: str, *steps: str) -> Callable[[Axiom], bool]:
    """The axiom that makes a property of these steps."""
    return lambda axiom: (
        axiom.root[:2] == (term(name), CHAIN)
        and sorted(o for _, p, o in axiom.triples if p == FIRST) == sorted(map(term, steps))
    )


def of_plan_level(name: str) -> Callable[[Axiom], bool]:
    """The axiom about plans of this level, which names the other levels in a list."""
    return lambda axiom: (
        defines("CrossLevelTask")(axiom)
        and any(p == f"<{OWL}hasValue>" and o == level(name) for _, p, o in axiom.triples)
    )


AXIOMS: dict[str, Callable[[Axiom], bool]] = {
    "Agency-Plan-disjoint": says(term("Agency"), DISJOINT, term("Plan")),
    "Body-AgencyGroup-disjoint": says(term("Body"), DISJOINT, term("AgencyGroup")),
    "Clause-Task-disjoint": says(term("Clause"), DISJOINT, term("Task")),
    "CollectiveLedTask": defines("CollectiveLedTask"),
    "ContinuingTask": defines("ContinuingTask"),
    "CrossLevelTask-branch": defines("CrossLevelTask", term("bodyKind")),
    "CrossLevelTask-county": of_plan_level("county"),
    "CrossLevelTask-nation": of_plan_level("nation"),
    "CrossLevelTask-prefecture": of_plan_level("prefecture"),
    "CrossLevelTask-province": of_plan_level("province"),
    "DeadlineTask": defines("DeadlineTask"),
    "Jurisdiction-Agency-disjoint": says(term("Agency"), DISJOINT, term("Jurisdiction")),
    "NationalClause": defines("NationalClause"),
    "derivedFrom-tracesTo": says(term("derivedFrom"), f"<{RDFS}subPropertyOf>", term("tracesTo")),
    "function-domain": says(term("function"), DOMAIN, term("Body")),
    "inJurisdiction-clause": chain("inJurisdiction", "partOf", "inJurisdiction"),
    "inJurisdiction-plan": chain("inJurisdiction", "partOf", "jurisdiction"),
    "ledByFunction": chain("ledByFunction", "leadAgency", "function"),
    "levels-disjoint": lambda axiom: axiom.root[1] == DISJOINT and mentions(axiom, level("province"), level("county")),
    "tracesTo-transitive": says(term("tracesTo"), TYPE, f"<{OWL}TransitiveProperty>"),
    "within-asymmetric": says(term("within"), TYPE, f"<{OWL}AsymmetricProperty>"),
}


def name_of(path: Path) -> str:
    return path.stem.rpartition("-")[0]


def concluded(path: Path) -> Triple | None:
    """The triple of the line `#=`, if the example has one."""
    line = re.search(r"^#= (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if line is None:
        return None
    prefixes = f"@base <https://w3id.org/atkg/> . @prefix atkg: <{ATKG}> . "
    [triple] = Graph().parse(data=prefixes + line[1], format="turtle")
    subject, predicate, value = (node.n3() for node in triple)
    return subject, predicate, value


def example(path: Path, number: int | None = None) -> list[Axiom]:
    """The facts of an example; with a number they are about other things than those of all others."""
    given = Given(dict(TERMS.triples))
    own = read([path])
    given.triples |= own.triples
    known = {axiom.triples for axiom in ONTOLOGY.logical}
    facts = [axiom for axiom in axioms_of(given.triples).logical if axiom.root in own.triples]
    assert facts and not {fact.triples for fact in facts} & known
    return facts if number is None else [renamed(fact, number) for fact in facts]


def renamed(axiom: Axiom, number: int) -> Axiom:
    return Axiom(tuple(rename(triple, number) for triple in axiom.triples))


def rename(triple: Triple, number: int) -> Triple:
    own = r"<https://w3id\.org/atkg/((?:eli|id/(?:task|agency|milestone|jurisdiction|reconstructed))/[^>]*)>"
    s, p, o = (re.sub(own, rf"<https://w3id.org/atkg/\1/{number}>", part) for part in triple)
    return s, p, o


def negated(triple: Triple) -> list[Axiom]:
    """What contradicts this conclusion."""
    subject, predicate, value = triple
    if predicate == TYPE:
        return [
            Axiom(
                ((subject, TYPE, "_:not"), ("_:not", TYPE, f"<{OWL}Class>"), ("_:not", f"<{OWL}complementOf>", value))
            )
        ]
    said = {"sourceIndividual": subject, "assertionProperty": predicate, "targetIndividual": value}
    return [
        Axiom(
            (
                ("_:not", TYPE, f"<{OWL}NegativePropertyAssertion>"),
                *(("_:not", f"<{OWL}{key}>", each) for key, each in said.items()),
            )
        )
    ]


@pytest.fixture(scope="module")
def hermit() -> Hermit:
    return Hermit()


def test_every_axiom_has_both_examples_and_stands_in_the_ontology():
    assert (
        [name_of(path) for path in FAILING]
        == [name_of(path) for path in PASSING]
        == sorted(AXIOMS, key=lambda name: f"{name}-")
    )
    for name in AXIOMS:
        assert len([axiom for axiom in ONTOLOGY.logical if AXIOMS[name](axiom)]) == 1, name


def test_every_axiom_about_faults_and_every_defined_class_has_an_example():
    defined = {axiom.root[2] for axiom in ONTOLOGY.logical if axiom.root[1] == SUB and len(axiom.triples) > 1}
    chained = {axiom.root[0] for axiom in ONTOLOGY.logical if axiom.root[1] == CHAIN}
    shown = {triple[2] if triple[1] == TYPE else triple[1] for path in FAILING if (triple := concluded(path))}
    assert defined | chained <= shown


def test_without_its_axiom_no_failing_example_fails_and_no_passing_example_ever_does(hermit, tmp_path):
    """One run of the reasoner: all of these are consistent."""
    files = []
    for path in [*FAILING, *PASSING]:
        fails = path.stem.endswith("-fail")
        kept = [axiom for axiom in ONTOLOGY.logical if not (fails and AXIOMS[name_of(path)](axiom))]
        # the contrary of the conclusion can be true where it does not follow
        contrary = negated(triple) if (triple := concluded(path)) else []
        files.append(tmp_path / f"{path.stem}.nt")
        write(files[-1], ONTOLOGY.declarations, [*kept, *example(path), *contrary])
    first = hermit.first_inconsistent(files)
    assert first is None, files[first].stem


@pytest.mark.parametrize("path", [path for path in FAILING if concluded(path) is None], ids=name_of)
def test_with_its_axiom_a_faulty_example_is_inconsistent(path, hermit, tmp_path):
    write(tmp_path / "all.nt", ONTOLOGY.declarations, [*ONTOLOGY.logical, *example(path)])
    with pytest.raises(Inconsistent):
        hermit.classify(tmp_path / "all.nt")


@pytest.fixture(scope="module")
def together() -> tuple[Axioms, list[tuple[Path, Triple]]]:
    """All examples from which something follows or nearly does, each about things of its own, and the conclusions."""
    all_ = Axioms(ONTOLOGY.declarations, list(ONTOLOGY.logical))
    wanted = []
    for number, path in enumerate([*FAILING, *PASSING]):
        if (triple := concluded(path)) is not None:
            all_.logical += example(path, number)
            wanted.append((path, rename(triple, number)))
    return all_, wanted


def plain(triples: Iterable[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    return {tuple(part.strip("<>") for part in triple) for triple in triples}


@pytest.fixture(scope="module")
def by_hermit(together, hermit, tmp_path_factory) -> set[tuple[str, str, str]]:
    file = tmp_path_factory.mktemp("together") / "all.nt"
    write(file, together[0].declarations, together[0].logical)
    return hermit.classify(file).conclusions(
        plain(axiom.root for axiom in together[0].logical if len(axiom.triples) == 1)
    )


def store_of(axioms: Iterable[Axiom]) -> Store:
    return Store.from_quads(f"{s} {p} {o} ." for axiom in axioms for s, p, o in axiom.triples)


def by_rule(store: Store) -> dict[str, set[tuple[str, str, str]]]:
    rules.materialise(store)
    return {
        each.name: {
            (row["s"], row["p"], row["o"])
            for row in store.select(f"SELECT ?s ?p ?o WHERE {{ GRAPH <{each.graph}> {{ ?s ?p ?o }} }}")
        }
        for each in rules.rules()
    }


def about_things(found: set[tuple[str, str, str]], rule: rules.Rule) -> set[tuple[str, str, str]]:
    """Of these the conclusions of a rule; what is concluded of terms is left out."""
    ours = {each for each in found if each[0].startswith(BASE) and not each[0].startswith(ATKG)}
    return {each for each in ours if rule.term in each[1:]}


def test_with_its_axiom_an_example_gives_the_answer_and_its_neighbour_does_not(together, by_hermit):
    for path, triple in together[1]:
        assert (plain([triple]) <= by_hermit) == path.stem.endswith("-fail"), path.stem


def test_the_rules_conclude_what_the_reasoner_does(together, by_hermit):
    for name, own in by_rule(store_of(together[0].logical)).items():
        rule = rules.rule(name)
        assert own, f"{name}: no example for it"
        assert own == about_things(by_hermit, rule), name


def test_owl_2_rl_concludes_what_the_rules_do(together):
    """The axioms lie within OWL 2 RL, so that its rules, applied to all triples, give the same closure."""
    import owlrl

    triples = {*TERMS.triples, *(triple for axiom in together[0].logical for triple in axiom.triples)}
    lines = [f"{s} {p} {o} ." for s, p, o in sorted(triples) if not o.startswith('"')]
    graph = Graph().parse(data="\n".join(lines), format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    found = {(str(s), str(p), str(o)) for s, p, o in graph if isinstance(s, URIRef) and isinstance(o, URIRef)}
    for name, own in by_rule(store_of(together[0].logical)).items():
        rule = rules.rule(name)
        assert own == about_things(found, rule), name


# Domains and ranges

BOUND = [axiom for axiom in ONTOLOGY.logical if axiom.root[1] in (DOMAIN, f"<{RDFS}range>")]


def contrary_class(axiom: Axiom) -> str:
    """A class that shares no member with the one that a domain or range names."""
    return {term("Milestone"): term("Plan"), f"<{SKOS}Concept>": ""}.get(axiom.root[2], term("Milestone"))


def broken(axiom: Axiom) -> list[Triple]:
    """What a use that a domain or range forbids would be a member of: nothing can be."""
    property_, predicate, _ = axiom.root
    name = f"<urn:broken:{BOUND.index(axiom)}>"
    other = contrary_class(axiom)
    some = f"_:some{BOUND.index(axiom)}"
    triples = [
        (name, TYPE, f"<{OWL}Class>"),
        (name, SUB, some),
        (some, TYPE, f"<{OWL}Restriction>"),
        (some, f"<{OWL}onProperty>", property_),
        (some, f"<{OWL}someValuesFrom>", f"<{OWL}Thing>" if predicate == DOMAIN else other),
    ]
    return [*triples, (name, SUB, other)] if predicate == DOMAIN else triples


def is_objects(axiom: Axiom) -> bool:
    return (axiom.root[0], TYPE, f"<{OWL}ObjectProperty>") in TERMS.triples and bool(contrary_class(axiom))


def test_every_domain_and_range_forbids_something(hermit, tmp_path):
    """One run for all: a use against a domain or range would have to belong to a class that can have no member."""
    chosen = [axiom for axiom in BOUND if is_objects(axiom)]
    assert len(chosen) > 40
    added = [triple for axiom in chosen for triple in broken(axiom)]
    write(tmp_path / "all.nt", [*ONTOLOGY.declarations, *added], ONTOLOGY.logical)
    impossible = hermit.classify(tmp_path / "all.nt").impossible
    assert [axiom.root for axiom in chosen if f"urn:broken:{BOUND.index(axiom)}" not in impossible] == []


def test_the_ontology_lies_within_owl_2_rl():
    assert outside_rl(ONTOLOGY.logical) == []
