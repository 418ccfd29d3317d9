"""
The process that reads a PDF: bytes in, JSON out, limits first. It imports nothing of ours.

Loading the library takes forty times as long as reading a letter. Told to `wait`, the process loads it, and forks for
each letter another one that has the limits, gets the letter itself, and ends with it; so the one that waits never
holds a letter. It ends with who started it, or when nobody has sent a letter for some minutes.
Words in rendering mode 3 or 7 stand in the page but are not shown; they are told apart from those that are.
"""

import json
import os
import sys

SECONDS = 1.3  # of processor; sixty dense pages take 0.3
MEGABYTES = 80  # beside what the interpreter and pypdf take; a file has 20 at most
PAGES = 60
ENOUGH = 60_000  # characters; more than anybody reads of a letter (core/detect/passages.py)
UNSEEN = (3, 7)
IDLE = 300  # seconds
BEGUN = b"+"  # the first byte from a process that reads a letter; without it, none came to be
SHOWING = (b"Tj", b"TJ", b"'", b'"')


def main() -> None:
    """Read a letter from standard input and write one JSON object; or wait for letters (pdf_warm.py)."""
    import logging

    import pypdf.filters  # noqa: F401 - what reading would load

    logging.disable(logging.CRITICAL)  # warnings of a broken file carry pieces of it
    if sys.argv[1:] == ["wait"]:
        _wait()
    else:
        _read_one(0, 1)


def _wait() -> None:
    """Fork a process for each letter whose socket is sent to us, until nobody is there to send one."""
    import gc
    import socket

    gc.freeze()  # so that reading one letter copies little of what is loaded
    with socket.socket(fileno=0) as control:
        control.settimeout(IDLE)
        while True:
            try:
                message, sent, _, _ = socket.recv_fds(control, 1, 1)
            except TimeoutError:
                break
            for each in sent:
                _fork_for(each)
                os.close(each)
            _reap(os.WNOHANG)
            if not message:
                break
    _reap(0)


def _fork_for(letter: int) -> None:
    try:
        if os.fork():
            return
    except OSError:  # who sent it finds it unread
        return
    try:
        os.dup2(letter, 0)
        os.closerange(1, letter + 1)
        os.write(0, BEGUN)
        _read_one(0, 0)
    finally:
        os._exit(3)


def _reap(how: int) -> None:
    try:
        while os.waitpid(-1, how)[0]:
            continue
    except ChildProcessError:
        return


def _read_one(source: int, target: int) -> None:
    """Read the letter of one file descriptor, write what it says to another, end."""
    import io

    import pypdf
    from pypdf.errors import PyPdfError

    _limit()
    try:
        with open(source, "rb", closefd=False) as file:
            told = _read(pypdf.PdfReader(io.BytesIO(file.read())))
    except MemoryError:
        os._exit(3)
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
        AssertionError,
        NotImplementedError,
        OverflowError,
        ZeroDivisionError,
        UnicodeError,
        LookupError,
    ):
        # pypdf raises what its parsing of a broken file happens to hit
        told = {"error": "broken"}
    with open(target, "wb") as file:
        file.write(json.dumps(told).encode())
    os._exit(0)


def _limit() -> None:
    """Bound what reading may take; the imports are ours and stand before it."""
    try:
        import resource
        import signal
    except ImportError:  # Windows has none; the parent's timeout stays
        return
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends the process, in whatever loop it is
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS) + 2,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (_size(resource.getpagesize()) + MEGABYTES * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _size(page_bytes: int) -> int:
    """Return the bytes of address space in use; where the system does not tell, what it is on Linux."""
    try:
        with open("/proc/self/statm", encoding="ascii") as told:
            return int(told.read().split()[0]) * page_bytes
    except OSError:
        return 64 * 1024 * 1024


def _read(reader) -> dict:
    if reader.is_encrypted and not reader.decrypt(""):
        return {"error": "encrypted"}
    if len(reader.pages) > PAGES:
        return {"error": "pages"}
    pages, hidden = [], []
    for page in reader.pages:
        shown, unseen = _of_page(page, reader)
        pages.append(shown)
        hidden.append(unseen)
        if sum(map(len, pages)) > ENOUGH:
            break
    return {"pages": pages, "hidden": hidden, "left": len(reader.pages) - len(pages)}


def _of_page(page, reader) -> tuple[str, str]:
    """Return (text that the page shows, text that it does not)."""
    from pypdf.generic import ContentStream, NameObject

    contents = page.get_contents()
    if contents is None:
        return "", ""
    whole = list(ContentStream(contents, reader).operations)
    modes = list(_modes(whole))
    if not any(mode in UNSEEN for mode in modes):
        return _clean(page.extract_text()), ""
    texts = []
    for wanted in (False, True):
        part = ContentStream(None, reader)
        part.operations = [
            each
            for each, mode in zip(whole, modes, strict=True)
            if each[1] not in SHOWING or (mode in UNSEEN) is wanted
        ]
        page[NameObject("/Contents")] = part
        texts.append(_clean(page.extract_text()))
    return texts[0], texts[1]


def _modes(operations):
    """Yield the text rendering mode in which each operation stands."""
    mode, kept = 0, []
    for operands, operator in operations:
        if operator == b"q":
            kept.append(mode)
        elif operator == b"Q" and kept:
            mode = kept.pop()
        elif operator == b"Tr" and operands:
            mode = int(operands[0])
        yield mode


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


main()
