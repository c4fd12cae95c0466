"""Each axiom finds a fault or gives an answer on an example, and without it neither; the rules and OWL 2 RL agree.

In tests/axioms an example that the axiom makes inconsistent, or that it concludes the line `#=` from, ends in -fail;
beside it stands one in -pass which is nearly the same, and of which the axiom says nothing. Both are called as `name_of`
calls the axiom.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

from atkg import rules
from atkg.namespaces import ATKG, BASE, OWL, RDF, RDFS
from atkg.reason.axioms import Axiom, Axioms, axioms_of
from atkg.reason.explain import write
from atkg.reason.given import TYPE, Given, Triple, ontology_files, read
from atkg.reason.hermit import Hermit
from atkg.store import Store

HERE = Path(__file__).parent / "axioms"
TERMS = read(ontology_files())
ONTOLOGY = axioms_of(TERMS.triples)
LOGICAL = [*ONTOLOGY.declarations, *(triple for axiom in ONTOLOGY.logical for triple in axiom.triples)]
PREFIXES = {
    namespace: prefix
    for path in ontology_files()
    for prefix, namespace in re.findall(r"^@prefix (\w+): +<(.+)> \.$", path.read_text("utf-8"), re.MULTILINE)
}

KINDS = {
    f"<{RDFS}subClassOf>": "subclass",
    f"<{RDFS}subPropertyOf>": "subproperty",
    f"<{OWL}disjointWith>": "disjoint",
    f"<{OWL}propertyChainAxiom>": "chain",
}
BOUNDS = {f"<{RDFS}domain>": "domain", f"<{RDFS}range>": "range"}

UNDECIDED = {
    "counterExample-skos-note-subproperty": "a reasoner leaves out annotations, and with them the axioms about their properties",
}
"""Axioms that no data can show, and why."""

IMPLIED = {
    **{
        f"{role}Agency-{bound}": f"{role}Agency-assignedAgency-subproperty"
        for role in ("cooperating", "implementing", "lead")
        for bound in ("domain", "range")
    },
    "derivedFrom-domain": "derivedFrom-tracesTo-subproperty",
    "derivedFrom-range": "derivedFrom-tracesTo-subproperty",
}
"""Axioms that are said for readers, each with the one that it follows from, as the property above has the same bound.

Their examples are judged with that other axiom away.
"""


# What the examples of an axiom are called


def short(iri: str) -> str:
    """The name of a term; with the prefix of its vocabulary, if it is that of others."""
    namespace, local = re.fullmatch(r"<(.*[#/:])([^#/:]*)>", iri).groups()
    return local if namespace.startswith(BASE) else f"{PREFIXES.get(namespace, 'x')}-{local}"


def label(node: str, axiom: Axiom) -> str:
    """The name of a term; of an expression the things that it asks for, or else all terms in it."""
    if not node.startswith("_:"):
        return short(node)
    # the property of a restriction before what it asks of it, whatever the order in the file
    ordered = sorted(axiom.triples[1:], key=lambda triple: (triple[1] != f"<{OWL}onProperty>", triple))
    reached, asked, named = [node], [], []
    for each in reached:
        for _, p, o in (triple for triple in ordered if triple[0] == each):
            if o.startswith("_:"):
                reached += [o] if o not in reached else []
            elif o.startswith("<") and not o.startswith((f"<{OWL}", f"<{RDF}")):
                named.append(short(o))
                asked += [short(o)] if p == f"<{OWL}hasValue>" else []
    return "-".join(dict.fromkeys(asked or named))


def name_of(axiom: Axiom) -> str:
    """What an axiom is called: what it is about, and which kind it is of.

    A condition is called as the class that it defines, as long as it is the only one.
    """
    subject, predicate, value = axiom.root
    if predicate == TYPE:
        characteristic = value.strip("<>").partition("#")[2].removesuffix("Property").lower()
        return f"{label(subject, axiom)}-{characteristic}"
    if predicate in BOUNDS:
        return f"{label(subject, axiom)}-{BOUNDS[predicate]}"
    if subject.startswith("_:") and predicate == f"<{RDFS}subClassOf>":
        return label(value, axiom)
    kind = KINDS.get(predicate) or predicate.strip("<>").partition("#")[2]
    return f"{label(subject, axiom)}-{label(value, axiom)}-{kind}"


def named(axioms: Iterable[Axiom]) -> dict[str, Axiom]:
    """Each axiom by its name; of several conditions of one class, with what each asks for."""
    groups = defaultdict(list)
    for axiom in axioms:
        groups[name_of(axiom)].append(axiom)
    found = {}
    for name, group in groups.items():
        for axiom in group:
            full = name if len(group) == 1 else f"{name}-{label(axiom.root[0], axiom)}"
            assert full not in found, f"two axioms are called {full}: {axiom.root} and {found[full].root}"
            found[full] = axiom
    return found


def wanted(axioms: Iterable[Axiom]) -> set[str]:
    """The names of the files that show these axioms."""
    return {f"{name}-{verdict}.ttl" for name in named(axioms) if name not in UNDECIDED for verdict in ("fail", "pass")}


def failing(name: str) -> Path:
    return HERE / f"{name}-fail.ttl"


def passing(name: str) -> Path:
    return HERE / f"{name}-pass.ttl"


AXIOMS = named(ONTOLOGY.logical)
# where a file is wanting one test says so, and the others judge those that are there
SHOWN = [name for name in sorted(AXIOMS.keys() - UNDECIDED.keys()) if failing(name).exists() and passing(name).exists()]


def test_every_axiom_has_both_examples_and_every_example_an_axiom():
    present = {path.name for path in HERE.iterdir()}
    assert sorted(wanted(ONTOLOGY.logical) - present) == [], "these are wanted in tests/axioms"
    assert sorted(present - wanted(ONTOLOGY.logical)) == [], "these show no axiom of the ontology"


@pytest.mark.parametrize(
    ("added", "names"),
    [
        ("atkg:Body rdfs:subClassOf foaf:Agent .", {"Body-foaf-Agent-subclass"}),
        ("atkg:text rdfs:domain atkg:Clause .", {"text-domain"}),
        ("atkg:partOf owl:inverseOf atkg:hasPart .", {"partOf-hasPart-inverseOf"}),
        ("atkg:within a owl:IrreflexiveProperty .", {"within-irreflexive"}),
        ("atkg:from owl:propertyDisjointWith atkg:to .", {"from-to-propertyDisjointWith"}),
        ("atkg:tracesTo owl:propertyChainAxiom ( atkg:partOf atkg:from ) .", {"tracesTo-partOf-from-chain"}),
        # each pair of a list is an axiom of its own
        (
            "[] a owl:AllDisjointClasses ; owl:members ( atkg:Body atkg:Clause atkg:Stage ) .",
            {"Body-Clause-disjoint", "Body-Stage-disjoint", "Clause-Stage-disjoint"},
        ),
        # a second condition of a class that had one: the first is called otherwise from then on
        (
            "[] a owl:Restriction ; owl:onProperty atkg:timing ; owl:hasValue <id/timing/period> ;"
            " rdfs:subClassOf atkg:DeadlineTask .",
            {"DeadlineTask-deadline", "DeadlineTask-period"},
        ),
        (
            "atkg:Plan rdfs:subClassOf [ a owl:Restriction ; owl:onProperty atkg:issuer ;"
            " owl:allValuesFrom atkg:Body ] .",
            {"Plan-issuer-Body-subclass"},
        ),
    ],
)
def test_an_axiom_that_is_new_wants_its_examples(added, names, tmp_path):
    lines = [f"@prefix {prefix}: <{namespace}> ." for namespace, prefix in PREFIXES.items()]
    (tmp_path / "new.ttl").write_text("\n".join([f"@base <{BASE}> .", *lines, added]), encoding="utf-8")
    given = Given({**TERMS.triples, **read([tmp_path / "new.ttl"]).triples})
    new = wanted(axioms_of(given.triples).logical) - wanted(ONTOLOGY.logical)
    assert new == {f"{name}-{verdict}.ttl" for name in names for verdict in ("fail", "pass")}


def test_what_is_registered_stands_in_the_ontology_and_needs_to_be():
    assert UNDECIDED.keys() | IMPLIED.keys() | set(IMPLIED.values()) <= AXIOMS.keys()
    annotating = {s for s, p, o in ONTOLOGY.declarations if o == f"<{OWL}AnnotationProperty>"}
    assert {name for name, axiom in AXIOMS.items() if axiom.root[0] in annotating} == UNDECIDED.keys()


# What the examples say


@cache
def concluded(path: Path) -> Triple | None:
    """The triple of the line `#=`, if the example has one."""
    text = path.read_text(encoding="utf-8")
    line = re.search(r"^#= (.+)$", text, re.MULTILINE)
    if line is None:
        return None
    prefixes = re.findall(r"^@.+$", text, re.MULTILINE)
    [triple] = Graph().parse(data="\n".join([*prefixes, line[1]]), format="turtle")
    subject, predicate, value = (node.n3() for node in triple)
    return subject, predicate, value


@cache
def facts_in(path: Path) -> list[Axiom]:
    """The facts of an example."""
    own = read([path])
    assert not own.triples.keys() & TERMS.triples.keys(), f"{path.stem} repeats the ontology"
    facts = [axiom for axiom in axioms_of([*LOGICAL, *own.triples]).logical if axiom.root in own.triples]
    assert len(facts) == len(own.triples), f"{path.stem} says something that a reasoner does not look at"
    return facts


def example(path: Path, number: int | None = None) -> list[Axiom]:
    """The facts of an example; with a number they are about other things than those of all others."""
    return facts_in(path) if number is None else [renamed(fact, number) for fact in facts_in(path)]


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


def test_both_examples_are_of_one_form_and_about_what_their_axiom_is_about():
    declared = {s for s, _, _ in ONTOLOGY.declarations}
    for name in SHOWN:
        own = {part for triple in AXIOMS[name].triples for part in triple if part.startswith(f"<{BASE}")}
        conclusions = [concluded(failing(name)), concluded(passing(name))]
        assert conclusions.count(None) != 1, f"{name}: one of the examples has a conclusion"
        for path, conclusion in zip((failing(name), passing(name)), conclusions, strict=True):
            said = [fact.root for fact in facts_in(path)]
            if conclusion is not None:
                said.append(conclusion)
                assert conclusion[2 if conclusion[1] == TYPE else 1] in declared, f"{path.stem}: no such term"
            assert own & {part for triple in said for part in triple}, f"{path.stem} is about other things"


PROBE = "urn:example:"
SAYS = f"<{PROBE}says>"
SUB = f"<{RDFS}subClassOf>"


def probe(path: Path) -> list[Triple]:
    """A class that has a member only where all is true that the example says, and its conclusion is not.

    So it can have no member just if the example is inconsistent, or gives its answer. Nothing is stated of the things in
    the example themselves, so that one run of the reasoner judges all examples, and none has a part in another.
    """
    name = f"<{PROBE}{path.stem}>"
    facts = [fact.triples for fact in example(path)]
    assert all(len(triples) == 1 for triples in facts), path.stem
    stated = [(triple, False) for (triple,) in facts]
    if (conclusion := concluded(path)) is not None:
        stated.append((conclusion, True))
    triples = [(name, TYPE, f"<{OWL}Class>")]
    for number, ((subject, predicate, value), denied) in enumerate(stated):
        said, both, one, of, not_ = (f"_:{part}{number}of{path.stem}" for part in ("said", "both", "one", "of", "not"))
        claim = value if predicate == TYPE else of
        triples += [
            (name, SUB, said),
            *restriction(said, SAYS, "someValuesFrom", both),
            (both, TYPE, f"<{OWL}Class>"),
            *listed(both, "intersectionOf", [one, not_ if denied else claim]),
            (one, TYPE, f"<{OWL}Class>"),
            *listed(one, "oneOf", [subject]),
        ]
        if predicate != TYPE:
            triples += restriction(of, predicate, "hasValue", value)
        if denied:
            triples += [(not_, TYPE, f"<{OWL}Class>"), (not_, f"<{OWL}complementOf>", claim)]
    return triples


def restriction(node: str, property_: str, kind: str, value: str) -> list[Triple]:
    return [
        (node, TYPE, f"<{OWL}Restriction>"),
        (node, f"<{OWL}onProperty>", property_),
        (node, f"<{OWL}{kind}>", value),
    ]


def listed(node: str, kind: str, members: Sequence[str]) -> list[Triple]:
    cells = [f"{node}l{number}" for number in range(len(members))]
    triples = [(node, f"<{OWL}{kind}>", cells[0])]
    for cell, member, rest in zip(cells, members, [*cells[1:], f"<{RDF}nil>"], strict=True):
        triples += [(cell, f"<{RDF}first>", member), (cell, f"<{RDF}rest>", rest)]
    return triples


def judged(hermit: Hermit, file: Path, names: Sequence[str], axioms: Sequence[Axiom]) -> set[str]:
    """Those of the examples of these axioms that are inconsistent with the axioms given, or give their answer."""
    probes = [triple for name in names for path in (failing(name), passing(name)) for triple in probe(path)]
    write(file, [*ONTOLOGY.declarations, (SAYS, TYPE, f"<{OWL}ObjectProperty>"), *probes], axioms)
    impossible = hermit.classify(file).impossible
    return {each.removeprefix(PROBE) for each in impossible if each.startswith(PROBE)}


def test_with_the_axioms_each_failing_example_fails_and_each_passing_one_does_not(hermit, tmp_path):
    """The axioms that follow from others are left out, which shows that they do."""
    found = judged(hermit, tmp_path / "all.nt", SHOWN, [axiom for name, axiom in AXIOMS.items() if name not in IMPLIED])
    assert sorted({f"{name}-fail" for name in SHOWN} - found) == [], "nothing is said against these"
    assert sorted({f"{name}-pass" for name in SHOWN} & found) == [], "something is said against these"


def test_an_axiom_that_follows_from_another_says_the_same_without_that(hermit, tmp_path):
    kept = [axiom for name, axiom in AXIOMS.items() if name not in IMPLIED.values()]
    assert judged(hermit, tmp_path / "all.nt", sorted(IMPLIED), kept) == {f"{name}-fail" for name in IMPLIED}


def test_without_its_axiom_no_failing_example_fails(hermit, tmp_path):
    """One run of the reasoner, over the examples as data: all of these are consistent."""
    files = []
    for name in SHOWN:
        kept = [axiom for each, axiom in AXIOMS.items() if each not in (name, IMPLIED.get(name))]
        # the contrary of the conclusion can be true where it does not follow
        contrary = negated(triple) if (triple := concluded(failing(name))) else []
        files.append(tmp_path / f"{name}.nt")
        write(files[-1], ONTOLOGY.declarations, [*kept, *example(failing(name)), *contrary])
    first = hermit.first_inconsistent(files)
    assert first is None, f"{SHOWN[first]}: its example fails on account of other axioms too"


@pytest.mark.parametrize(
    "name",
    [
        # two things
        "within-asymmetric",
        # a value, and a conclusion denied
        "order-range",
        "CollectiveLedTask",
    ],
)
def test_as_data_too_a_failing_example_is_inconsistent(name, hermit, tmp_path):
    """The other tests ask whether something could be as the example says; as data it is judged alike."""
    contrary = negated(triple) if (triple := concluded(failing(name))) else []
    write(tmp_path / "all.nt", ONTOLOGY.declarations, [*ONTOLOGY.logical, *example(failing(name)), *contrary])
    assert hermit.first_inconsistent([tmp_path / "all.nt"]) == 0


# The rules, and OWL 2 RL


@pytest.fixture(scope="module")
def together() -> tuple[Axioms, list[tuple[Path, Triple]]]:
    """The examples from which what a rule concludes follows or nearly does, each about things of its own."""
    all_ = Axioms(ONTOLOGY.declarations, list(ONTOLOGY.logical))
    expected = []
    terms = {f"<{each.term}>" for each in rules.rules()}
    for number, path in enumerate([*map(failing, SHOWN), *map(passing, SHOWN)]):
        if (triple := concluded(path)) is not None and terms & {*triple[1:]}:
            all_.logical += example(path, number)
            expected.append((path, rename(triple, number)))
    return all_, expected


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
