"""
The keeper of the process that waits for PDFs (pdf_child.py): started when the first comes, again where it has ended.

A letter goes through a socket of its own straight to the process that was forked for it.
"""

import atexit
import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Sequence
from threading import Lock

_BEGUN = b"+"
_ENDS_IN = 2  # seconds, after which it is not asked again
_PIECE = 65_536


class Warm:
    """One such process for this one; a process that was forked from this one starts its own."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.end)

    @property
    def pid(self) -> int | None:
        """The process that waits, None where none was started."""
        return self._process.pid if self._process else None

    def read(self, data: bytes, *, seconds: float) -> bytes | None:
        """
        Return what the process that read `data` wrote, nothing where its limits ended it first.

        None where no such process came to be. raises: TimeoutError
        """
        if not hasattr(socket, "send_fds"):
            return None
        until = time.monotonic() + seconds
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                if not self._hand_over(theirs):
                    return None
            ours.settimeout(seconds)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended: what did it say?
                ours.sendall(data)
                ours.shutdown(socket.SHUT_WR)
            told = _received(ours, until)
        return told.removeprefix(_BEGUN) if told.startswith(_BEGUN) else None

    def end(self) -> None:
        """End the process that waits, if there is one."""
        with self._lock:
            self._drop()

    def _hand_over(self, letter: socket.socket) -> bool:
        with self._lock:
            for _ in range(2):
                with contextlib.suppress(OSError):
                    socket.send_fds(self._running(), [b"l"], [letter.fileno()])
                    return True
                self._drop()
        return False

    def _running(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
                    self._command,
                    stdin=theirs,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={},
                    start_new_session=True,  # Ctrl-C is for us; it ends when we do
                )
        return self._control

    def _drop(self) -> None:
        control, process = self._control, self._process
        self._control = self._process = None
        if control is not None:
            control.close()
        if process is None:
            return
        try:
            process.wait(_ENDS_IN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _forget(self) -> None:
        """Leave the process to whom we were forked from."""
        self._lock = Lock()
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.returncode = 0  # none of ours: never waited for
        self._control = self._process = None


def _received(letter: socket.socket, until: float) -> bytes:
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while True:
            letter.settimeout(max(until - time.monotonic(), 0.001))
            if not (piece := letter.recv(_PIECE)):
                break
            pieces.append(piece)
    return b"".join(pieces)
