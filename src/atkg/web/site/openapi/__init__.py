"""The OpenAPI document of the service: made from the queries' headers, so that it tells what the queries take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from atkg.namespaces import BASE
from atkg.queries import NamedQuery, Parameter
from atkg.resources import VERSION
from atkg.sparql import tokens
from atkg.web.site.answers import MAX_OBJECTS
from atkg.web.site.columns import column_label, columns_of
from atkg.web.site.domains import DOMAINS
from atkg.web.site.openapi.endpoint import ENDPOINT
from atkg.web.site.openapi.parts import HTML, JSON, OPENAPI, OPTIONS, PROBLEMS, SCHEMAS, Json, answers, both, text
from atkg.web.site.questions import FORMATS, MAX_VALUE


def described(query: NamedQuery) -> Json:
    """A named query for programs: what it asks, what it takes, what its rows hold."""
    return {
        "name": query.name,
        "href": f"/api/queries/{query.name}",
        "summary": dict(query.summary),
        "question": dict(query.question),
        "violations": query.finds_violations,
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "label": {"zh": parameter.label_zh, "en": parameter.label_en},
                "default": default_of(query, parameter.name),
            }
            for parameter in query.parameters
        ],
        "columns": [
            {"name": name, "label": {"zh": column_label(name, "zh"), "en": column_label(name, "en")}}
            for name in columns_of(query.text)
        ],
    }


def default_of(query: NamedQuery, name: str) -> str | None:
    """What the query takes for a parameter that isn't given, as SPARQL; None where it leaves it open."""
    found = [token.text for token in tokens(query.text)]
    for index, word in enumerate(found):
        if word.upper() == "VALUES" and found[index + 1 : index + 3] == [f"?{name}", "{"]:
            term = " ".join(found[index + 3 : found.index("}", index)])
            return None if term.upper() == "UNDEF" else term
    return None


def document(queries: Sequence[NamedQuery]) -> Json:
    """The whole document, in OpenAPI 3.1."""
    paths: dict[str, Json] = {
        "/api": {"get": _listing("api", "本说明", "This description", (JSON, OPENAPI, HTML))},
        "/api/queries": {"get": _listing("queries", "全部命名查询", "All named queries", (JSON, HTML), _INDEX)},
    }
    paths |= {f"/api/queries/{query.name}": {"get": _query(query)} for query in queries}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "反对拐卖人口行动计划知识图谱 / A knowledge graph of the action plans against human trafficking",
            "version": VERSION,
            "description": both(
                "命名查询、SPARQL 端点和检索。参数按类型检查后作为 RDF 词项绑定；结果要么完整，要么拒绝。"
                "只读，无需密钥。说明见 /docs。",
                "Named queries, a SPARQL endpoint, and a search. Parameters are checked by their types and bound as "
                "RDF terms; an answer is whole or refused. Read-only, no key needed. Documentation: /docs.",
            ),
            "license": {"name": "CC0-1.0", "identifier": "CC0-1.0"},
        },
        "externalDocs": {"url": "/docs"},
        "tags": [{"name": name, "description": f"{zh} / {en}"} for name, (zh, en) in _TAGS.items()],
        "paths": {**paths, **ENDPOINT},
        "components": {"schemas": SCHEMAS, "parameters": OPTIONS, "responses": PROBLEMS},
    }


_TAGS: Final = {
    "queries": ("命名查询", "named queries"),
    "violations": ("应当没有结果的检查", "checks that must find nothing"),
    "sparql": ("SPARQL 协议", "the SPARQL protocol"),
    "site": ("检索与数据集说明", "search, and what the dataset is"),
    "service": ("服务状态与说明", "the service itself"),
}


def _listing(name: str, zh: str, en: str, media_types: Sequence[str], schema: Json | None = None) -> Json:
    json, *others = media_types
    names = ["json", *("page" if media_type == HTML else "openapi" for media_type in others)]
    return {
        "operationId": name,
        "tags": ["queries" if schema else "service"],
        "summary": f"{zh} / {en}",
        "parameters": [
            {"name": "format", "in": "query", "schema": {"enum": names}},
            {"$ref": "#/components/parameters/lang"},
        ],
        "responses": answers(text(json, schema=schema or {"type": "object"}) | text(*others), "406"),
    }


def _query(query: NamedQuery) -> Json:
    columns = columns_of(query.text)
    row: Json = {
        "type": "object",
        "required": columns,
        "additionalProperties": False,
        "properties": {
            name: {
                "$ref": "#/components/schemas/Value",
                "description": f"{column_label(name, 'zh')} / {column_label(name, 'en')}",
            }
            for name in columns
        },
    }
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in OPTIONS]
    content = text(FORMATS["objects"], schema={"type": "array", "items": row, "maxItems": MAX_OBJECTS})
    content |= text(FORMATS["json"], schema={"$ref": "#/components/schemas/SparqlResults"})
    content |= text(*(FORMATS[name] for name in FORMATS if name not in ("objects", "json")))
    return {
        "operationId": query.name,
        "tags": ["violations" if query.finds_violations else "queries"],
        "summary": f"{query.summary['zh']} / {query.summary['en']}",
        "description": both(query.question["zh"], query.question["en"]),
        "parameters": [*(_parameter(query, parameter) for parameter in query.parameters), *shared],
        "responses": answers(content, "406", "413", "429", "503"),
    }


def _parameter(query: NamedQuery, parameter: Parameter) -> Json:
    schema: Json = dict(_TYPES[parameter.type])
    if domain := DOMAINS.get(parameter.name):
        schema["examples"] = [domain.example, BASE + domain.example]
    described: Json = {
        "name": parameter.name,
        "in": "query",
        "description": f"{parameter.label_zh} / {parameter.label_en}",
        "schema": schema,
    }
    if (default := default_of(query, parameter.name)) is not None:
        described["description"] += f" ({default})"
    return described


_TYPES: Final[Mapping[str, Json]] = {
    "iri": {"type": "string", "minLength": 1, "maxLength": MAX_VALUE},
    "string": {"type": "string", "maxLength": MAX_VALUE},
    "integer": {"type": "integer"},
    "year": {"type": "string", "pattern": "^[0-9]{4}$", "examples": ["2025"]},
    "date": {"type": "string", "format": "date"},
    "language": {"type": "string", "pattern": "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$", "examples": ["zh", "en"]},
}

_INDEX: Final[Json] = {
    "type": "object",
    "required": ["queries"],
    "properties": {"queries": {"type": "array", "items": {"$ref": "#/components/schemas/Query"}}},
}
