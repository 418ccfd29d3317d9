"""
What ClaimResponse and ExplanationOfBenefit share, as core's Denial: the answer's head with its words and numbers.

Read: use, status, outcome, created, processNote, disposition, error, communicationRequest, PAS reviewer, references;
the lines are read in adjudication.py.
Source: http://hl7.org/fhir/us/davinci-pas (profile-claimresponse), https://hl7.org/fhir/R4/claimresponse.html
"""

from app.core.denial import Code, Denial, DenialLine, Quote
from app.core.people import Party, Reviewer
from app.edges.fhir.adjudication import Draft, Reader, extensions_by_name, string_in
from app.edges.fhir.claim import Request, RequestLine, read_request
from app.edges.fhir.datatypes import (
    as_list,
    bool_of,
    codings_of,
    date_of,
    dicts_of,
    identifiers_of,
    reference_of,
    string_of,
    text_of,
    value_of,
)


def read_answer(resource: dict, *, claim: dict | None, sequence_key: str) -> Denial:
    """
    Return a payer's answer as a Denial, joined to its Claim where that is known.

    sequence_key: how the items number themselves, "itemSequence" (ClaimResponse) or "sequence" (ExplanationOfBenefit)
    """
    reader = Reader(resource)
    request = read_request(claim) if isinstance(claim, dict) else Request()
    header = Draft(0)
    reader.adjudications(resource, header, "")
    header.actions += reader.codes(resource.get("decision"), "decision")
    drafts = reader.lines(sequence_key, request)
    reader.bear(len(header.reasons) * len(drafts), "adjudication")  # what is said of all is said of each
    notes = reader.notes()
    tails = extensions_by_name(resource)
    reviewer, human = _reviewer(tails.get("claimResponseReviewer"))
    errors, follow_ups = _errors(reader, header)
    return Denial(
        reference=reader.reference or "",
        use=reader.word("use"),
        status=reader.word("status"),
        outcome=reader.word("outcome"),
        created_at=reader.moment("created"),
        patient=reference_of(resource.get("patient")),
        insurer=party_of(resource.get("insurer")),
        request=reference_of(resource.get("request")) or reference_of(resource.get("claim")),
        identifiers=identifiers_of(resource.get("identifier")),
        lines=_lines(reader, drafts, notes, request),
        actions=tuple(header.actions),
        notes=tuple(note for _, note in notes) + tuple(header.notes),
        disposition=next(iter(reader.quote(reader.word("disposition"), "disposition")), None),
        errors=errors,
        information_requested=bool(dicts_of(resource.get("communicationRequest"))),
        reviewer=reviewer,
        human_reviewed=human,
        urgent=request.urgent,
        authorization_number=string_in(tails.get("authorizationNumber")) or _first(resource.get("preAuthRef")),
        reference_number=string_in(tails.get("administrationReferenceNumber")),
        ordering=request.ordering or _clinician(resource.get("requestor")) or _clinician(resource.get("provider")),
        warnings=tuple(reader.warnings),
        reasons=tuple(header.reasons),
        categories=tuple(header.categories),
        follow_ups=follow_ups,
        created_on=date_of(resource.get("created")),
    )


def party_of(value: object) -> Party:
    """Return the organisation that a Reference names, by display, reference and identifier, as far as it says."""
    if not isinstance(value, dict):
        return Party()
    return Party(
        name=string_of(value.get("display")),
        reference=reference_of(value),
        identifiers=identifiers_of(value.get("identifier")),
    )


def _lines(
    reader: Reader, drafts: list[Draft], notes: list[tuple[int | None, Quote]], request: Request
) -> tuple[DenialLine, ...]:
    by_number: dict[int | None, list[int]] = {}
    for place, (number, _) in enumerate(notes):
        by_number.setdefault(number, []).append(place)
    lines = []
    for draft in drafts:
        linked = sorted(place for number in set(draft.note_numbers) for place in by_number.get(number, ()))
        reader.bear(len(linked), "item")
        lines.append(_line(draft, [notes[place][1] for place in linked], request.lines.get(draft.sequence)))
    return tuple(lines)


def _line(draft: Draft, linked: list[Quote], asked: RequestLine | None) -> DenialLine:
    service = asked.service if asked else None
    label = asked.label if asked else None
    return DenialLine(
        sequence=draft.sequence,
        actions=tuple(draft.actions),
        reasons=tuple(draft.reasons),
        notes=tuple(linked + draft.notes),
        service=service or draft.service,
        service_label=label or (draft.service.code if draft.service else None),
        diagnoses=(asked.diagnoses if asked else ()) or draft.diagnoses,
        quantity_requested=asked.quantity if asked and asked.quantity is not None else draft.quantity_requested,
        quantity_approved=draft.quantity_approved,
        authorization_number=draft.authorization_number,
        reference_number=draft.reference_number,
        categories=tuple(draft.categories),
        added=tuple(draft.added),
        unit=asked.unit if asked else None,
    )


def _errors(reader: Reader, header: Draft) -> tuple[tuple[Code, ...], tuple[Code, ...]]:
    errors: list[Code] = []
    follow_ups: list[Code] = []
    for here, error in reader.objects(reader.resource, "error", ""):
        coded = reader.codes(error.get("code"), here + ".code")
        errors += coded
        if not coded:
            header.notes += reader.quote(text_of(error.get("code")), here + ".code.text")
            errors.append(Code(None, None, text_of(error.get("code"))))
        if (extension := extensions_by_name(error).get("errorFollowupAction")) is not None:
            follow_ups += codings_of(value_of(extension))
    return tuple(errors), tuple(follow_ups)


def _reviewer(extension: dict | None) -> tuple[Reviewer | None, bool | None]:
    if extension is None:
        return None, None
    told = extensions_by_name(extension)
    identifier = identifiers_of(value_of(told.get("reviewerNPI") or told.get("reviewerIdentifier")))
    specialty = value_of(told.get("reviewerSpecialty"))
    words = text_of(specialty) or next((code.code for code in codings_of(specialty)), None)
    human = bool_of(value_of(told.get("wasHumanReviewedFlag")))
    if not identifier and not words:
        return None, human
    return Reviewer(specialty=words, npi=identifier[0][1] if identifier else None), human


def _first(value: object) -> str | None:
    return next((text for each in as_list(value) if (text := string_of(each))), None)


def _clinician(value: object) -> str | None:
    reference = reference_of(value)
    return reference if reference and reference.startswith(("Practitioner/", "PractitionerRole/")) else None
