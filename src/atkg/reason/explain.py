"""Why an ontology contradicts itself: a smallest set of axioms that clash, of which none can be spared.

The reasoner is given longer and longer beginnings of the axioms, and the one that makes the first of them inconsistent
belongs to the clash. It goes to the front, what stood behind it is forgotten, what is near it moves forward, and the
search begins anew until those in front clash by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

from atkg.reason.axioms import Axiom, nearest_first
from atkg.reason.given import TYPE, Triple

_TRIED: Final = 40_000
"""How many axioms the beginnings that are tried in one run of the reasoner have together."""
_LENGTHS: Final[tuple[int, ...]] = (*range(25), *(25 << power for power in range(20)))
"""The lengths that are tried first: once one axiom of a clash is known, the others are near."""
_MOST: Final = 40
"""Clashes of more axioms are not searched to the end."""


class Judge(Protocol):
    """Tells which of several files is the first inconsistent one."""

    def first_inconsistent(self, files: Sequence[Path]) -> int | None: ...


def clash(judge: Judge, declarations: Sequence[Triple], axioms: Sequence[Axiom]) -> list[Axiom]:
    """The axioms that clash, those about terms first; empty where they agree.

    Raises:
        AtkgError: as Hermit.first_inconsistent.
    """
    with TemporaryDirectory(prefix="atkg-") as folder:
        found: list[Axiom] = []
        candidates = list(axioms)
        while len(found) < _MOST:
            length = _shortest(judge, Path(folder), declarations, found, candidates)
            if length is None:
                return []
            if length == 0:
                break
            found.append(candidates[length - 1])
            candidates = nearest_first(candidates[: length - 1], found)
    return sorted(found, key=axioms.index)


def unsatisfiable(judge: Judge, declarations: Sequence[Triple], axioms: Sequence[Axiom], name: str) -> list[Axiom]:
    """The axioms on account of which nothing can belong to this class.

    Raises:
        AtkgError: as Hermit.first_inconsistent.
    """
    member = Axiom((("<urn:atkg:member>", TYPE, f"<{name}>"),))
    near = nearest_first(axioms, [member])
    found = clash(judge, [*declarations, *member.triples], near)
    return sorted(found, key=axioms.index)


def _shortest(
    judge: Judge, folder: Path, declarations: Sequence[Triple], found: Sequence[Axiom], candidates: Sequence[Axiom]
) -> int | None:
    """The length of the shortest beginning of the candidates that clashes with those found; None where none does."""
    lengths = [length for length in _LENGTHS if length < len(candidates)] + [len(candidates)]
    first = _first(judge, folder, declarations, found, candidates, lengths)
    if first is None:
        return None
    if first == 0:
        return 0
    low, high = lengths[first - 1], lengths[first]
    while high - low > 1:
        pieces = min(max(_TRIED // (high + len(found)), 4), 40)
        step = max(1, (high - low) // pieces)
        lengths = list(range(low + step, high, step))
        first = _first(judge, folder, declarations, found, candidates, lengths)
        if first is None:
            low = lengths[-1]
        else:
            low, high = (lengths[first - 1] if first else low), lengths[first]
    return high


def _first(
    judge: Judge,
    folder: Path,
    declarations: Sequence[Triple],
    found: Sequence[Axiom],
    candidates: Sequence[Axiom],
    lengths: Sequence[int],
) -> int | None:
    files: list[Path] = []
    for number, length in enumerate(lengths):
        files.append(folder / f"{number}.nt")
        write(files[-1], declarations, [*found, *candidates[:length]])
    return judge.first_inconsistent(files)


def write(path: Path, declarations: Sequence[Triple], axioms: Sequence[Axiom]) -> None:
    """Write declarations and axioms as N-Triples."""
    triples = dict.fromkeys([*declarations, *(triple for axiom in axioms for triple in axiom.triples)])
    path.write_text("".join(f"{s} {p} {o} .\n" for s, p, o in triples), encoding="utf-8")
