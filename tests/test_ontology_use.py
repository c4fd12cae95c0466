"""No term of the ontology is there for nothing: a question, a shape or a page uses it, or a reason is written down."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from atkg.namespaces import ATKG
from atkg.queries import named_queries, read_query
from atkg.store import Store
from atkg.web.engine import LocalEngine
from atkg.web.site.ontology import Ontology, read_ontology
from atkg.web.site.usage import all_shapes, listing, terms_of_query, terms_of_shape

ROOT = Path(__file__).parent.parent
REASONS = Path(__file__).parent / "unused-terms.csv"
"""term, reason: each term that no question, shape or page uses, and why it stays."""


@pytest.fixture(scope="module")
def ontology(store: Store) -> Ontology:
    return read_ontology(LocalEngine(store))


@pytest.fixture(scope="module")
def used(store: Store) -> set[str]:
    """The terms that a query, a shape or the code of a page names."""
    found: set[str] = set()
    for path in (ROOT / "queries").rglob("*.rq"):
        found |= terms_of_query(path.read_text("utf-8"))
    for shape in all_shapes(LocalEngine(store)):
        found |= terms_of_shape(shape)
    for path in (ROOT / "src" / "atkg" / "web" / "site").rglob("*.py"):
        found |= {ATKG + name for name in re.findall(r"\{ATKG\}(\w+)", path.read_text("utf-8"))}
    return found


@pytest.fixture(scope="module")
def reasons() -> dict[str, str]:
    with REASONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["term"] for row in rows}) == len(rows)
    return {ATKG + row["term"]: row["reason"] for row in rows}


def test_every_term_is_used_or_has_a_reason(ontology: Ontology, used: set[str], reasons: dict[str, str]) -> None:
    assert sorted(set(ontology.terms) - used - set(reasons)) == []


def test_no_reason_is_stale(ontology: Ontology, used: set[str], reasons: dict[str, str]) -> None:
    # a term that is gone, or in use by now, needs no reason
    assert sorted(set(reasons) - set(ontology.terms)) == []
    assert sorted(set(reasons) & used) == []
    assert [term for term, reason in reasons.items() if len(reason.split()) < 5] == []


def test_nothing_uses_a_term_that_the_ontology_lacks(ontology: Ontology, used: set[str]) -> None:
    assert sorted(used - set(ontology.terms)) == []


def test_every_query_names_the_question_that_it_answers() -> None:
    questions = {path: read_query(path).question for path in sorted((ROOT / "queries").rglob("*.rq"))}
    assert [path.name for path, question in questions.items() if not question["zh"].endswith("？")] == []
    assert [path.name for path, question in questions.items() if not question["en"].endswith("?")] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_two_named_queries_ask_the_same(language: str) -> None:
    asked = [query.question[language] for query in named_queries()]
    assert [each for each in asked if asked.count(each) > 1] == []


# (a query, the terms that it names)
NAMED = [
    ("PREFIX atkg: <https://w3id.org/atkg/ontology#> ASK { ?x atkg:role ?y }", {"role"}),
    # whatever the prefix is called, and without one
    ("PREFIX : <https://w3id.org/atkg/ontology#> ASK { ?x :role/:agency ?y }", {"role", "agency"}),
    ("ASK { ?x <https://w3id.org/atkg/ontology#role> ?y }", {"role"}),
    # what only looks like one
    ("PREFIX atkg: <https://w3id.org/atkg/ontology#> ASK { ?x ?y 'atkg:role' } # atkg:role", set()),
    ("PREFIX atkg: <https://example.org/> ASK { ?x atkg:role ?y }", set()),
    ("PREFIX my-atkg: <https://w3id.org/atkg/ontology#> ASK { ?x my-atkg:role ?y }", {"role"}),
]


@pytest.mark.parametrize(("text", "names"), NAMED)
def test_the_terms_of_a_query_are_those_that_it_asks_about(text: str, names: set[str]) -> None:
    assert terms_of_query(text) == {ATKG + name for name in names}


def test_the_query_on_the_page_of_a_term_lists_its_uses(ontology: Ontology, store: Store) -> None:
    for term in ontology.terms.values():
        columns, _ = store.query(listing(term)).values()
        assert columns == (["thing"] if term.kind == "class" else ["thing", "value"])
    _, rows = store.query(listing(ontology.terms[ATKG + "implementsPlan"])).values()
    assert ["eli/luan-2022-49", "eli/anhui-2021-108"] in [[str(cell) for cell in row] for row in rows]
