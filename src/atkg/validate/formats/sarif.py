"""The report as SARIF 2.1.0, as GitHub code scanning and editors read it."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from atkg.namespaces import BASE, SHAPES, shorten
from atkg.validate.formats.view import View, excerpt
from atkg.validate.results import Level, Place, Result

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT: Final = "%SRCROOT%"
"""The folder that relative paths count from; code scanning takes it for the root of the repository."""

_LEVELS: Final = {Level.VIOLATION: "error", Level.WARNING: "warning", Level.INFO: "note"}
_LANGUAGES: Final = {"zh": "zh-CN", "en": "en-US"}
_SPAN: Final = re.compile(r"(/source/[^/]+/)[0-9]+-[0-9]+")


def as_sarif(view: View) -> str:
    """One run with the shapes as rules; results that somebody accepted are suppressed with the reason."""
    results = list(view.ordered())
    rules = sorted({result.shape for result in results} | set(view.guide.names))
    index = {shape: number for number, shape in enumerate(rules)}
    seen: Counter[str] = Counter()
    run = {
        "tool": {
            "driver": {
                "name": "atkg",
                "informationUri": BASE,
                "version": version("atkg"),
                "semanticVersion": version("atkg"),
                "language": _LANGUAGES[view.language],
                "rules": [_rule(view, shape) for shape in rules],
            }
        },
        "language": _LANGUAGES[view.language],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": _ROOT_WORDS[view.language]}}},
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(view, result, index[result.shape], seen) for result in results],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


_ROOT_WORDS: Final = {
    "zh": "运行 atkg 的文件夹。",
    "en": "The folder that atkg was run in.",
}


def _rule(view: View, shape: str) -> dict[str, Any]:
    here = view.language
    other = "en" if here == "zh" else "zh"
    texts = [view.guide.reason(shape, language) for language in (here, other)]
    messages = [view.guide.message(shape, language) for language in (here, other)]
    return {
        "id": shape,
        "name": "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", shape)),
        "shortDescription": {"text": view.guide.name(shape, here)},
        "fullDescription": {"text": messages[0]},
        "help": {
            "text": "\n".join(filter(None, (messages[0], texts[0], messages[1], texts[1]))),
            "markdown": "\n\n".join(filter(None, (f"**{messages[0]}**", texts[0], f"**{messages[1]}**", texts[1]))),
        },
        "helpUri": SHAPES + shape,
        "defaultConfiguration": {"level": _LEVELS[view.guide.level(shape)]},
        "properties": {"tags": ["SHACL", shape.partition("-")[0]], "problem.severity": _severity(view, shape)},
    }


def _severity(view: View, shape: str) -> str:
    """The word that code scanning knows for the severity of a rule."""
    return {"note": "recommendation"}.get(_LEVELS[view.guide.level(shape)], _LEVELS[view.guide.level(shape)])


def _result(view: View, result: Result, index: int, seen: Counter[str]) -> dict[str, Any]:
    fingerprint = _fingerprint(result)
    seen[fingerprint] += 1
    where = result.where
    found: dict[str, Any] = {
        "ruleId": result.shape,
        "ruleIndex": index,
        "level": _LEVELS[result.level],
        "message": {"text": _message(view, result)},
        "locations": [_location(where, result, snippet=True)],
        "partialFingerprints": {
            "atkgResult/v1": f"{fingerprint}:{seen[fingerprint]}",
            "primaryLocationLineHash": f"{fingerprint[:16]}:{seen[fingerprint]}",
        },
        "properties": {
            key: value
            for key, value in (
                ("node", result.node),
                ("label", result.label),
                ("path", result.path),
                ("value", result.value),
                ("plan", result.plan),
            )
            if value is not None
        },
    }
    if others := result.elsewhere:
        found["relatedLocations"] = [
            {"id": number, **_location(place, None, snippet=False), "message": {"text": str(place)}}
            for number, place in enumerate(others, 1)
        ]
    if result.accepted is not None:
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": result.accepted}]
    return found


def _message(view: View, result: Result) -> str:
    """The message with the node and the value, in plain text: code scanning shows little else."""
    node = shorten(result.node) if "://" in result.node else ""
    parts = [result.message(view.language), " ".join(filter(None, (node, result.label))), view.value(result)]
    return "\n".join(filter(None, parts))


def _location(place: Place | None, result: Result | None, *, snippet: bool) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if place:
        physical: dict[str, Any] = {"artifactLocation": _artifact(place)}
        if place.line:
            known = (
                ("startLine", place.line),
                ("startColumn", place.column),
                ("endLine", place.end_line),
                ("endColumn", place.end_column),
            )
            region: dict[str, Any] = {key: value for key, value in known if value}
            line = excerpt(place) if snippet else None
            if line and line.marked:
                region["snippet"] = {"text": line.marked}
            physical["region"] = region
        location["physicalLocation"] = physical
    if result:
        location["logicalLocations"] = [
            {"fullyQualifiedName": result.node, "name": result.label or shorten(result.node), "kind": "resource"}
        ]
    return location


def _artifact(place: Place) -> dict[str, Any]:
    if place.is_remote:
        return {"uri": place.file}
    if Path(place.file).is_absolute():
        return {"uri": Path(place.file).as_uri()}
    return {"uri": quote(place.file), "uriBaseId": ROOT}


def _fingerprint(result: Result) -> str:
    """A digest that stays when lines and offsets shift: offsets in IRIs are left out, the words stand for them."""
    parts = (result.shape, result.node, result.path or "", result.value or "")
    steady = [_SPAN.sub(r"\1", part) for part in parts]
    if steady[1] != result.node:
        steady.append(result.quote or "")
    return hashlib.sha256("\0".join(steady).encode("utf-8", "surrogatepass")).hexdigest()
