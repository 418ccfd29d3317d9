"""
The shape of a ClaimResponse: what of it can bear on its route, decoded from bytes at a fraction of a reading's cost.

A feed holds thousands of answers and few different ones: payers say the same few things with other ids, dates and
numbers. Two answers of one shape, from payers of one standing, go the same way for the same reasons, so the second
need not be read again (launch/files/known.py). Nothing is interpreted here: claim_response.py reads, and what this
module does not know in every detail it leaves to it. So a shape names each element that the reader looks at, either
kept whole, or `None` where anything that stands there is left to the reader, or told below to be of no account.
Source: http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-claimresponse (2.0.1 to 2.2.x)
"""

from typing import Any, Literal, Union

import msgspec

_PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-"
# Numbers, days and persons: shown in the case, never a reason for a route.
_OF_NO_ACCOUNT = (
    *("number", "reviewerNPI", "reviewerIdentifier", "reviewerSpecialty"),
    *("quantity", "unitPrice", "revenue", "modifier", "itemTraceNumber", "administrationReferenceNumber"),
    *("authorizationNumber", "itemPreAuthIssueDate", "itemPreAuthPeriod", "itemRequestedServiceDate"),
    *("itemAuthorizedProvider", "previousAuthorizationNumber", "communicatedDiagnosis", "errorElement", "errorPath"),
    *("revenueCode", "TransmissionIdentifiers", "productOrServiceCodeEnd", "authorizedProviderType"),
    *("itemCertificationIssueDate", "itemCertificationEffectiveDate", "itemCertificationExpirationDate"),
)
_CODED = ("reviewActionCode", "reasonCode", "errorFollowupAction", "productOrServiceCode")
_NESTED = ("reviewAction", "claimResponseReviewer", "itemAuthorizedDetail")
_LONGEST = 64 * 1024  # bytes; shapes are kept, so each must be small


class _Part(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A part whose every element that the reader looks at is a field; others are skipped."""


class _Coding(_Part):
    code: str | None = None
    system: str | None = None
    display: str | None = None


class Concept(_Part):
    """A CodeableConcept."""

    coding: tuple[_Coding, ...] | None = None
    text: str | None = None
    display: str | None = None
    code: None = None  # a Coding where a CodeableConcept should stand


_Fields = list[Any]  # as msgspec.defstruct takes them


def _extensions(names: tuple[str, ...], fields: _Fields, *, strict: bool) -> tuple[Any, ...]:
    """Return a type for each extension, by its whole URL and by its bare name; `strict` ones hold nothing else."""
    return tuple(
        msgspec.defstruct(
            f"_{name}",
            fields,
            bases=(_Part,),
            tag_field="url",
            tag=start + name,
            forbid_unknown_fields=strict,
        )
        for name in names
        for start in ("", _PAS)
    )


_id = ("id", str | None, None)
_ignored = _extensions(_OF_NO_ACCOUNT, [], strict=False)
_flags = _extensions(("wasHumanReviewedFlag",), [("valueBoolean", bool), _id], strict=True)
_coded = _extensions(_CODED, [("valueCodeableConcept", Concept), _id], strict=True)
_Inner = Union[(*_ignored, *_flags, *_coded)]
_nested = _extensions(_NESTED, [("extension", tuple[_Inner, ...]), _id], strict=True)
_Extension = Union[(*_ignored, *_flags, *_coded, *_nested)]
# What an extension is called, by its type, for who reads shapes (shaped.py).
IGNORED = frozenset((*_ignored, *_flags))
CODED = dict(zip(_coded, (name for name in _CODED for _ in range(2)), strict=True))
NESTED = dict(zip(_nested, (name for name in _NESTED for _ in range(2)), strict=True))


class _Adjudication(_Part):
    extension: tuple[_Extension, ...] = ()
    category: Concept | None = None
    reason: Concept | None = None
    reviewOutcome: None = None


class Item(_Part):
    """One line of the answer."""

    itemSequence: int
    adjudication: tuple[_Adjudication, ...] = ()
    extension: tuple[_Extension, ...] = ()
    noteNumber: tuple[int, ...] = ()
    detail: None = None
    subDetail: None = None
    reviewOutcome: None = None


class _AddItem(_Part):
    itemSequence: tuple[int, ...] = ()
    adjudication: tuple[_Adjudication, ...] = ()
    extension: tuple[_Extension, ...] = ()
    noteNumber: tuple[int, ...] = ()
    productOrService: Concept | None = None
    detail: None = None
    subDetail: None = None
    reviewOutcome: None = None


class _Note(_Part):
    text: str | None = None
    number: int | None = None


class _Error(_Part):
    code: Concept | None = None
    extension: tuple[_Extension, ...] = ()


class _Identifier(_Part):
    system: str | None = None
    value: str | None = None


class Named(_Part):
    """A Reference: to a resource, or by what it is called."""

    reference: str | None = None
    display: str | None = None
    identifier: _Identifier | None = None


class _Insurance(_Part):
    coverage: Named | None = None


class _Present(_Part):
    """An object of which it only counts that it stands there."""


class Shape(_Part):
    """One ClaimResponse as far as its route can depend on it."""

    resourceType: Literal["ClaimResponse"]
    id: str | None = None
    created: str | None = None
    insurer: Named | None = None
    request: Named | None = None
    insurance: tuple[_Insurance, ...] = ()
    use: str | None = None
    status: str | None = None
    outcome: str | None = None
    disposition: str | None = None
    decision: Concept | None = None
    item: tuple[Item, ...] = ()
    addItem: tuple[_AddItem, ...] = ()
    adjudication: tuple[_Adjudication, ...] = ()
    extension: tuple[_Extension, ...] = ()
    processNote: tuple[_Note, ...] = ()
    error: tuple[_Error, ...] = ()
    communicationRequest: tuple[_Present, ...] = ()
    claim: None = None
    contained: None = None
    entry: None = None
    parameter: None = None
    part: None = None
    detail: None = None
    subDetail: None = None
    reviewOutcome: None = None

    @property
    def facts(self) -> tuple[object, ...]:
        """All that the payer said, without who was told by whom and when; hashable."""
        return (
            *(self.use, self.status, self.outcome, self.disposition, self.decision, self.item, self.addItem),
            *(self.adjudication, self.extension, self.processNote, self.error, bool(self.communicationRequest)),
        )

    @property
    def resource(self) -> dict[str, Any]:
        """The ClaimResponse again, without what is of no account."""
        return msgspec.json.decode(msgspec.json.encode(self))

    @property
    def references(self) -> tuple[Named | None, ...]:
        """Where it points for what stands outside of it: the request, the payer, the plans."""
        return (self.request, self.insurer, *(each.coverage for each in self.insurance))


_decode = msgspec.json.Decoder(Shape).decode


def shape_of(data: bytes | msgspec.Raw) -> Shape | None:
    """Return the shape of a resource's JSON; None for anything that must be read to be known, BadInput's matter too."""
    data = bytes(data)
    if len(data) > _LONGEST:
        return None
    try:
        if not data.isascii():
            data.decode("utf-8")  # what is skipped is not checked
        return _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None  # another resource, another shape, or no JSON at all: the reader finds out which
