"""The web application over a store: the only home of Flask. `create_app` opens nothing and reads no environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, render_template
from werkzeug.exceptions import HTTPException

from atkg.queries import named_queries
from atkg.store import Store
from atkg.web.language import page_language
from atkg.web.sparql import sparql_blueprint

MAX_BODY_BYTES = 1024 * 1024
"""The largest request body that is read."""


def create_app(store: Store, manifest: Mapping[str, Any]) -> Flask:
    """The application that answers from this store; the manifest is shown and gives the ETag."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.register_blueprint(sparql_blueprint(store))

    @app.get("/")
    def home() -> str:
        """The first page: what is here, and what can be asked."""
        language = page_language()
        return render_template("home.html", language=language, manifest=manifest, queries=list(named_queries()))

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok", digest=manifest["digest"], quads=manifest["quads"])

    @app.errorhandler(HTTPException)
    def problem(error: HTTPException) -> Response:
        """Every error in one form: the status, its name, and a sentence."""
        response = error.get_response()
        text = f"{error.code} {error.name}: {error.description}\n"
        answer = Response(text, status=error.code, mimetype="text/plain")
        for name in ("Allow", "Retry-After"):
            if name in response.headers:
                answer.headers[name] = response.headers[name]
        return answer

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
        )
        return response

    return app
