"""
The worker as a process of its own at a later moment, in which time flies; run by test_killed_worker.py, so that no
lease and no pause is waited for.

Argument: seconds that its clock is ahead of the machine's when it starts.
"""

import os
import signal
import sys
import threading
import time
from datetime import timedelta

from app.settings import load_settings
from launch.run import work
from launch.wsgi import build, utc_now

SPEED = 20


def main(seconds_ahead: float) -> None:
    """Work until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    started, begins = time.monotonic(), utc_now() + timedelta(seconds=seconds_ahead)
    house, _ = build(
        load_settings(os.environ), clock=lambda: begins + SPEED * timedelta(seconds=time.monotonic() - started)
    )
    work(house, stop)


if __name__ == "__main__":
    main(float(sys.argv[1]))
