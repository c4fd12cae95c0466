"""The web application over a snapshot: the SPARQL endpoint, and the graph as linked data and pages."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from flask import Flask, Response, request

from atkg.web.asgi import Application
from atkg.web.downloads import Shelf
from atkg.web.endpoint.limits import Limits
from atkg.web.endpoint.pool import Pool
from atkg.web.endpoint.protocol import SMALL
from atkg.web.endpoint.service import Service, ServiceEngine
from atkg.web.negotiation import takes_gzip
from atkg.web.site import create_site
from atkg.web.site.api import api_blueprint
from atkg.web.site.docs import docs_blueprint
from atkg.web.site.sparql_page import sparql_page


def create_app(
    source: Path,
    manifest: Mapping[str, Any],
    address: str,
    limits: Limits | None = None,
    log: TextIO | None = None,
    *,
    forwarded: bool = False,
) -> Application:
    """The application that answers from this snapshot; it opens nothing before it is started.

    Args:
        source: the snapshot's N-Quads, which the readers hold in memory, or the folder of its store.
        manifest: shown on the pages; its digest gives the ETags.
        address: where /sparql can be reached, for descriptions that can't be relative.
        limits: the defaults, unless others are given.
        log: takes a line of JSON for each request.
        forwarded: a proxy stands before the service and tells the client's address in X-Forwarded-For.
    """
    service = Service(Pool(source, limits or Limits()), manifest["digest"])
    shelf = Shelf(source.parent, manifest)

    def site(loop: asyncio.AbstractEventLoop) -> Flask:
        engine = ServiceEngine(service, loop)
        pages = create_site(engine, manifest, shelf)
        # Werkzeug's own redirect would lead to the host that the client named
        pages.url_map.merge_slashes = False
        pages.after_request(_packed)
        pages.register_blueprint(sparql_page(engine))
        pages.register_blueprint(api_blueprint(engine))
        pages.register_blueprint(docs_blueprint(service.limits))
        return pages

    return Application(service, site, address, log, shelf, forwarded=forwarded)


def _packed(response: Response) -> Response:
    """The page or document, packed where the client takes that and it is worth it."""
    if (
        response.status_code == 200
        and response.is_sequence
        and (response.content_length or 0) > SMALL
        and "Content-Encoding" not in response.headers
        and takes_gzip(request.headers.get("Accept-Encoding", ""))
    ):
        response.set_data(gzip.compress(response.get_data(), 1, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    if response.status_code in (200, 304):
        response.vary.add("Accept-Encoding")
    return response
