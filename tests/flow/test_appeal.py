"""The appeal packet is made of the record alone: nothing typed twice, nothing guessed, nothing of ours that argues."""

import ast
import dataclasses
import inspect
import io
import re
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

import pytest
from docx import Document

from app.core.acts import AtStake
from app.core.brief import packet_parts
from app.core.brief.own import NotOfThisCase
from app.core.brief.paper import Listed, Paper, Prose, Quoted, Words
from app.core.call import attempt_sentence
from app.core.case import Filing
from app.core.denial import DenialLine, Quote, Way
from app.core.outcome import filing, note_of
from app.core.outcome import form as outcome_form
from app.core.outcome.appeal import choice, gate, grounds, paper
from app.core.outcome.appeal.choice import NotAChoice
from app.core.outcome.appeal.gate import AppealNotReady
from app.core.people import Reviewer, Role
from app.flow import appeal, call
from app.flow.brief import own
from app.flow.intake import receive
from tests.builders import CLINICIAN, NECESSITY
from tests.fakes.office import NOT_CERTIFIED, ZONE, Office, a_user, an_answer, bring, detected, log, settle
from tests.flow.test_packet import an_answered_case
from tests.flow.test_unsent import a_note, chart

MODULES = (paper, grounds, gate, choice, filing, outcome_form, packet_parts)
FILED = {"filed_on": "2026-11-23", "filed_way": "fax", "confirmation": "OK 4417"}
TOLD = {
    "result": "upheld",
    "final": True,
    "reviewer_reason": "The therapy notes were not in the file.",
    "new_information": "She fell in October.",
    "note": "Do not tell the payer that the fax was late.",
    "reviewer": Reviewer("Dr Peer Example", "MD", "Internal medicine"),
}


def an_upheld_case(office: Office, **form):
    """Return a case whose call was held and lost, with a chart that answers."""
    case = bring(office, "connected", payer="UnitedHealthcare")
    chart(office, a_note())
    return settle(office, case, **(TOLD | form))


def read_of(office: Office, case) -> appeal.AppealRead:
    """Return the appeal as it stands now."""
    return appeal.appeal_read(office.ports(), case.id, now=office.now)


def told_in(sheet: Paper) -> list[str]:
    """Return every run of words of a paper, headings among them."""
    found = [sheet.kind, sheet.heading, sheet.strip, sheet.foot]
    runs: list[Words] = list(sheet.head)
    for part in sheet.parts:
        found.append(part.title)
        for block in part.blocks:
            if isinstance(block, Quoted):
                found += [block.text, block.by]
            elif isinstance(block, Prose):
                runs += block.words
            elif isinstance(block, Listed):
                runs += block.items
            else:
                found += block.heads
                runs += (cell for row in block.rows for cell in row)
    return [*found, *(text for each in runs for text in (each.lead, each.text, each.aside))]


def leaves(value, zone: str):
    """Yield every text in a record, days and times as people write them."""
    if dataclasses.is_dataclass(value):
        value = tuple(getattr(value, each.name) for each in dataclasses.fields(value))
    if isinstance(value, tuple | list | frozenset):
        for each in value:
            yield from leaves(each, zone)
    elif value is not None:
        yield from written(value.value if isinstance(value, Enum) else value, zone)


def written(value, zone: str) -> tuple[str, ...]:
    """Return one value in each way in which it may stand on paper."""
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(zone))
        ways = ("%Y-%m-%d", "%Y-%m-%d %H:%M %Z", "%a %Y-%m-%d %H:%M %Z")
        return (*(f"{local:{way}}" for way in ways), f"{value:%Y-%m-%d %H:%M}")
    if isinstance(value, date):
        return (value.isoformat(),)
    return (f"{value:g}",) if isinstance(value, int | float) else (str(value), str(value).replace("_", " "))


def fixed_wording() -> set[str]:
    """Return every text that the code of the packet itself holds."""
    trees = [ast.parse(inspect.getsource(each)) for each in MODULES]
    texts = (each.value for tree in trees for each in ast.walk(tree) if isinstance(each, ast.Constant))
    return {each for each in texts if isinstance(each, str)}


def unexplained(text: str, known: list[str]) -> str:
    """Return what is left of a text after all that is known has been taken out of it, the longest first."""
    for each in known:
        if each in text:
            text = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", " ", text)
    return re.sub(r"[\W_]+", " ", text).strip()


def test_every_word_of_the_packet_stands_in_the_record_or_is_fixed(office: Office):
    """Case, brief, outcome, log, rules and choices give all of it: nobody types anything for the packet twice."""
    case = an_upheld_case(office)
    typed = {"way": "fax", "to": "800-555-0144", "due_on": "2026-12-20", "where": "the notice, page 2"}
    appeal.choose(office.ports(), case.id, typed, (1,), now=office.now)
    doctor = office.ports(
        Role.CLINICIAN, user=dataclasses.replace(a_user(Role.CLINICIAN), reference=CLINICIAN.reference)
    )
    appeal.expedite(doctor, case.id, "She may lose the leg.", ticked=True, off=False, now=office.now)
    own.write(doctor, case.id, "He fell twice.", "Why now", sign=True, now=office.now)
    read = read_of(office, case)
    made = read.appeal
    record = (made, made.brief.therapy_rows(), made.brief.course_rows(), made.brief.service.shown_codes)
    record += (tuple(attempt_sentence(each, zone=made.zone) for each in read.case.attempts),)
    stated = (tuple(each.signature for each in (*made.own, made.choice.expedited)), made.brief.service.title)
    known = {each.casefold().strip(" :,.()") for each in (*leaves((record, stated), made.zone), *fixed_wording())}
    known = sorted((each for each in known if each), key=len, reverse=True)

    assert len(told_in(read.paper)) > 60
    left = {text: unexplained(text.casefold(), known) for text in told_in(read.paper)}
    assert {} == {text: rest for text, rest in left.items() if rest}
    assert "wholly" == unexplained("wholly new", ["new"])


def test_the_packet_says_what_the_payer_said_and_what_came_of_the_call(office: Office):
    """Reason verbatim, answer with its source, reviewer, stated reason, and each try as its standard sentence."""
    case = an_upheld_case(office)
    told = "\n".join(told_in(read_of(office, case).paper))

    for each in (
        "Six weeks of therapy not shown.",
        "15 of 16 physical therapy visits attended over 8 weeks.",
        "The therapy notes were not in the file.",
        "She fell in October.",
        "Dr Peer Example, MD, Internal medicine (other specialty)",
        attempt_sentence(case.attempts[-1], zone="America/Chicago"),
        "Reference REF-cr1",
        case.patient.name,
    ):
        assert each in told, each


def test_what_is_ours_stays_here(office: Office):
    """No record number, no note on the call, no question to expect, no weak point."""
    case = an_upheld_case(office)
    read = read_of(office, case)
    told = "\n".join(told_in(read.paper))
    ours = [each.question.text for each in read.appeal.brief.questions]
    ours += [each.text for each in read.appeal.brief.weak]

    assert ours and case.patient.mrn
    assert not [each for each in (*ours, case.patient.mrn, TOLD["note"], "I am calling about") if each in told]


def test_the_calls_that_the_payer_missed_are_counted(office: Office):
    """Never held: all lines are appealed, and it says how often the payer did not keep the time."""
    case = bring(office, "missed", payer="UnitedHealthcare")
    read = read_of(office, case)
    told = "\n".join(told_in(read.paper))

    assert (1,) == read.appeal.lines
    assert "The payer did not keep 1 booked call: 2026-11-23." in told
    assert "No call was held." in told and attempt_sentence(case.attempts[-1], zone="America/Chicago") in told


def test_what_is_not_ready_goes_as_a_draft_that_says_so(office: Office):
    """Without an answer it is refused; as a draft every page says DRAFT, and the first what it lacks."""
    case = settle(office, bring(office, "connected"), result="upheld", final=True)
    with pytest.raises(AppealNotReady, match="An answer to the payer"):
        appeal.appeal_file(office.ports(), case.id, "docx", draft=False, now=office.now)
    _, body = appeal.appeal_file(office.ports(), case.id, "docx", draft=True, now=office.now)
    document = Document(io.BytesIO(body))

    assert document.sections[0].header.paragraphs[0].text.startswith("DRAFT · Appeal")
    assert "It lacks an answer to the payer's reason." in "\n".join(each.text for each in document.paragraphs)
    assert ["take_appeal docx"] == [act for _, act, *_ in office.audited() if act.startswith("take_appeal")]


def test_a_clinicians_signed_answer_answers(office: Office):
    """Where the chart is silent their own word stands in its place, with their name."""
    case = settle(office, bring(office, "connected"), result="upheld", final=True)
    doctor = office.ports(
        Role.CLINICIAN, user=dataclasses.replace(a_user(Role.CLINICIAN), reference=CLINICIAN.reference)
    )
    own.write(doctor, case.id, "He did eight weeks with another therapist.", "Answer", sign=True, now=office.now)
    read = read_of(office, case)

    assert not read.is_draft
    assert "He did eight weeks with another therapist." in told_in(read.paper)


def test_a_deadline_that_nobody_knows_is_owed(office: Office):
    """A second level counts from a notice that we have not read: no clock of law is taken for it."""
    case = an_upheld_case(office)
    assert read_of(office, case).appeal.deadline.sure
    appeal.choose(office.ports(), case.id, {"level": "second"}, (1,), now=office.now)
    read = read_of(office, case)
    assert read.appeal.deadline is None and ["deadline"] == [each.key for each in read.owed if each.blocks]

    known = {"level": "second", "due_on": "2026-12-20", "where": "the second notice, page 1"}
    appeal.choose(office.ports(), case.id, known, (1,), now=office.now)
    read = read_of(office, case)
    assert not read.is_draft and "2026-12-20" == read.appeal.deadline.shown


def test_a_deadline_that_is_over_is_said(office: Office):
    """It is shown as late the day after, and not on the day itself."""
    case = an_upheld_case(office)
    for due_on, is_late in (("2026-11-22", True), ("2026-11-23", False)):
        appeal.choose(office.ports(), case.id, {"due_on": due_on, "where": "page 2"}, (1,), now=office.now)
        assert is_late is ("late" in {each.key for each in read_of(office, case).owed})


def test_an_address_is_owed_until_somebody_looks(office: Office):
    """The denial names none: nothing is invented; typed once it stands in the packet with who read it."""
    case = an_upheld_case(office)
    assert "address" in {each.key for each in read_of(office, case).owed}
    appeal.choose(office.ports(), case.id, {"way": "fax", "to": "800-555-0144"}, (1,), now=office.now)
    read = read_of(office, case)

    assert "address" not in {each.key for each in read.owed}
    assert {"By fax:", "800-555-0144"} <= set(told_in(read.paper))
    assert ["as Test Coordinator read it"] == [each.said for each in read.appeal.addresses]


RIGHTS = "You may file an appeal within 60 days of the date of this letter. Fax appeals to 800-555-0188."


def test_what_a_letter_says_of_appeals_is_offered_and_taken_over_by_a_person(office: Office):
    """Its fax and its last day stood among notes; they are offered with their words, and in no packet before."""
    case = an_upheld_case(office)
    told = an_answer(
        "l1", payer="UnitedHealthcare", reference_number=case.denial.reference_number, request=None, notes=(),
        appeals=(Quote(RIGHTS, "page 2"),), created_on=date(2026, 11, 20), in_words=True,
    )  # fmt: skip
    letter = dataclasses.replace(told, denial=dataclasses.replace(told.denial, reference="told:l1"))
    assert "joined" == receive(office.ports(), letter, way=Way.LETTER, now=office.now).how
    read = read_of(office, case)
    (offer,) = read.offered
    assert ("fax", "800-555-0188", date(2027, 1, 19), RIGHTS) == (offer.way, offer.to, offer.due_on, offer.quote)
    assert "the letter of 2026-11-20" == offer.where
    assert "800-555-0188" not in "".join(told_in(read.paper)) and "address" in {each.key for each in read.owed}

    taken = {"way": offer.way, "to": offer.to, "due_on": offer.due_on.isoformat(), "where": offer.where}
    appeal.choose(office.ports(), case.id, taken, (1,), now=office.now)
    read = read_of(office, case)
    assert () == read.offered and "800-555-0188" in told_in(read.paper)
    assert ("2027-01-19", "the letter of 2026-11-20") == (read.appeal.deadline.shown, read.appeal.deadline.source)


def test_what_was_told_of_appeals_on_the_call_is_offered(office: Office):
    """Address and deadline typed into the outcome are not typed again for the packet."""
    case = an_upheld_case(
        office, appeal_told="By mail to P.O. Box 1200, Anytown, TX 75001; no later than 15 January 2027."
    )
    (offer,) = read_of(office, case).offered

    assert ("mail", "P.O. Box 1200, Anytown, TX 75001", date(2027, 1, 15)) == (offer.way, offer.to, offer.due_on)
    assert offer.where.startswith("what was told on the call of 2026-11-")


def test_what_the_payers_rule_says_of_appeals_counts(office: Office):
    """Its own, shorter time is the deadline; its address stands in the packet; who may appeal is told or asked."""
    case = bring(office, "open", payer="Priority Health")
    read = read_of(office, case)

    assert "30 calendar days" in read.appeal.deadline.rule and date(2026, 12, 23) == read.appeal.deadline.day
    assert {"appeal_days"} == {each.name for each in read.by_rule}
    assert "consent" in {each.key for each in read.owed}


def test_an_expedited_appeal_may_need_no_consent(office: Office):
    """Kaiser of Washington takes one from the treating provider; for others it is asked."""
    case = bring(office, "open", payer="Kaiser Permanente Washington")
    doctor = office.ports(
        Role.CLINICIAN, user=dataclasses.replace(a_user(Role.CLINICIAN), reference=CLINICIAN.reference)
    )
    assert "expedited" in next(each.text for each in read_of(office, case).owed if each.key == "consent")
    appeal.expedite(doctor, case.id, "She may lose the leg.", ticked=True, off=False, now=office.now)

    assert "consent" not in {each.key for each in read_of(office, case).owed}


def test_what_was_chosen_for_one_appeal_is_not_taken_for_the_next(office: Office):
    """After the first is lost its level, day, address and grounds are gone: the second notice has its own."""
    case = an_upheld_case(office)
    typed = {"level": "first", "way": "fax", "to": "800-555-0144", "due_on": "2026-12-20", "where": "page 2"}
    appeal.choose(office.ports(), case.id, typed, (1,), now=office.now)
    case = appeal.file(office.ports(), case.id, FILED, why=None, seen=case.version, now=office.now)
    office.push(days=20)
    settle(office, case, result="upheld", final=True, way="file_appeal")
    read = read_of(office, case)

    assert ("second", None, ()) == (read.appeal.level, read.appeal.deadline, read.appeal.addresses)
    assert {"deadline", "address"} <= {each.key for each in read.owed}
    assert "Appeal:" in told_in(read.paper) and "Peer-to-peer review:" in told_in(read.paper)


def test_literature_that_a_person_left_out_is_not_cited(office: Office):
    """What is about another tumour than this patient's is the clinician's to leave out."""
    case = an_upheld_case(office)
    assert any("27074067" in each for each in told_in(read_of(office, case).paper))
    appeal.choose(office.ports(), case.id, {}, (1,), ["27074067"], now=office.now)

    assert not any("27074067" in each for each in told_in(read_of(office, case).paper))


def test_what_was_won_is_not_appealed(office: Office):
    """An approval leaves nothing, and no packet goes out final."""
    case = bring(office, "decided", payer="UnitedHealthcare")
    chart(office, a_note())

    assert ["lines"] == [each.key for each in read_of(office, case).owed]
    with pytest.raises(AppealNotReady, match="nothing to appeal"):
        appeal.appeal_file(office.ports(), case.id, "md", draft=False, now=office.now)


def two_lines() -> tuple[DenialLine, ...]:
    """Return two denied lines, each with its own reason."""
    said = (
        ("Lumbar fusion", 1, "Six weeks of therapy not shown."),
        ("Therapy visits", 24, "Line 2: 12 visits suffice."),
    )
    return tuple(
        DenialLine(
            n,
            actions=(NOT_CERTIFIED,),
            reasons=(NECESSITY,),
            notes=(Quote(text, f"processNote[{n}].text", "ClaimResponse/cr1"),),
            service_label=label,
            quantity_requested=many,
        )
        for n, (label, many, text) in enumerate(said, start=1)
    )


def test_the_rest_of_a_modified_line_is_asked_for_once_somebody_chose_it(office: Office):
    """Of two lines one was approved, the other cut: its rest is owed a word, and then asked for with its own reason."""
    lines = two_lines()
    case = bring(
        office, "connected", payer="UnitedHealthcare", lines=lines, notes=tuple(each.notes[0] for each in lines)
    )
    case = settle(office, case, result="partial", final=True, lines={1: ("approved", None), 2: ("modified", 12.0)})
    read = read_of(office, case)
    assert "line.2" in {each.key for each in read.owed}

    appeal.choose(office.ports(), case.id, {}, (2,), now=office.now)
    read = read_of(office, case)
    told = told_in(read.paper)
    assert (2,) == read.appeal.lines and "line.2" not in {each.key for each in read.owed}
    assert any(each.startswith("Approve all 24 of Therapy visits") and "not 12" in each for each in told)
    assert "Line 2: 12 visits suffice." in told and "Six weeks of therapy not shown." not in told
    assert "modified: 12" in told

    with pytest.raises(NotAChoice):
        appeal.choose(office.ports(), case.id, {}, (1, 2), now=office.now)


def test_what_we_withdrew_is_not_appealed(office: Office):
    """A new request is what is left; the page says so and offers no filing as final."""
    case = settle(office, bring(office, "connected", payer="UnitedHealthcare"), result="withdrawn")
    chart(office, a_note())

    assert ["lines"] == [each.key for each in read_of(office, case).owed if each.blocks]


def test_filing_while_a_call_is_left_is_stopped_and_told(office: Office):
    """The packet may be made; it says what filing would cost and until when the call is open."""
    case = an_answered_case(office)
    read = read_of(office, case)
    assert "UnitedHealthcare holds no call once an appeal is filed." in [each.sentence for each in read.forfeits]
    assert read.call_until and read.call_until > office.now and not read.is_draft

    with pytest.raises(AtStake):
        appeal.file(office.ports(), case.id, FILED, why=None, seen=case.version, now=office.now)
    assert () == office.case(case.id).acts


def test_a_filed_appeal_is_kept_and_its_answer_watched(office: Office):
    """Way, day and number are kept and told; the payer's decision is watched for, and is tied to this filing."""
    case = an_upheld_case(office)
    filed = appeal.file(office.ports(), case.id, FILED, why=None, seen=case.version, now=office.now)

    assert Filing(date(2026, 11, 23), "fax", "OK 4417") == filed.acts[-1].filing
    assert ("await_answer", "payer") == (filed.next_action.kind, filed.next_action.waits_on)
    assert timedelta(days=20) < filed.acts[-1].answer.ends_at - office.now < timedelta(days=40)
    won = settle(office, filed, result="approved", final=True, way="file_appeal")
    assert filed.acts[-1].id == won.outcome.answers
    assert "Filed: By fax on 2026-11-23; confirmation OK 4417." in note_of(won, zone=ZONE)
    told = {each.kind: each.data for each in office.story(won) if each.kind in ("appealed", "decided")}
    assert ("2026-11-23", "fax") == (told["appealed"]["filed_on"], told["appealed"]["filed_way"])
    assert told["appealed"]["entry_of"] == told["decided"]["answers"]
    assert "OK 4417" not in str(told), "the payer's number stays in the case and in the audit"


def test_an_expedited_appeal_is_answered_within_three_days(office: Office):
    """A clinician signed why; the watch asks after 72 hours."""
    case = an_upheld_case(office)
    doctor = office.ports(
        Role.CLINICIAN, user=dataclasses.replace(a_user(Role.CLINICIAN), reference=CLINICIAN.reference)
    )
    appeal.expedite(doctor, case.id, "She may lose the leg.", ticked=True, off=False, now=office.now)
    filed = appeal.file(office.ports(), case.id, FILED, why=None, seen=case.version, now=office.now)

    assert timedelta(hours=72) == filed.acts[-1].answer.ends_at - office.now
    appeal.expedite(doctor, case.id, "", ticked=False, off=True, now=office.now)
    assert read_of(office, case).appeal.choice.expedited is None


def test_only_a_clinician_of_the_case_signs_that_it_cannot_wait(office: Office):
    """Another clinician is refused; and nothing is kept of what was refused."""
    case = an_upheld_case(office)
    with pytest.raises(NotOfThisCase):
        appeal.expedite(office.ports(Role.CLINICIAN), case.id, "Why.", ticked=True, off=False, now=office.now)
    with pytest.raises(NotAChoice):
        appeal.choose(office.ports(), case.id, {"level": "ninth"}, (1,), now=office.now)
    assert () == office.store.brief_entries(case.tenant, case.id)


@pytest.mark.parametrize("form", ["html", "docx", "pdf", "md"])
def test_a_hostile_reason_is_words(office: Office, form: str):
    """A script, a style sheet's end, and a reason of forty pages: a paper all the same, fetching nothing."""
    said = "</style><script>alert(1)</script> <img src=https://evil.example/x> [a](https://evil.example) {{ 7*7 }} \x00"
    case = detected(office, payer="UnitedHealthcare", notes=(Quote(said + " not shown" * 8000, "processNote[0].text"),))
    _, body = appeal.appeal_file(office.ports(), case.id, form, draft=True, now=office.now)

    assert len(body) > 1000
    if form == "html":
        assert b"<script" not in body and b"<img" not in body and b"alert(1)" in body
    if form == "md":
        assert not re.search(rb"(?<!\\)\]\(", body) and not re.search(rb"(?<!\\)<", body)


def test_every_form_says_the_same(office: Office):
    """Word and Markdown hold the words of the page."""
    case = an_upheld_case(office)
    _, word = appeal.appeal_file(office.ports(), case.id, "docx", draft=False, now=office.now)
    document = Document(io.BytesIO(word))
    text = "\n".join(each.text for each in document.paragraphs)
    marked = appeal.appeal_file(office.ports(), case.id, "md", draft=False, now=office.now)[1].decode()

    for part in read_of(office, case).paper.parts:
        assert part.title in text and f"## {part.title}" in marked
    assert document.sections[0].header.paragraphs[0].text.startswith("Appeal · Synthetic-p1")


def test_a_call_that_is_logged_later_stands_in_the_packet(office: Office):
    """Made anew each time from the log as it stands."""
    case = an_upheld_case(office)
    before = len(read_of(office, case).appeal.packet.contacts)
    log(office, office.case(case.id), result="asked", reached="staff", reviewer=None, reached_name="Pat Example")

    assert call and before + 1 == len(read_of(office, case).appeal.packet.contacts)
