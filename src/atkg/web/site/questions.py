"""What an address asks of a named query: its parameters, each checked, and the options that all queries share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from atkg.errors import UsageError
from atkg.namespaces import BASE
from atkg.queries import NamedQuery, Parameter, to_term
from atkg.web.site.domains import Domains

OPTIONS: Final = ("format", "lang", "bom", "download", "limit", "offset")
"""What every query takes beside its own parameters."""
FORMATS: Final[Mapping[str, str]] = {
    "objects": "application/json",
    "json": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xml": "application/sparql-results+xml",
    "table": "text/html",
    "sparql": "application/sparql-query",
}
"""The forms of a named query's answer by their short names, the preferred one first; `sparql` is the query itself."""

MAX_VALUE: Final = 2000
"""The longest value of a parameter, in characters."""
MAX_NUMBER: Final = 999_999_999
"""The largest limit and offset."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Question:
    """A named query with what a client gave for it."""

    query: NamedQuery
    values: Mapping[str, str]
    limit: int | None
    offset: int
    bom: bool
    download: bool

    @property
    def narrowed(self) -> bool:
        """Some parameter is given, or there are none to give."""
        return bool(self.values) or not self.query.parameters

    def text(self, most: int | None = None) -> str:
        """The query with its parameters bound, for no more rows than asked for, nor than `most`."""
        text = self.query.bind(self.values).rstrip() + "\n"
        limits = [number for number in (self.limit, most) if number is not None]
        if limits:
            text += f"LIMIT {min(limits)}\n"
        return f"{text}OFFSET {self.offset}\n" if self.offset else text

    @property
    def file_name(self) -> str:
        """The name under which a client keeps the answer, without its ending; words are left out of it."""
        types = {parameter.name: parameter.type for parameter in self.query.parameters}
        parts = [self.query.name]
        for name, value in self.values.items():
            if types[name] != "string":
                path = value.removeprefix(BASE).strip("/").removeprefix("id/").removeprefix("eli/")
                parts.append(re.sub(r"[^A-Za-z0-9.-]+", "-", path))
        return "_".join(parts)[:120]


def read(query: NamedQuery, given: MultiDict[str, str], domains: Domains) -> Question:
    """The question that these parameters of an address ask.

    Raises:
        UsageError: one is unknown, given twice, or not of its type, or names what the graph doesn't have.
    """
    parameters = {parameter.name: parameter for parameter in query.parameters}
    values: dict[str, str] = {}
    for name, texts in given.lists():
        if name not in parameters and name not in OPTIONS:
            own, options = ", ".join(parameters), ", ".join(OPTIONS)
            raise UsageError(
                f"查询 {query.name} 没有参数 {name[:40]!r}；它的参数：{own or '无'}；通用选项：{options}。",
                f"query {query.name} has no parameter {name[:40]!r}; it has {own or 'none'}, and the options {options}",
            )
        if len(texts) > 1:
            raise UsageError(
                f"参数 {name}：应只给一次，得到 {len(texts)} 次。",
                f"parameter {name}: expected once, found {len(texts)} times",
            )
        # a form sends the fields that were left empty too
        if name in parameters and texts[0].strip():
            values[name] = _value(parameters[name], texts[0], domains)
    return Question(
        query,
        values,
        limit=_number("limit", given),
        offset=_number("offset", given) or 0,
        bom=_flag("bom", given),
        download=_flag("download", given),
    )


def _value(parameter: Parameter, text: str, domains: Domains) -> str:
    """The value as it can be bound; full-width digits and letters count as plain ones, except in words."""
    if len(text) > MAX_VALUE or _CONTROL.search(text):
        raise UsageError(
            f"参数 {parameter.name}：应为不超过 {MAX_VALUE} 个字符的文字，不含控制字符。",
            f"parameter {parameter.name}: expected at most {MAX_VALUE} characters, none of them a control",
        )
    if parameter.type == "string":
        return text
    value = unicodedata.normalize("NFKC", text).strip()
    term = to_term(parameter, value)
    if parameter.type == "iri":
        domains.check(parameter.name, term)
    return value


def _number(name: str, given: Mapping[str, str]) -> int | None:
    text = unicodedata.normalize("NFKC", given.get(name, "")).strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise UsageError(
            f"选项 {name}：应为 0 至 {MAX_NUMBER} 的整数，得到 {text[:40]!r}。",
            f"option {name}: expected a whole number from 0 to {MAX_NUMBER}, found {text[:40]!r}",
        )
    return int(text)


def _flag(name: str, given: Mapping[str, str]) -> bool:
    text = given.get(name, "")
    if text not in ("", "0", "1"):
        raise UsageError(
            f"选项 {name}：应为 1 或 0，得到 {text[:40]!r}。", f"option {name}: expected 1 or 0, found {text[:40]!r}"
        )
    return text == "1"
