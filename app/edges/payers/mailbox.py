"""The site's mailbox as flow reads it: every message told, also one that is too large or cannot be read."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from app.edges.http import Kept, MailFolder, OpenFolder
from app.edges.payers.mime import Reader
from app.errors import ParleyError
from app.flow.ports import Mailed, Mark

# At the first look, and where the server has given its messages other numbers, it is gone through from so long before.
REACH = timedelta(days=30)
MOST_TRIES = 5  # minutes apart: an outage of that length is one, a message that its server cannot give is not
BEYOND = "The mailbox's server fails at this message each time. Open it in the mailbox."
_MEGABYTE = 1024 * 1024


class PayerMailbox:
    """Implements flow.ports.Mailbox. name: its address, for people."""

    def __init__(self, name: str, folder: MailFolder, reader: Reader) -> None:
        self.name, self._folder, self._reader = name, folder, reader
        self._failed: Counter[tuple[int, int]] = Counter()  # fetches in vain, by validity and uid

    def greet(self) -> None:
        """Open the mailbox and close it again; raises as `letters`."""
        with self._folder.opened():
            pass

    @contextmanager
    def letters(self, after: Mark | None, *, now: datetime) -> Iterator[Iterator[tuple[Mark, Mailed | None]]]:
        """
        Give what came after a mark, in order, each with the mark behind it; None where somebody took it away.

        raises: Down, NotAuthorised, BlockedAddress, TooLarge of edges.http; nothing in the mailbox is changed
        """
        with self._folder.opened() as folder:
            yield self._gone_through(folder, after, now=now)

    def _gone_through(
        self, folder: OpenFolder, after: Mark | None, *, now: datetime
    ) -> Iterator[tuple[Mark, Mailed | None]]:
        if after is not None and after.validity == folder.validity:
            uids = folder.after(after.uid)
        else:
            since = (min(after.at, now) if after else now) - REACH
            uids = folder.since(since.date())
        for uid in uids:
            yield Mark(folder.validity, uid, now), self._fetched(folder, uid, now=now)

    def _fetched(self, folder: OpenFolder, uid: int, *, now: datetime) -> Mailed | None:
        """Return a message; one at which the server has failed again and again is told, and the next ones are read."""
        place = (folder.validity, uid)
        if self._failed[place] >= MOST_TRIES:
            told = f"{self.name}/{folder.validity}/{uid}"
            return Mailed(told, now, None, "A message that cannot be fetched", "", "sealed", remarks=(BEYOND,))
        try:
            kept = folder.describe(uid)
            mailed = self._read(folder, kept, now=now) if kept else None
        except ParleyError:
            self._failed[place] += 1
            raise
        self._failed.pop(place, None)
        return mailed

    def _read(self, folder: OpenFolder, kept: Kept, *, now: datetime) -> Mailed | None:
        arrived_at = min(kept.arrived_at or now, now)
        raw = folder.whole(kept.uid) if kept.size < folder.most_bytes else None
        # What a server tells of sizes is not exact everywhere (Exchange): a message that fills the limit was cut.
        if kept.size >= folder.most_bytes or (raw is not None and len(raw) >= folder.most_bytes):
            head = folder.head(kept.uid)
            size = f"{kept.size / _MEGABYTE:,.0f} MB"
            return (
                None
                if head is None
                else self._reader.closed(head, f"It is too large to be read here ({size}).", arrived_at)
            )
        return None if raw is None else self._reader.read(raw, arrived_at=arrived_at)
