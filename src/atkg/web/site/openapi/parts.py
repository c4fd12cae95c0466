"""What several paths of the OpenAPI document share: media types, schemas, options, and the answers that refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from atkg.web.site.questions import FORMATS, MAX_NUMBER

Json = dict[str, Any]

OPENAPI: Final = "application/vnd.oai.openapi+json"
"""The media type of the document."""
JSON: Final = "application/json"
HTML: Final = "text/html"


def both(zh: str, en: str) -> str:
    """A description in both languages."""
    return f"{zh}\n\n{en}"


def text(*media_types: str, schema: Json | None = None) -> Json:
    """The content of an answer in these media types."""
    return {
        media_type: {"schema": schema or ({} if media_type.endswith("json") else {"type": "string"})}
        for media_type in media_types
    }


def answers(content: Json, *problems: str) -> Json:
    """The answers of a path: this content, nothing new, or one of these problems; a broken address is always one."""
    good = {"200": {"description": "OK", "content": content}, "304": {"description": "If-None-Match"}}
    return good | {status: {"$ref": f"#/components/responses/{status}"} for status in ("400", *problems)}


_FLAG: Final[Json] = {"type": "string", "enum": ["0", "1"]}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER}


def option(name: str, zh: str, en: str, schema: Json) -> Json:
    """A parameter in the address."""
    return {"name": name, "in": "query", "description": f"{zh} / {en}", "schema": schema}


OPTIONS: Final[Mapping[str, Json]] = {
    "format": option(
        "format", "结果格式，优先于 Accept", "the form of the answer; it outdoes Accept", {"enum": list(FORMATS)}
    ),
    "lang": option("lang", "网页和消息的语言", "the language of pages and messages", {"enum": ["zh", "en"]}),
    "bom": option("bom", "CSV 前加 BOM，供 Excel 识别中文", "CSV with a BOM, for Excel", _FLAG),
    "download": option("download", "作为文件下载", "as a file to keep", _FLAG),
    "limit": option("limit", "最多多少行", "the most rows", _COUNT),
    "offset": option("offset", "跳过前多少行", "how many rows to leave out first", _COUNT),
}

SCHEMAS: Final[Mapping[str, Json]] = {
    "Value": {
        "description": "IRI 缩写为本站路径或前缀名；数字和真假为 JSON 的数字和真假；无值为 null。 / An IRI as a path "
        "below our base or a prefixed name; numbers and booleans as JSON has them; null where there is no value.",
        "type": ["string", "number", "boolean", "null"],
    },
    "Query": {
        "type": "object",
        "required": ["name", "href", "summary", "question", "violations", "parameters", "columns"],
        "properties": {
            "name": {"type": "string"},
            "href": {"type": "string"},
            "summary": {"$ref": "#/components/schemas/Bilingual"},
            "question": {"$ref": "#/components/schemas/Bilingual"},
            "violations": {"type": "boolean"},
            "parameters": {"type": "array", "items": {"type": "object"}},
            "columns": {"type": "array", "items": {"type": "object"}},
        },
    },
    "Bilingual": {
        "type": "object",
        "required": ["zh", "en"],
        "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
    },
    "SparqlResults": {
        "type": "object",
        "required": ["head"],
        "properties": {
            "head": {"type": "object"},
            "results": {"type": "object", "required": ["bindings"]},
            "boolean": {"type": "boolean"},
        },
    },
    "Problem": {
        "type": "object",
        "required": ["status", "title", "detail"],
        "properties": {
            "type": {"type": "string"},
            "status": {"type": "integer"},
            "title": {"type": "string"},
            "detail": {"type": "string"},
        },
    },
}


def _problem(zh: str, en: str) -> Json:
    content = text("application/problem+json", schema={"$ref": "#/components/schemas/Problem"})
    return {"description": f"{zh} / {en}", "content": content | text("text/plain", "text/html")}


PROBLEMS: Final[Mapping[str, Json]] = {
    "400": _problem(
        "参数或查询有误；说明哪一个、应为什么", "a parameter or the query is wrong; says which, and what was expected"
    ),
    "404": _problem("没有这个资源", "there is no such thing"),
    "406": _problem("没有所要的格式；列出可用的", "there is no such form; lists those that there are"),
    "408": _problem("请求正文没有按时收齐", "the request's body did not come in time"),
    "413": _problem(
        "请求或结果超过上限；不返回任何部分", "the request or the answer is too large; no part of it is given"
    ),
    "415": _problem("请求正文的类型不受支持", "the request's body is of an unsupported type"),
    "429": _problem("此地址的查询过多；见 Retry-After", "too many queries from this address; see Retry-After"),
    "503": _problem("超过时限或服务繁忙；见 Retry-After", "past the deadline, or busy; see Retry-After"),
}
