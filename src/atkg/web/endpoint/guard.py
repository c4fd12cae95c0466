"""What a query must not be before a parser sees it: too long, too deep, too wide, an update, or a call to elsewhere.

Oxigraph recurses on the native stack, so a few kilobytes of brackets end the process that reads them; and it has
no switch for SERVICE. All is judged on the tokens, never on the bare text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from atkg import iris
from atkg.errors import BadQuery
from atkg.namespaces import ATKG
from atkg.sparql import FORMS, VOLATILE, calls_outside, keywords, named_datasets, rewrite_closure, tokens, unescape
from atkg.web.endpoint.limits import Limits

_UPDATES: Final = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
_WEIGHTY: Final = frozenset(
    {"UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "EXISTS", "GRAPH", "SELECT", "VALUES", "NOT", "IN"}
)
_CLOSURE: Final = iris.graph("inferred", "tracesTo")


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that keeps the limits, as it goes to the engine."""

    text: str
    form: str
    volatile: bool
    """Two evaluations over the same data may differ."""


def check_query(text: str, limits: Limits, graphs: Collection[str], *, whole: bool = True) -> Checked:
    """The query, where it keeps the limits and stays inside these graphs.

    With `whole` the protocol names no dataset; then a chain `derivedFrom+` is looked up in the closure that
    the build has materialised as tracesTo, which holds the same pairs.

    Raises:
        BadQuery: it breaks a limit, is an update, or names what lies elsewhere; the message says which.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limits.query_bytes:
        raise BadQuery(
            f"查询有 {size} 字节，上限 {limits.query_bytes}（query_bytes）。",
            f"the query has {size} bytes; the limit query_bytes is {limits.query_bytes}",
        )
    if "\x00" in text:
        raise BadQuery("查询含有 NUL 字符。", "the query holds a NUL character")
    if not _light(text, limits):
        _weigh(text, limits)
    # Oxigraph reads escapes in strings, IRIs and names only; an engine that read them everywhere must find no more
    if calls_outside(text) or ("\\" in text and calls_outside(unescape(text))):
        raise BadQuery("不支持 SERVICE：查询不向外发请求。", "SERVICE is refused: a query calls nothing outside")
    words = keywords(text)
    first = next((word for word in words if word not in ("PREFIX", "BASE")), "")
    if first in _UPDATES:
        raise BadQuery(
            f"本服务只读，不接受更新（{first}）。", f"this service is read-only; it takes no update ({first})"
        )
    datasets = named_datasets(list(tokens(text))) if "FROM" in words else []
    check_graphs(datasets, graphs)
    if whole and not datasets and "GRAPH" not in words and _CLOSURE in graphs:
        text = rewrite_closure(text, f"{ATKG}derivedFrom", f"{ATKG}tracesTo")
    # the engine tells line and column of a text without a form
    return Checked(text, first if first in FORMS else FORMS[0], volatile=not VOLATILE.isdisjoint(words))


def check_graphs(names: Sequence[str], graphs: Collection[str]) -> None:
    """Pass graphs that this service has.

    Raises:
        BadQuery: one is not among them; nothing is fetched.
    """
    for name in names:
        if name not in graphs:
            raise BadQuery(
                f"本服务没有图 <{name}>；查询只能使用本服务的命名图，不读取其他来源。",
                f"this service has no graph <{name}>; a query is about its named graphs, and fetches none",
            )


def _light(text: str, limits: Limits) -> bool:
    """Whether a text is too small to break a limit, whatever its tokens are."""
    opens = text.count("{") + text.count("(") + text.count("[")
    ends = text.count(".") + text.count(";") + text.count(",")
    return (
        len(text) <= min(limits.operators, limits.tokens) and opens <= limits.depth and opens + ends <= limits.patterns
    )


def _weigh(text: str, limits: Limits) -> None:
    """Pass a text that keeps the limits; it is read no further than to the first that it breaks."""
    stack: list[str] = []
    operators = patterns = 0
    for number, token in enumerate(tokens(text), 1):
        match token.kind:
            case "open":
                stack.append(token.text)
                operators += 1
                patterns += token.text != "("
            case "close":
                operators += 1
                if stack:
                    stack.pop()
            case "end":
                # in an argument list a comma parts no patterns
                patterns += not stack or stack[-1] != "("
            case "operator" | "other":
                operators += 1
            case "word":
                operators += token.text.upper() in _WEIGHTY
        for name, count in (
            ("depth", len(stack)),
            ("operators", operators),
            ("patterns", patterns),
            ("tokens", number),
        ):
            if count > getattr(limits, name):
                raise _over(name, limits)


def _over(name: str, limits: Limits) -> BadQuery:
    zh, en = _COUNTED[name]
    most = getattr(limits, name)
    return BadQuery(f"查询的{zh}超过上限 {most}（{name}）。", f"the query has more {en} than the limit {name}, {most}")


_COUNTED: Final = {
    "depth": ("括号嵌套层数", "levels of brackets"),
    "operators": ("括号、运算符和关键词", "brackets, operators and keywords"),
    "patterns": ("三元组模式", "triple patterns"),
    "tokens": ("词数", "tokens"),
}
