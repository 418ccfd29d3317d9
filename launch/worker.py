"""
The worker: drains the outbox until it is told to stop. Runs as a thread in the demo and as `parley worker`.

Several may run at once, on one machine or on many; the leases keep them apart.
"""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from app.flow.outbox import drain
from app.flow.ports import Calendars, Ehrs, Notices, Outbox, PayerDesk

IDLE_SECONDS = 1.0
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
) -> None:
    """
    Drain, then sleep until the next effect is due (at most a second), until `stop` is set.

    beat: told the time every ten seconds, for /readyz. A database that is away is waited for; whatever else breaks one
    round is logged by its kind and tried again in the next.
    """
    beaten_at: datetime | None = None
    while not stop.is_set():
        try:
            if beaten_at is None or (now() - beaten_at).total_seconds() >= BEAT_SECONDS:
                beaten_at = now()
                beat(beaten_at)
            drain(outbox, ehrs, payers, calendars, notices, now=now, jitter=jitter, stopped=stop.is_set)
            pause = _pause(outbox.earliest_due(), now=now())
        except Exception as error:  # a worker that dies of one bad round writes nothing ever after
            log.error("worker round failed", error=type(error).__name__)
            pause = IDLE_SECONDS
        stop.wait(pause)


def _pause(due_at: datetime | None, *, now: datetime) -> float:
    if due_at is None:
        return IDLE_SECONDS
    return min(max((due_at - now).total_seconds(), 0.05), IDLE_SECONDS)
