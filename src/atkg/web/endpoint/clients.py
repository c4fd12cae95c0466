"""What each client may ask for: so many queries at once, so much query time a minute."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from atkg.errors import QueryStopped
from atkg.web.endpoint.limits import Limits

_MINUTE = 60.0

Kind = Literal["queries", "pages"]


@dataclass(slots=True)
class _Account:
    left: float
    seen: float
    queries: int = 0
    pages: int = 0


class Clients:
    """The accounts of all addresses that asked lately. Time comes back at one minute's worth a minute."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._accounts: dict[str, _Account] = {}
        self._swept = 0.0

    def enter(self, address: str, now: float, kind: Kind = "queries") -> str | None:
        """Begin a request of this address; the name of its account, or None where it needs none (loopback).

        Queries are those that a client wrote or chose the values of; pages ask few and small ones.

        Raises:
            QueryStopped: it has too many queries under way, or has used up its time (status 429).
        """
        name = account_name(address)
        if name is None:
            return None
        self._sweep(now)
        account = self._accounts.setdefault(name, _Account(self._limits.client_seconds, now))
        account.left = min(
            self._limits.client_seconds, account.left + (now - account.seen) * self._limits.client_seconds / _MINUTE
        )
        account.seen = now
        most = getattr(self._limits, f"client_{kind}")
        if getattr(account, kind) >= most:
            zh = {"queries": "查询", "pages": "网页"}[kind]
            raise QueryStopped(
                429,
                f"来自同一地址的{zh}已有 {most} 个正在进行（client_{kind}），请等其完成。",
                f"{most} {kind} for this address are under way, as many as client_{kind} allows; wait for one",
                retry_after=1,
            )
        if account.left <= 0:
            wait = math.ceil((1 - account.left) * _MINUTE / self._limits.client_seconds)
            raise QueryStopped(
                429,
                f"同一地址每分钟的查询时间 {self._limits.client_seconds:g} 秒（client_seconds）已用完。",
                f"this address has used its query time of {self._limits.client_seconds:g} seconds a minute "
                "(client_seconds)",
                retry_after=wait,
            )
        setattr(account, kind, getattr(account, kind) + 1)
        return name

    def leave(self, name: str | None, seconds: float, kind: Kind = "queries") -> None:
        """End a request of this account that took so long."""
        account = self._accounts.get(name) if name else None
        if account:
            setattr(account, kind, getattr(account, kind) - 1)
            account.left -= seconds

    def _sweep(self, now: float) -> None:
        """Forget, once a minute, the addresses that owe nothing."""
        if now - self._swept < _MINUTE:
            return
        self._swept = now
        full = self._limits.client_seconds
        self._accounts = {
            name: account
            for name, account in self._accounts.items()
            if account.queries or account.pages or account.left + (now - account.seen) * full / _MINUTE < full
        }


@lru_cache(maxsize=4096)
def account_name(address: str) -> str | None:
    """The address that is billed: a network of 64 bits for IPv6, which one client has whole; None for loopback.

    >>> account_name("127.0.0.1"), account_name("192.0.2.1"), account_name("2001:db8::1")
    (None, '192.0.2.1', '2001:db8::/64')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return None
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
