r"""What can be known of a SPARQL text without parsing it: its tokens, its form, and the datasets it names.

The lexis is that of SPARQL 1.1 (section 19.8) as Oxigraph reads it: `\\u` escapes stand for characters in strings,
IRIs and names only. A text that no parser accepts has tokens too, so nothing here raises.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import urljoin

from atkg.namespaces import BASE

_TOKEN: Final = re.compile(
    # no group is possessive, which re gets wrong before Python 3.11.5; each alternative ends where it can't fail any
    # more, so that nothing is read twice and time is linear
    r"""
      (?P<space> [\t\n\r\x20]+ )
    | (?P<comment> \#[^\n\r]* )
    | (?P<iri> < (?: [^<>"{}|^`\\\x00-\x20] | \\u[0-9A-Fa-f]{4} | \\U[0-9A-Fa-f]{8} )* > )
    # a string without an end is one token to the end of its line (a long one: of the text)
    | (?P<string> \"{3} (?: [^"\\] | \\. | \"{1,2}(?!\") )* (?: \"{3} | \\?\Z )
                | '{3} (?: [^'\\] | \\. | '{1,2}(?!') )* (?: '{3} | \\?\Z )
                | " (?: [^"\\\n\r] | \\. )* "? | ' (?: [^'\\\n\r] | \\. )* '? )
    # a backslash keeps the next character in the name: ex:a\#b is no comment
    | (?P<name> (?: \w[\w.-]{0,63}+ )? : (?: (?: \\. | [\w:%] | [^\x00-\x7F] ) (?: \\. | [\w.:%-] | [^\x00-\x7F] )* )? )
    | (?P<variable> [?$]\w+ )
    | (?P<number> \d+ (?: \.\d+ )? (?: [eE][+-]?\d+ )? | \.\d+ (?: [eE][+-]?\d+ )? )
    | (?P<tag> @ [A-Za-z]+ (?: - [A-Za-z0-9]+ )* )
    | (?P<word> [^\W\d]\w* )
    | (?P<open> [({\[] )
    | (?P<close> [)}\]] )
    | (?P<end> [.;,] )
    | (?P<operator> \|\| | && | != | <= | >= | \^\^ | [|/^=!<>*+?-] )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)

FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
"""The forms of a query."""

VOLATILE: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
"""Functions whose value differs from one evaluation to the next."""


class Token(NamedTuple):
    """One token: its kind, its words as they stand, and where they begin."""

    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """The keyword or function name in capitals; "" for every other kind of token."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str) -> Iterator[Token]:
    r"""The tokens of a SPARQL text, white space and comments apart.

    >>> [token.text for token in tokens("ASK { ?a <b> 'c # d' } # e")]
    ['ASK', '{', '?a', '<b>', "'c # d'", '}']
    """
    for match in _TOKEN.finditer(text):
        if match.lastgroup not in ("space", "comment"):
            yield Token(match.lastgroup or "other", match.group(), match.start())


def query_form(found: Sequence[Token]) -> str | None:
    """SELECT, ASK, CONSTRUCT or DESCRIBE: the first word after the prologue; None where it is another.

    >>> query_form(list(tokens("PREFIX select: <a> BASE <b> ask {}")))
    'ASK'
    """
    words = (token.word for token in found if token.kind == "word")
    first = next((word for word in words if word not in ("PREFIX", "BASE")), None)
    return first if first in FORMS else None


def named_datasets(found: Sequence[Token]) -> list[str]:
    """The IRIs of FROM and FROM NAMED, prefixes and base resolved.

    >>> named_datasets(list(tokens("PREFIX g: <x:> SELECT * FROM g:a FROM NAMED <graph/b> {}")))
    ['x:a', 'https://w3id.org/atkg/graph/b']
    """
    if not any(token.word == "FROM" for token in found):
        return []
    prefixes: dict[str, str] = {}
    base = BASE
    datasets: list[str] = []
    for index, token in enumerate(found):
        after = [each.text for each in found[index + 1 : index + 3]]
        if token.word == "BASE" and after:
            base = urljoin(BASE, after[0][1:-1])
        elif token.word == "PREFIX" and len(after) == 2:
            prefixes[after[0]] = urljoin(base, after[1][1:-1])
        elif token.word == "FROM" and after:
            name = after[1] if after[0].upper() == "NAMED" and len(after) == 2 else after[0]
            datasets.append(_resolved(name, prefixes, base))
    return datasets


def _resolved(name: str, prefixes: dict[str, str], base: str) -> str:
    if name.startswith("<"):
        iri = unescape(name[1:-1])
        return urljoin(base, iri)
    prefix, colon, local = name.partition(":")
    return prefixes.get(prefix + colon, "") + re.sub(r"\\(.)", r"\1", local)


_WHOLE_GRAPH: Final = re.compile(
    r"(?i:CONSTRUCT) \{ [?$](\w+) [?$](\w+) [?$](\w+)(?: \.)? \} (?i:WHERE )?"
    rf"\{{ (?i:GRAPH) <({re.escape(BASE)}[\w/.-]*)> \{{ [?$]\1 [?$]\2 [?$]\3(?: \.)? \}} \}}",
    re.ASCII,
)
"""The tokens of a query for all triples of one of our graphs, with a space between each two."""


def whole_graph(text: str) -> str | None:
    """The IRI of the graph whose triples a CONSTRUCT asks for as they stand; None for every other query.

    >>> whole_graph("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <https://w3id.org/atkg/graph/ontology> { ?s ?p ?o . } }")
    'https://w3id.org/atkg/graph/ontology'
    """
    if "construct" not in text[:2000].lower():
        return None
    found = [token.text for token in itertools.islice(tokens(text), 32)]
    match = _WHOLE_GRAPH.fullmatch(" ".join(found)) if len(found) < 32 else None
    return match[4] if match and len(set(match.groups()[:3])) == 3 else None


def keywords(text: str) -> list[str]:
    """The bare words of a text in capitals: keywords, and the names of functions.

    >>> keywords("prefix a: <x:> ASK { ?s a a:b 'WHERE' }")
    ['PREFIX', 'ASK', 'A']
    """
    return [match.group().upper() for match in _TOKEN.finditer(text) if match.lastgroup == "word"]


def rewrite_closure(text: str, step: str, closure: str) -> str:
    """The text with every path `step+` as the property `closure`, which holds the same pairs; its length stays.

    Oxigraph walks a path that follows a type pattern from every subject of the type; a property it looks up.

    >>> text = "PREFIX a: <x:> SELECT * { ?s a:derivedFrom+ ?o }"
    >>> rewrite_closure(text, "x:derivedFrom", "x:tracesTo")
    'PREFIX a: <x:> SELECT * { ?s a:tracesTo     ?o }'
    """
    namespace, local = step[: _cut(step)], step[_cut(step) :]
    if local not in text:
        return text
    found = list(tokens(text))
    other = closure[_cut(closure) :]
    declared = [
        (name.text, iri.text)
        for word, name, iri in zip(found, found[1:], found[2:], strict=False)
        if word.word == "PREFIX"
    ]
    prefixes = {prefix for prefix, iri in declared} - {prefix for prefix, iri in declared if iri != f"<{namespace}>"}
    whole = {f"<{step}>": f"<{closure}>"} | {prefix + local: prefix + other for prefix in prefixes}
    for index, (name, sign) in enumerate(itertools.pairwise(found)):
        before = "".join(token.text for token in found[max(index - 2, 0) : index])
        if name.text in whole and sign.text == "+" and not before.endswith(("!", "!^")):
            end = sign.start + 1
            if text[end : end + 1].isdigit() or text[end : end + 1] == ".":
                continue  # the sign of a number
            text = text[: name.start] + whole[name.text].ljust(end - name.start) + text[end:]
    return text


def _cut(iri: str) -> int:
    return max(iri.rfind("#"), iri.rfind("/"), iri.rfind(":")) + 1


def calls_outside(text: str) -> bool:
    r"""Whether SERVICE may be a keyword somewhere in the text.

    Oxigraph's grammar has no word boundaries (`trueSERVICE:p{}` calls), so the word is harmless only in a string, a
    comment or a variable, in an IRI without a bracket (`1<2)SERVICE:p#>` is none), or in a name without a group behind.

    >>> [calls_outside(text) for text in ("SERVICE <a>", "}service:p{}", "'SERVICE'", "?service", "a:service 1")]
    [True, True, False, False, False]
    """
    if not _SERVICE.search(text):
        return False
    found = [match for match in _TOKEN.finditer(text) if match.lastgroup not in ("space", "comment")]
    for match, after in zip(found, [*(each.group() for each in found[1:]), ""], strict=False):
        if _SERVICE.search(match.group()):
            if match.lastgroup == "name":
                # a name that holds the word may be the keyword and a name, where the group of a call follows
                if after == "{" or not _NAME.fullmatch(match.group()):
                    return True
            elif not _HARMLESS.get(match.lastgroup or "", _NEVER).fullmatch(match.group()):
                return True
    return False


_SERVICE: Final = re.compile("service", re.IGNORECASE)
_NEVER: Final = re.compile(r"(?!)")
_HARMLESS: Final = {
    "string": re.compile(r".*", re.DOTALL),
    "variable": re.compile(r".*"),
    "iri": re.compile(r"<[^()]*>"),
}
_NAME: Final = re.compile(r"[\w-]*:[\w-]*")


_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


def unescape(text: str) -> str:
    r"""The text with `\u` and `\U` escapes as the characters that they stand for."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
