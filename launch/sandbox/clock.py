"""The sandbox's clock: the real one, or a fixed one, and in both cases one that can be pushed ahead."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """
    Tells the sandbox what time it is.

    now: a source of aware datetimes; None means the machine's own clock
    A push moves this clock only, so that a test can let hours pass without waiting for them.
    """

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._source = now or (lambda: datetime.now(UTC))
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC; raises ValueError when the source gives a naive time."""
        with self._lock:
            instant = self._source() + self._ahead
        if instant.tzinfo is None:
            raise ValueError("the clock's source must give aware datetimes")
        return instant.astimezone(UTC)

    def push(self, by: timedelta) -> None:
        """Move the clock ahead; raises ValueError on a negative step, since issued codes and slots cannot un-expire."""
        if by < timedelta():
            raise ValueError("a clock can only be pushed ahead")
        with self._lock:
            self._ahead += by
