"""
The files that a chart's documents and reports only point to: which are fetched, and how.

Of the EHR's own host only, by reference; the latest first, one form of each document, within a number and a size. Where
the server takes no batches each file is a request of its own, so fewer are fetched. What was not is told by its number.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.edges.ehr.reading import Reading
from app.edges.fhir.attachment import MOST_BYTES
from app.edges.fhir.datatypes import as_dict, dicts_of, string_of, whole_of

MOST_FILES = 100
MOST_SINGLY = 40
_MOST_IN_ALL = 24 * 1024 * 1024
_MOST_IN_BATCH = 5 * 1024 * 1024  # as base64 in JSON it must stay below what one answer may have (http Limits)
_UNTOLD = 100 * 1024  # bytes of a file whose size nobody says
# The form that is read best goes first. What is none of these, as pictures and sound, is not fetched.
_FORMS = ("text/html", "text/plain", "xhtml", "xml", "cda", "rtf", "pdf", "word", "octet-stream", "text/")


@dataclass(frozen=True, slots=True)
class _File:
    written: str
    url: str
    reference: str
    size: int


def read_files(
    reading: Reading, resources: Mapping[str, dict[str, Any]]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """
    Return the Binaries by "Type/ID" and, where they are pointed to by one, by absolute address; and what was left out.

    raises: SignInNeeded
    """
    left_out: Counter[str] = Counter()
    wanted = sorted(
        _wanted(reading, resources, left_out), key=lambda each: (each.written, each.reference), reverse=True
    )
    chosen = _chosen(wanted, most=MOST_FILES if reading.in_batches else MOST_SINGLY, left_out=left_out)
    found: dict[str, dict[str, Any]] = {}
    for batch in _batches(chosen):
        found |= reading.read_all([each.reference for each in batch])
    left_out["could not be read"] += sum(each.reference not in found for each in chosen)
    for each in wanted:  # two notes may point to one file, each in its way
        if "://" in each.url and each.reference in found:
            found[each.url.partition("/_history/")[0]] = found[each.reference]
    return found, [f"Files of notes: {count} {why}" for why, count in sorted(left_out.items()) if count]


def _wanted(reading: Reading, resources: Mapping[str, dict[str, Any]], left_out: Counter[str]) -> Iterator[_File]:
    for resource in resources.values():
        forms = [as_dict(each.get("attachment")) for each in dicts_of(resource.get("content"))]
        forms = [*forms, *dicts_of(resource.get("presentedForm"))]
        if any("data" in each for each in forms):
            continue  # another form of what stands here already
        ranked = sorted((rank, number) for number, each in enumerate(forms) if (rank := _rank(each)) is not None)
        for rank, number in ranked:
            form, url = forms[number], string_of(forms[number].get("url")) or ""
            reference = reading.local(url)
            if url and reference is None:
                left_out["stand on another host"] += 1
            elif reference and reference.startswith("Binary/") and rank == ranked[0][0]:
                yield _File(_written(resource), url, reference, max(whole_of(form.get("size")) or _UNTOLD, 1))


def _rank(form: dict[str, Any]) -> int | None:
    kind = (string_of(form.get("contentType")) or "octet-stream").lower()
    return next((rank for rank, each in enumerate(_FORMS) if each in kind), None)


def _written(resource: dict[str, Any]) -> str:
    return next(
        (told for each in ("date", "effectiveDateTime", "issued") if (told := string_of(resource.get(each)))), ""
    )


def _chosen(wanted: list[_File], *, most: int, left_out: Counter[str]) -> list[_File]:
    chosen: list[_File] = []
    total = 0
    for each in _distinct(wanted):
        if each.size > MOST_BYTES:
            left_out[f"longer than {MOST_BYTES // 1024 // 1024} MiB"] += 1
        elif len(chosen) >= most or total + each.size > _MOST_IN_ALL:
            left_out[f"beyond the latest {len(chosen)}"] += 1
        else:
            chosen.append(each)
            total += each.size
    return chosen


def _distinct(wanted: list[_File]) -> list[_File]:
    """Return each file once, where it is first wanted."""
    first: dict[str, _File] = {}
    for each in wanted:
        first.setdefault(each.reference, each)
    return list(first.values())


def _batches(files: list[_File]) -> Iterator[list[_File]]:
    batch: list[_File] = []
    size = 0
    for each in files:
        if batch and size + each.size > _MOST_IN_BATCH:
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each.size
    if batch:
        yield batch
