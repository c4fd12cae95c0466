"""The named queries: their headers, and parameters bound as terms in the one VALUES block that each has.

Header lines open with `#+`: summary, summary-zh, question, question-zh, and one `parameter: name type zh | en`
for each parameter. The file runs as it stands on any engine; binding rewrites the VALUES block alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from atkg.errors import InputError, UsageError
from atkg.namespaces import BASE, XSD
from atkg.resources import resource

TYPES: Final = ("iri", "string", "integer", "year", "date", "language")
"""What a parameter can be."""

_HEADER: Final = re.compile(r"^#\+\s*(?P<key>[a-z-]+)\s*:\s*(?P<value>.*?)\s*$")
_PARAMETER: Final = re.compile(r"(?P<name>\w+)\s+(?P<type>\w+)\s+(?P<zh>[^|]*?)\s*\|\s*(?P<en>.*)")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]*")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: str
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One question, as a .rq file asks it."""

    name: str
    text: str
    summary: Mapping[str, str]
    question: Mapping[str, str]
    parameters: tuple[Parameter, ...]

    @property
    def finds_violations(self) -> bool:
        """The query must return nothing."""
        return self.name.endswith("-violation")

    def bind(self, values: Mapping[str, str]) -> str:
        """The query with these parameters bound; the others keep what the file says.

        Raises:
            UsageError: the query has no such parameter, or the value is not of its type.
        """
        text = self.text
        for name, value in values.items():
            parameter = next((parameter for parameter in self.parameters if parameter.name == name), None)
            if parameter is None:
                known = ", ".join(parameter.name for parameter in self.parameters)
                raise UsageError(
                    f"查询 {self.name} 没有参数 {name}；可用参数：{known or '无'}。",
                    f"query {self.name} has no parameter {name!r}; it has {known or 'none'}",
                )
            term = to_term(parameter, value)
            if block := _block(name).search(text):
                text = f"{text[: block.start('term')]}{term} {text[block.end('term') :]}"
        return text


def _block(name: str) -> re.Pattern[str]:
    return re.compile(rf"VALUES\s+[?$]{re.escape(name)}\s*\{{\s*(?P<term>[^{{}}]*?)\}}")


def to_term(parameter: Parameter, value: str) -> str:
    r"""The SPARQL term for a value of this parameter's type; a local path is an IRI below our base.

    >>> to_term(Parameter("plan", "iri", "", ""), "eli/luan-2022-49")
    '<https://w3id.org/atkg/eli/luan-2022-49>'
    >>> to_term(Parameter("word", "string", "", ""), 'a"b')
    '"a\\"b"'

    Raises:
        UsageError: the value is not of that type.
    """
    match parameter.type:
        case "iri":
            iri = value if ":" in value else BASE + value.lstrip("/")
            if _IRI.fullmatch(iri):
                return f"<{iri}>"
        case "integer" | "year":
            if re.fullmatch(r"[+-]?[0-9]{1,18}" if parameter.type == "integer" else r"[0-9]{4}", value):
                return value
        case "date":
            try:
                return f'"{date.fromisoformat(value).isoformat()}"^^<{XSD}date>'
            except ValueError:
                pass
        case "language":
            if re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", value):
                return f'"{value.lower()}"'
        case _:
            escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
            return '"' + "".join(escapes.get(char, char) for char in value if char >= " " or char in escapes) + '"'
    zh, en = _EXPECTED[parameter.type]
    raise UsageError(
        f"参数 {parameter.name}：应为{zh}，得到 {value!r}。",
        f"parameter {parameter.name}: expected {en}, found {value!r}",
    )


_EXPECTED: Final = {
    "iri": ("IRI 或路径，如 eli/luan-2022-49", "an IRI or a path such as eli/luan-2022-49"),
    "integer": ("整数", "a whole number"),
    "year": ("四位年份", "a year of four digits"),
    "date": ("日期，如 2025-12-31", "a date as 2025-12-31"),
    "language": ("语言标记，如 zh", "a language tag such as zh"),
}


def read_query(path: Path) -> NamedQuery:
    """The query in this file.

    Raises:
        InputError: the header is incomplete, or a parameter has no VALUES block or no known type.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError.unreadable(path, error) from error
    header: dict[str, list[str]] = {}
    for line in text.splitlines():
        if match := _HEADER.match(line):
            header.setdefault(match["key"], []).append(match["value"])
    for key in ("summary", "summary-zh", "question", "question-zh"):
        if not header.get(key, [""])[0]:
            raise InputError(path, f"文件头缺少“#+ {key}:”。", f"the header lacks “#+ {key}:”")
    return NamedQuery(
        name=path.stem,
        text=text,
        summary={"en": header["summary"][0], "zh": header["summary-zh"][0]},
        question={"en": header["question"][0], "zh": header["question-zh"][0]},
        parameters=tuple(_parameter(path, text, line) for line in header.get("parameter", [])),
    )


def _parameter(path: Path, text: str, line: str) -> Parameter:
    match = _PARAMETER.fullmatch(line)
    if not match or match["type"] not in TYPES:
        types = ", ".join(TYPES)
        raise InputError(
            path,
            f"参数行 {line!r}：应写作“名称 类型 中文 | English”，类型为 {types} 之一。",
            f"parameter {line!r}: expected “name type zh | en” with a type of {types}",
        )
    if len(_block(match["name"]).findall(text)) != 1:
        block = f"VALUES ?{match['name']} {{ … }}"
        raise InputError(
            path,
            f"参数 {match['name']}：应有且只有一处 {block}。",
            f"parameter {match['name']}: expected one block {block}",
        )
    return Parameter(match["name"], match["type"], match["zh"], match["en"])


def named_queries(folder: Path | None = None) -> Iterator[NamedQuery]:
    """All named queries, by name.

    Raises:
        InputError: a file has no valid header.
    """
    for path in sorted((folder or resource("queries")).glob("*.rq")):
        yield read_query(path)


def find_query(name: str, folder: Path | None = None) -> NamedQuery:
    """The query of this name.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    queries = {query.name: query for query in named_queries(folder)}
    if name in queries:
        return queries[name]
    near = get_close_matches(name, queries, n=3, cutoff=0.4)
    if near:
        zh, en = f"是否指 {'、'.join(near)}？", f"did you mean {' or '.join(near)}?"
    else:
        zh, en = "运行 atkg query 可列出全部查询。", "`atkg query` lists the queries"
    raise UsageError(f"没有查询 {name}；{zh}", f"no query {name!r}; {en}")
