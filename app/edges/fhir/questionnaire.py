"""
Questionnaire: the form of an outcome that a site may install in its EHR; QuestionnaireResponse: a note that fills it.

We write of an answer: identifier (one, of the latest version), questionnaire, status completed or amended, subject,
encounter, authored, author, item. An identifier that a server drops is made up for by the note's own words.
source: https://hl7.org/fhir/R4/questionnaire.html, questionnaireresponse.html (R4 has no "replaces" between answers)
"""

from collections.abc import Iterator
from typing import Any

from app.core.effects import WriteDocument
from app.edges.fhir.appointment import fhir_instant, references_to
from app.edges.fhir.datatypes import dicts_of, string_of
from app.edges.fhir.identifiers import write_identifier

_NOTE = "note"
# (linkId, type, text); each may be asked once, `about` more often.
_QUESTIONS = (
    ("case", "string", "Case number in Parley"),
    ("title", "string", "What was decided"),
    ("held-from", "dateTime", "The call began"),
    ("held-to", "dateTime", "The call ended"),
    ("recorded-by", "string", "Recorded by"),
    ("about", "reference", "The request and the payer's answer"),
    ("replaces", "reference", "Takes the place of"),
    (_NOTE, "text", "Note of the call"),
)


def questionnaire(canonical: str) -> dict[str, Any]:
    """Return the Questionnaire for a site to install. canonical: its URL, with "|VERSION" where the site wants one."""
    url, _, version = canonical.partition("|")
    form: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "url": url,
        "name": "PeerToPeerReviewOutcome",
        "title": "Outcome of a peer-to-peer review",
        "status": "active",
        "subjectType": ["Patient"],
        "description": "Filled by Parley after a call with a payer's reviewer; nobody fills it by hand.",
        "item": [
            {"linkId": name, "text": text, "type": kind, "required": name == _NOTE, "repeats": name == "about"}
            for name, kind, text in _QUESTIONS
        ],
    }
    return {**form, "version": version} if version else form


def write_answers(effect: WriteDocument, *, canonical: str, replaces: str | None = None) -> dict[str, Any]:
    """
    Return the QuestionnaireResponse that holds a note, ready for POST.

    replaces: "QuestionnaireResponse/ID" of the version before, where that one cannot be changed
    """
    answers: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "identifier": write_identifier(effect.key),
        "questionnaire": canonical,
        "status": "amended" if effect.replaces_key else "completed",
        "subject": {"reference": effect.patient.reference},
        "authored": fhir_instant(effect.at),
        "item": list(_items(effect, replaces)),
    }
    if effect.encounter:
        answers["encounter"] = {"reference": effect.encounter}
    if effect.author:
        answers["author"] = {"reference": effect.author, "display": effect.author_name}
    return answers


def _items(effect: WriteDocument, replaces: str | None) -> Iterator[dict[str, Any]]:
    told: dict[str, list[dict[str, Any]]] = {
        "case": [{"valueString": effect.case_number}],
        "title": [{"valueString": effect.title}],
        "held-from": [{"valueDateTime": fhir_instant(each)} for each in (effect.held_from,) if each],
        "held-to": [{"valueDateTime": fhir_instant(each)} for each in (effect.held_to,) if each],
        "recorded-by": [{"valueString": effect.author_name}] if effect.author_name.strip() else [],
        "about": [{"valueReference": each} for each in references_to(*effect.about)],
        "replaces": [{"valueReference": each} for each in references_to(replaces or "")],
        _NOTE: [{"valueString": effect.text}],
    }
    for name, _, text in _QUESTIONS:
        if told[name]:
            yield {"linkId": name, "text": text, "answer": told[name]}


def revise_answers(standing: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any]:
    """Return the answers as the EHR holds them with the newer version in their place; what else stands there stays."""
    kept = {"questionnaire": standing.get("questionnaire") or newer["questionnaire"]}
    if "encounter" in standing:
        kept["encounter"] = standing["encounter"]
    return {**standing, **newer, **kept}


def read_answered_note(resource: dict[str, Any]) -> str | None:
    """Return the note that answers hold, None where they hold none."""
    items = (each for each in dicts_of(resource.get("item")) if each.get("linkId") == _NOTE)
    texts = (string_of(one.get("valueString")) for each in items for one in dicts_of(each.get("answer")))
    return next((each for each in texts if each), None)
