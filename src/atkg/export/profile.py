"""What an export is made from, and what a profile is: the contract between the frame and each profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from atkg.errors import AtkgError
from atkg.store import Store

DATASET: Final = "atkg"
"""The name of a file that holds the whole dataset; that of a plan's has the plan's key."""


PLAN_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
"""What a plan's key is made of, so that it can name a file; data from elsewhere may hold what looks like others."""


def _unseen(_step: str) -> None: ...


class Unfit(AtkgError):
    """The data hold something that this form can't; a release says so and goes on without the profile."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a release.

    Args:
        path: below the release's folder, with "/".
        profile: the name of the profile that wrote it.
    """

    path: str
    profile: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Source:
    """What is exported.

    Args:
        store: in memory or on disk.
        manifest: of the snapshot: version, digest, built, quads.
        plans: keys of the chosen plans; empty for the whole dataset.
        advance: told of each step done.
        written: in a release, the files that stand there already, by the order of their paths.
        scratch: a folder that profiles may share what they make in; it is thrown away with the export.
    """

    store: Store
    manifest: Mapping[str, Any]
    plans: tuple[str, ...] = ()
    advance: Callable[[str], None] = _unseen
    written: tuple[Written, ...] = ()
    scratch: Path | None = None

    @property
    def stems(self) -> tuple[str, ...]:
        """The names of the files, without suffix: the chosen plans' keys, or the dataset's name."""
        return self.plans or (DATASET,)


@dataclass(frozen=True, slots=True)
class Profile:
    """A form that the dataset is written in.

    Args:
        name: as in `atkg export NAME`.
        zh: a sentence in Chinese: what it is and for whom.
        en: the same in English.
        media_types: the suffix of each kind of file (".ttl") and its media type.
        write: writes into a folder that exists and is empty, and returns the files. It raises OSError
            where it can't write, and leaves half files where they are: the folder is thrown away.
        per_plan: whether the chosen plans alone can be written.
        describes: whether it tells of the files of a release (`Source.written`): then it is made when they are there.
    """

    name: str
    zh: str
    en: str
    media_types: Mapping[str, str]
    write: Callable[[Source, Path], Iterable[Path]]
    per_plan: bool = True
    describes: bool = False
