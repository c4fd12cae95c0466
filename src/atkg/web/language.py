"""The language of a page: the reader's choice, else the browser's, else Chinese."""

from __future__ import annotations

from flask import request


def page_language() -> str:
    """Zh or en: by ?lang=, else by Accept-Language, else zh."""
    chosen = request.args.get("lang") or request.form.get("lang")
    if chosen in ("zh", "en"):
        return chosen
    return request.accept_languages.best_match(["zh", "en"], default="zh") or "zh"
