"""The IRIs of everything: ASCII, made from structure, stable across rebuilds."""

from __future__ import annotations

import hashlib
from typing import Final

from atkg.model import Span
from atkg.namespaces import BASE

ONTOLOGY: Final = BASE + "ontology"
DATASET: Final = BASE + "dataset/atkg"


def plan(key: str) -> str:
    return f"{BASE}eli/{key}"


def clause(key: str, path: str) -> str:
    return f"{BASE}eli/{key}/{path}"


def reconstructed(key: str, register_id: str) -> str:
    return f"{BASE}id/reconstructed/{key}/{register_id}"


def task(key: str, path: str, index: int) -> str:
    return f"{BASE}id/task/{key}/{path}/t{index}"


def assignment(key: str, path: str, index: int, order: int) -> str:
    return f"{BASE}id/assignment/{key}/{path}/t{index}/a{order}"


def milestone(key: str, path: str, index: int) -> str:
    return f"{BASE}id/milestone/{key}/{path}/m{index}"


def source(key: str) -> str:
    return f"{BASE}source/{key}"


def span(key: str, place: Span) -> str:
    return f"{BASE}source/{key}/{place.start}-{place.end}"


def derivation(from_iri: str, to_iri: str) -> str:
    """The link between two parts or plans; their IRIs without base and kind stand in it."""
    return f"{BASE}id/derivation/{_local(from_iri)}/to/{_local(to_iri)}"


def _local(iri: str) -> str:
    local = iri.removeprefix(BASE)
    for kind in ("eli/", "id/task/", "id/reconstructed/"):
        local = local.removeprefix(kind)
    return local


def agency(jurisdiction: str, slug: str) -> str:
    return f"{BASE}id/agency/{jurisdiction}/{slug}"


def unregistered_slug(name: str) -> str:
    """The slug of an agency that no register row knows, from its normalised name.

    >>> unregistered_slug("市某某局")
    'x-568fd3ee'
    """
    return "x-" + hashlib.sha256(name.encode()).hexdigest()[:8]


def jurisdiction(slug: str) -> str:
    return f"{BASE}id/jurisdiction/{slug}"


def jurisdiction_code(slug: str, scheme: str, code: str) -> str:
    return f"{BASE}id/jurisdiction/{slug}/{scheme}/{code}"


def scheme(name: str) -> str:
    return f"{BASE}id/{name}"


def concept(scheme_name: str, slug: str) -> str:
    return f"{BASE}id/{scheme_name}/{slug}"


def graph(*parts: str) -> str:
    """A named graph: graph/plan/<key>, graph/register/<name>, graph/ontology …"""
    return BASE + "/".join(("graph", *parts))
