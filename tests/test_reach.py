"""How far a constraint looks from its focus node, read from its query or path; what can't be read is not guessed."""

from __future__ import annotations

import json
from functools import reduce
from operator import or_

import pytest
from rdflib import Graph, URIRef

from atkg.namespaces import ATKG
from atkg.store import Store
from atkg.validate import Shapes
from atkg.validate.constraints import analysed
from atkg.validate.inferred import with_inferred
from atkg.validate.reach import reach_of_core
from atkg.validate.reading import Unsupported
from atkg.validate.walks import ANY, Reach, Step, Walk

E = "http://example.org/"


def names(*local: str) -> set[str]:
    return {E + name for name in local}


QUERIES = [
    # along predicates only
    ("$this e:p ?a . ?a e:q ?b", set(), {"q"}),
    # the subject of a pattern is looked up by its object
    ("?a e:p $this . ?a e:q ?b", {"p"}, {"q"}),
    # what hangs on $this itself is followed before what hangs on a value
    ("$this e:p ?a . FILTER NOT EXISTS { ?b e:from $this . FILTER EXISTS { ?b e:to ?a } }", {"from"}, {"to"}),
    # a path may turn round on its way
    ("$this e:p/^e:q ?a", {"q"}, {"q"}),
    ("$this ^(e:p|e:q)+ ?a", {"p", "q"}, {"p", "q"}),
    # siblings: there and back
    ("$this e:p ?a . ?b e:p ?a", {"p"}, {"p"}),
    # any predicate, along its direction
    ("$this ?any ?a", set(), set()),
    # patterns of UNION, OPTIONAL and GRAPH are patterns, too
    ("{ $this e:p ?a } UNION { ?b e:q $this }", {"q"}, set()),
    ("$this e:p ?a . OPTIONAL { ?b e:q $this }", {"q"}, set()),
    ("GRAPH ?g { $this e:p ?a . ?b e:q $this }", {"q"}, set()),
    # an IRI made from another that names the same plan
    (
        '$this e:p ?a . BIND (IRI(REPLACE(STR($this), "/[0-9]+-[0-9]+$", "")) AS ?b) FILTER EXISTS { ?b e:q ?c }',
        set(),
        {"q"},
    ),
]


@pytest.mark.parametrize(("where", "backward", "inner"), QUERIES, ids=[row[0][:40] for row in QUERIES])
def test_a_query_hangs_on_its_focus_node(where, backward, inner):
    reach = analysed(f"PREFIX e: <{E}> SELECT $this WHERE {{ {where} }}", {})
    assert (reach.whole, set(reach.backward)) == (None, names(*backward))
    assert set(reach.inner) == names(*inner)


def shown(walk: Walk) -> str:
    """A walk as a path: a caret before what is followed backward, a plus behind what is repeated."""
    steps = [
        "made" if step.made else "|".join(sorted("^" * back + name.removeprefix(E) for name, back in step.along))
        for step in walk
    ]
    return "/".join(name + "+" * step.repeated for name, step in zip(steps, walk, strict=True))


WALKS = [
    # each pattern goes on from where another has led
    ("$this e:p ?a . ?a e:q ?b . ?b e:r ?c", {"p", "p/q", "p/q/r"}),
    # written in another order they are the same
    ("?b e:r ?c . ?a e:q ?b . $this e:p ?a", {"p", "p/q", "p/q/r"}),
    # the variables of two EXISTS are two, though they share a name
    (
        "$this e:p ?x FILTER NOT EXISTS { $this e:q ?a . ?a e:r ?b } FILTER NOT EXISTS { $this e:s ?a . ?a e:t ?b }",
        {"p", "q", "q/r", "s", "s/t"},
    ),
    # behind a UNION its variable may come from either side
    ("{ $this e:p ?a } UNION { ?a e:q $this } ?a e:r ?b", {"p", "^q", "p/r", "^q/r"}),
    # what an OPTIONAL has bound leads on, too
    ("$this e:p ?a OPTIONAL { ?a e:q ?b } FILTER EXISTS { ?b e:r ?c }", {"p", "p/q", "p/q/r"}),
    # a circle ends where it began
    ("$this e:p ?a FILTER EXISTS { ?a e:q* $this }", {"p", "p/q+"}),
    # a path that may be empty stays where it is
    ("$this e:p? ?a . ?a e:q ?b", {"p", "q", "p/q"}),
    # an alternative is one way or the other
    ("$this e:p|^e:q ?a . ?a e:r ?b", {"p", "^q", "p/r", "^q/r"}),
    # another name for the same
    ("$this e:p ?a BIND (?a AS ?b) ?b e:q ?c", {"p", "p/q"}),
    # the plan that an IRI names
    ('$this e:p ?a BIND (IRI(REPLACE(STR(?a), "/[0-9]+-[0-9]+$", "")) AS ?b) ?b e:q ?c', {"p", "p/made/q"}),
]


@pytest.mark.parametrize(("where", "walks"), WALKS, ids=[row[0][:40] for row in WALKS])
def test_a_query_goes_its_ways(where, walks):
    reach = analysed(f"PREFIX e: <{E}> SELECT $this WHERE {{ {where} }}", {})
    assert reach.whole is None
    assert {shown(walk) for walk in reach.walks} == walks


def test_a_reach_is_kept_as_plain_values():
    reach = analysed(f"PREFIX e: <{E}> SELECT $this WHERE {{ $this e:p+/^e:q ?a . ?a e:r ?b }}", {})
    assert Reach.from_json(json.loads(json.dumps(reach.as_json()))) == reach


INFERRED = [
    # what is inferred follows from a chain of what is stated
    ("tracesTo", {"tracesTo", "derivedFrom+"}),
    ("^tracesTo", {"^tracesTo", "^derivedFrom+"}),
    # any predicate may be the inferred one
    (ANY, {ANY, "derivedFrom+"}),
    ("partOf", {"partOf"}),
]


@pytest.mark.parametrize(("name", "walks"), INFERRED)
def test_a_way_along_what_is_inferred_is_one_along_what_it_follows_from(name, walks):
    step = Step.to(name if name == ANY else ATKG + name.removeprefix("^"), backward=name.startswith("^"))
    assert {shown(walk).replace(ATKG, "") for walk in with_inferred([(step,)])} == walks


WHOLE = [
    # nothing leads from $this to the other pattern
    "$this e:p ?a . ?b e:q ?c FILTER (?c = ?a)",
    # a constant is no way either
    "$this e:p ?a . ?b e:q e:constant",
    # backward along any predicate
    "?a ?any $this",
    # an IRI of another kind
    '$this e:p ?a . BIND (IRI(CONCAT("http://example.org/", STR(?a))) AS ?b) FILTER EXISTS { ?b e:q ?c }',
    # a literal that is computed leads to no node
    "$this e:p ?a . BIND (STR(?a) AS ?b) ?c e:q ?b",
    # the variable of an EXISTS of another group is free in this one
    "$this e:p ?a . FILTER NOT EXISTS { { ?b e:q ?c FILTER EXISTS { ?a e:r ?b } } }",
    # an IRI that may name another plan
    '$this e:p ?a . BIND (IRI(REPLACE(STR($this), "2022", "2021")) AS ?b) FILTER EXISTS { ?b e:q ?c }',
]


@pytest.mark.parametrize("where", WHOLE)
def test_a_query_that_may_look_anywhere_says_so(where):
    assert analysed(f"PREFIX e: <{E}> SELECT $this WHERE {{ {where} }}", {}).whole


REFUSED = [
    # $this would have to be bound beforehand
    ("FILTER (ISIRI($this))", "no pattern has bound it"),
    ("{ $this e:p ?a } UNION { FILTER (ISIRI($this)) }", "no pattern has bound it"),
    ("?a e:p ?b . OPTIONAL { $this e:q ?b }", "OPTIONAL that binds"),
    ("?a e:p ?b", "doesn't bind"),
    # the same for all focus nodes, or not once for each
    ("{ SELECT $this (COUNT(?a) AS ?n) WHERE { $this e:p ?a } GROUP BY $this }", "in a constraint"),
    # what SHACL forbids
    ("$this e:p ?a MINUS { $this e:q ?a }", "MINUS"),
    ("VALUES ?a { 1 } $this e:p ?a", "VALUES"),
    ("SERVICE <http://example.org/> { $this e:p ?a }", "SERVICE"),
    ("?a e:p ?b . BIND (?a AS $this)", r"AS \$this"),
    # no query
    ("$this e:p", "can't be parsed"),
    ("$this e:p $shapesGraph", "shapesGraph"),
]


@pytest.mark.parametrize(("where", "reason"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_query_that_one_evaluation_can_not_answer_is_refused(where, reason):
    known = {}
    for _ in range(2):  # the second time as it is known from the first
        with pytest.raises(Unsupported, match=reason):
            analysed(f"PREFIX e: <{E}> SELECT $this WHERE {{ {where} }}", known)


CORE = [
    # a path of one step looks at the focus node's own statements
    ("sh:path e:p", set(), set()),
    ("sh:path [ sh:inversePath e:p ]", {"p"}, set()),
    ("sh:path ( e:p e:q )", set(), {"q"}),
    # the first step may be empty, so that the second is the first
    ("sh:path ( [ sh:zeroOrOnePath e:p ] e:q )", set(), {"q"}),
    ("sh:path [ sh:oneOrMorePath e:p ]", set(), {"p"}),
    ("sh:path [ sh:inversePath ( e:p e:q ) ]", {"p", "q"}, {"p"}),
    ("sh:path [ sh:alternativePath ( e:p [ sh:inversePath e:q ] ) ]", {"q"}, set()),
    # the shape of a value looks from the value
    ("sh:path e:p ; sh:node [ sh:property [ sh:path e:q ; sh:lessThan e:r ] ]", set(), {"q", "r"}),
    ("sh:node [ sh:property [ sh:path e:q ] ]", set(), set()),
    ("sh:path e:p ; sh:or ( [ sh:property [ sh:path e:q ] ] )", set(), {"q"}),
    ("sh:path e:p ; sh:closed true", set(), {ANY}),
    ("sh:closed true", set(), set()),
]


@pytest.mark.parametrize(("asked", "backward", "inner"), CORE, ids=[row[0] for row in CORE])
def test_a_shape_looks_as_far_as_its_paths(asked, backward, inner):
    prefixes = f"@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <{E}> ."
    graph = Graph().parse(data=f"{prefixes} e:shape {asked} .", format="turtle")
    reach = reach_of_core(graph, URIRef(E + "shape"))
    types = {name for name in reach.inner | reach.backward if "22-rdf-syntax" in name or "rdf-schema" in name}
    assert set(reach.backward) - types == names(*backward)
    assert set(reach.inner) - types == {name if name == ANY else E + name for name in inner}


def test_the_shapes_of_the_project_follow_few_predicates_backward():
    """More of them would let closures grow: say so here, and measure."""
    reach = reduce(or_, Shapes.load().compile(Store()).reach.values())
    assert {name.rpartition("#")[2] for name in reach.backward} == {
        *("assignment", "from", "milestone", "partOf", "statedIn"),
    }
