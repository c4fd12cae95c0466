"""Who gets which reader, and that a whole graph is the same however it is read: real readers, no server."""

from __future__ import annotations

import asyncio

import pyoxigraph as ox
import pytest

from atkg.sparql import whole_graph
from atkg.store import GRAPH_TYPES, Store
from atkg.web.endpoint.limits import Limits
from atkg.web.endpoint.pool import ABREAST, Pool
from atkg.web.endpoint.wire import Question
from serving import LINUX

GRAPH = "https://w3id.org/atkg/graph/ontology"
JSON = "application/sparql-results+json"

WHOLE = (
    (f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}", True),
    # as short as it can be written; $s is ?s
    (f"construct{{?s ?p ?o.}}{{graph<{GRAPH}>{{$s ?p ?o}}}}#", True),
    (f"PREFIX a: <x:> CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}", False),
    # turned round, halved, bounded, joined to itself, another variable
    (f"CONSTRUCT {{ ?o ?p ?s }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}", False),
    (f"CONSTRUCT {{ ?s ?p ?s }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?s }} }}", False),
    (f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }} LIMIT 3", False),
    (f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?O }} }}", False),
    (f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o . ?o ?p ?s }} }}", False),
    (f"CONSTRUCT {{ ?s ?p ?o }} FROM <{GRAPH}> WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}", False),
    # not a name that can be taken as it stands
    ("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <ontology> { ?s ?p ?o } }", False),
    ("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <https://w3id.org/atkg/a\\u0062> { ?s ?p ?o } }", False),
    ("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }", False),
)


@pytest.mark.parametrize(("text", "whole"), WHOLE)
def test_a_query_for_a_whole_graph_is_known_by_its_tokens(text, whole):
    assert whole_graph(text) == (GRAPH if whole else None)


@pytest.mark.parametrize("media_type", GRAPH_TYPES)
@pytest.mark.parametrize("name", ["ontology", "plan/cn-yn-2022-1", "nothing-here"])
def test_a_whole_graph_is_what_its_pattern_gives(store, name, media_type):
    """With a LIMIT that it does not reach, the same query is evaluated pattern by pattern."""
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <https://w3id.org/atkg/graph/{name}> {{ ?s ?p ?o }} }}"
    assert whole_graph(text)
    known = [canonical(store.query(query).to_bytes(media_type), media_type) for query in (text, f"{text} LIMIT 999999")]
    assert known[0] == known[1]


def canonical(written: bytes, media_type: str) -> ox.Dataset:
    dataset = ox.Dataset(ox.parse(written, format=GRAPH_TYPES[media_type], base_iri="https://w3id.org/atkg/"))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


@pytest.fixture(scope="module")
def nquads(tmp_path_factory):
    path = tmp_path_factory.mktemp("pool") / "atkg.nq"
    path.write_bytes(Store.from_quads(f"<x:s> <x:p> <x:{n}> <{GRAPH}> ." for n in range(1000)).nquads())
    return path


async def started(nquads) -> Pool:
    """A pool whose readers are all ready."""
    pool = Pool(nquads, Limits())
    await pool.start()
    while len(pool._idle) < Limits().readers:
        await asyncio.sleep(0.01)
    return pool


def quick(number: int) -> Question:
    return Question(f"SELECT * {{ ?s ?p <x:{number % 1000}> }}", JSON)


SLOW = Question("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER (?a != ?i) }", JSON, seconds=20)


def test_a_store_is_true_without_being_counted():
    """Each reader that was forked looked at every quad once, because of a `store or …`."""
    assert Store()
    assert len(Store()) == 0


@LINUX
def test_one_client_is_answered_by_one_warm_reader(nquads):
    """What a reader has read of the graph is its own, so that it is quicker than one that has read nothing."""

    async def ask() -> list[tuple[bool, int]]:
        pool = await started(nquads)
        for number in range(20):
            await pool.answer(quick(number))
        found = sorted((reader.warm, reader.asked) for reader in pool._fast)
        await pool.close()
        return found

    found = asyncio.run(ask())
    assert found[-1] == (True, 20)
    assert sum(asked for _, asked in found) == 20
    assert sum(warm for warm, _ in found) == ABREAST


@LINUX
def test_quick_questions_of_many_clients_are_answered_by_a_few_readers(nquads):
    """More readers at work than processors gain nothing; how long a question waits for one is bounded."""

    async def ask() -> int:
        pool = await started(nquads)
        for _ in range(5):
            await asyncio.gather(*(pool.answer(quick(number)) for number in range(24)))
        several = sorted((reader.asked for reader in pool._fast), reverse=True)
        assert sum(several) == 120
        await pool.close()
        # on a busy machine some wait too long, and are given a reader that has rested
        return sum(several[:ABREAST])

    assert asyncio.run(ask()) > 60


@LINUX
def test_a_quick_question_does_not_wait_behind_slow_ones(nquads):
    """As many slow questions as there are readers: the next gets a reader of its own."""

    async def ask() -> float:
        pool = await started(nquads)
        slow = [asyncio.ensure_future(pool.answer(SLOW)) for _ in range(Limits().readers)]
        await asyncio.sleep(0)
        begun = asyncio.get_running_loop().time()
        await pool.answer(quick(1))
        spent = asyncio.get_running_loop().time() - begun
        assert not any(question.done() for question in slow)
        for question in slow:
            question.cancel()
        await pool.close()
        return spent

    assert asyncio.run(ask()) < 10
