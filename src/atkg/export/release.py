"""A release: all profiles in one folder, with what a mirror or a registry needs to check it.

`manifest.json` lists every file with its profile, media type, size and SHA-256; `SHA256SUMS` is for `sha256sum -c`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from atkg.export.profile import Profile, Source, Unfit, Written
from atkg.export.staging import staging
from atkg.resources import VERSION

MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Release:
    """What a release holds.

    Args:
        files: the files of the profiles, by the order of their paths.
        left_out: the profiles that can't hold the data, and why.
    """

    files: tuple[Written, ...]
    left_out: tuple[tuple[str, Unfit], ...]


def release(
    source: Source,
    profiles: Iterable[Profile],
    out: Path,
    begun: Callable[[Profile], None] = lambda _: None,
) -> Release:
    """Write the files of all profiles, the manifest and the checksums into a folder, which is made.

    What an earlier release has left there and this one doesn't have is removed.

    Args:
        source: the whole dataset.
        profiles: in any order; those that describe the others' files are made last.
        out: the folder.
        begun: told of each profile.

    Raises:
        InputError: the folder can't be written, or the disk is full; then it is as it was.
    """
    left_out = []
    files: list[Written] = []
    with staging(source, out, replaced=earlier(out)) as (staged, folder):
        for profile in sorted(profiles, key=lambda each: each.describes):
            begun(profile)
            own = folder.parent / profile.name
            own.mkdir()
            try:
                made = sorted(profile.write(replace(staged, written=tuple(files)), own))
            except Unfit as error:
                left_out.append((profile.name, error))
                continue
            for path in made:
                place = path.relative_to(own)
                (folder / place).parent.mkdir(parents=True, exist_ok=True)
                path.rename(folder / place)
                files.append(_written(folder, place, profile))
            files.sort(key=lambda file: file.path)
        found = Release(tuple(files), tuple(left_out))
        manifest = (json.dumps(_manifest(source, found), ensure_ascii=False, indent=1) + "\n").encode()
        (folder / MANIFEST).write_bytes(manifest)
        sums = {file.path: file.sha256 for file in files} | {MANIFEST: hashlib.sha256(manifest).hexdigest()}
        (folder / SUMS).write_text("".join(f"{sums[path]}  {path}\n" for path in sorted(sums)), encoding="utf-8")
    return found


def _written(folder: Path, place: Path, profile: Profile) -> Written:
    digest = hashlib.sha256()
    with (folder / place).open("rb") as file:
        while part := file.read(1024**2):
            digest.update(part)
    media_type = profile.media_types.get(place.suffix, "application/octet-stream")
    return Written(place.as_posix(), profile.name, media_type, digest.hexdigest(), (folder / place).stat().st_size)


def _manifest(source: Source, found: Release) -> dict[str, Any]:
    kept = {name: source.manifest[name] for name in ("digest", "quads", "version", "built") if name in source.manifest}
    return {
        "dataset": "https://w3id.org/atkg/dataset/atkg",
        **kept,
        "atkg": VERSION,
        "files": [asdict(file) for file in found.files],
        "left_out": [{"profile": name, "zh": error.zh, "en": error.en} for name, error in found.left_out],
    }


def earlier(out: Path) -> list[Path]:
    """The files of the release that stands in a folder, as its manifest lists them; none where there is none."""
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        paths = [Path(file["path"]) for file in manifest["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [path for path in paths if not path.is_absolute() and ".." not in path.parts]
