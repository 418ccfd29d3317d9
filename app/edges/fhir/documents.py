"""
Notes and reports of a chart as documents that could be sent: each with its names and with what it alone says.

Reads of DocumentReference status, docStatus, date, masterIdentifier, identifier, relatesTo, context.related and
content.attachment (url, hash, data); of DiagnosticReport status, issued, identifier, result and presentedForm.
source: https://hl7.org/fhir/R4/documentreference.html; Attachment.hash is SHA-1, base64
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from app.core.brief.facts import Fact, Procedure
from app.core.brief.sending import Document, Marks, When
from app.edges.fhir.around import Around, Lookup, lookup_in
from app.edges.fhir.attachment import FileReader, Files
from app.edges.fhir.chart import chart_of, facts_in, ours_in
from app.edges.fhir.datatypes import (
    as_dict,
    as_list,
    dicts_of,
    has_time,
    identifiers_of,
    local_reference,
    reference_of,
    string_of,
)
from app.edges.fhir.moment import label_of, moment_of

_MOST_BYTES = 8 * 1024 * 1024  # of inline content that is hashed; a longer one is known by its other names


def read_documents(
    resources: Mapping[str, dict[str, Any]],
    *,
    patient: str | None,
    added: frozenset[str] = frozenset(),
    read_file: FileReader | None = None,
) -> tuple[Document, ...]:
    """
    Return the documents of one patient that say something, by reference.

    Left out as in read_chart: another patient's, held back, replaced, in error, the payer's letters and our own
    notes; and superseded ones, which nobody sends. added, read_file, raises: as read_chart
    """
    around = Around(lookup_in(resources), added, Files(read_file))
    ours = dict(ours_in(resources, patient=patient, around=around))
    found = []
    for reference, resource in ours.items():
        if resource["resourceType"] in _WRITTEN and resource.get("status") != "superseded":
            facts = tuple(_facts(resource, reference=reference, ours=ours, around=around))
            if any(not isinstance(each, Procedure) for each in facts) or (facts and forms_of(resource)):
                found.append(_document(resource, reference=reference, facts=facts, lookup=around.lookup))
    return tuple(sorted(found, key=lambda each: each.reference))


_WRITTEN = {
    "DocumentReference": ("date", "content.0.attachment.creation", "context.period.end"),
    "DiagnosticReport": ("issued", "effectiveDateTime", "effectivePeriod.end"),
}


def _facts(resource: dict, *, reference: str, ours: Mapping[str, dict[str, Any]], around: Around) -> Iterator[Fact]:
    """Yield what a document says; a report's results, where they are this patient's too, are in it."""
    yield from facts_in(resource, reference=reference, around=around)
    for name in _references(resource.get("result")):
        if name in ours and name.startswith("Observation/"):
            yield from facts_in(ours[name], reference=name, around=around)


def _document(resource: dict, *, reference: str, facts: tuple[Fact, ...], lookup: Lookup) -> Document:
    named = label_of(resource.get("type") or resource.get("code"), "type")
    written = _written(resource)
    return Document(
        reference=reference,
        title=named[0] if named else "Note",
        day=next((each.day for each in facts if each.day), written.day if written else None),
        chart=chart_of(facts, patient=None, around=Around(lookup)),
        marks=marks_of_document(resource, lookup=lookup),
        written=written,
        filed_with=frozenset(_references(as_dict(resource.get("context")).get("related"))),
        replaces=_replaced_by(resource, lookup=lookup),
        draft=resource.get("docStatus") == "preliminary" or resource.get("status") in ("preliminary", "partial"),
    )


def _written(resource: dict) -> When | None:
    for path in _WRITTEN[resource["resourceType"]]:
        value: object = resource
        for step in path.split("."):
            value = (as_list(value) or [None])[0] if step == "0" else as_dict(value).get(step)
        if when := when_of(value):
            return when
    return None


def when_of(value: object) -> When | None:
    """Return a date, dateTime or instant with how exact it is; None for what is none."""
    found = moment_of(value)
    return When(*found, exact=has_time(value)) if found else None


def marks_of_document(resource: Mapping[str, Any], *, lookup: Lookup) -> Marks:
    """Return every name under which a document may be listed: its own, its files', their hashes."""
    own = local_reference(dict(resource))
    names, hashes = {own} if own else set(), set()
    for form in forms_of(resource):
        url = reference_of(string_of(form.get("url")))
        found = lookup(url) if url else None
        hashes |= hashes_of(form) | (hashes_of(found[1]) if found else set())
        if url and url.startswith("Binary/"):
            names.add(url)
    identifiers = [*identifiers_of(resource.get("masterIdentifier")), *identifiers_of(resource.get("identifier"))]
    return Marks(frozenset(names), frozenset(identifiers), frozenset(hashes))


def forms_of(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the attachments of a DocumentReference or a DiagnosticReport."""
    inside = [as_dict(each.get("attachment")) for each in dicts_of(resource.get("content"))]
    return [*inside, *dicts_of(resource.get("presentedForm"))]


def hashes_of(form: Mapping[str, Any]) -> set[str]:
    """Return the SHA-1 of an Attachment's or a Binary's content, as told and as worked out; base64."""
    told = string_of(form.get("hash"))
    data = form.get("data")
    found = {told} if told else set()
    if isinstance(data, str) and 0 < len(data) <= _MOST_BYTES * 4 // 3:
        try:
            content = base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            return found
        found.add(base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode())
    return found


def _references(value: object) -> Iterator[str]:
    yield from (found for each in as_list(value) if (found := reference_of(each)))


def _replaced_by(resource: dict, *, lookup: Lookup) -> Marks:
    targets = [
        target
        for relation in dicts_of(resource.get("relatesTo"))
        if relation.get("code") == "replaces" and (target := reference_of(relation.get("target")))
    ]
    marks = [marks_of_document(found[1], lookup=lookup) for each in targets if (found := lookup(each))]
    return Marks(
        frozenset(targets).union(*(each.references for each in marks)),
        frozenset().union(*(each.identifiers for each in marks)),
        frozenset().union(*(each.hashes for each in marks)),
    )
