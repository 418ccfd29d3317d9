"""Feeds: the times that payers publish without being asked, read at each payer's own pace and kept for every case."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from app.core.windows import STALE
from app.errors import ParleyError
from app.flow.ports import FeedPace, Feeds, FeedTimes, Ports, TimesRead

ROUND = timedelta(minutes=5)  # for so long a reading is one worker's alone
LEAST, MOST = timedelta(minutes=1), timedelta(hours=6)
PAGE_ROWS = 500


def read_feeds(
    feeds: Feeds, times: FeedTimes, *, now: datetime, jitter: Callable[[], float]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """
    Read every feed that is due; return the payers whose times have changed, and (payer, why) of what failed.

    A payer that asks for a longer pause gets it; one that fails is left alone ever longer. jitter: in [0, 1)
    """
    changed, failed = [], []
    for key, pace in feeds.paces().items():
        if not times.claim(key, now=now, until=now + ROUND):
            continue
        try:
            read = feeds.read(key, now=now)
        except ParleyError as error:
            failed.append((key, type(error).__name__))
            kept, asked = times.of(key), getattr(error, "retry_after_seconds", None)
            again = pause_after(kept.failures, pace, asked, jitter())
            if kept.read_at is not None and now - kept.read_at > STALE:
                changed.append(key)  # what it said is offered no more
            times.fail(key, error.say, due_at=now + again)
            continue
        if times.keep(key, read, at=now, due_at=now + pause_of(read, pace)):
            changed.append(key)
    return tuple(changed), tuple(failed)


def pause_of(read: TimesRead, pace: FeedPace) -> timedelta:
    """Return when a feed is read again: as the site says, or later where its server asks for that."""
    return max(LEAST, pace.every, min(read.wait or LEAST, MOST))


def pause_after(failures: int, pace: FeedPace, asked_seconds: float | None, jitter: float) -> timedelta:
    """Return how long a payer is left alone after a failure: twice as long each time, as long as it asks at least."""
    grown = min(pace.every * 2 ** min(failures, 10), MOST)
    return max(grown * (1 + jitter / 4), timedelta(seconds=asked_seconds or 0), LEAST)


def cases_of(ports: Ports, payer_keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the ids of the open cases of these payers."""
    after = ""
    while payer_keys and (cases := ports.store.open_cases(ports.tenant, after=after, limit=PAGE_ROWS)):
        yield from (case.id for case in cases if case.payer_key in payer_keys)
        after = cases[-1].id
