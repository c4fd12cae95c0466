"""Each shape accepts its passing file and is the one that its failing file breaks.

`<Shape>.pass.ttl` and `<Shape>.fail.ttl` differ in what the shape asks; `<Shape>.<variant>.….ttl` shows another way to
keep or to break it. The first line of a file says why in Chinese, the second in English.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph
import pyshacl
import pytest
from rdflib import RDF, RDFS, Graph, Literal, Namespace, Node, URIRef
from rdflib.namespace import SH

HERE = Path(__file__).parent / "shapes"
ATKGS = Namespace("https://w3id.org/atkg/shapes#")
THE_SHAPES = URIRef("https://w3id.org/atkg/shapes")


def shapes_in(paths: Iterable[Path]) -> Graph:
    graph = Graph()
    for path in sorted(paths):
        graph.parse(path, format="turtle")
    return graph


SHAPES = shapes_in((HERE.parents[1] / "shapes").glob("*.ttl"))
PROPERTY_SHAPES = set(SHAPES.subjects(RDF.type, SH.PropertyShape))
NODE_SHAPES = set(SHAPES.subjects(RDF.type, SH.NodeShape))
RULES = {shape for shape in NODE_SHAPES if (shape, SH.sparql, None) in SHAPES}
TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)


def name_of(shape: Node) -> str:
    return str(shape).removeprefix(ATKGS)


CHECKED = sorted(map(name_of, PROPERTY_SHAPES | RULES))
FILES = sorted(path for path in HERE.iterdir() if path.suffix in {".ttl", ".trig"})
FAILING = [path for path in FILES if path.suffixes[-2] == ".fail"]
PASSING = [path for path in FILES if path.suffixes[-2] == ".pass"]
PREFIXES = "".join(
    f"PREFIX {SHAPES.value(declared, SH.prefix)}: <{SHAPES.value(declared, SH.namespace)}>\n"
    for declared in SHAPES.objects(ATKGS.Prefixes, SH.declare)
)


def shape_of(path: Path) -> str:
    """The name of the shape that a file is about."""
    return path.name.partition(".")[0]


def store_of(path: Path) -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    store.load(path=path)
    return store


def broken_shapes(path: Path) -> set[str]:
    """The names of the shapes, of whatever severity, that the data in this file break."""
    _, report, _ = pyshacl.validate(store_of(path), shacl_graph=SHAPES)
    return {name_of(shape) for shape in report.objects(None, SH.sourceShape)}


def select_of(rule: Node) -> str:
    """The query of a rule, as it stands in the file."""
    return str(SHAPES.value(SHAPES.value(rule, SH.sparql), SH.select))


@pytest.mark.parametrize("path", FAILING, ids=lambda path: path.name)
def test_failing_file_breaks_its_shape_and_no_other(path):
    assert broken_shapes(path) == {shape_of(path)}


@pytest.mark.parametrize("path", PASSING, ids=lambda path: path.name)
def test_passing_file_breaks_no_shape(path):
    assert broken_shapes(path) == set()


@pytest.mark.parametrize("name", CHECKED)
def test_every_shape_has_a_passing_and_a_failing_file(name):
    kinds = {path.suffixes[-2] for path in FILES if path.name.count(".") == 2 and shape_of(path) == name}
    assert kinds == {".pass", ".fail"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_about_a_shape_and_says_in_both_languages_why_it_passes_or_fails(path):
    assert shape_of(path) in CHECKED
    assert re.match(r"# [\u4e00-\u9fff].*。\n# [A-Z].*\.\n@", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_rules_find_the_same_without_a_bound_this(path):
    store = store_of(path)
    found = {
        name_of(rule)
        for rule in RULES
        if list(store.query(PREFIXES + select_of(rule), use_default_graph_as_union=True))
    }
    assert found == {shape_of(path)} & set(map(name_of, RULES)) if path in FAILING else not found


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.suffix == ".ttl" and ATKGS[shape_of(path)] in RULES],
    ids=lambda path: path.name,
)
def test_rule_finds_the_same_in_another_engine(path):
    conforms, _, _ = pyshacl.validate(Graph().parse(path), shacl_graph=SHAPES, use_shapes=[str(ATKGS[shape_of(path)])])
    assert conforms == (path in PASSING)


def texts(shape: Node, predicate: URIRef) -> dict[str | None, str]:
    """Language → the shape's text in it, one for each."""
    found = [text for text in SHAPES.objects(shape, predicate) if isinstance(text, Literal)]
    assert len({text.language for text in found}) == len(found), shape
    return {text.language: str(text) for text in found}


@pytest.mark.parametrize("name", CHECKED)
def test_message_is_a_sentence_in_both_languages(name):
    messages = texts(ATKGS[name], SH.message)
    assert set(messages) == {"zh", "en"}
    assert messages["zh"].endswith("。")
    assert messages["en"].endswith(".")


@pytest.mark.parametrize("name", sorted(map(name_of, PROPERTY_SHAPES | NODE_SHAPES)))
def test_shape_has_a_title_and_a_reason_in_both_languages(name):
    assert set(texts(ATKGS[name], SH.name)) == {"zh", "en"}
    assert set(texts(ATKGS[name], RDFS.comment)) == {"zh", "en"}
    assert SHAPES.value(ATKGS[name], RDFS.isDefinedBy) == THE_SHAPES


def test_shapes_are_named_by_class_and_thing():
    assert all(isinstance(shape, URIRef) and shape.startswith(ATKGS) for shape in PROPERTY_SHAPES | NODE_SHAPES)
    assert [name for name in CHECKED if not re.fullmatch(r"[A-Z][A-Za-z]*-[a-z][A-Za-z]*", name)] == []
    classes = map(name_of, NODE_SHAPES - RULES)
    assert [name for name in classes if not re.fullmatch(r"[A-Z][A-Za-z]*", name)] == []


def hosts(shape: Node) -> Iterator[Node]:
    """The node shapes that a property shape hangs under, or the rule itself."""
    return iter([shape]) if shape in RULES else SHAPES.subjects(SH.property, shape)


@pytest.mark.parametrize("name", CHECKED)
def test_shape_hangs_under_its_class_and_has_a_target(name):
    found = list(hosts(ATKGS[name]))
    assert len(found) == 1
    assert name_of(found[0]).partition("-")[0] == name.partition("-")[0]
    assert any((found[0], target, None) in SHAPES for target in TARGETS)


def test_every_property_shape_has_a_name():
    hung = set(SHAPES.objects(None, SH.property)) | set(SHAPES.subjects(SH.path, None))
    assert hung == PROPERTY_SHAPES


@pytest.mark.parametrize("name", sorted(map(name_of, RULES)))
def test_rule_is_one_query_without_what_shacl_forbids(name):
    constraints = list(SHAPES.objects(ATKGS[name], SH.sparql))
    assert len(constraints) == 1
    assert SHAPES.value(constraints[0], SH.prefixes) == ATKGS.Prefixes
    query = re.sub(r'"[^"]*"|<[^>]*>', "", select_of(ATKGS[name]))
    assert re.search(r"\b(VALUES|MINUS|SERVICE)\b", query, re.IGNORECASE) is None
    assert "$this" in query.partition("WHERE")[0]
