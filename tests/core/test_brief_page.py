"""The page: the payer's words, the one sentence that answers them, the ask, and nothing that no fact holds."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.brief import assemble_brief, service_of
from app.core.brief.facts import Chart, Evidence, Problem, Remark
from app.core.case import Booking
from app.core.denial import Code, Decision, DenialLine, LineRouting, Offer, Path, Quote, Routing
from app.core.interval import Interval
from app.core.people import Clinician, Patient
from app.core.rulebook.criteria import CodeSet, Criterion, Need, ServiceCriteria
from tests.builders import CLINICIAN, PATIENT, a_denial, a_routing

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
CPT = "http://www.ama-assn.org/go/cpt"


def note(words, days=10):
    """Return a sentence of a note."""
    at = NOW - timedelta(days=days)
    evidence = (Evidence(f"DocumentReference/{days}", "content[0].attachment.data", at.date().isoformat(), words),)
    return Remark(label="Clinic note", at=at, day=at.date().isoformat(), evidence=evidence, words=words)


def criterion(key, cue, asked, **more):
    """Return a criterion that a sentence of a note meets."""
    return Criterion(
        key=key,
        text=f"Has {key}",
        short=key,
        missing=f"Bring {key}.",
        needs=(Need(kind="note", cues=re.compile(cue)),),
        asked=re.compile(asked),
        **more,
    )


FUSION = ServiceCriteria(
    key="fusion",
    label="Fusion",
    source="test",
    reviewed=date(2026, 1, 1),
    codes=(CodeSet(frozenset({CPT}), frozenset({"22633"})),),
    cues=re.compile("fusion"),
    criteria=(criterion("therapy", "therapy", "therapy"), criterion("films", "films", "films")),
    fallbacks=("One level only.",),
)
GENERIC = ServiceCriteria(
    key="generic",
    label="Any service",
    source="test",
    reviewed=date(2026, 1, 1),
    generic=True,
    criteria=(criterion("tried", "tried", "conservative"), criterion("note", "seen", "note", answers=False)),
)
THERAPY, FILMS = note("Therapy for eight weeks.", 20), note("Bending films show motion.", 10)


def brief_of(*remarks, denial=None, routing=None, rules=(FUSION, GENERIC), **more):
    """Return the brief of a denial of two lines, the first a fusion."""
    return assemble_brief(
        denial=denial or a_denial(),
        routing=routing or a_routing(),
        coverage=None,
        patient=PATIENT,
        clinician=more.pop("clinician", CLINICIAN),
        submission=more.pop("submission", None),
        booking=more.pop("booking", None),
        payer_zone=more.pop("payer_zone", None),
        chart=Chart(patient=PATIENT.reference, remarks=remarks, **more),
        criteria=rules,
        now=NOW,
    )


def a_booking(at):
    """Return a call that is promised for that instant."""
    return Booking(
        id="b1",
        interval=Interval(at, at + timedelta(minutes=15)),
        clinician=CLINICIAN,
        payer_slot=None,
        made_at=NOW,
        made_by="somebody",
        who_calls="payer",
        number="800-555-0199",
    )


def test_the_payers_words_stand_as_they_were_written():
    """A paraphrase of the denial would argue with a reason nobody gave."""
    brief = brief_of(denial=a_denial(disposition=Quote("  Not\napproved.", "disposition")))

    assert ["Six weeks of therapy not shown.", "  Not\napproved."] == [each.text for each in brief.verbatim]


def test_the_answer_takes_up_what_the_payer_asks_for():
    """The denial speaks of therapy: the films are no answer to it."""
    brief = brief_of(THERAPY, FILMS)

    assert brief.answered
    assert brief.answer.text == "The chart shows therapy: “Therapy for eight weeks.” (2026-10-31)."
    assert brief.answer.evidence == THERAPY.evidence


def test_an_unanswered_denial_is_said_to_be_unanswered():
    """Films do not answer a denial about therapy, and saying so is the point of the page."""
    brief = brief_of(FILMS)

    assert not brief.answered
    assert "does not answer the denial: it does not show therapy" in brief.answer.text
    assert "Bring therapy." in brief.missing
    assert not brief.is_ready


def test_an_empty_chart_yields_no_sentence_about_the_patient():
    """Nothing is invented; what to bring is listed."""
    brief = brief_of()

    assert brief.sections == ()
    assert brief.sources == ()
    assert ("Bring therapy.", "Bring films.") == brief.missing
    assert "does not show therapy" in brief.answer.text


def test_a_reason_that_no_criterion_knows_is_not_answered_by_another():
    """A denial about a psychological assessment is not answered by eight weeks of therapy."""
    denial = a_denial(notes=(Quote("A psychological assessment is missing.", "processNote[0].text"),))

    brief = brief_of(THERAPY, FILMS, denial=denial)

    assert not brief.answered
    assert brief.answer.text.startswith("Nothing found in the chart speaks to the payer's reason; it does show therapy")


def test_a_general_reason_is_answered_by_all_criteria():
    """ "Not medically necessary" asks for nothing in particular."""
    brief = brief_of(THERAPY, FILMS, denial=a_denial(notes=(Quote("Not medically necessary.", "processNote[0].text"),)))

    assert brief.answered
    assert "therapy:" in brief.answer.text and "films:" in brief.answer.text


def test_the_invitation_to_call_is_no_reason():
    """ "You may discuss the therapy by telephone" must not put therapy in dispute."""
    words = "Films not received. To discuss the plan of therapy call 800-555-0101."
    brief = brief_of(THERAPY, FILMS, denial=a_denial(notes=(Quote(words, "processNote[0].text"),)))

    assert "films" in brief.answer.text
    assert "therapy" not in brief.answer.text


@pytest.mark.parametrize(
    ("route", "words"),
    [(Path.BENEFIT_EXCEPTION, "what the plan covers"), (Path.RESUBMIT, "the form of the request")],
)
def test_a_denial_that_is_not_clinical_is_not_argued_clinically(route, words):
    """No chart answers a benefit exclusion."""
    brief = brief_of(THERAPY, routing=a_routing(route=route))

    assert not brief.answered
    assert words in brief.answer.text


def test_an_approval_has_nothing_to_ask():
    """A brief for an approval says so instead of pleading."""
    routing = Routing(Decision.APPROVED, Path.NONE, None, (), ())

    brief = brief_of(THERAPY, routing=routing)

    assert (brief.ask, brief.answered) == ("Nothing to ask.", False)


def test_lines_that_were_approved_are_not_asked_for():
    """Asking again for what was granted invites a second look at it."""
    lines = (
        LineRouting(1, Decision.DENIED, Path.P2P, (), ()),
        LineRouting(2, Decision.APPROVED, Path.NONE, (), ()),
    )
    brief = brief_of(THERAPY, routing=Routing(Decision.MIXED, Path.P2P, None, lines, ()))

    assert brief.ask == "Approve Lumbar fusion for Test Patient as requested."


def test_a_cut_quantity_is_named_in_the_ask():
    """8 of 24 approved: the ask is about all 24."""
    line = DenialLine(1, service_label="Therapy visit", quantity_requested=24, quantity_approved=8)

    brief = brief_of(THERAPY, denial=a_denial(lines=(line,)))

    assert brief.ask == "Approve all 24 of Therapy visit for Test Patient, not 8."


def test_the_service_is_known_by_code_before_words_and_else_generic():
    """Codes are exact; labels are a fall-back; an unknown service gets the generic criteria."""
    coded = (DenialLine(1, service=Code(CPT, "22633"), service_label="anything"),)
    bare = (DenialLine(1, service=Code(None, "22633"), service_label="anything"),)

    assert service_of(coded, (GENERIC, FUSION)) is FUSION
    assert service_of(bare, (GENERIC, FUSION)) is GENERIC
    assert service_of((DenialLine(1, service_label="Lumbar Fusion"),), (GENERIC, FUSION)) is FUSION
    assert service_of((), (FUSION,)) is None


def test_one_product_with_two_uses_is_known_by_what_it_was_asked_for():
    """The same injection is judged as a diabetes drug or as a weight drug by the first diagnosis of the line."""
    icd = "http://hl7.org/fhir/sid/icd-10-cm"

    def for_use(key, stem):
        return replace(FUSION, key=key, diagnoses=(CodeSet(frozenset({icd}), frozenset(), (stem,)),))

    def asked_for(*codes):
        return (DenialLine(1, service=Code(CPT, "22633"), diagnoses=tuple(Code(icd, each) for each in codes)),)

    sugar, weight = for_use("sugar", "E11"), for_use("weight", "E66")
    rules = (sugar, weight, GENERIC)

    assert service_of(asked_for("E66.01", "E11.9"), rules) is weight
    assert service_of(asked_for("E11.9", "E66.01"), rules) is sugar
    assert service_of(asked_for("J45.50"), rules) is GENERIC  # a third use is judged by neither
    assert service_of(asked_for(), rules) is GENERIC  # the order of the files decides nothing
    assert service_of(asked_for(), (weight, GENERIC)) is weight


def test_every_sentence_rests_on_evidence_and_each_has_its_number():
    """A sentence about the patient without a source is not printed."""
    brief = brief_of(THERAPY, FILMS, note("New weakness of the foot.", 5))

    sentences = [sentence for section in brief.sections for sentence in section.sentences]

    assert sentences
    assert all(sentence.evidence for sentence in sentences)
    assert all(brief.marks(sentence.evidence) for sentence in sentences)
    assert [each.number for each in brief.sources] == list(range(1, len(brief.sources) + 1))


def test_striking_a_cited_resource_removes_the_sentences_that_rest_on_it():
    """Sentence-level evidence: without the resource the sentence must go."""
    remarks = (THERAPY, FILMS, note("New weakness of the foot.", 5))
    cited = {one.reference for source in brief_of(*remarks).sources for one in source.evidence}

    for struck in cited:
        left = brief_of(*(each for each in remarks if each.cite.reference != struck))
        assert struck not in {one.reference for source in left.sources for one in source.evidence}


def test_a_chart_gone_quiet_is_a_weak_point():
    """A reviewer sees at once that the last note is five months old."""
    brief = brief_of(note("Therapy for eight weeks.", 150))

    assert any("150 days ago" in each.text for each in brief.weak)


def test_the_deadline_is_told_in_the_clinicians_zone():
    """22:00 UTC is 16:00 in Chicago; the reader is in Chicago."""
    offer = Offer(datetime(2026, 11, 25, 22, 0, tzinfo=UTC), None, None, "call by")
    routing = Routing(Decision.DENIED, Path.P2P, None, (), (), offer=offer)

    assert brief_of(routing=routing).deadline == "Wed 2026-11-25 16:00 CST"
    assert brief_of(routing=routing, clinician=None).deadline == "Wed 2026-11-25 22:00 UTC"


def test_a_payer_without_words_is_to_be_asked():
    """A code is no reason one can answer."""
    brief = brief_of(denial=a_denial(notes=()))

    assert brief.verbatim == ()
    assert "The payer's reason in words: ask for it before the call." in brief.missing


def test_problems_of_the_request_come_first():
    """High blood pressure is not what the fusion is for."""
    system = "http://hl7.org/fhir/sid/icd-10-cm"

    def problem(label, code, day):
        evidence = (Evidence(f"Condition/{code}", "code.text", day, label),)
        at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        return Problem(label=label, codes=(Code(system, code),), at=at, day=day, evidence=evidence)

    problems = (problem("Slip", "M43.16", "2025-09-26"), problem("Blood pressure", "I10", "2026-01-01"))
    line = DenialLine(1, service_label="Lumbar fusion", diagnoses=(Code(system, "M43.16"),))

    brief = brief_of(problems=problems, denial=a_denial(lines=(line,)))

    assert ["Slip (M43.16), active since 2025-09-26."] == [each.text for each in brief.about]


def test_clinician_and_patient_stand_in_the_head():
    """Whose case it is must be told on the page itself."""
    brief = brief_of(clinician=Clinician("Practitioner/d", "Dr D", "America/Chicago"))

    assert (brief.patient, brief.clinician.name) == (
        Patient(**{f: getattr(PATIENT, f) for f in PATIENT.__slots__}),
        "Dr D",
    )


def test_the_payers_order_is_the_answers_order():
    """A reviewer who asked for films, then therapy, hears of the films first."""
    denial = a_denial(notes=(Quote("Films not received; therapy not shown.", "processNote[0].text"),))

    text = brief_of(THERAPY, FILMS, denial=denial).answer.text

    assert text.index("films:") < text.index("therapy:")


def test_the_policy_that_the_denial_cites_is_named_as_it_names_it():
    """The policy and its section are what the reviewer has before them."""
    denial = a_denial(notes=(Quote("Therapy not shown. Policy SP-114 section 3b.", "processNote[0].text"),))

    assert brief_of(THERAPY, denial=denial).policies == ("Policy SP-114 section 3b",)


def test_a_booked_call_is_told_in_both_zones():
    """Chicago reads 10:00, the payer in New York 11:00; a cancelled call is no call."""
    at = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    booking = a_booking(at)

    brief = brief_of(THERAPY, booking=booking, payer_zone="America/New_York")

    assert (brief.call.when, brief.call.payer_when) == ("Mon 2026-11-23 10:00 CST", "Mon 2026-11-23 11:00 EST")
    assert brief.phone == booking.number
    assert brief_of(THERAPY, booking=replace(booking, state="cancelled")).call is None
