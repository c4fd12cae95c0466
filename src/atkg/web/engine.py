"""What answers the questions of the web application, and the terms that questions and answers are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from atkg.errors import BadQuery
from atkg.store import Store

JSON: Final = "application/sparql-results+json"


class Engine(Protocol):
    """Answers SPARQL queries about one immutable snapshot, each within the limits."""

    @property
    def graphs(self) -> frozenset[str]:
        """The IRIs of the named graphs."""

    def answer(
        self,
        text: str,
        media_type: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        deadline: float | None = None,
    ) -> bytes:
        """The whole answer in this media type; `deadline` in seconds can only shorten the engine's own.

        Raises:
            BadQuery: the query can't be parsed or evaluated.
            QueryStopped: it ran into a limit; the message names it.
        """


class LocalEngine:
    """An engine that evaluates in this process, without limits: for tests and notebooks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.graphs = frozenset(store.graphs())

    def answer(
        self,
        text: str,
        media_type: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        deadline: float | None = None,
    ) -> bytes:
        """As Engine.answer; the deadline is not kept."""
        del deadline
        answer = self._store.query(text, default_graphs=default_graphs, named_graphs=named_graphs)
        if media_type not in answer.media_types:
            raise BadQuery(f"这种查询没有 {media_type} 形式的结果。", f"this query has no answer as {media_type}")
        return answer.to_bytes(media_type)


@dataclass(frozen=True, slots=True)
class Term:
    """One RDF term; `kind` is uri, literal or bnode, as in SPARQL's JSON results."""

    kind: str
    value: str
    language: str | None = None
    datatype: str | None = None

    @property
    def is_iri(self) -> bool:
        return self.kind == "uri"

    def to_sparql(self) -> str:
        r"""The term as it stands in a query.

        >>> Term("literal", 'a"b', language="zh").to_sparql()
        '"a\\"b"@zh'

        Raises:
            BadQuery: it is a blank node, or an IRI that can't be written.
        """
        if self.kind == "uri" and _IRI.fullmatch(self.value):
            return f"<{self.value}>"
        if self.kind != "literal":
            raise BadQuery(f"不是可以查询的 IRI：{self.value!r}", f"not an IRI to ask about: {self.value!r}")
        quoted = '"' + "".join(_ESCAPES.get(char, char) for char in self.value) + '"'
        if self.language:
            return f"{quoted}@{self.language}"
        return f"{quoted}^^<{self.datatype}>" if self.datatype else quoted


_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]*")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def iri(value: str) -> Term:
    """The term of an IRI."""
    return Term("uri", value)


def select(engine: Engine, text: str) -> list[dict[str, Term]]:
    """The rows of a SELECT; an unbound variable is absent from its row.

    Raises:
        BadQuery, QueryStopped: as Engine.answer.
    """
    answer: dict[str, Any] = json.loads(engine.answer(text, JSON))
    return [{name: _term(value) for name, value in row.items()} for row in answer["results"]["bindings"]]


def ask(engine: Engine, text: str) -> bool:
    """The answer to an ASK.

    Raises:
        BadQuery, QueryStopped: as Engine.answer.
    """
    return bool(json.loads(engine.answer(text, JSON))["boolean"])


def _term(value: dict[str, str]) -> Term:
    return Term(value["type"], value["value"], value.get("xml:lang"), value.get("datatype"))
