"""
Any resource -> what of it a person reads when a sentence is traced back: the cited element and its telling neighbours.

Reads of each type the elements named in _TELLING, by whatever choice of type stands there; of documents and reports the
text as read for the brief. What is shown is what stands in the resource; nothing is put in other words.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.core.brief.facts import Evidence
from app.core.brief.opened import Line, Opened, marked_in, passages_of, spans_of, whole_of
from app.core.brief.words import split_sentences
from app.edges.fhir.attachment import FileReader, Files, text_of_attachment
from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, local_reference, reference_of, string_of, text_of
from app.edges.fhir.moment import first_moment, label_of
from app.edges.fhir.said import words_of_element
from app.edges.fhir.sensitive import why_titled

_ATTACHED = re.compile(r"(?:content\[\d+\]\.attachment|presentedForm\[\d+\]|)\.?data$")
_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?$")
_A_TEXT = 200  # characters from which on a string is shown as a text of its own
_LEFT_OUT = "[held back]"
_MOST_LINES, _MOST_WORDS = 14, 2_000
_CHOICES = frozenset({"value", "effective", "onset", "abatement", "performed", "medication"})

_DRUG = (("Medicine", "medication"), ("Status", "status"))
_TELLING: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Condition": (
        *(("Problem", "code"), ("Status", "clinicalStatus"), ("Verified", "verificationStatus")),
        *(("Began", "onset"), ("Ended", "abatement"), ("Recorded", "recordedDate"), ("Remark", "note")),
    ),
    "AllergyIntolerance": (
        *(("Allergy", "code"), ("Status", "clinicalStatus"), ("Verified", "verificationStatus")),
        *(("Reaction", "reaction"), ("Began", "onset"), ("Recorded", "recordedDate")),
    ),
    "Observation": (
        *(("Of", "code"), ("Result", "value"), ("Taken", "effective"), ("Status", "status")),
        *(("Read as", "interpretation"), ("Usual range", "referenceRange"), ("Remark", "note")),
    ),
    "Procedure": (
        *(("Procedure", "code"), ("Status", "status"), ("Done", "performed"), ("Outcome", "outcome")),
        ("Remark", "note"),
    ),
    "MedicationRequest": (
        *(*_DRUG, ("Dose", "dosageInstruction"), ("Ordered", "authoredOn"), ("Why it ended", "statusReason")),
        ("Remark", "note"),
    ),
    "MedicationStatement": (*_DRUG, ("Dose", "dosage"), ("Taken", "effective"), ("Why it ended", "statusReason")),
    "MedicationDispense": (
        *_DRUG,
        ("Dose", "dosageInstruction"),
        ("Handed over", "whenHandedOver"),
        ("Days", "daysSupply"),
    ),
    "MedicationAdministration": (*_DRUG, ("Dose", "dosage"), ("Given", "effective"), ("Why not", "statusReason")),
    "Medication": (("Medicine", "code"),),
    "Encounter": (("Visit", "type"), ("Status", "status"), ("When", "period"), ("Reason", "reasonCode")),
    "DiagnosticReport": (
        *(("Report", "code"), ("Status", "status"), ("Examined", "effective"), ("Issued", "issued")),
        ("Conclusion", "conclusionCode"),
    ),
    "DocumentReference": (("Document", "type"), ("Status", "docStatus"), ("Written", "date"), ("Author", "author")),
    "ServiceRequest": (("Order", "code"), ("Status", "status"), ("Ordered", "authoredOn"), ("Reason", "reasonCode")),
}
_KINDS = {
    "Condition": "Problem list",
    "AllergyIntolerance": "Allergy",
    "Observation": "Measurement or finding",
    "MedicationRequest": "Medication order",
    "MedicationStatement": "Medication taken",
    "MedicationDispense": "Medication handed out",
    "MedicationAdministration": "Medication given",
    "Encounter": "Visit",
    "DiagnosticReport": "Report",
    "DocumentReference": "Document",
    "Binary": "Document",
    "ServiceRequest": "Order",
}
_WHEN = (
    *("effectiveDateTime", "effectivePeriod.start", "performedDateTime", "performedPeriod.start", "onsetDateTime"),
    *("authoredOn", "whenHandedOver", "context.period.start", "period.start", "date", "issued", "recordedDate"),
)


def open_sources(
    resources: Mapping[str, dict[str, Any]],
    evidence: Iterable[Evidence],
    *,
    added: frozenset[str] = frozenset(),
    read_file: FileReader | None = None,
) -> tuple[Opened, ...]:
    """
    Return each cited resource opened at what is quoted of it, in the order of the evidence.

    resources: the chart as it stands, by "Type/ID". A resource that is gone comes back with all its quotes lost.
    added, read_file: as for the chart; the sensitive part of a note that nobody added is taken out of its text here too
    """
    cited: dict[str, list[Evidence]] = {}
    for each in evidence:
        cited.setdefault(each.reference, []).append(each)
    files = Files(read_file)
    return tuple(_opened(resources, reference, held, added, files) for reference, held in cited.items())


def _opened(
    resources: Mapping[str, dict[str, Any]], reference: str, cited: list[Evidence], added: frozenset[str], files: Files
) -> Opened:
    resource = as_dict(resources.get(reference))
    holder = _document_of(resources, reference) if reference.startswith("Binary/") else resource
    whole_shown = added & {reference, local_reference(dict(holder))}
    texts: dict[str, list[str]] = {}
    lines: list[tuple[str, str]] = []
    lost = []
    read = {path: text_at(resource, path, files=files, whole=bool(whole_shown)) for path in {one.path for one in cited}}
    for each in cited:
        found = read[each.path]
        if found is not None and not whole_shown:
            found = without_sensitive(found)
        if found is None or each.quote not in found:
            lost.append(each.quote)
        elif _ATTACHED.match(each.path) or len(found) > _A_TEXT:
            texts.setdefault(found, []).append(each.quote)
        else:
            lines.append((each.path, each.quote))
    spans = {text: spans_of(text, quotes) for text, quotes in texts.items()}
    whole = [whole_of(text, found) for text, found in spans.items()]
    return Opened(
        reference=reference,
        kind=_KINDS.get(reference.partition("/")[0], _in_words(reference.partition("/")[0])),
        title=_title(holder) or _KINDS.get(reference.partition("/")[0], "Resource"),
        day=first_moment(holder, *_WHEN)[1] or cited[0].date,
        paths=tuple(dict.fromkeys(each.path for each in cited)),
        lines=tuple(_lines(resource, lines)) if resource else (),
        passages=tuple(one for text, found in spans.items() for one in passages_of(text, found)),
        whole=tuple(piece for pieces, _ in whole for piece in pieces),
        cut=any(each for _, each in whole),
        lost=tuple(dict.fromkeys(lost)),
    )


def without_sensitive(text: str) -> str:
    """Return a text without the sentences that stand under a heading of what is held back; each says so instead."""
    pieces, at = [], 0
    for heading, sentence in split_sentences(text):
        if heading and why_titled(heading):
            start = text.find(sentence, at)
            pieces += [text[at:start], _LEFT_OUT if not pieces or pieces[-1] != _LEFT_OUT else ""]
            at = start + len(sentence)
    return "".join((*pieces, text[at:]))


def text_at(resource: Mapping[str, Any], path: str, *, files: Files | None = None, whole: bool = False) -> str | None:
    """
    Return what stands at a path of the evidence ("note[0].text"), documents decoded; None where nothing does.

    files: who reads PDFs; whole: with what a document itself labels restricted
    """
    element: object = resource
    if _ATTACHED.match(path):
        for step in path.split(".")[:-1]:
            element = _step(element, step)
        return text_of_attachment(as_dict(element), files=files or Files(), whole=whole)
    for step in path.split("."):
        element = _step(element, step)
    if isinstance(element, bool):
        return "true" if element else "false"  # as it stands in the resource
    return None if element is None or isinstance(element, dict | list) else str(element)


def _step(element: object, step: str) -> object:
    found = _STEP.match(step)
    if found is None or not isinstance(element, dict):
        return None
    value = element.get(found[1])
    if found[2] is None:
        return value
    held = as_list(value)
    return held[int(found[2])] if int(found[2]) < len(held) else None


def _lines(resource: dict[str, Any], cited: list[tuple[str, str]]) -> Iterator[Line]:
    """Yield the telling elements with the quotes marked in them; a quote that no such element holds has its own."""
    left = dict.fromkeys(cited)
    for label, name in _TELLING.get(str(resource.get("resourceType")), ()):
        for key in [each for each in resource if each == name or (name in _CHOICES and _is_choice(each, name))]:
            words = words_of_element(resource[key])[:_MOST_WORDS]
            quotes = [each for each in left if re.match(rf"{key}\b", each[0]) and each[1] in words]
            for each in quotes:
                left.pop(each)
            if words:
                yield Line(label, marked_in(words, _first_spans(words, [each[1] for each in quotes])))
    for path, quote in list(left)[:_MOST_LINES]:
        yield from _around(resource, path, quote)


def _is_choice(key: str, name: str) -> bool:
    return re.fullmatch(name + r"[A-Z]\w*", key) is not None


def _around(resource: dict[str, Any], path: str, quote: str) -> Iterator[Line]:
    """Yield a quote of an element without a name here; of a panel's component, which one it is."""
    if found := re.match(r"component\[\d+\]", path):
        part = as_dict(_step(resource, found[0]))
        key = path.split(".")[1].partition("[")[0]
        words = words_of_element(part.get(key))
        yield Line(text_of(part.get("code")) or "Part", marked_in(words, _first_spans(words, [quote])))
        return
    words = text_at(resource, path) or quote
    yield Line(_in_words(path.rpartition(".")[2].partition("[")[0]), marked_in(words, _first_spans(words, [quote])))


def _first_spans(words: str, quotes: list[str]) -> tuple[tuple[int, int], ...]:
    """Return where each quote first stands: a short one, as a number, stands in other words too."""
    return tuple(sorted({(at, at + len(quote)) for quote in quotes if (at := words.find(quote)) >= 0}))


def _title(resource: Mapping[str, Any]) -> str | None:
    """Return what a resource is called."""
    kinds = ("code", "type", "medicationCodeableConcept", "medicationReference", "description")
    return next((words for each in kinds if (words := _named_first(resource.get(each)))), None)


def _named_first(element: object) -> str | None:
    first = next(iter(as_list(element)), None)
    label = label_of(first, "") if isinstance(first, dict) else None
    return label[0] if label else text_of(first)


def _document_of(resources: Mapping[str, dict[str, Any]], binary: str) -> Mapping[str, Any]:
    """Return the document whose text a Binary holds."""
    for each in resources.values():
        for content in dicts_of(as_dict(each).get("content")):
            if reference_of(string_of(as_dict(content.get("attachment")).get("url"))) == binary:
                return each
    return {}


def _in_words(name: str) -> str:
    """Return "Medication request" for "MedicationRequest", "Text" for "text"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return words[:1].upper() + words[1:]
