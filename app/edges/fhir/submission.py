"""
What went to the payer: Claim.supportingInfo of the request and of those it updates, and messages to the payer.

PAS lists attachments as additionalInformation with a reference to them, and tells X12's paperwork data (transmission
method, control number) in an extension. Plain R4 uses valueAttachment and valueReference in any category.
source: http://hl7.org/fhir/us/davinci-pas (profile-claim, extension-documentInformation)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from app.core.brief.sending import Marks, Parcel, Submission
from app.edges.fhir.datatypes import (
    as_dict,
    as_list,
    codings_of,
    dicts_of,
    extensions_of,
    identifiers_of,
    string_of,
    text_of,
    value_of,
)
from app.edges.fhir.documents import hashes_of, marks_of_document, when_of

_PAPERWORK = "extension-documentInformation"
_ON_REQUEST = "AA"  # X12 756: kept at the provider's site
_OURS = "urn:parley:write"
_SENT = ("completed", "in-progress")
# Returns "Type/ID" of a Reference inside this EHR, None for contained, urn and foreign ones.
Local = Callable[[object], str | None]


def read_submission(
    claims: Sequence[dict[str, Any]],
    messages: Sequence[dict[str, Any]],
    *,
    names: frozenset[str],
    payers: frozenset[str],
    local: Local,
    trouble: tuple[str, ...] = (),
) -> Submission:
    """
    Return what the request's own record and the messages about it say was sent; never raises.

    claims: the request first, then those it updates. names: references of the request and its answers
    payers: references of the payer, to tell a message to it from one among colleagues
    """
    parcels = [each for claim in claims for each in _listed(claim, local)]
    for message in messages:
        if _went_to_payer(message, names=names, payers=payers, local=local):
            parcels += _carried(message, local)
    sent = when_of(claims[0].get("created")) if claims else None
    return Submission(names=names, sent=sent, known=bool(claims), parcels=tuple(parcels), trouble=trouble)


def _listed(claim: dict[str, Any], local: Local) -> Iterator[Parcel]:
    for info in dicts_of(claim.get("supportingInfo")):
        paper = next(extensions_of(info, _PAPERWORK), {})
        if not (info.get("valueAttachment") or info.get("valueReference") or paper):
            continue  # a date, a number or a word: nothing that was attached
        told = {string_of(each.get("url")): value_of(each) for each in dicts_of(paper.get("extension"))}
        number = string_of(told.get("controlNumber"))
        marks = _marks(as_dict(info.get("valueReference")), as_dict(info.get("valueAttachment")), claim, local)
        if number:
            marks = Marks(marks.references, marks.identifiers | {(None, number)}, marks.hashes)
        kept = any(each.code == _ON_REQUEST for each in codings_of(told.get("transmissionMethod")))
        yield Parcel(marks, text_of(info.get("category")), on_request=kept)


def _carried(message: dict[str, Any], local: Local) -> Iterator[Parcel]:
    sent = when_of(message.get("sent")) or when_of(message.get("received"))
    for payload in dicts_of(message.get("payload")):
        reference, form = as_dict(payload.get("contentReference")), as_dict(payload.get("contentAttachment"))
        if reference or form:
            marks = _marks(reference, form, message, local)
            yield Parcel(marks, text_of(message.get("topic")), in_message=True, sent=sent)


def _marks(reference: dict[str, Any], form: dict[str, Any], holder: dict[str, Any], local: Local) -> Marks:
    """Return the names of what a Reference or an Attachment points to; none of them where it points nowhere we know."""
    names = {found for each in (reference, form.get("url")) if each and (found := local(each))}
    identifiers = set(identifiers_of(reference.get("identifier")))
    hashes = hashes_of(form) if form else set()
    if inside := _contained(string_of(reference.get("reference")), holder):
        own = marks_of_document(inside, lookup=lambda _: None)
        identifiers, hashes = identifiers | own.identifiers, hashes | own.hashes
        names |= {each for each in own.references if each.startswith("Binary/")}
    return Marks(frozenset(names), frozenset(identifiers), frozenset(hashes))


def _contained(reference: str | None, holder: dict[str, Any]) -> dict[str, Any] | None:
    if reference is None or not reference.startswith("#"):
        return None
    return next((each for each in dicts_of(holder.get("contained")) if each.get("id") == reference[1:]), None)


def _went_to_payer(message: Mapping[str, Any], *, names: frozenset[str], payers: frozenset[str], local: Local) -> bool:
    """Whether a Communication carried something to the payer, or came from it; our own notes are told to colleagues."""
    if any(each.get("system") == _OURS for each in dicts_of(message.get("identifier"))):
        return False
    if string_of(message.get("status")) not in _SENT:
        return False
    recipients = {local(each) for each in as_list(message.get("recipient"))}
    if payers & (recipients | {local(message.get("sender"))}):
        return True
    if names.isdisjoint(local(each) for each in as_list(message.get("about"))):
        return False
    people = {each for each in recipients if each and not each.startswith("Organization/")}
    return not recipients or recipients != people


def updated_by(claim: Mapping[str, Any], local: Local) -> tuple[str, ...]:
    """Return the earlier requests that a Claim takes up, as "Claim/ID"."""
    found = (local(each.get("claim")) for each in dicts_of(claim.get("related")))
    return tuple(each for each in found if each and each.startswith("Claim/"))
