"""The records of plans as plain values, so that a plan.toml and its text are read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from atkg.errors import InputError
from atkg.model import Citation, PlanRecord
from atkg.plans import PlanFolder, read_plan_folder, read_plans
from atkg.resources import VERSION
from atkg.validate.cache import Cache, digest_of
from atkg.validate.contents import Contents

_DATES: Final = ("issued", "begin", "end")
_SOURCES: Final = ("plan.toml", "source.txt", "corrections.csv")


def as_json(record: PlanRecord) -> dict[str, Any]:
    fields = asdict(replace(record, witnesses=dict(record.witnesses)))
    for name in _DATES:
        fields[name] = fields[name].isoformat() if fields[name] else None
    return fields


def from_json(document: Mapping[str, Any]) -> PlanRecord:
    fields = dict(document)
    for name in _DATES:
        fields[name] = date.fromisoformat(fields[name]) if fields[name] else None
    fields["cites"] = tuple(Citation(**each) for each in fields["cites"])
    return PlanRecord(**fields)


def known_folders(data: Path, cache: Cache, contents: Contents) -> list[PlanFolder]:
    """The plans of a data folder without their words, each read where it was never read as it is.

    The texts held all at once would fill the memory.

    Raises:
        InputError: as read_plans.
    """
    try:
        paths = sorted(path for path in (data / "plans").iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        raise InputError.unreadable(data / "plans", error) from error
    folders = []
    for path in paths:
        files = (*(path / name for name in _SOURCES), *path.glob("received.*"))
        digest = digest_of(VERSION, path.name, contents.digests(files, path))
        document = cache.get("plan", digest)
        record = read_plan_folder(path).record if document is None else from_json(document)
        if document is None:
            cache.put("plan", digest, as_json(record))
        folders.append(PlanFolder(path, record, "" if record.has_text else None, ()))
    keys = {folder.key for folder in folders}
    if any(citation.plan not in keys for folder in folders for citation in folder.record.cites):
        read_plans(data)  # says in which line
    return folders
