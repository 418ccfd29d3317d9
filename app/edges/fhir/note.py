"""
DocumentReference (and text inside other resources) -> remarks: sentences with the words verbatim.

Reads status, docStatus, type, date, context.period, content.attachment (text/plain, text/html; inline, or a Binary of
the same chart), relatesTo. Letters of the payer and what Parley itself wrote are no evidence of the patient.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from app.core.brief.facts import Remark
from app.core.brief.words import split_sentences, tidy
from app.edges.fhir.around import Around
from app.edges.fhir.datatypes import as_dict, as_list, codings_of, dicts_of, reference_of, string_of
from app.edges.fhir.markup import text_of_html
from app.edges.fhir.moment import first_moment, label_of, quote
from app.edges.fhir.sensitive import PROGRAM, has_notice, why_titled

_STATUSES = (None, "current", "superseded")
# Letter of a payer, its denial of an appeal, correspondence.
_NOT_OF_PATIENT = {("http://loinc.org", each) for each in ("52034-6", "52032-0", "52033-8")}
_OURS = "urn:parley:write"
_MAX_BYTES = 2 * 1024 * 1024
_MAX_SENTENCE = 600


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
    title = (named[0] if named else "Note") + (" (superseded)" if resource.get("status") == "superseded" else "")
    at, day, _ = first_moment(resource, "context.period.start", "date")
    for index, content in enumerate(as_list(resource.get("content"))):
        attachment = as_dict(as_dict(content).get("attachment"))
        place, path, form = reference, f"content[{index}].attachment.data", attachment
        if "data" not in attachment and (target := reference_of(string_of(attachment.get("url")))):
            if found := around.lookup(target):
                place, path, form = found[0], "data", found[1]
        remarks = remarks_of_attachment(form, title=title, at=at, day=day, reference=place, path=path, around=around)
        yield from without_held(remarks, of=reference, day=day, around=around)


def without_held(remarks: Iterable[Remark], *, of: str, day: str | None, around: Around) -> Iterator[Remark]:
    """Yield the sentences of a document that are not sensitive: none of one with a notice of such records."""
    remarks = list(remarks)
    if of in around.added:
        yield from remarks
    elif any(has_notice(each.words) for each in remarks):
        around.hold(of, day=day, why=PROGRAM)
    else:
        for each in remarks:
            if why := each.heading and why_titled(each.heading):
                around.hold(of, day=day, why=why, kind="part of a note")
            else:
                yield each


def remarks_of_attachment(
    form: object, *, title: str, at: datetime | None, day: str | None, reference: str, path: str, around: Around
) -> Iterator[Remark]:
    """Yield the sentences of an Attachment or Binary that holds text."""
    text = text_of_attachment(as_dict(form), around.problems)
    if text is not None:
        yield from remarks_of(text, title=title, at=at, day=day, reference=reference, path=path)


def text_of_attachment(form: dict, problems: Counter[str]) -> str | None:
    """Return the text of an Attachment or Binary as it is quoted from, or None; then why is counted."""
    kind, _, parameters = (string_of(form.get("contentType")) or "text/plain").lower().partition(";")
    if not isinstance(form.get("data"), str):
        problems["a document whose text is not in the chart"] += 1
        return None
    if kind.strip() not in ("text/plain", "text/html", "text/markdown"):
        problems[f"a document of type {kind.strip()[:40]}"] += 1
        return None
    text = _decoded(form["data"], charset="latin-1" if "8859" in parameters else "utf-8")
    if text is None:
        problems["a document whose content is damaged or too long"] += 1
        return None
    return text_of_html(text) if kind.strip() == "text/html" else text


def remarks_of(
    text: str, *, title: str, at: datetime | None, day: str | None, reference: str, path: str
) -> Iterator[Remark]:
    """Yield each sentence of a text as a remark that quotes it verbatim; very long ones are cut at a blank."""
    for heading, sentence in split_sentences(text):
        words = sentence if len(sentence) <= _MAX_SENTENCE else sentence[:_MAX_SENTENCE].rsplit(None, 1)[0]
        if tidy(words):
            evidence = (quote(reference, path, day, words),)
            yield Remark(label=title, at=at, day=day, evidence=evidence, words=words, heading=heading)


def _decoded(data: str, *, charset: str) -> str | None:
    if len(data) > _MAX_BYTES * 4 // 3 + 4:
        return None
    try:
        return base64.b64decode("".join(data.split()), validate=True).decode(charset, errors="replace")
    except (binascii.Error, ValueError):
        return None
