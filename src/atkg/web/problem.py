"""The error that a request ends in when it gets no answer."""

from __future__ import annotations

from collections.abc import Mapping

from atkg.errors import AtkgError


class Problem(AtkgError):
    """A request that gets no answer; `status` tells the client why, the sentence tells the reader.

    Args:
        status: the HTTP status.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, zh: str, en: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(zh, en)
        self.status, self.headers = status, dict(headers or {})
