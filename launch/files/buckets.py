"""Events put apart by their case, in files that this process alone sees: each case whole, few in memory at once."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from zlib import crc32

import msgspec

from app.core.learn import Happened

BUCKETS = 64
IN_MEMORY = 512 * 1024  # bytes of a bucket; a short history never touches the disk

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Happened).decode


def by_case(events: Iterable[Happened]) -> Iterator[tuple[Happened, ...]]:
    """
    Yield the events part by part, all of a case in one part and in their order.

    Each part is about a 64th of them, whichever way the cases are mixed; nobody else may read the files, and none is
    left behind
    """
    with ExitStack() as files:
        buckets = [files.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY)) for _ in range(BUCKETS)]
        for each in events:
            buckets[crc32(each.case.encode("utf-8", "replace")) % BUCKETS].write(_encode(each) + b"\n")
        for bucket in buckets:
            bucket.seek(0)
            yield tuple(map(_decode, bucket))
