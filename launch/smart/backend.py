"""Tokens of Parley's own (SMART backend services): sealed in memory, each asked for by one thread at a time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.effects import SignInNeeded
from launch.smart.keys import Box

LIFE_USED = 0.8  # of a token's life: a long sync must not meet its end
UNTOLD_SECONDS = 300.0  # what a server that does not say is taken to mean
FORCED_APART = timedelta(minutes=1)  # a server that refuses what it has just given is not asked for more at once


@dataclass(frozen=True, slots=True)
class _Kept:
    box: bytes
    since: datetime
    ends: datetime


class ClientTokens:
    """Client-credentials tokens by the name of the server they are for."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, threading.Lock] = {}

    def token_for(
        self, name: str, fetch: Callable[[], dict[str, Any]], *, now: datetime, rejected: str | None = None
    ) -> str:
        """
        Return a token with life left; raises what `fetch` raises.

        fetch: asks the server and returns its token response. rejected: a token that was just answered with 401
        raises: SignInNeeded when that one was less than a minute old
        """
        with self._locks.setdefault(name, threading.Lock()):
            kept = self._kept.get(name)
            token = self._box.unseal(kept.box) if kept and now < kept.ends else None
            if kept and token is not None and token == rejected and now - kept.since < FORCED_APART:
                raise SignInNeeded()
            if token is not None and token != rejected:
                return token
            fresh = fetch()
            life = timedelta(seconds=LIFE_USED * lifetime_seconds(fresh))
            self._kept[name] = _Kept(self._box.seal(fresh["access_token"]), now, now + life)
            return fresh["access_token"]


def lifetime_seconds(token: dict[str, Any]) -> float:
    """Return how long a token lives, five minutes where the server does not say."""
    told = token.get("expires_in")
    if isinstance(told, str) and told.isdecimal():
        told = float(told[:12])
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told:
        return UNTOLD_SECONDS
    return min(float(told), 86_400.0)
