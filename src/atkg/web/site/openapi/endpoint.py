"""The paths of the OpenAPI document that no query file describes: the endpoint, the search, the service itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from atkg.store import BINDING_TYPES, GRAPH_TYPES
from atkg.store import FORMATS as RESULT_FORMATS
from atkg.web.site.openapi.parts import HTML, JSON, Json, answers, both, option, text

_QUERY: Final[Json] = {"type": "string", "minLength": 1, "examples": ["ASK { ?s ?p ?o }"]}
_IRIS: Final[Json] = {"type": "array", "items": {"type": "string", "format": "iri"}}
_SECONDS: Final[Json] = {"type": "number", "exclusiveMinimum": 0}
_GRAPH_FORMATS: Final = [name for name, media_type in RESULT_FORMATS.items() if media_type in GRAPH_TYPES]

_DATASET: Final = {
    "default-graph-uri": option(
        "default-graph-uri",
        "默认图由这些命名图合成；不写则为全部",
        "graphs that make up the default graph; all of them where none is given",
        _IRIS,
    ),
    "named-graph-uri": option("named-graph-uri", "可用 GRAPH 查询的图", "graphs that GRAPH can ask", _IRIS),
    "format": option(
        "format", "结果格式，优先于 Accept", "the form of the answer; it outdoes Accept", {"enum": list(RESULT_FORMATS)}
    ),
    "timeout": option(
        "timeout", "时限（秒），只能比服务的短", "seconds to wait; can only be shorter than the service's own", _SECONDS
    ),
}
_LANGUAGE: Final[Json] = {"$ref": "#/components/parameters/lang"}
_STATE: Final[Json] = {"type": "object", "required": ["status", "digest", "readers"]}
_RESULTS: Final[Json] = {
    **text(JSON, next(iter(BINDING_TYPES)), schema={"$ref": "#/components/schemas/SparqlResults"}),
    **text(*tuple(BINDING_TYPES)[1:], *GRAPH_TYPES, HTML),
}
_DESCRIPTIONS: Final[Json] = text(HTML, *GRAPH_TYPES)


def _operation(
    name: str, tag: str, zh: str, en: str, responses: Json, parameters: Sequence[Json] = (), more: Json | None = None
) -> Json:
    operation: Json = {"operationId": name, "tags": [tag], "summary": f"{zh} / {en}", "responses": responses}
    if parameters:
        operation["parameters"] = list(parameters)
    return operation | (more or {})


_FORM: Final[Json] = {
    "type": "object",
    "required": ["query"],
    "properties": {"query": _QUERY} | {name: parameter["schema"] for name, parameter in _DATASET.items()},
}

ENDPOINT: Final[Mapping[str, Json]] = {
    "/sparql": {
        "get": _operation(
            "sparqlByGet",
            "sparql",
            "SPARQL 查询",
            "A SPARQL query",
            answers(_RESULTS, "406", "413", "429", "503"),
            [option("query", "查询语句", "the query", _QUERY), *_DATASET.values()],
            {
                "description": both(
                    "不带 query 时返回服务描述（RDF），浏览器得到编辑页。",
                    "Without a query the answer is the service description in RDF, or the editor for a browser.",
                )
            },
        ),
        "post": _operation(
            "sparqlByPost",
            "sparql",
            "SPARQL 查询（POST）",
            "A SPARQL query, posted",
            answers(_RESULTS, "406", "408", "413", "415", "429", "503"),
            list(_DATASET.values()),
            {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/sparql-query": {"schema": _QUERY},
                        "application/x-www-form-urlencoded": {"schema": _FORM},
                    },
                }
            },
        ),
    },
    "/graphs": {
        "get": _operation(
            "graph",
            "sparql",
            "一个命名图（graph）或全部图的并集（default）",
            "One named graph (graph), or the union of all (default)",
            answers(text(*GRAPH_TYPES), "404", "406", "413", "429", "503"),
            [
                option("graph", "图的 IRI 或路径", "the graph's IRI or path", {"type": "string"}),
                {**option("default", "并集", "the union", {"type": "string"}), "allowEmptyValue": True},
                option("format", "格式", "the form", {"enum": _GRAPH_FORMATS}),
            ],
        )
    },
    "/search": {
        "get": _operation(
            "search",
            "site",
            "按名称、编号和文字检索",
            "Search by name, number and words",
            answers(text(JSON, schema={"type": "object"}) | text(HTML), "406", "429", "503"),
            [option("q", "检索词", "what to look for", {"type": "string"}), _LANGUAGE],
        )
    },
    "/dataset": {
        "get": _operation(
            "dataset",
            "site",
            "数据集说明（DCAT、VoID）",
            "The dataset described (DCAT, VoID)",
            answers(_DESCRIPTIONS, "406"),
            [_LANGUAGE],
        )
    },
    "/.well-known/void": {
        "get": _operation(
            "void", "site", "数据集说明（VoID）", "The dataset described (VoID)", answers(_DESCRIPTIONS, "406")
        )
    },
    "/healthz": {
        "get": _operation(
            "health",
            "service",
            "服务是否就绪",
            "Whether the service is ready",
            answers(text(JSON, schema=_STATE))
            | {"503": {"description": "starting", "content": text(JSON, schema=_STATE)}},
        )
    },
}
"""Path → what can be done there."""
