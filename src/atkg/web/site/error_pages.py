"""Errors as the client reads them: a page, problem+json or plain text; in the reader's language, without internals."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, json, render_template, request
from werkzeug.exceptions import HTTPException

from atkg.errors import AtkgError, BadQuery, QueryStopped, UsageError
from atkg.web.negotiation import best
from atkg.web.problem import Problem
from atkg.web.site.negotiation import page_language

_SENTENCES: Final = {
    400: ("请求有误，无法理解。", "the request can't be understood"),
    404: ("这里没有这个地址。", "there is nothing at this address"),
    405: ("这个地址只能读取（GET 或 HEAD）。", "this address can only be read, by GET or HEAD"),
    406: ("没有所要的格式。", "there is no such form of it"),
    413: ("请求过大。", "the request is too large"),
    414: ("地址过长。", "the address is too long"),
    415: ("请求内容的格式不受支持。", "the request's content is of an unsupported type"),
    500: ("服务器出错，错误已记录。", "the server failed; the fault has been logged"),
    503: ("服务暂时不可用，请稍后再试。", "the service is unavailable for the moment; try again later"),
}
_NAMES: Final = {
    400: "请求有误",
    404: "没有找到",
    405: "不允许的操作",
    406: "没有这种格式",
    413: "请求过大",
    414: "地址过长",
    415: "格式不受支持",
    429: "请求过多",
    500: "服务器出错",
    503: "服务暂时不可用",
    504: "超时",
}
_FORMS: Final = ("text/plain", "text/html", "application/problem+json", "application/json")
_KEPT: Final = ("Allow", "Retry-After", "Location", "Link")


def register_problems(app: Flask) -> None:
    """Every error of this application is shown by one handler."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(AtkgError, _own)


def _http(error: HTTPException) -> Response:
    given = error.get_response()
    if (status := given.status_code) < 400:
        return Response(given.get_data(), status=status, headers=list(given.headers))
    zh, en = _SENTENCES.get(status, (_name(status, "zh"), _name(status, "en")))
    # Werkzeug's own descriptions are in English only; one that our code gave is the better sentence
    if status != 500 and error.description and error.description != type(error).description:
        zh = en = error.description
    return _shown(status, zh, en, {name: given.headers[name] for name in _KEPT if name in given.headers})


def _own(error: AtkgError) -> Response:
    if isinstance(error, Problem):
        return _shown(error.status, error.zh, error.en, error.headers)
    if isinstance(error, QueryStopped):
        headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        return _shown(error.status, error.zh, error.en, headers)
    if isinstance(error, (BadQuery, UsageError)):
        return _shown(400, error.zh, error.en, {})
    # what is left tells of files, which are not the client's business
    return _shown(500, *_SENTENCES[500], {})


def _shown(status: int, zh: str, en: str, headers: Mapping[str, str]) -> Response:
    language = page_language()
    sentence = zh if language == "zh" else en
    form = best(request.headers.get("Accept"), _FORMS) or _FORMS[0]
    name = _name(status, language)
    if form == "text/html":
        page = render_template("problem.html", language=language, status=status, name=name, sentence=sentence)
        answer = Response(page, status=status, mimetype="text/html")
    elif form == "text/plain":
        answer = Response(f"{status} {name}\n{sentence}\n", status=status, mimetype="text/plain")
    else:
        body = {"type": "about:blank", "status": status, "title": name, "detail": sentence}
        answer = Response(
            json.dumps(body, ensure_ascii=False) + "\n", status=status, mimetype="application/problem+json"
        )
    answer.headers.extend(headers)
    answer.headers["Content-Language"] = "zh-Hans" if language == "zh" else "en"
    answer.headers["Vary"] = "Accept, Accept-Language"
    answer.headers["Cache-Control"] = "no-store" if status >= 500 else "no-cache"
    return answer


def _name(status: int, language: str) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    return _NAMES.get(status, phrase) if language == "zh" else phrase
