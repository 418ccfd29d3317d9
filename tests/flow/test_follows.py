"""What follows an outcome: the letter is asked for until it is there, and what came is compared before it counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.acts import NotNow, Told
from app.core.afterwards import authorization_of
from app.core.case import Authorization, Case, CaseState
from app.core.denial import Code, DenialLine, Quote, Way
from app.core.learn.odds import decided_call
from app.core.outcome import Contradiction, note_of
from app.core.outcome.linked import AppealTold
from app.core.people import Reviewer, Role
from app.flow.act import take, undo
from app.flow.cases import NotYours, Overlooked, save_case
from app.flow.detect import detect_denials
from app.flow.follows import NoLetter, extend_authorization, following, link, put_aside, record_letter
from app.flow.intake import receive
from app.flow.learn import lessons
from app.flow.outcome import close_case
from app.flow.tick import look_again
from app.flow.worklist import worklist
from tests.builders import MONDAY
from tests.fakes.office import ACTION, NOT_CERTIFIED, TENANT, ZONE, Office, an_answer, bring, settle

APPROVED = Code(ACTION, "A1")
SURGEON = Reviewer(name="Dr Peer Example", credential="MD", specialty="Orthopaedic surgery")
DAY = timedelta(days=1)


def asked(office: Office, case: Case, kind: str = "chase_letter", **told) -> Case:
    """Return the case with an act done."""
    return take(office.ports(), case.id, kind, Told(**told), seen=office.case(case.id).version, now=office.now)


def writes(office: Office, case: Case, action: Code, *, answer: str = "cr2", **line) -> Case:
    """Let the payer's written answer stand in the EHR, and the worker look; return the case as it stands then."""
    lines = (DenialLine(1, actions=(action,), service_label="Lumbar fusion", quantity_requested=2, **line),)
    found = an_answer(answer, request=case.denial.request, lines=lines, created_at=office.now, notes=())
    office.ehr.tell(found)
    detect_denials(office.ports(), patient=case.patient.reference, now=office.now)
    return office.case(case.id)


def test_a_verbal_decision_is_chased_step_by_step_until_it_is_closed(office: Office):
    """A day after the call, then every two business days; each try stands in the history and moves the next."""
    case = bring(office, "decided")
    first = case.next_action.due_at
    assert case.outcome.held_at + DAY == first
    office.now = first
    again = asked(office, case, note="By Friday, they say.")

    assert ("chase", True) == (again.next_action.kind, again.next_action.due_at > first)
    assert "again" in again.next_action.text
    assert 1 == office.events(case).count("letter_chased")
    assert 1 == following(office.ports(), again, now=office.now).tries
    closed = close_case(office.ports(), case.id, seen=again.version, now=office.now)
    assert "none" == closed.next_action.kind
    with pytest.raises(NotNow):
        asked(office, closed)


def test_a_try_that_was_marked_by_mistake_counts_for_nothing(office: Office):
    """Taken back, the letter is due when it was before."""
    case = bring(office, "decided")
    tried = asked(office, case)
    back = undo(
        office.ports(), case.id, tried.acts[-1].id, why="It was another case.", seen=tried.version, now=office.now
    )

    assert case.next_action == back.next_action


def test_what_is_to_be_said_names_the_call(office: Office):
    """Reference, result, day: nobody looks them up while somebody waits on the line."""
    case = bring(office, "decided")
    found = following(office.ports(), case, now=office.now)

    assert "coordinator" == found.step.owner
    assert "REF-OUT-1" in found.script and "Told approved" in found.script


def test_a_letter_in_the_ehr_waits_for_a_person_and_overwrites_nothing(office: Office):
    """Another ClaimResponse to the same request, after the call: one case still, what was told stands."""
    case = bring(office, "decided")
    office.now += DAY
    before = office.effects(case)
    waits = writes(office, case, NOT_CERTIFIED)

    assert (CaseState.DECIDED, case.outcome) == (waits.state, waits.outcome)
    assert before == office.effects(case), "no note is written of what nobody has read"
    assert ("read_letter", True) == (waits.next_action.kind, "differs" in waits.next_action.text)
    assert ("upheld", True) == (waits.letter.outcome.result, following(office.ports(), waits, now=office.now).alarm)
    assert 1 == len(office.store.cases_of_patient(TENANT, case.patient.reference))
    assert 1 == office.events(case).count("letter_came")


def test_looking_again_asks_nothing_twice(office: Office):
    """The worker looks every few minutes; the letter is the same letter."""
    case = bring(office, "decided")
    office.now += DAY
    waits = writes(office, case, APPROVED)
    office.now += DAY
    again = detect_denials(office.ports(), patient=case.patient.reference, now=office.now)

    assert ((), waits) == (again.new, office.case(case.id))


def test_an_answer_that_is_mended_in_place_is_a_letter_too(office: Office):
    """The same ClaimResponse says otherwise than before the call."""
    case = bring(office, "decided")
    office.now += DAY

    assert "approved" == writes(office, case, APPROVED, answer="cr1").letter.outcome.result


def test_a_letter_that_is_recorded_confirms_and_tells_the_ehr_once(office: Office):
    """One button: the state, the chart's note as a new version, the event that Learn counts."""
    case = bring(office, "decided")
    office.now += DAY
    waits = writes(office, case, APPROVED)
    done = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    assert (CaseState.CONFIRMED, True, 1, None) == (
        done.state, done.outcome.final, done.outcome.revision, done.letter
    )  # fmt: skip
    assert case.outcome.held_at == done.outcome.held_at, "the call stays as it was told"
    assert 2 == office.effects(case).count("WriteDocument")
    assert ["decided", "confirmed"] == office.events(case)[-2:]
    with pytest.raises(NoLetter):
        record_letter(office.ports(), case.id, seen=done.version, now=office.now)


def test_what_was_told_stays_behind_the_letter_and_what_it_authorizes_is_kept(office: Office):
    """Number and days as the letter says them, else as told; reviewer, criterion and next step of the call."""
    until = Authorization("AUTH-9001", MONDAY.date(), MONDAY.date() + 90 * DAY)
    told = {"reviewer": SURGEON, "criterion": "SP-114 3b", "next_step": "We wait.", "authorization": until}
    case = settle(office, bring(office, "connected"), **told)
    office.now += DAY
    waits = writes(office, case, APPROVED)
    differs = [each.what for each in following(office.ports(), waits, now=office.now).differences]
    assert ["reference"] == differs
    done = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    kept = done.outcome
    assert (until, case.outcome) == (kept.authorization, kept.told)
    assert ("SP-114 3b", "We wait.", SURGEON) == (kept.criterion, kept.next_step, kept.reviewer)
    assert "AUTH-9001" in note_of(done, zone=office.site.zone)


def test_a_letter_that_is_worse_is_disputed_until_it_is_corrected(office: Office):
    """Alarm, dispute, corrected letter: each is the next action in its turn, and the last word is the payer's."""
    case = settle(office, bring(office, "connected"), reviewer=SURGEON)
    office.now += DAY
    waits = writes(office, case, NOT_CERTIFIED)
    wrong = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)
    said = (wrong.next_action.kind, wrong.outcome.result, wrong.outcome.told.result)
    assert ("dispute", "upheld", "approved") == said
    assert 1 == office.events(case).count("letter_differs")

    disputed = asked(office, wrong, "dispute_letter", note="By fax.")
    assert ("await_answer", "payer") == (disputed.next_action.kind, disputed.next_action.waits_on)
    office.now += DAY
    mended = writes(office, disputed, APPROVED, answer="cr3")
    done = record_letter(office.ports(), case.id, seen=mended.version, now=office.now)
    assert ("approved", "dispute_letter", None) == (done.outcome.result, done.outcome.way, done.awaited)
    assert ((1, 1), (1, 1)) == (counted(office, "overturn"), counted(office, "mismatch")), "won, by a second letter"
    assert "approved" == decided_call(done).result
    assert "close" == done.next_action.kind


def test_a_letter_that_somebody_lets_stand_leads_on(office: Office):
    """Upheld in writing, let stand: the appeal is next."""
    case = settle(office, bring(office, "connected"), reviewer=SURGEON)
    worse = settle(office, case, result="upheld", final=True, reviewer=SURGEON)
    assert "dispute" == worse.next_action.kind

    assert "appeal" == asked(office, worse, "accept_letter").next_action.kind


def test_a_letter_that_came_meanwhile_is_not_overlooked(office: Office):
    """Somebody records the outcome from a page that did not show the letter: they are told."""
    case = bring(office, "decided")
    office.now += DAY
    writes(office, case, NOT_CERTIFIED)
    with pytest.raises(Overlooked):
        settle(office, case, final=True)


def test_what_is_no_letter_is_put_aside(office: Office):
    """A person says so; the chase goes on, and the same answer does not come back."""
    case = bring(office, "decided")
    office.now += DAY
    waits = writes(office, case, NOT_CERTIFIED)
    aside = put_aside(office.ports(), case.id, seen=waits.version, now=office.now)
    assert (None, "chase") == (aside.letter, aside.next_action.kind)
    detect_denials(office.ports(), patient=case.patient.reference, now=office.now)

    assert office.case(case.id).letter is None


@pytest.mark.parametrize("deed", [record_letter, put_aside])
def test_a_letter_is_recorded_by_those_who_may(office: Office, deed):
    """A delegate who may not record an outcome records none this way either; the refusal is kept."""
    case = bring(office, "decided")
    waits = writes(office, case, APPROVED)
    before = office.photo()
    with pytest.raises(NotYours):
        deed(office.ports(Role.DELEGATE), case.id, seen=waits.version, now=office.now)

    assert before == office.photo()


def takes_in(office: Office, case: Case, words: str, *, days: int | None = 1, way: Way = Way.LETTER) -> Case:
    """Take a letter of the payer in, so many days from Monday (None: undated); return the case as it stands then."""
    at = None if days is None else MONDAY + days * DAY
    found = an_answer(
        "letter",
        reference_number=case.denial.reference_number,
        created_at=at,
        created_on=at and at.date(),
        lines=(DenialLine(0, service_label="Lumbar fusion"),),
        notes=(Quote(words, "page 1"),),
        disposition=Quote(words, "page 1"),
        in_words=True,
        request=None,
    )
    told = replace(found, denial=replace(found.denial, reference="told:letter"))
    received = receive(office.ports(), told, way=way, now=office.now)
    assert ("joined", case.id) == (received.how, received.case.id)
    return received.case


def test_a_letter_that_is_taken_in_is_compared_by_its_own_words(office: Office):
    """A page by post, scanned and read: the coded denial still leads the case, the letter waits beside the call."""
    case = bring(office, "decided")
    office.now += DAY
    waits = takes_in(office, case, "The request for lumbar fusion is denied.")
    assert ("upheld", Way.LETTER) == (waits.letter.outcome.result, waits.letter.way)
    assert following(office.ports(), waits, now=office.now).alarm

    done = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)
    assert (CaseState.CONFIRMED, "upheld") == (done.state, done.outcome.result)


def test_the_first_denials_letter_that_comes_late_is_no_answer_to_the_call(office: Office):
    """Posted before the call, or undated: it says what everybody knew; an undated approval can only be the answer."""
    case = bring(office, "decided")
    for days in (-1, None):
        late = takes_in(office, case, "The request for lumbar fusion is denied.", days=days)
        assert late.letter is None
        undo_telling = replace(late, tellings=late.tellings[:1])
        case = save_case(office.ports(), undo_telling, seen=late.version, now=office.now)

    assert "approved" == takes_in(office, case, "The request is approved.", days=None).letter.outcome.result


def test_the_answer_to_an_appeal_is_the_appeals(office: Office):
    """Upheld in writing, appealed, and approved in the EHR: recorded, it is the appeal that was won, not the call."""
    case = settle(office, bring(office, "connected"), result="upheld", final=True)
    appealed = asked(office, case, "file_appeal")
    office.now += DAY
    waits = writes(office, appealed, APPROVED)
    assert ("file_appeal", ()) == (
        waits.letter.outcome.way,
        following(office.ports(), waits, now=office.now).differences,
    )
    won = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    assert ("approved", "file_appeal", "upheld") == (won.outcome.result, won.outcome.way, won.earlier[-1].result)
    assert won.awaited is None


@pytest.mark.parametrize("answer", ["cr1", "cr2"], ids=["mended", "beside"])
@pytest.mark.parametrize("state", ["offered", "booked", "missed", "lapsed"])
def test_an_approval_before_the_call_waits_for_a_person_and_no_call_is_made(office: Office, state: str, answer: str):
    """Approved while a call was sought, booked or missed: the case went on asking for the call, or for an appeal."""
    case = bring(office, state)
    office.now += timedelta(hours=3)
    waits = writes(office, case, APPROVED, answer=answer)
    assert (case.state, "read_letter") == (waits.state, waits.next_action.kind)
    detect_denials(office.ports(), patient=case.patient.reference, now=office.now)
    assert waits == office.case(case.id), "looked at again, nothing is asked twice"
    done = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    assert ("approved", True, "resolved_before_call") == (
        done.outcome.result, done.outcome.final, done.outcome.not_held_reason
    )  # fmt: skip
    assert "close" == done.next_action.kind and not (done.booking and done.booking.is_live)
    assert 0 == counted(office, "overturn")[1], "no call overturned it"


@pytest.mark.parametrize("answer", ["cr1", "cr2"], ids=["mended", "beside"])
def test_an_approval_after_a_call_that_nobody_recorded_is_the_calls(office: Office, answer: str):
    """Both spoke, then the letter was there before anybody typed the outcome."""
    case = bring(office, "connected")
    office.now += DAY
    waits = writes(office, case, APPROVED, answer=answer)
    done = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    assert (CaseState.CONFIRMED, None) == (done.state, done.outcome.not_held_reason)
    assert (1, 1) == counted(office, "overturn")


@pytest.mark.parametrize("answer", ["cr1", "cr2"], ids=["mended", "beside"])
@pytest.mark.parametrize(("action", "won"), [(APPROVED, 1), (NOT_CERTIFIED, 0)], ids=["won", "lost"])
@pytest.mark.parametrize("before", ["no call", "converted", "not held"])
def test_the_answer_to_an_appeal_counts_though_no_call_decided_anything(
    office: Office, before: str, action: Code, won: int, answer: str
):
    """Missed, appealed, decided in the EHR: it was passed over, and the case asked to file the appeal again."""
    if before == "no call":
        case = bring(office, "lapsed")
    else:
        told = {"converted": {"result": "converted_to_appeal"}}
        not_held = {"result": "not_held", "not_held_reason": "payer_no_show"}
        case = settle(office, bring(office, "connected"), **told.get(before, not_held))
    if before != "converted":
        case = asked(office, case, "file_appeal")
    office.now += 2 * DAY
    waits = writes(office, case, action, answer=answer)
    assert ("read_letter", "file_appeal") == (waits.next_action.kind, waits.letter.outcome.way)
    done = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    assert ("file_appeal", True, None) == (done.outcome.way, done.outcome.final, done.awaited)
    assert (won, 1) == counted(office, "appeal_overturn")


def test_a_case_that_was_not_held_is_approved_all_the_same(office: Office):
    """The payer missed the call and approved a day later: why no call was held stays, and nothing contradicts it."""
    case = settle(office, bring(office, "missed"), result="not_held", not_held_reason="payer_no_show")
    office.now += DAY
    waits = writes(office, case, APPROVED)
    done = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    assert (CaseState.CONFIRMED, "approved", True) == (done.state, done.outcome.result, done.outcome.final)


def test_a_further_denial_beside_an_open_call_is_no_letter(office: Office):
    """Denied once more before anybody spoke: the call is as needed as before."""
    case = bring(office, "booked")
    office.now += timedelta(hours=1)

    assert (None, "call") == ((after := writes(office, case, NOT_CERTIFIED)).letter, after.next_action.kind)


def authorized(office: Office, *, days: int, closed: bool = True) -> Case:
    """Return a case that was won in writing until so many days from today, closed as a coordinator closes it."""
    case = settle(office, bring(office, "connected"), final=True)
    until = Authorization("AUTH-9001", MONDAY.date(), MONDAY.date() + days * DAY)
    told = replace(case, outcome=replace(case.outcome, authorization=until))
    case = save_case(office.ports(), told, seen=case.version, now=office.now)
    return close_case(office.ports(), case.id, seen=case.version, now=office.now) if closed else case


def listed(office: Office, show: str = "open", search: str = "") -> list[str]:
    """Return the numbers of the cases on the worklist."""
    page = worklist(office.ports(), show=show, search=search, page=0, now=office.now)
    return [row.number for row in page.rows]


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_an_authorization_that_nobody_used_comes_back(office: Office, closed: bool):
    """At 30 days before its end it is the next action, also of a closed case; each look happens once."""
    case = authorized(office, days=40, closed=closed)
    assert 0 == look_again(office.ports(), now=office.now)
    office.now = MONDAY + 11 * DAY
    assert (1, 0) == tuple(look_again(office.ports(), now=office.now) for _ in range(2))

    stands = office.case(case.id)
    assert ("authorization", True) == (stands.next_action.kind, "2 Jan 2027" in stands.next_action.text)
    assert [case.number] == listed(office)
    assert 1 == office.events(case).count("authorization_ends")


@pytest.mark.parametrize(
    ("told", "wrote", "differs"),
    [
        ({"lines": {1: ("modified", 1.5)}}, {"quantity_approved": 1.0}, 1),
        ({"lines": {1: ("modified", 1.0)}}, {"quantity_approved": 1.0}, 0),
        ({"lines": {1: ("modified", 1.0)}}, {"quantity_approved": 1.5}, 0),
        ({"lines": {1: ("modified", None)}, "changes": {1: "at another site"}}, {"quantity_approved": 1.0}, 1),
    ],
    ids=["fewer", "same", "more", "fewer than all"],
)
def test_a_letter_that_gives_less_than_was_told_counts_as_a_mismatch(
    office: Office, told: dict, wrote: dict, differs: int
):
    """Less written than told, both “modified”: an alarm in the case, and Learn counted it as agreeing."""
    case = settle(office, bring(office, "connected"), result="modified", **told)
    office.now += DAY
    waits = writes(office, case, Code(ACTION, "A6"), **wrote)
    assert bool(differs) is following(office.ports(), waits, now=office.now).alarm
    record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    assert (differs, 1) == counted(office, "mismatch")


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_an_extension_that_the_payer_granted_is_kept_watched_and_told(office: Office, closed: bool):
    """Of a closed case too: the new day is watched, and the chart's note says it, until it is taken back."""
    case = authorized(office, days=20, closed=closed)
    until = MONDAY.date() + 80 * DAY
    wrote = len(office.effects(case))

    def extend(told: Authorization, seen: int) -> Case:
        return extend_authorization(office.ports(), case.id, told, note="By phone.", seen=seen, now=office.now)

    for wrong in (Authorization("A-2"), Authorization(None, None, MONDAY.date())):
        with pytest.raises(Contradiction):
            extend(wrong, case.version)
    done = extend(Authorization("A-2", None, until), case.version)
    assert (Authorization("A-2", MONDAY.date(), until), case.state) == (authorization_of(done), done.state)
    assert done == extend(Authorization("A-2", None, until), case.version), "sent twice, done once"
    assert "authorization" != done.next_action.kind and done.look_at > office.now + 40 * DAY
    assert wrote + 2 == len(office.effects(done)), "the note and the message, each as a new version"
    assert "number A-2" in note_of(done, zone=ZONE)
    assert [done.number] == listed(office, show="closed" if closed else "open", search="A-2")

    back = undo(office.ports(), case.id, done.acts[-1].id, why="Not ours.", seen=done.version, now=office.now)
    assert authorization_of(case) == authorization_of(back) and "A-2" not in note_of(back, zone=ZONE)


@pytest.mark.parametrize(("days", "kind"), [(10, "none"), (25, "authorization")], ids=["inside", "after"])
def test_a_service_planned_outside_its_authorization_is_told_at_once(office: Office, days: int, kind: str):
    """Won for twenty days, planned for the twenty-fifth: the payer would not pay, and nobody looked before that."""
    case = authorized(office, days=20)
    planned = MONDAY.date() + days * DAY
    told = asked(office, case, "service_scheduled", on=planned)
    assert kind == told.next_action.kind and planned == told.acts[-1].on
    if kind == "authorization":
        assert "planned for" in told.next_action.text and [told.number] == listed(office)
        until = Authorization(None, None, MONDAY.date() + 40 * DAY)
        more = {"note": None, "seen": told.version, "now": office.now}
        assert "none" == extend_authorization(office.ports(), case.id, until, **more).next_action.kind


def test_what_is_used_or_over_is_left_alone(office: Office):
    """Done, it is out of the list at once; over, the last look takes it out."""
    case = authorized(office, days=20)
    assert [case.number] == listed(office), "twenty days are inside the thirty"
    done = asked(office, case, "service_done")
    assert ([], "none", None) == (listed(office), done.next_action.kind, done.look_at)
    undone = undo(office.ports(), case.id, done.acts[-1].id, why="Another patient.", seen=done.version, now=office.now)
    assert [case.number] == listed(office)

    office.now = MONDAY + 22 * DAY
    assert (1, 0) == tuple(look_again(office.ports(), now=office.now) for _ in range(2))
    assert ([], "none") == (listed(office), office.case(undone.id).next_action.kind)


def test_a_page_that_was_open_meanwhile_still_counts(office: Office):
    """The clock's look is no change that somebody must read first."""
    case = authorized(office, days=40, closed=False)
    office.now = MONDAY + 11 * DAY
    look_again(office.ports(), now=office.now)
    done = take(office.ports(), case.id, "service_scheduled", Told(), seen=case.version, now=office.now)

    assert "close" == done.next_action.kind


def test_a_case_is_found_by_its_authorization_number(office: Office):
    """The scheduler has the number and nothing else."""
    case = authorized(office, days=40, closed=False)

    assert ([case.number], []) == (listed(office, search="auth-9001"), listed(office, search="auth-9002"))


def test_another_hospitals_cases_are_not_looked_at(office: Office):
    """The worker looks at one tenant at a time."""
    authorized(office, days=40)
    office.now = MONDAY + 11 * DAY

    assert 0 == look_again(office.ports(tenant="elsewhere"), now=office.now)


def counted(office: Office, key: str) -> tuple[int, int]:
    """Return (numerator, denominator) of a share as Learn shows it."""
    found = lessons(office.ports(), now=office.now).whole[key]
    return found.count, found.n


def test_an_appeal_of_a_closed_case_counts_in_learn(office: Office):
    """Filed by the patient after we closed the case, won a week later: both are counted, and the case stays closed."""
    case = bring(office, "closed")
    office.now += 10 * DAY
    assert (0, 1) == counted(office, "appeal_after_held")
    told = AppealTold(MONDAY.date() + DAY, "approved", MONDAY.date() + 8 * DAY, "The family filed it.")
    done = link(office.ports(), case.id, told, seen=case.version, now=office.now)

    assert (CaseState.CLOSED, "none") == (done.state, done.next_action.kind)
    assert ((1, 1), (1, 1)) == (counted(office, "appeal_overturn"), counted(office, "appeal_after_held"))
    assert (1, 1) == counted(office, "overturn"), "the call's own decision stands"
    assert ["appealed", "decided"] == office.events(case)[-2:]


def continues(office: Office, case: Case, action: Code, *, answer: str = "cr9", **more) -> Case:
    """Let an answer to a later request that takes the case's up stand in the EHR; return the case as it stands then."""
    lines = (DenialLine(1, actions=(action,), service_label="Lumbar fusion", quantity_requested=2),)
    found = an_answer(
        answer, lines=lines, created_at=office.now, created_on=office.now.date(), notes=(),
        continues=(case.denial.request,), **more,
    )  # fmt: skip
    office.ehr.tell(found)
    detect_denials(office.ports(), patient=case.patient.reference, now=office.now)
    return office.case(case.id)


def test_the_answer_to_an_appeal_that_others_filed_is_found_in_the_ehr(office: Office):
    """Its request names ours: the closed case comes back with it, once, and a person says that it was the appeal."""
    case = bring(office, "closed")
    office.now += 10 * DAY
    waits = continues(office, case, APPROVED)
    assert ("read_letter", [case.number]) == (waits.next_action.kind, listed(office))
    detect_denials(office.ports(), patient=case.patient.reference, now=office.now)
    assert waits == office.case(case.id), "looked at again, nothing is asked twice"

    done = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)
    assert (CaseState.CLOSED, "approved", "file_appeal", None) == (
        done.state, done.outcome.result, done.outcome.way, done.letter
    )  # fmt: skip
    assert ((1, 1), (1, 1)) == (counted(office, "appeal_overturn"), counted(office, "appeal_after_held"))
    detect_denials(office.ports(), patient=case.patient.reference, now=office.now)
    assert done == office.case(case.id)


def test_a_later_denial_keeps_its_own_case_and_window(office: Office):
    """Denied again on a later request: the old case hears of it, and the new window is nobody's loss."""
    case = bring(office, "closed")
    office.now += 10 * DAY
    waits = continues(office, case, NOT_CERTIFIED)

    assert "upheld" == waits.letter.outcome.result
    assert 2 == len(office.store.cases_of_patient(TENANT, case.patient.reference))


@pytest.mark.parametrize("state", ["open", "booked"])
def test_an_answer_beside_an_open_call_changes_nothing_of_it(office: Office, state: str):
    """While a call may be had, a corrected request that was answered is no letter of the case."""
    case = bring(office, state)

    assert continues(office, case, APPROVED).letter is None


def test_another_servers_name_of_a_request_is_none_of_ours(office: Office):
    """What was sent to us names requests as its own server does; only the EHR's own names are the EHR's."""
    case = bring(office, "closed")
    found = an_answer("cr9", continues=(case.denial.request,), created_at=office.now)
    receive(
        office.ports(), replace(found, denial=replace(found.denial, reference="told:9")), way=Way.SENT, now=office.now
    )

    assert office.case(case.id).letter is None


def test_what_waits_for_an_answer_is_answered_by_the_request_that_takes_it_up(office: Office):
    """Our own appeal stands in the EHR as a request of its own; its answer is recorded as the appeal's."""
    case = settle(office, bring(office, "connected"), result="upheld", final=True)
    asked(office, case, "file_appeal")
    office.now += DAY
    waits = continues(office, case, APPROVED)
    won = record_letter(office.ports(), case.id, seen=waits.version, now=office.now)

    assert ("file_appeal", "approved", None) == (won.outcome.way, won.outcome.result, won.awaited)
    assert 1 == office.events(case).count("appealed")


def test_a_reviewer_who_names_the_plan_is_answered_with_an_exception(office: Office):
    """The words of the outcome choose the path, and its act goes on with it."""
    case = settle(
        office,
        bring(office, "connected"),
        result="upheld",
        final=True,
        reviewer=SURGEON,
        reviewer_reason="Excluded by the plan.",
    )
    assert "benefit_exception" == case.next_action.kind
    asks = asked(office, case, "benefit_exception")

    assert ("await_answer", "benefit exception") == (asks.next_action.kind, asks.next_action.text[-17:])
