"""
DocumentReference: the note of the call inside the resource, as text, as an HTML page, as a PDF, or as several of them.

We write: masterIdentifier, identifier, status current, docStatus, type LOINC 34748-4, category clinical-note, subject,
date, author, description, relatesTo, attachments with size and SHA-1, context. profile: US Core DocumentReference.
We read back: the text.
source: https://hl7.org/fhir/R4/documentreference.html; Oracle wants context.period.end and one content
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from app.core.effects import WriteDocument
from app.core.outcome.note_paper import note_paper
from app.edges.fhir.appointment import fhir_instant, references_to
from app.edges.fhir.datatypes import as_dict, dicts_of, string_of
from app.edges.fhir.identifiers import write_identifier
from app.edges.fhir.note_page import note_page

PDF = "application/pdf"
HTML = ("text/html", "application/xhtml+xml")
_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"


@dataclass(frozen=True, slots=True)
class NoteStyle:
    """
    What a site wants of notes: LOINC type, US Core category code, media types ("" is text that decides for itself).

    bare: the server answers 422 to elements it does not document (Oracle): no masterIdentifier, relatesTo or amended
    """

    loinc: str = "34748-4"
    category: str = "clinical-note"
    mimes: tuple[str, ...] = ("",)
    bare: bool = False


def write_document(
    effect: WriteDocument,
    *,
    replaces: str | None = None,
    author: str | None = None,
    style: NoteStyle | None = None,
    printed: bytes | None = None,
) -> dict[str, Any]:
    """
    Return the DocumentReference of a note, ready for POST.

    printed: the note as a PDF; where the site wants one and there is none, it is sent as text

    replaces: "DocumentReference/ID" of the version before. author: who answers for it where the effect names nobody
    """
    style = style or NoteStyle()
    document: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "masterIdentifier": write_identifier(effect.key),
        "identifier": [write_identifier(effect.key)],
        "status": "current",
        "docStatus": "amended" if effect.replaces_key else "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": style.loinc}], "text": f"{effect.topic} note"},
        "category": [{"coding": [{"system": _CATEGORY, "code": style.category}]}],
        "subject": {"reference": effect.patient.reference},
        "date": fhir_instant(effect.at),
        "author": [_author(effect.author or author, effect.author_name)],
        "description": effect.title,
        "content": [{"attachment": each} for each in _attachments(effect, style, printed)],
        "context": _context(effect),
    }
    if style.bare:
        return {**{key: value for key, value in document.items() if key != "masterIdentifier"}, "docStatus": "final"}
    if replaces:
        document["relatesTo"] = [{"code": "replaces", "target": {"reference": replaces}}]
    return document


def revise_document(standing: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any]:
    """
    Return a DocumentReference as the EHR holds it with the newer version in it; both are known by their names.

    It stays under the visit where it stands.
    """
    ours = [*dicts_of(standing.get("identifier")), *newer["identifier"]]
    names = [each for at, each in enumerate(ours) if each not in ours[:at]]
    filed = {key: each for key, each in as_dict(standing.get("context")).items() if key == "encounter"}
    return {**standing, **newer, "identifier": names, "context": {**newer["context"], **filed}}


def _author(reference: str | None, name: str) -> dict[str, str]:
    return {"reference": reference, "display": name} if reference else {"display": name}


def _attachments(effect: WriteDocument, style: NoteStyle, printed: bytes | None) -> list[dict[str, Any]]:
    """Return the note in each form that the site takes, once; a server that documents one content gets the first."""
    made: dict[str, bytes] = {}
    for mime in style.mimes or ("",):
        kind, content = _form(effect, mime, printed)
        made.setdefault(kind, content)
    attachments = [_attachment(effect, kind, content) for kind, content in made.items()]
    return attachments[:1] if style.bare else attachments


def _form(effect: WriteDocument, mime: str, printed: bytes | None) -> tuple[str, bytes]:
    base = mime.partition(";")[0].strip().lower()
    if base == PDF and printed is not None:
        return PDF, printed
    if base in HTML:
        paper = note_paper(effect.text, title=effect.title, patient=effect.patient, at=effect.at)
        return mime, note_page(paper)
    # Plain ASCII needs no charset, and some servers take "text/plain" only.
    text = "text/plain" if effect.text.isascii() else "text/plain; charset=utf-8"
    return (text if base == PDF else mime or text), effect.text.encode()


def _attachment(effect: WriteDocument, kind: str, content: bytes) -> dict[str, Any]:
    return {
        "contentType": kind,
        "data": base64.b64encode(content).decode(),
        "size": len(content),
        "hash": base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),
        "title": effect.title,
        "creation": fhir_instant(effect.at),
    }


def _context(effect: WriteDocument) -> dict[str, Any]:
    start = effect.held_from or effect.at
    end = max(start, effect.held_to or start)
    context: dict[str, Any] = {"period": {"start": fhir_instant(start), "end": fhir_instant(end)}}
    if effect.encounter:
        context["encounter"] = references_to(effect.encounter)
    if effect.about:
        context["related"] = references_to(*effect.about)
    return context


def read_document_text(resource: dict[str, Any]) -> str | None:
    """Return the first inline text of a DocumentReference, None when it has none or it cannot be read."""
    for content in dicts_of(resource.get("content")):
        attachment = as_dict(content.get("attachment"))
        data, kind = string_of(attachment.get("data")), string_of(attachment.get("contentType")) or ""
        if data and kind.lower().startswith("text/plain"):
            try:
                return base64.b64decode(data, validate=True).decode()
            except ValueError:
                continue
    return None
