"""At most so many requests a second, over all threads of a process."""

import threading
import time
from collections.abc import Callable


class Pace:
    """Lets each caller go on at its turn; turns are one `1 / per_second` apart."""

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._apart, self._clock, self._sleep = 1 / per_second, clock, sleep
        self._next, self._lock = 0.0, threading.Lock()

    def wait(self) -> None:
        """Return at this caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._apart
        if turn > now:
            self._sleep(turn - now)
