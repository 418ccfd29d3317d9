"""A letter is read without guessing: what it says with the words it rests on, and nothing of the rest."""

from datetime import UTC, date, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.denial import Code, Decision, Lane, Path
from app.core.detect import route_denial
from app.core.detect.letter import as_coverage, as_denial, read_letter
from tests.answers import CARC, NOW, RARC, RULES
from tests.texts import DENIED, HEAD, OTHER, a_letter

CALLS = {Path.P2P}
LEADS = {
    "clinical": CALLS,
    "experimental": CALLS,
    "benefit": {Path.BENEFIT_EXCEPTION, Path.APPEAL, Path.HUMAN},
    "eligibility": {Path.RESUBMIT},
    "network": {Path.NETWORK_EXCEPTION},
    "administrative": {Path.RESUBMIT, Path.NEW_REQUEST, Path.RETRO_AUTHORIZATION, Path.APPEAL, Path.HUMAN},
    "documents": {Path.ADDITIONAL_INFORMATION},
    "none": {Path.ASK_REASON},
}
LETTER = a_letter(
    "This request does not meet the criteria of our medical policy for lumbar fusion, because instability was not "
    "shown on imaging (CARC 50, remark code N115). The decision was made under Clinical Policy MP-204, section 3b.\n"
    "Reviewed by: Alex Morgan, MD, Orthopedic Surgery"
)


def read(text):
    """Return what a text says."""
    return read_letter(text, rules=RULES, now=NOW)


def route(text):
    """Return where a text leads."""
    found = read(text)
    return route_denial(as_denial(found), as_coverage(found), rules=RULES, payer=None, now=NOW)


@pytest.mark.parametrize(("kind", "text"), DENIED)
def test_a_reason_leads_the_same_way_alone_and_in_a_letter(kind, text):
    """Boilerplate about appeals, calls and definitions of medical necessity is no reason (facts A.7)."""
    alone, within = route(text), route(a_letter(text))

    assert (kind, kind) == (alone.reason_kind, within.reason_kind)
    assert alone.route in LEADS[kind] and within.route in LEADS[kind]
    assert alone.because and within.offer is not None and within.offer.phone == "1-800-555-0142"


@pytest.mark.parametrize(("kind", "text"), OTHER)
def test_what_is_no_denial_yet_is_told_apart(kind, text):
    """Pending, not needed, approved, paid, or no answer at all."""
    assert kind == route(text).reason_kind == route(HEAD + text).reason_kind
    assert route(text).route is not Path.P2P or kind == "pending"


# "not covered" alone may be a payer's word for "not necessary"; the rest says that the plan excludes it
EXCLUDED = [each for each in DENIED if each[0] in ("benefit", "eligibility") and "isn't covered by" not in each[1]]


@pytest.mark.parametrize(("kind", "text"), EXCLUDED)
def test_an_exclusion_is_never_sent_to_a_call(kind, text):
    """Even with medical necessity spoken of beside it; at most a person is asked (issue 3, part 2)."""
    for more in (
        "",
        " This was not a decision about medical necessity.",
        " Your doctor says it is medically necessary.",
    ):
        assert route(a_letter(text + more)).route is not Path.P2P
    assert route(text + " It is also not medically necessary.").route is Path.HUMAN


def test_every_field_rests_on_words_of_the_letter():
    """Each quote is text[start:end], verbatim; days that were counted are called derived."""
    found = read(LETTER)

    assert (date(2026, 11, 18), "verbatim") == (found.written_on.value, found.written_on.how)
    assert ("NORTHVALE HEALTH PLAN", "derived") == (found.payer.value, found.payer.how)
    assert (Code(CARC, "50"), Code(RARC, "N115")) == tuple(each.value for each in found.codes)
    assert ["Clinical Policy MP-204, section 3b"] == [each.value for each in found.policies]
    assert ["63047"] == [each.value.code for each in found.services]
    assert ["M48.061"] == [each.value.code for each in found.diagnoses]
    assert [("case", "CS-2026-44817")] == [each.value for each in found.numbers]
    reviewer = found.reviewer.value
    assert ("Alex Morgan", "MD", "Orthopedic Surgery") == (reviewer.name, reviewer.credential, reviewer.specialty)
    # five business days after Wednesday the 18th, when business ends in the east
    assert (datetime(2026, 11, 25, 22, tzinfo=UTC), "derived") == (found.offer.value.deadline_at, found.offer.how)
    assert (datetime(2027, 5, 17, 21, tzinfo=UTC), "derived") == (
        found.appeal_deadline.value,
        found.appeal_deadline.how,
    )
    assert found.criteria and "does not meet the criteria" in found.criteria[0].words
    for each in (found.written_on, found.payer, found.offer, found.appeal_deadline, found.reviewer, *found.codes):
        assert LETTER[each.start : each.end] == each.words
    for each in (*found.policies, *found.services, *found.diagnoses, *found.numbers, *found.reasons, *found.criteria):
        assert LETTER[each.start : each.end] == each.words


def test_what_a_letter_says_of_appeals_stays_with_its_denial():
    """Where to send one and until when: the packet offers it, and nobody looks the letter up again."""
    rights = "You may file an appeal within 60 days of the date of this letter. Fax your appeal to 800-555-0188."
    told = as_denial(read(f"{LETTER}\n\nYour right to appeal\n{rights}\n")).appeals

    assert any("800-555-0188" in each.text and "60 days" in each.text for each in told)


def test_a_letter_becomes_a_denial_with_its_origins():
    """The same Denial as a ClaimResponse gives, each field carrying where it came from and how sure."""
    denial = as_denial(read(LETTER), reference="letter-7")

    assert ("letter-7", None, True) == (denial.reference, denial.patient, denial.in_words)
    assert ("CS-2026-44817", date(2026, 11, 18)) == (denial.reference_number, denial.created_on)
    assert datetime(2026, 11, 18, 5, tzinfo=UTC) == denial.created_at
    assert {"verbatim", "derived"} == {each.how for each in denial.origins}
    assert {"created_on", "insurer", "reasons", "offer", "references", "services", "diagnoses", "reviewer"} == {
        each.field for each in denial.origins
    }
    assert all(
        each.quote.text in LETTER and each.quote.path.startswith("letter, characters") for each in denial.origins
    )


def test_what_is_not_found_is_not_guessed():
    """No date, payer or number is made up; five bare digits are no procedure, and a member id is nothing."""
    found = read(
        "Denied. Member ID: W123456789. Policy Number: 12345678. Springfield, IL 62704. Appeal within 60 days."
    )

    assert (None, None, None, None) == (found.written_on, found.payer, found.offer, found.reviewer)
    assert ((), (), (), (), ()) == (found.codes, found.services, found.diagnoses, found.numbers, found.policies)
    assert (None, "verbatim") == (found.appeal_deadline.value, found.appeal_deadline.how)
    assert as_denial(found).created_at is None


def test_nothing_of_the_patient_is_read():
    """Name and member id stand in the letter's head; no field, quote or origin carries them."""
    told = str(read(LETTER)) + str(as_denial(read(LETTER)))

    assert "Test Person" in LETTER and "Test Person" not in told
    assert "NVH0099887" in LETTER and "NVH0099887" not in told


def test_a_medicare_advantage_letter_goes_to_reconsideration():
    """After the decision a call only informs (42 CFR 422 subpart M); the letter itself names the line of business."""
    found = route("MEDICARE ADVANTAGE DETERMINATION\n\nThe request is denied as not medically necessary.")

    assert (Path.APPEAL, Lane.INFORMATIONAL) == (found.route, found.lane)


def test_a_service_already_given_is_said():
    """A claim for a past day: not every payer holds a call after the fact."""
    found = route(
        "Claim Number: CL-20261\nDate of Service: 11/02/2026\n\nThe claim is denied as not medically necessary."
    )

    assert Path.P2P is found.route
    assert "already given" in " ".join(found.because)


def test_a_payers_own_time_is_no_deadline_of_ours():
    """ "We decide an appeal within 30 days" is when the payer answers, not until when to appeal."""
    found = read(
        "Date: November 18, 2026\n\nDenied.\nWe will decide your appeal within 30 days.\nYou may appeal within 65 days."
    )

    assert date(2027, 1, 22) == found.appeal_deadline.value.date()


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("Your request is approved.", Decision.APPROVED),
        ("This service requires prior authorization. Your request is approved.", Decision.APPROVED),
        ("Your request is approved. The device is experimental.", Decision.UNKNOWN),
        ("An FDA-approved drug must be tried first. The request is denied.", Decision.DENIED),
        ("We approved 6 visits and denied 6 visits as not medically necessary.", Decision.PARTIAL),
        ("It isn't approved: it doesn't meet our criteria.", Decision.DENIED),
        ("La solicitud fue denegada por no ser medicamente necesaria para el paciente.", Decision.UNKNOWN),
        ("", Decision.UNKNOWN),
    ],
)
def test_words_alone_decide(text, decision):
    """And where they contradict each other or are of another language, a person does."""
    found = route(text)

    assert decision is found.decision
    assert found.route is Path.HUMAN or decision is not Decision.UNKNOWN


def test_a_contraction_is_quoted_as_it_was_written():
    """ "doesn't" is read as "does not", and the places in the quote stay those of the letter."""
    text = "We can't, won't and don't pay; the request doesn't meet our criteria, and it's not approved."
    found = read(text)

    assert text[found.reasons[0].start : found.reasons[0].end] == found.reasons[0].words
    assert "doesn't meet our criteria" in found.reasons[0].words
    assert "clinical" == route(text).reason_kind


UNITS = ("a", "not ", "don't ", "1-", "(", "A1.", "M81.0 ", "CPT 12345, ", "denied ", "approved ", "\n", "a: ", ". A")
UNITS += ("within 5 days ", "peer to peer ", "appeal ", "Jan 1 ", "policy 1", "Reviewed by ", "A b. ", "records do ")


@pytest.mark.parametrize("unit", UNITS)
def test_a_hostile_letter_takes_time_in_proportion(unit):
    """Characters built to make patterns backtrack: four times as many are not sixteen times the work."""
    short, long = (best_of_three(unit, length) for length in (4_000, 16_000))

    assert long < 10 * max(short, 0.05)


def best_of_three(unit, length):
    """Return the processor's seconds for a text of that length, the least of three: the rest is other people's load."""
    spent = []
    for _ in range(3):
        began = process_time()
        route((unit * length)[:length])
        spent.append(process_time() - began)
    return min(spent)


PIECES = [text for _, text in DENIED + OTHER] + LETTER.splitlines() + list(UNITS) + ["\u0130", "\ud800", "\x00", "\t"]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=30).map("\n".join))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_a_traceback(text):
    """Every quote lies in the text, and every routing says why."""
    found = read(text)

    assert route(text).because
    for each in (*found.reasons, *found.codes, *found.numbers, *found.services, *found.policies):
        assert text[each.start : each.end] == each.words
