"""
DocumentReference (and text inside other resources) -> remarks: sentences with the words verbatim.

Reads status, docStatus, type, date, context.period, content.attachment (attachment.py; inline, or a Binary of the same
chart), relatesTo. Letters of the payer and what Parley itself wrote are no evidence of the patient.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.core.brief.facts import Remark
from app.core.brief.words import split_sentences, tidy
from app.edges.fhir.around import Around
from app.edges.fhir.attachment import Unread, read_content
from app.edges.fhir.datatypes import as_dict, as_list, codings_of, dicts_of, reference_of, string_of
from app.edges.fhir.moment import first_moment, label_of, quote
from app.edges.fhir.sensitive import PROGRAM, has_notice, why_titled

_STATUSES = (None, "current", "superseded")
# Letter of a payer, its denial of an appeal, correspondence.
_NOT_OF_PATIENT = {("http://loinc.org", each) for each in ("52034-6", "52032-0", "52033-8")}
_OURS = "urn:parley:write"
_MAX_SENTENCE = 600
_PART = "part of a note"
_ABSENT = "a document whose text is not in the chart"


@dataclass(frozen=True, slots=True)
class Written:
    """A document: its reference, title, and when it was written."""

    of: str
    title: str
    at: datetime | None
    day: str | None


def read_note(resource: dict, *, reference: str, around: Around) -> Iterator[Remark]:
    """
    Yield the sentences of a note; nothing for one entered in error, from the payer, or written by Parley.

    around: is told what could not be read, and what is held back
    """
    if resource.get("status") not in _STATUSES or resource.get("docStatus") in ("entered-in-error", "cancelled"):
        return
    kinds = {(each.system, each.code) for each in codings_of(resource.get("type"))}
    ours = any(each.get("system") == _OURS for each in dicts_of(resource.get("identifier")))
    if ours or not kinds.isdisjoint(_NOT_OF_PATIENT):
        return
    named = label_of(resource.get("type"), "type")
    marks = ((resource.get("docStatus"), "preliminary"), (resource.get("status"), "superseded"))
    title = (named[0] if named else "Note") + "".join(f" ({mark})" for told, mark in marks if told == mark)
    at, day, _ = first_moment(resource, "context.period.start", "date")
    written = Written(reference, title, at, day)
    forms = [as_dict(as_dict(each).get("attachment")) for each in as_list(resource.get("content"))]
    for index, form in enumerate(forms):
        if not _is_at_hand(form, around) and any(_is_at_hand(each, around) for each in forms):
            continue  # the same document in another form, of which one is enough
        yield from remarks_of_attachment(form, written, path=f"content[{index}].attachment.data", around=around)


def remarks_of_attachment(form: object, written: Written, *, path: str, around: Around) -> Iterator[Remark]:
    """Yield the sentences of an Attachment: of its own data, else of the Binary of the same chart that it points to."""
    form, place = as_dict(form), written.of
    try:
        if "data" not in form and (url := string_of(form.get("url"))):
            place, form = _pointed(url, around)
            path = "data"
        whole = written.of in around.added
        content = read_content(form, files=around.files, problems=around.problems, whole=whole)
    except Unread as problem:
        around.problems[str(problem)] += 1
        return
    if content.why:
        around.hold(written.of, day=written.day, why=content.why)
        return
    if content.in_part:
        around.hold(written.of, day=written.day, why=content.in_part, kind=_PART)
    yield from without_held(remarks_of(content.text, written, reference=place, path=path), written, around=around)


def _is_at_hand(form: dict, around: Around) -> bool:
    url = string_of(form.get("url"))
    return "data" in form or bool(url and around.lookup(_place_of(url)))


def _pointed(url: str, around: Around) -> tuple[str, dict]:
    """Return (reference, Binary) of an address; raises Unread. Nothing is fetched here (ehr/chart.py)."""
    if url[:5].lower() == "data:":
        raise Unread("a document as a data: address")
    if found := around.lookup(_place_of(url)):
        return found
    raise Unread("a document at an address outside the chart" if "://" in url else _ABSENT)


def _place_of(url: str) -> str:
    """Return the name under which a chart would hold it: a foreign .../Binary/1 is not our Binary/1."""
    return (url if "://" in url else reference_of(url) or "").partition("/_history/")[0]


def without_held(remarks: Iterable[Remark], written: Written, *, around: Around) -> Iterator[Remark]:
    """Yield the sentences of a document that are not sensitive: none of one with a notice of such records."""
    remarks = list(remarks)
    if written.of in around.added:
        yield from remarks
    elif any(has_notice(each.words) for each in remarks):
        around.hold(written.of, day=written.day, why=PROGRAM)
    else:
        for each in remarks:
            if why := each.heading and why_titled(each.heading):
                around.hold(written.of, day=written.day, why=why, kind=_PART)
            else:
                yield each


def remarks_of(text: str, written: Written, *, reference: str, path: str) -> Iterator[Remark]:
    """Yield each sentence of a text as a remark that quotes it verbatim; very long ones are cut at a blank."""
    for heading, sentence in split_sentences(text):
        words = sentence if len(sentence) <= _MAX_SENTENCE else sentence[:_MAX_SENTENCE].rsplit(None, 1)[0]
        if tidy(words):
            evidence = (quote(reference, path, written.day, words),)
            yield Remark(
                label=written.title, at=written.at, day=written.day, evidence=evidence, words=words, heading=heading
            )
