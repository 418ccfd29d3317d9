"""Ctrl-C ends the demo and the worker, whichever thread the signal reaches."""

import subprocess
import sys

import pytest

from tests.house.source import ROOT

OURS = "from launch.signals import event_of_end_signals; ended = event_of_end_signals()"
BY_HANDLER = """
import signal, threading
ended = threading.Event()
for each in (signal.SIGINT, signal.SIGTERM): signal.signal(each, lambda *_: ended.set())
"""
# The main thread waits; a second one gets the signal, as the kernel may choose.
SCRIPT = """
import signal, threading, time
def told():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.{name})
    time.sleep(60)
threading.Thread(target=told, daemon=True).start()
ended.wait()
print("ended")
"""


def printed(event: str, *, name: str, timeout: float) -> str:
    """Return what a process that waits for this event prints once told to end."""
    command = [sys.executable, "-c", event + SCRIPT.format(name=name)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=True).stdout


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_another_thread_takes_ends_the_wait(name):
    """The main thread sleeps in `wait` and is woken all the same."""
    assert "ended\n" == printed(OURS, name=name, timeout=60)


def test_a_handler_that_sets_the_event_would_be_late():
    """The control: without the pipe the main thread sleeps on."""
    with pytest.raises(subprocess.TimeoutExpired):
        printed(BY_HANDLER, name="SIGTERM", timeout=3)
