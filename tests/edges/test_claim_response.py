"""A ClaimResponse is read wherever its sender put the decision; what is wrong hides only itself and is named."""

from datetime import UTC, date, datetime

import pytest

from app.core.denial import Code
from app.core.people import Reviewer
from app.edges.fhir.claim_response import read_denial
from app.errors import BadInput
from tests.answers import ACTION, PAS, REASON, answer, coding, line, review_action

A3 = Code(ACTION, "A3")


def actions(resource):
    """Return the review actions of every line, and of the header."""
    denial = read_denial(resource)
    return [[code.code for code in each.actions] for each in denial.lines], [code.code for code in denial.actions]


def test_the_review_action_is_found_in_each_of_its_places():
    """On the line's adjudication, the addItem's, the header's, and on the line itself (PAS 2.0.1, 2.2.x)."""
    on_item = {"itemSequence": 1, "extension": [review_action("A3")]}
    on_added = {"itemSequence": [1], "adjudication": [{"extension": [review_action("A3")]}]}

    assert ([["A3"]], []) == actions(answer(line(1, "A3")))
    assert ([["A3"]], []) == actions(answer(on_item))
    assert ([["A3"]], []) == actions(answer(addItem=[on_added]))
    assert ([], ["A3"]) == actions(answer(adjudication=[{"extension": [review_action("A3")]}]))


@pytest.mark.parametrize("url", [PAS + "extension-reviewActionCode", "extension-reviewActionCode", "reviewActionCode"])
@pytest.mark.parametrize(
    "value",
    [
        {"valueCodeableConcept": coding(ACTION, "A3")},
        {"valueCoding": {"system": ACTION, "code": "A3"}},
        {"valueCode": "A3"},
        {"valueString": " A3 "},
    ],
)
def test_the_review_action_is_read_in_each_of_its_types(url, value):
    """Concept, coding, code or string; a bare one means the list that the extension is bound to."""
    inner = {"url": PAS + "extension-reviewAction", "extension": [{"url": url, **value}]}
    [found] = read_denial(answer(line(1, adjudication=[{"extension": [inner]}]))).lines

    assert (A3,) == found.actions


def test_a_coding_without_system_keeps_none():
    """Only a bare code takes the extension's list; a coding that could name one and does not is left nameless."""
    inner = {"url": "reviewActionCode", "valueCoding": {"code": "A3"}}
    [found] = read_denial(answer(line(1, adjudication=[{"extension": [inner]}]))).lines

    assert (Code(None, "A3"),) == found.actions


def test_reasons_numbers_and_words_are_kept_with_their_place():
    """Every piece carries where it stood, for the because and for the brief."""
    reference = {"url": PAS + "extension-administrationReferenceNumber", "valueString": "REF-1"}
    item = line(2, "A3", "0F", carc=["50"], notes=[1], extension=[reference])
    item["adjudication"][1]["reason"]["text"] = "Not necessary"
    item["adjudication"][0]["extension"][0]["extension"].append({"url": "number", "valueString": "AUTH-9"})
    denial = read_denial(answer(item, notes=["See policy.", "For nobody."], disposition="Denied"))
    [found] = denial.lines

    assert [(REASON, "0F"), "50"] == [(found.reasons[0].system, found.reasons[0].code), found.reasons[1].code]
    assert ["processNote[0].text", "item[0].adjudication[1].reason.text"] == [note.path for note in found.notes]
    assert ("AUTH-9", "REF-1") == (found.authorization_number, found.reference_number)
    assert ("Denied", "disposition", "ClaimResponse/cr-1") == (
        denial.disposition.text,
        denial.disposition.path,
        denial.disposition.reference,
    )
    assert 2 == len(denial.notes)


def test_lines_take_service_diagnosis_and_quantity_from_the_request():
    """A ClaimResponse names its lines by number alone; no licensed descriptor becomes a label (facts B.1)."""
    service = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "22633", "display": "a descriptor"}]}
    claim = {
        "resourceType": "Claim",
        "careTeam": [
            {"sequence": 1, "provider": {"reference": "Practitioner/assists"}, "role": coding("r", "assist")},
            {"sequence": 2, "provider": {"reference": "Practitioner/orders"}, "role": coding("r", "primary")},
        ],
        "diagnosis": [
            {"sequence": 1, "diagnosisCodeableConcept": coding("icd", "M43.16")},
            {"sequence": 2, "diagnosisCodeableConcept": coding("icd", "M48.06")},
        ],
        "extension": [{"url": PAS + "extension-levelOfServiceCode", "valueCodeableConcept": coding("1338", "U")}],
        "priority": coding("p", "normal"),
        "item": [{"sequence": 7, "productOrService": service, "diagnosisSequence": [2], "quantity": {"value": 24}}],
    }
    denial = read_denial(answer(line(7, "A3")), claim=claim)
    [found] = denial.lines

    assert ("22633", 24.0, ["M48.06"]) == (
        found.service_label,
        found.quantity_requested,
        [c.code for c in found.diagnoses],
    )
    assert ("Practitioner/orders", True) == (denial.ordering, denial.urgent)
    assert [7] == [each.sequence for each in read_denial(answer(disposition="Denied"), claim=claim).lines]


def test_an_added_line_joins_the_line_it_replaces():
    """PAS 2.2 answers A6 on the line and tells in the addItem what was granted; others stand for themselves."""
    granted = {"itemSequence": [1], "quantity": {"value": 8}, "adjudication": [{"extension": [review_action("A1")]}]}
    alone = {"itemSequence": [9], "adjudication": [{"extension": [review_action("A1", number="AUTH-2")]}]}
    first, second = read_denial(answer(line(1, "A6"), addItem=[granted, alone])).lines

    assert (["A6"], ["A1"], 8.0) == (
        [c.code for c in first.actions],
        [c.code for c in first.added],
        first.quantity_approved,
    )
    assert (9, ["A1"], "AUTH-2") == (second.sequence, [c.code for c in second.actions], second.authorization_number)


def test_the_payers_reviewer_is_read():
    """Whether a human looked, and of which specialty, feeds the call (PAS 2.2, extension-claimResponseReviewer)."""
    told = [
        {"url": "wasHumanReviewedFlag", "valueBoolean": False},
        {"url": "reviewerIdentifier", "valueIdentifier": {"value": "1234567893"}},
        {"url": "reviewerSpecialty", "valueCodeableConcept": coding("n", "207R00000X", display="Internal Medicine")},
    ]
    denial = read_denial(answer(extension=[{"url": PAS + "extension-claimResponseReviewer", "extension": told}]))

    assert (Reviewer(specialty="Internal Medicine", npi="1234567893"), False) == (
        denial.reviewer,
        denial.human_reviewed,
    )


def test_the_day_is_kept_as_its_writer_wrote_it():
    """Counting calendar days from a UTC date would shift a late evening's letter by a day."""
    late = read_denial(answer(created="2026-11-20T23:30:00-06:00"))

    assert (datetime(2026, 11, 21, 5, 30, tzinfo=UTC), date(2026, 11, 20)) == (late.created_at, late.created_on)
    assert (None, None) == (read_denial(answer(created=None)).created_at, read_denial(answer(created=None)).created_on)


def test_wrong_types_hide_only_themselves_and_are_named():
    """A string for an item, a number for a date: the rest is read and the path is told, without the content."""
    resource = {**answer(line(1, "A3")), "created": 5, "outcome": ["complete"], "processNote": {"text": "Lonely."}}
    resource["item"] += ["secret", {"adjudication": ["secret"]}]
    denial = read_denial(resource)

    assert "A3" == denial.lines[0].actions[0].code
    assert ["Lonely."] == [note.text for note in denial.notes]
    assert {"item[1]", "item[2].adjudication[0]", "created", "outcome"} <= {
        w.partition(":")[0] for w in denial.warnings
    }
    assert not any("secret" in each for each in denial.warnings)


def test_another_resource_is_refused():
    """A Claim is no answer."""
    for resource in ({"resourceType": "Claim"}, {}, []):
        with pytest.raises(BadInput):
            read_denial(resource)


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        (answer(*[line(each) for each in range(1_001)]), "item"),
        (answer(line(1), disposition="denied " * 50_000), "disposition"),
        (answer(line(1, carc=["50"] * 60_000)), "item[0].adjudication["),
        (
            answer(
                *[line(each, notes=[1]) for each in range(900)],
                notes=["a"] * 1,
                processNote=[{"number": 1, "text": "n"}] * 900,
            ),
            "item",
        ),
        (
            answer(addItem=[{**line(1, "A3", *["0F"] * 100), "itemSequence": list(range(900))}]),
            "addItem[0].itemSequence",
        ),
    ],
    ids=["lines", "words", "codes", "lines by notes", "lines by codes"],
)
def test_more_than_one_answer_holds_is_refused_with_its_place(resource, place):
    """Parts that point at one another multiply: counted before they fill the memory."""
    with pytest.raises(BadInput) as found:
        read_denial(resource)

    assert found.value.path.startswith(place)


def test_an_earlier_request_that_a_claim_takes_up_is_told_with_its_answer():
    """An appeal or a correction stands in the EHR as a Claim of its own that names the first (Claim.related)."""
    related = [{"claim": {"reference": each}} for each in ("Claim/c1", "Claim/c1", "Organization/x")]
    claim = {"resourceType": "Claim", "id": "c2", "related": [*related, {"claim": 7}, {}, "c1"]}

    assert ("Claim/c1",) == read_denial(answer(line(1, "A3")), claim=claim).continues
    assert () == read_denial(answer(line(1, "A3"))).continues


def test_the_days_of_an_authorization_are_read_from_the_lines_or_the_whole():
    """By line (PAS) or once (plain R4): the days on which all of it may be used, and none where they contradict."""

    def until(sequence: int, **period):
        told = {"url": PAS + "extension-itemPreAuthPeriod", "valuePeriod": period}
        return line(sequence, "A1", extension=[told])

    first, last = date(2026, 11, 24), date(2027, 2, 22)
    two = read_denial(answer(until(1, start="2026-11-20", end="2027-02-22"), until(2, start="2026-11-24")))
    whole = read_denial(answer(line(1, "A1"), preAuthPeriod={"start": "2026-11-24T00:00:00Z", "end": "2027-02-22"}))
    never = read_denial(answer(until(1, end="2026-11-01"), until(2, start="2026-12-01", end="x")))

    assert (
        (first, last) == (two.authorized_from, two.authorized_until) == (whole.authorized_from, whole.authorized_until)
    )
    assert (None, None) == (never.authorized_from, never.authorized_until)
