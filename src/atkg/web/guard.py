"""What a query text must not be before a parser sees it: too long, too deep, too wide, or a call to elsewhere.

Oxigraph's parser recurses on the native stack, so a few kilobytes of brackets end the process; and it has no
switch for SERVICE. Every limit is a setting with its default here.
"""

from __future__ import annotations

import re
from typing import Final

from atkg.errors import BadQuery

MAX_QUERY_BYTES: Final = 64 * 1024
"""The longest query, in bytes of UTF-8."""
MAX_DEPTH: Final = 100
"""The deepest nesting of brackets."""
MAX_OPERATORS: Final = 2000
"""The most brackets and operators together."""
MAX_PATTERNS: Final = 500
"""The most triple patterns, counted by the signs that end or go on with one."""

_TOKEN: Final = re.compile(
    r"""
      (?P<skip> \#[^\n\r]* )
    | (?P<iri> <[^<>"{}|^`\\\x00-\x20]*> )
    | (?P<string> \"{3} (?: [^"\\] | \\. | \"{1,2}(?!\") )* \"{3}
                | '{3} (?: [^'\\] | \\. | '{1,2}(?!') )* '{3}
                | " (?: [^"\\\n\r] | \\. )* " | ' (?: [^'\\\n\r] | \\. )* ' )
    | (?P<name> [\w.-]*:[^\s(){}\[\];,<>|&=*+!^?$"'\#]* )
    | (?P<variable> [?$]\w+ )
    | (?P<word> [^\W\d]\w* )
    | (?P<open> [({\[] )
    | (?P<close> [)}\]] )
    | (?P<end> [.;,] )
    | (?P<operator> \|\| | && | [|/^=!<>*+?-] )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_WEIGHTY: Final = {"UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "EXISTS", "GRAPH", "SELECT", "VALUES", "NOT", "IN"}


def check_query(text: str) -> None:
    """Pass a query that keeps the limits.

    Raises:
        BadQuery: it doesn't, or it holds SERVICE; the message names the limit.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_QUERY_BYTES:
        raise BadQuery(f"查询超过 {MAX_QUERY_BYTES} 字节。", f"the query is longer than {MAX_QUERY_BYTES} bytes")
    depth = operators = patterns = 0
    for match in _TOKEN.finditer(_ESCAPE.sub(_unescape, text)):
        kind = match.lastgroup
        if kind == "open":
            depth, operators = depth + 1, operators + 1
            patterns += match.group() == "{"
        elif kind == "close":
            depth, operators = depth - 1, operators + 1
        elif kind == "end":
            patterns += 1
        elif kind == "operator":
            operators += 1
        elif kind == "word":
            word = match.group().upper()
            operators += word in _WEIGHTY
            if word in ("SERVICE", "LOAD"):
                raise BadQuery(
                    f"不支持 {word}：查询不向外发请求。", f"{word} is not supported: a query calls nothing outside"
                )
        if depth > MAX_DEPTH:
            raise BadQuery(f"括号嵌套超过 {MAX_DEPTH} 层。", f"the query nests brackets deeper than {MAX_DEPTH}")
        if operators > MAX_OPERATORS:
            message = f"the query has more than {MAX_OPERATORS} brackets and operators"
            raise BadQuery(f"括号和运算符超过 {MAX_OPERATORS} 个。", message)
        if patterns > MAX_PATTERNS:
            raise BadQuery(
                f"三元组模式超过 {MAX_PATTERNS} 个。", f"the query has more than {MAX_PATTERNS} triple patterns"
            )


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
