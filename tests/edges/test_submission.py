"""What the request and the messages about it say was sent: every shape in which it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.sending import Marks, Submission
from app.edges.fhir.submission import read_submission, updated_by
from tests.edges.test_documents import TEXT, encoded, sha1

PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
NAMES = frozenset({"Claim/c1", "ClaimResponse/r1"})


def local(reference: object) -> str | None:
    """Return what a relative reference points to; everything else is elsewhere."""
    raw = reference.get("reference") if isinstance(reference, dict) else reference
    return raw if isinstance(raw, str) and not raw.startswith(("#", "urn:", "http")) else None


def read(*infos: object, messages=(), contained=(), **claim) -> Submission:
    """Return what a request with these supportingInfo says."""
    request = {
        "resourceType": "Claim",
        "id": "c1",
        "created": "2026-10-01T09:00:00-05:00",
        "supportingInfo": list(infos),
    }
    return read_submission(
        [{**request, "contained": list(contained), **claim}],
        list(messages),
        names=NAMES,
        payers=frozenset({"Organization/payer"}),
        local=local,
    )


def info(**more) -> dict:
    """Return one supportingInfo."""
    return {"sequence": 1, "category": {"coding": [{"code": "additionalInformation"}], "text": "Clinic note"}, **more}


def paperwork(**told) -> list[dict]:
    """Return PAS's paperwork extension: transmission method and control number."""
    parts = [{"url": "controlNumber", "valueString": told["number"]}] if "number" in told else []
    if "method" in told:
        code = {"coding": [{"system": "https://codesystem.x12.org/005010/756", "code": told["method"]}]}
        parts.append({"url": "transmissionMethod", "valueCodeableConcept": code})
    return [{"url": f"{PAS}/extension-documentInformation", "extension": parts}]


def references(*names: str) -> Marks:
    """Return marks of references alone."""
    return Marks(frozenset(names))


def numbers(*pairs: tuple[str | None, str]) -> Marks:
    """Return marks of identifiers alone."""
    return Marks(identifiers=frozenset(pairs))


BINARY = frozenset({"Binary/b1"})


CONTAINED = {
    "resourceType": "DocumentReference",
    "id": "d",
    "identifier": [{"system": "urn:a", "value": "7"}],
    "content": [{"attachment": {"data": encoded(TEXT)}}],
}


@pytest.mark.parametrize(
    ("told", "marks"),
    [
        (info(valueReference={"reference": "DocumentReference/d1"}), references("DocumentReference/d1")),
        (info(valueReference={"reference": "DiagnosticReport/r1"}), references("DiagnosticReport/r1")),
        (info(valueReference={"identifier": {"system": "urn:a", "value": "7"}}), numbers(("urn:a", "7"))),
        (info(valueReference={"reference": "https://payer.example/fhir/DocumentReference/d1"}), Marks()),
        (info(valueReference={"reference": "urn:uuid:1"}), Marks()),
        (
            info(valueReference={"reference": "#d"}),
            Marks(identifiers=frozenset({("urn:a", "7")}), hashes=frozenset({sha1(TEXT)})),
        ),
        (info(valueAttachment={"data": encoded(TEXT)}), Marks(hashes=frozenset({sha1(TEXT)}))),
        (info(valueAttachment={"url": "Binary/b1", "hash": "h"}), Marks(BINARY, hashes=frozenset({"h"}))),
        (info(valueAttachment={"title": "Note.pdf"}), Marks()),
        (info(extension=paperwork(number="ACN-7", method="FX")), numbers((None, "ACN-7"))),
    ],
)  # fmt: skip
def test_each_way_of_listing_a_document_is_read(told: dict, marks: Marks):
    """By reference, identifier, content, contained resource or attachment number; what is elsewhere has no name."""
    (parcel,) = read(told, contained=[CONTAINED]).parcels

    assert (marks, False, False) == (parcel.marks, parcel.in_message, parcel.on_request)


@pytest.mark.parametrize(
    "told",
    [
        info(timingDate="2026-09-01"),
        info(valueString="two visits"),
        info(valueQuantity={"value": 2}),
        info(valueBoolean=True),
        {},
        "text",
        None,
    ],
)
def test_a_date_or_a_number_is_no_attachment(told):
    """supportingInfo holds admission dates and answers too; they were not documents."""
    assert () == read(told).parcels


def test_what_is_kept_at_the_provider_was_not_sent():
    """X12 says so by transmission method AA: named, and to be had on request."""
    (parcel,) = read(
        info(valueReference={"reference": "DocumentReference/d1"}, extension=paperwork(method="AA"))
    ).parcels

    assert parcel.on_request


def test_when_the_request_was_made_is_as_exact_as_it_was_written():
    """A Claim dated by day does not say whether the note of that day came before."""
    assert ("2026-10-01", True) == ((sent := read().sent).day, sent.exact)
    assert ("2026-10-01", False) == ((sent := read(created="2026-10-01").sent).day, sent.exact)
    assert read(created="yesterday").sent is None


def a_message(**more) -> dict:
    """Return a Communication to the payer that carries a document."""
    base = {
        "resourceType": "Communication",
        "id": "m1",
        "status": "completed",
        "recipient": [{"reference": "Organization/payer"}],
        "sent": "2026-10-04T10:00:00Z",
        "payload": [{"contentReference": {"reference": "DocumentReference/d1"}}],
    }
    return {**base, **more}


@pytest.mark.parametrize(
    ("message", "went"),
    [
        (a_message(), True),
        (a_message(recipient=[{"reference": "Practitioner/doc"}], sender={"reference": "Organization/payer"}), True),
        (a_message(recipient=[{"reference": "Organization/vendor"}], about=[{"reference": "Claim/c1"}]), True),
        (a_message(recipient=[], about=[{"reference": "ClaimResponse/r1"}]), True),
        (a_message(recipient=[{"display": "Payer fax"}], about=[{"reference": "Claim/c1"}]), True),
        (a_message(recipient=[{"reference": "Organization/vendor"}]), False),
        (a_message(recipient=[{"reference": "Practitioner/doc"}], about=[{"reference": "Claim/c1"}]), False),
        (a_message(status="preparation"), False),
        (a_message(status="entered-in-error"), False),
        (
            a_message(identifier=[{"system": "urn:parley:write", "value": "k"}], about=[{"reference": "Claim/c1"}]),
            False,
        ),
        (a_message(payload=[{"contentString": "See the chart."}]), False),
    ],
)
def test_a_message_counts_where_it_went_to_the_payer(message: dict, went: bool):
    """Sent, and to or from the payer, or about the request to some office; a word among colleagues sends nothing."""
    found = read(messages=[message]).parcels

    assert went is bool(found)
    assert all(each.in_message and each.sent.day == "2026-10-04" for each in found)


def test_a_message_without_a_time_may_have_been_sent_at_any():
    """Then nothing that it may carry is new."""
    (parcel,) = read(messages=[a_message(sent=None)]).parcels

    assert (True, None) == (parcel.in_message, parcel.sent)


def test_a_request_that_takes_up_another_names_it():
    """PAS updates a request by a Claim that points to the one before: what that one sent was sent."""
    related = [{"claim": {"reference": "Claim/c0"}}, {"claim": {"identifier": {"value": "x"}}}, {}]

    assert ("Claim/c0",) == updated_by({"related": related}, local)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "reference identifier value valueReference valueAttachment data url hash extension payload sent status "
                "recipient about category contentReference contentAttachment supportingInfo contained id".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JUNK, JUNK)
def test_whatever_stands_there_is_read_or_left_out(claim, message):
    """Nothing in a Claim or a Communication makes the reading fail."""
    claims, messages = ([each] if isinstance(each, dict) else [] for each in (claim, message))
    found = read_submission(claims, messages, names=NAMES, payers=frozenset(), local=local)

    assert isinstance(found, Submission)
