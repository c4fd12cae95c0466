"""The site: every IRI of the graph as a page and as data, the ontology, the catalogue, the search, the first page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, send_from_directory

from atkg.catalogue import Counts
from atkg.web.downloads import Shelf
from atkg.web.engine import Engine
from atkg.web.site.calendar import calendar_blueprint
from atkg.web.site.catalogue import Tally, catalogue_blueprint
from atkg.web.site.download import download_blueprint
from atkg.web.site.error_pages import register_problems
from atkg.web.site.home import home_blueprint
from atkg.web.site.pages import fingerprint_of, register_pages
from atkg.web.site.resources import resources_blueprint
from atkg.web.site.search import search_blueprint
from atkg.web.site.terms import terms_blueprint


def create_site(engine: Engine, manifest: Mapping[str, Any], shelf: Shelf | None = None) -> Flask:
    """The Flask application over this engine; it opens nothing and reads no environment.

    The endpoint's page, the named queries and the documentation are blueprints that `create_app` adds.

    Args:
        engine: answers the queries that pages are made from.
        manifest: the snapshot's, shown on the first page; its digest tells caches when all has changed.
        shelf: the files that /download lists.
    """
    app = Flask("atkg.web", static_folder="static", template_folder="templates")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    register_pages(app, fingerprint_of(manifest))
    register_problems(app)
    tally = Tally(engine, Counts.from_json(manifest.get("counts")))
    for blueprint in (
        home_blueprint(engine, manifest, tally),
        resources_blueprint(engine),
        terms_blueprint(engine, tally),
        catalogue_blueprint(engine, manifest, tally),
        search_blueprint(engine),
        calendar_blueprint(engine, manifest),
        download_blueprint(shelf or Shelf(None, manifest)),
    ):
        app.register_blueprint(blueprint)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return send_from_directory(str(app.static_folder), "favicon.svg", mimetype="image/svg+xml", max_age=86400)

    @app.get("/robots.txt")
    def robots() -> Response:
        return send_from_directory(str(app.static_folder), "robots.txt", max_age=86400)

    return app
