"""SIGINT and SIGTERM as an event that any thread may wait for."""

import os
import signal
import threading

END = (signal.SIGINT, signal.SIGTERM)


def event_of_end_signals() -> threading.Event:
    """
    Return an event that is set at the first SIGINT or SIGTERM; call it in the main thread.

    No handler sets it: one that runs while the main thread enters `wait` would ask for a lock that this thread holds,
    and a signal that another thread takes does not wake the main thread at all. The signal goes through a pipe
    instead (`signal.set_wakeup_fd`), which a thread of its own reads.
    """
    ended = threading.Event()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for each in END:
        signal.signal(each, _left_to_the_pipe)
    threading.Thread(target=_set_when_told, args=(reading, ended), name="signals", daemon=True).start()
    return ended


def _left_to_the_pipe(*_: object) -> None:
    """Keep the default, which would end the process, from running."""


def _set_when_told(reading: int, ended: threading.Event) -> None:
    while os.read(reading, 1)[0] not in END:
        continue
    ended.set()
