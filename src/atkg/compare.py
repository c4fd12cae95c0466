"""The same clause in several plans, phrase by phrase: what is said by others too, added here, or left out here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

ALIKE: Final = 0.6
"""Phrases say the same where they are at least so similar (0 to 1), by common runs of characters."""
_SHORTEST: Final = 4
_PHRASE: Final = re.compile(r"[^，,。；;：:、（）()！!？?\s]+(?:、[^，,。；;：:（）()！!？?\s]+)*")


class State(StrEnum):
    SHARED = "shared"
    ADDED = "added"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of one text, or (dropped) one that most others have and this text lacks; `others` say it too."""

    text: str
    state: State
    others: tuple[str, ...]


def phrases(text: str) -> list[str]:
    """The phrases of a text, those of a few characters left out.

    >>> phrases("加强管理、完善制度，依法取缔。")
    ['加强管理、完善制度', '依法取缔']
    """
    return [phrase for phrase in _PHRASE.findall(text) if len(phrase) >= _SHORTEST]


def compare(texts: Mapping[str, str]) -> dict[str, list[Phrase]]:
    """For each text its phrases in order, then those that more than half of the other texts have and it lacks."""
    parted = {name: phrases(text) for name, text in texts.items()}
    found: dict[str, list[Phrase]] = {}
    for name, own in parted.items():
        others = {other: phrases for other, phrases in parted.items() if other != name}
        rows = []
        for phrase in own:
            also = tuple(other for other, theirs in others.items() if _said(phrase, theirs))
            rows.append(Phrase(phrase, State.SHARED if also else State.ADDED, also))
        found[name] = rows + _dropped(own, others)
    return found


def _dropped(own: Sequence[str], others: Mapping[str, Sequence[str]]) -> list[Phrase]:
    dropped: list[Phrase] = []
    for theirs in others.values():
        for phrase in theirs:
            if _said(phrase, own) or _said(phrase, [row.text for row in dropped]):
                continue
            having = tuple(name for name, texts in others.items() if _said(phrase, texts))
            if 2 * len(having) > len(others) and len(having) > 1:
                dropped.append(Phrase(phrase, State.DROPPED, having))
    return dropped


def _said(phrase: str, texts: Sequence[str]) -> bool:
    return any(phrase in text or text in phrase or _likeness(phrase, text) >= ALIKE for text in texts)


def _likeness(first: str, second: str) -> float:
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0
