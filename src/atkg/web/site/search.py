"""The label search at /search: names, numbers and words that hold what was typed, as a page or as JSON.

A name that is exactly what was typed is looked up; all others are found by going through the names, and then the
words of tasks, clauses and milestones. That takes time with the size of the graph, so each stops after MAX_MATCHES.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from atkg.namespaces import ADMS, ATKG, DCT, OWL, RDF, RDFS, SH, SKOS
from atkg.web.engine import Engine, Term, iri, select
from atkg.web.problem import Problem
from atkg.web.site.names import Names, Node
from atkg.web.site.negotiation import PAGE, choose, page_language
from atkg.web.site.pages import announce, asked_number, page, same_page
from atkg.web.site.things import natural

MAX_LENGTH: Final = 100
"""The most characters of what is searched for."""
MAX_WORDS: Final = 8
"""The most words, parted by spaces, which must all stand in one name."""
MAX_MATCHES: Final = 2_000
"""The most names, and the most texts, that are compared by rank; an answer says where there were more."""
PAGE_SIZE: Final = 20
"""Results on a page."""
MAX_PAGE: Final = 200
"""The last page."""

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that can be searched for alone, and where its names and its words stand."""

    class_: str
    zh: str
    en: str
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


_LABEL: Final = (f"{SKOS}prefLabel",)
_LABELS: Final = (*_LABEL, f"{SKOS}altLabel", f"{SKOS}hiddenLabel")
_TERM: Final = (f"{RDFS}label",)
_WORDS: Final = (f"{ATKG}sourceText",)

KINDS: Final = {
    "agency": Kind(f"{ATKG}Agency", "机构", "agencies", _LABELS),
    "plan": Kind(f"{ATKG}Plan", "计划", "plans", (f"{DCT}title", f"{DCT}identifier")),
    "jurisdiction": Kind(f"{ATKG}Jurisdiction", "辖区", "jurisdictions", _LABELS),
    "function": Kind(f"{ATKG}Function", "条线", "functions", _LABELS),
    "clause": Kind(f"{ATKG}Clause", "条款", "clauses", (*_LABEL, f"{ATKG}reference", f"{ATKG}heading"), _WORDS),
    "task": Kind(f"{ATKG}Task", "任务", "tasks", (), (*_WORDS, f"{ATKG}recoveredText")),
    "milestone": Kind(f"{ATKG}Milestone", "进度要求", "milestones", (), _WORDS),
    "concept": Kind(f"{SKOS}Concept", "概念", "concepts", _LABELS),
    "code": Kind(f"{ADMS}Identifier", "标识码", "identifiers", (f"{SKOS}notation",)),
    "term": Kind(f"{OWL}Class", "本体的类", "classes of the ontology", _TERM),
}
"""The kinds in the order in which equal matches come."""

_NAMES: Final = tuple(
    dict.fromkeys([name for kind in KINDS.values() for name in kind.names] + [f"{DCT}title", f"{SH}name"])
)
_TEXTS: Final = tuple(dict.fromkeys(text for kind in KINDS.values() for text in kind.texts))
_NUMBERS: Final = str.maketrans("[]【】()", "〔〕〔〕〔〕")
_CHINESE: Final = str.maketrans("()", "（）")


@dataclass(frozen=True, slots=True)
class Match:
    """One thing that was found, by the best of its names."""

    thing: str
    matched: Term | None
    property: str | None
    rank: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave; not `complete` where a limit cut it."""

    matches: Sequence[Match]
    complete: bool


def search_blueprint(engine: Engine) -> Blueprint:
    """The path /search over this engine."""
    blueprint = Blueprint("search", __name__)

    @blueprint.get("/search")
    def search() -> Response:
        """The things whose names hold the words, ranked; a page or JSON."""
        asked = " ".join("".join(char for char in request.args.get("q", "") if char.isprintable()).split())
        kind = request.args.get("kind") or None
        form = _form()
        _check(asked, kind)
        number = asked_number("page", MAX_PAGE)
        found = find(engine, asked, kind)
        some = found.matches[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        names = Names(engine, page_language())
        names.learn(match.thing for match in some)
        results = [(names.node(match.thing), match) for match in some]
        pages = max(1, min(-(-len(found.matches) // PAGE_SIZE), MAX_PAGE))
        answer = (
            _json(asked, found, results, number, pages)
            if form == JSON
            else page(
                "search.html",
                asked=asked,
                kind=kind,
                kinds=KINDS,
                found=found,
                results=results,
                start=(number - 1) * PAGE_SIZE + 1,
                number=number,
                pages=pages,
                max_length=MAX_LENGTH,
                max_matches=MAX_MATCHES,
            )
        )
        announce(answer, None, [(JSON, f"/search{same_page(format='json')}")] if form == PAGE else [])
        answer.headers["Vary"] = "Accept, Accept-Language"
        return answer

    return blueprint


def _form() -> str:
    wanted = request.args.get("format")
    if wanted in (None, ""):
        return choose((PAGE, JSON))
    forms = {"html": PAGE, "page": PAGE, "json": JSON}
    if wanted not in forms:
        raise Problem(
            400, f"没有格式 {wanted[:40]!r}；可用 html、json。", f"no format {wanted[:40]!r}; there are html and json"
        )
    return forms[wanted]


def _check(asked: str, kind: str | None) -> None:
    if len(asked) > MAX_LENGTH:
        raise Problem(
            400,
            f"查找的文字有 {len(asked)} 个字，上限 {MAX_LENGTH}。",
            f"q has {len(asked)} characters; at most {MAX_LENGTH} are taken",
        )
    if len(asked.split()) > MAX_WORDS:
        raise Problem(
            400,
            f"查找的词有 {len(asked.split())} 个，上限 {MAX_WORDS}。",
            f"q has {len(asked.split())} words; at most {MAX_WORDS} are taken",
        )
    if kind is not None and kind not in KINDS:
        known = ", ".join(KINDS)
        raise Problem(400, f"没有类别 {kind[:40]!r}；可用 {known}。", f"no kind {kind[:40]!r}; there are {known}")


def find(engine: Engine, asked: str, kind: str | None = None) -> Found:
    """The things with a name or text that holds every word; all of the kind where no word is given."""
    if not asked:
        return _all(engine, KINDS[kind]) if kind else Found((), complete=True)
    names, texts = (KINDS[kind].names, KINDS[kind].texts) if kind else (_NAMES, _TEXTS)
    class_ = KINDS[kind].class_ if kind else None
    named = _rows(engine, names, _holding(asked), class_)
    worded = _rows(engine, texts, _holding(asked), class_)
    best: dict[str, Match] = {}
    for row in (*_rows(engine, names, _exactly(asked), class_), *named, *worded):
        match = _match(row, asked)
        if match.thing not in best or _order(match) < _order(best[match.thing]):
            best[match.thing] = match
    return Found(sorted(best.values(), key=_order), complete=max(len(named), len(worded)) < MAX_MATCHES)


def _all(engine: Engine, kind: Kind) -> Found:
    """The things of a kind."""
    query = (
        f"SELECT ?thing WHERE {{ ?thing a {iri(kind.class_).to_sparql()} FILTER (ISIRI(?thing)) }} LIMIT {MAX_MATCHES}"
    )
    things = sorted((row["thing"].value for row in select(engine, query)), key=natural)
    return Found([Match(thing, None, None, (0, 0, 0, 0)) for thing in things], complete=len(things) < MAX_MATCHES)


def _order(match: Match) -> tuple[tuple[int, int, int, int], list[tuple[int, str]]]:
    return match.rank, natural(match.thing)


def _rows(engine: Engine, properties: Sequence[str], condition: str, class_: str | None) -> list[dict[str, Term]]:
    if not properties:
        return []
    listed = " ".join(f"<{property_}>" for property_ in properties)
    of_class = f". ?thing a {iri(class_).to_sparql()}" if class_ else ""
    rows = select(
        engine,
        f"""SELECT ?thing ?property ?label (GROUP_CONCAT(STR(?type); separator=" ") AS ?types) WHERE {{
            {{ SELECT ?thing ?property ?label WHERE {{
                VALUES ?property {{ {listed} }} ?thing ?property ?label {of_class} {condition} FILTER (ISIRI(?thing))
            }} LIMIT {MAX_MATCHES} }}
            OPTIONAL {{ ?thing <{RDF}type> ?type }}
        }} GROUP BY ?thing ?property ?label""",
    )
    return [row for row in rows if "thing" in row]


def _exactly(asked: str) -> str:
    # a lookup by the literal; the languages are those that labels have
    forms = [Term("literal", asked, language).to_sparql() for language in ("zh", "en", None)]
    return f"VALUES ?label {{ {' '.join(forms)} }}"


def _holding(asked: str) -> str:
    """The condition that a label holds every word in one of its spellings, in capitals or small letters."""
    # a pattern that ignores case takes a third of the time of LCASE and CONTAINS
    patterns = [Term("literal", "|".join(map(_literally, spellings(word)))).to_sparql() for word in asked.split()]
    return "FILTER (" + " && ".join(f'REGEX(STR(?label), {pattern}, "i")' for pattern in patterns) + ")"


def _literally(word: str) -> str:
    return "".join(f"\\{char}" if char in r"\.^$*+?{}[]()|" else char for char in word)


def spellings(word: str) -> list[str]:
    """A word in small letters, as typed, in the plain width, and with the brackets of document numbers.

    >>> spellings("国办发[2021]13号")
    ['国办发[2021]13号', '国办发〔2021〕13号']
    """
    small = word.lower()
    plain = unicodedata.normalize("NFKC", small)
    return list(dict.fromkeys((small, plain, plain.translate(_NUMBERS), plain.translate(_CHINESE))))


def _match(row: dict[str, Term], asked: str) -> Match:
    label = row["label"].value
    folded = label.lower()
    words = spellings(asked) if asked else [""]
    quality = 2
    if any(folded == word for word in words):
        quality = 0
    elif any(folded.startswith(word) for word in words):
        quality = 1
    types = row["types"].value.split(" ") if "types" in row else []
    order = [kind.class_ for kind in KINDS.values()]
    kind = min((order.index(each) for each in types if each in order), default=len(order))
    in_text = row["property"].value in _TEXTS
    return Match(row["thing"].value, row["label"], row["property"].value, (in_text, quality, kind, len(label)))


def _json(asked: str, found: Found, results: Sequence[tuple[Node, Match]], number: int, pages: int) -> Response:
    body = {
        "query": asked,
        "total": len(found.matches),
        "complete": found.complete,
        "page": number,
        "pages": pages,
        "pageSize": PAGE_SIZE,
        "next": f"/search{same_page(page=number + 1)}" if number < pages else None,
        "results": [
            {
                "iri": node.iri,
                "label": node.label,
                "kind": node.kind,
                "place": node.place,
                "matched": match.matched.value if match.matched else None,
                "property": match.property,
                "page": node.path,
            }
            for node, match in results
        ],
    }
    return Response(json.dumps(body, ensure_ascii=False, indent=1) + "\n", mimetype=JSON)
