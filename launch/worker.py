"""
The worker: drains the outbox until it is told to stop. Runs as a thread in the demo and as `parley worker`.

It has several hands, as most of a write is waiting for an answer; several workers may run at once too, on one machine
or on many. The leases keep all of them apart.
"""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from app.core.away import AT_ONCE
from app.flow.outbox import drain
from app.flow.ports import Calendars, Ehrs, Notices, Outbox, PayerDesk
from launch.logs import place_of

IDLE_SECONDS = 1.0
HANDS = AT_ONCE + 2  # one counterpart that answers nobody cannot hold them all
HELD_BACK_SECONDS = 0.25  # what is due may be for a counterpart that has as many exchanges as it gets
BEAT_SECONDS = 10.0

log = structlog.get_logger()


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def run_worker(
    outbox: Outbox,
    ehrs: Ehrs,
    payers: PayerDesk,
    calendars: Calendars | None = None,
    notices: Notices | None = None,
    *,
    stop: threading.Event,
    beat: Callable[[datetime], None],
    now: Callable[[], datetime] = utc_now,
    jitter: Callable[[], float] = random.random,
    hands: int = HANDS,
) -> None:
    """
    Drain with `hands` at once, each sleeping until the next effect is due (at most a second), until `stop` is set.

    beat: told the time every ten seconds, for /readyz. A database that is away is waited for; whatever else breaks one
    round is logged by its kind and tried again in the next.
    """

    def drain_once() -> datetime | None:
        tried = drain(outbox, ehrs, payers, calendars, notices, now=now, jitter=jitter, stopped=stop.is_set)
        due = outbox.earliest_due()
        return due if tried or due is None else max(due, now() + timedelta(seconds=HELD_BACK_SECONDS))

    names = [f"hand-{number}" for number in range(2, hands + 1)]
    others = [threading.Thread(target=_rounds, args=(drain_once, stop, now), name=each, daemon=True) for each in names]
    beating = threading.Thread(target=_rounds, args=(_every_beat(beat, now), stop, now), name="beat", daemon=True)
    for each in (*others, beating):
        each.start()
    _rounds(drain_once, stop, now)
    for each in (*others, beating):
        each.join(timeout=5)


def _every_beat(beat: Callable[[datetime], None], now: Callable[[], datetime]) -> Callable[[], None]:
    """Return what beats when it is time; beside the hands, which may all wait for an EHR that is slow."""
    beaten_at: list[datetime] = []

    def beat_once() -> None:
        at = now()
        if not beaten_at or (at - beaten_at[-1]).total_seconds() >= BEAT_SECONDS:
            beat(at)
            beaten_at[:] = [at]

    return beat_once


def _rounds(do: Callable[[], datetime | None], stop: threading.Event, now: Callable[[], datetime]) -> None:
    while not stop.is_set():
        try:
            pause = _pause(do(), now=now())
        except Exception as error:  # a worker that dies of one bad round writes nothing ever after
            log.error("worker round failed", error=type(error).__name__, place=place_of(error))
            pause = IDLE_SECONDS
        stop.wait(pause)


def _pause(due_at: datetime | None, *, now: datetime) -> float:
    if due_at is None:
        return IDLE_SECONDS
    return min(max((due_at - now).total_seconds(), 0.05), IDLE_SECONDS)
