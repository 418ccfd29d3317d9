"""The log of every try: kept as told, moving the case where it moves it, and telling the EHR of a missed call once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.acts import AtStake
from app.core.call import AttemptRefused
from app.core.call.correct import NotInLog
from app.core.call.phone import TAPS
from app.core.case import CaseMoved, CaseState
from app.core.learn import journeys_of
from app.core.windows.told import ToldRow
from app.flow import book, phone, talk, windows
from app.flow.call import log as log_it
from app.flow.call import was_rebooked
from app.flow.call.correct import Kept
from app.flow.call.correct import correct as correct_it
from app.flow.call.together import log_together
from app.flow.covered import Also, also_open
from app.flow.learn import _happened
from app.flow.tick import look_again
from app.wire import RandomIds
from tests.builders import CLINICIAN, MONDAY
from tests.fakes.office import PUBLISHER, TENANT, ZONE, Office, a_slot, an_attempt, bring, detected, log, settle

FORFEITS = "Regence"  # its rule: a missed call counts as held
OTHER_CLINICIAN = replace(CLINICIAN, reference="Practitioner/doc2", name="Dr Other")
GRACE = {"payer": "Wellpoint New Jersey", "line_of_business": "medicaid"}  # its rule: one more day after a missed call


def test_an_attempt_is_kept_with_who_and_how_long(office: Office):
    """Who called, when, which number, who was reached, minutes on hold: as told, by whom it was told."""
    case = log(office, bring(office, "booked"))
    (attempt,) = case.attempts

    assert ("Test Coordinator", "reviewer", 7, "Dr Peer Example") == (
        attempt.by,
        attempt.reached,
        attempt.hold_minutes,
        attempt.reviewer.name,
    )
    assert CaseState.CONNECTED == case.state
    assert [
        (
            "attempt",
            {
                "result": "connected",
                "reached": "reviewer",
                "hold_minutes": 7,
                "entry": attempt.id,
                "problems": "wrong_specialty",
            },
        ),
        ("connected", {"inside": True, "specialty_match": False, "entry": attempt.id}),
    ] == [(each.kind, dict(each.data)) for each in office.story(case)[-2:]]


@pytest.mark.parametrize("at", [datetime(9999, 12, 31, 23, 59, 30, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
def test_a_slip_of_the_calendar_is_refused_before_anything_is_reckoned(office: Office, at: datetime):
    """The year 9999 has no hours of a payer's: it is a mistyped date, beside its field."""
    case = detected(office, payer="Molina Healthcare of Washington", line_of_business="medicaid")
    assert office.ports().rules.payer_by_key(case.payer_key).hours is not None
    with pytest.raises(AttemptRefused) as refused:
        told = an_attempt(at, result="closed", reached="nobody", reviewer=None)
        log_it(office.ports(), case.id, **told, seen=case.version, now=office.now)

    assert "at" == refused.value.field


def test_a_second_connected_call_is_counted_once_as_connected(office: Office):
    """Two talks with the reviewer are two attempts and one connection: offer-to-connect counts cases."""
    case = bring(office, "connected")
    log(office, case)

    assert (2, 1) == tuple(office.events(case).count(kind) for kind in ("attempt", "connected"))


@pytest.mark.parametrize(
    ("reached", "result"),
    [("staff", "connected"), ("voicemail", "message_left"), ("nobody", "no_answer"), ("nurse", "rescheduled")],
)
def test_a_try_that_reached_no_reviewer_moves_nothing(office: Office, reached: str, result: str):
    """The booking stands, the case stays booked, and no write is asked for."""
    case = bring(office, "booked")
    tried = log(office, case, reached=reached, result=result, reviewer=None)

    assert (CaseState.BOOKED, "booked") == (tried.state, tried.booking.state)
    assert ["WriteAppointment"] == office.effects(case)
    assert "connected" not in office.events(case)


@pytest.mark.parametrize(("result", "by"), [("payer_no_show", "payer"), ("our_no_show", "us")])
def test_a_missed_call_is_told_to_the_ehr_once(office: Office, result: str, by: str):
    """The Appointment becomes a no-show, whose it was is counted, and a second log of it is refused."""
    case = bring(office, "booked")
    office.now = case.booking.interval.end
    missed = log(office, case, result=result, reached="nobody", reviewer=None, why="The clinic ran late.")

    assert (CaseState.MISSED, "noshow", "rebook") == (missed.state, missed.booking.state, missed.next_action.kind)
    keys = [each.key for each in office.store.effects_of(TENANT, case.id)]
    root = f"{TENANT}/{case.id}/appointment/{case.booking.id}"
    assert [root, f"{root}/noshow"] == keys
    told = {"by": by, "entry": missed.attempts[-1].id}
    assert ("missed", told) == (office.story(case)[-1].kind, dict(office.story(case)[-1].data))
    with pytest.raises(AttemptRefused):
        log(office, missed, result=result, reached="nobody", reviewer=None)
    assert [] == office.rows("busy_quanta")


def test_a_contradiction_is_refused_with_its_field_and_nothing_kept(office: Office):
    """Connected with nobody, in the future, no call to miss: the field is named."""
    case = bring(office, "offered")
    before = office.photo()
    wrong = {
        "reached": an_attempt(office.now, reached="nobody"),
        "at": an_attempt(office.now + timedelta(hours=2)),
        "result": an_attempt(office.now, result="payer_no_show", reached="nobody"),
        "direction": an_attempt(office.now, direction="sideways"),
        "hold_minutes": an_attempt(office.now, hold_minutes=-1),
    }
    for field, told in wrong.items():
        with pytest.raises(AttemptRefused) as refused:
            log_it(office.ports(), case.id, **told, seen=case.version, now=office.now)
        assert field == refused.value.field

    assert before == office.photo()


@pytest.mark.parametrize("state", ["decided", "lapsed", "no_call", "closed"])
def test_a_try_is_kept_whatever_the_state(office: Office, state: str):
    """The payer may call back after all is over: the log takes it and nothing else changes."""
    case = bring(office, state)
    queued = office.effects(case)
    kept = log(office, case, reached="staff", result="message_left", reviewer=None)

    assert (case.state, 1 + len(case.attempts)) == (kept.state, len(kept.attempts))
    assert queued == office.effects(case)


# -- the call that was not kept ----------------------------------------------------------------------------
def missed_by(office: Office, case, side: str, **more):
    """Return the case once this side's no-show was logged at the call's end."""
    office.now = max(office.now, case.booking.interval.end)
    return log(office, case, **{"result": f"{side}_no_show", "reached": "nobody", "reviewer": None} | more)


def published_case(office: Office, *times: float):
    """Return a case booked at the first of these published times, hours after Monday's start."""
    case = bring(office, "open", payer=PUBLISHER[1])
    office.desk.publish(PUBLISHER[0], *(a_slot(n, after=each) for n, each in enumerate(times)))
    windows.read_published_windows(office.ports(), case.id, now=office.now)
    case = office.case(case.id)
    return book.book(office.ports(), case.id, wanted_at(case, times[0]), seen=case.version, now=office.now)


def wanted_at(case, after: float):
    found = next(each.interval for each in case.windows if each.interval.start == MONDAY + timedelta(hours=after))
    return book.Wanted(found.start, found.end)


def test_what_the_payer_missed_is_booked_again_at_once_and_stands_on_its_record(office: Office):
    """The first time that both have, told to the EHR and the payer in the same save; the old one becomes a no-show."""
    case = missed_by(office, published_case(office, 2, 30, 5), "payer")

    assert CaseState.BOOKED is case.state
    assert MONDAY + timedelta(hours=5) == case.booking.interval.start
    assert was_rebooked(case) and "the payer missed" in case.booking.because[0]
    told = {"by": "payer", "entry": case.attempts[-1].id}
    assert [("missed", told), ("booked", {"rebooked": True})] == [
        (each.kind, dict(each.data)) for each in office.story(case)[-2:]
    ]
    assert ["WriteAppointment", "TellPayer", "ChangeAppointment", "WriteAppointment", "TellPayer"] == office.effects(
        case
    )


def test_a_miss_logged_early_and_booked_again_leaves_no_step_to_take(office: Office):
    """Once its minutes are over the entry says that it was missed; the call that it asks for is booked already."""
    case = published_case(office, 2, 30, 5)
    office.now = case.booking.interval.start + timedelta(minutes=2)
    case = log(office, case, result="payer_no_show", reached="nobody", reviewer=None)
    assert was_rebooked(case) and () == case.attempts[-1].problems
    office.push(minutes=20)
    look_again(office.ports(), now=office.now)
    found = office.case(case.id)

    assert ("payer_no_show",) == found.attempts[-1].problems
    assert ["a call is booked"] == [each.ended for each in found.escalations]


def test_a_time_that_a_colleague_has_is_passed_over(office: Office):
    """Another case's promise on the same clinician counts, told to the EHR or not."""
    other = published_case(office, 5)
    case = missed_by(office, published_case_of(office, 2, 5, 30), "payer")

    assert MONDAY + timedelta(hours=30) == case.booking.interval.start
    assert office.case(other.id).booking.is_live


def published_case_of(office: Office, *times: float):
    """Return a second case of another patient, booked as published_case."""
    case = detected(office, id="cr2", patient="p2", payer=PUBLISHER[1])
    office.desk.publish(PUBLISHER[0], *(a_slot(10 + n, after=each) for n, each in enumerate(times)))
    windows.read_published_windows(office.ports(), case.id, now=office.now)
    case = office.case(case.id)
    return book.book(office.ports(), case.id, wanted_at(case, times[0]), seen=case.version, now=office.now)


@pytest.mark.parametrize("doubt", ["calendar", "nothing left"])
def test_nothing_is_booked_again_in_doubt(office: Office, doubt: str):
    """A calendar that cannot be read, no other time: a person books, before all else."""
    case = published_case(office, 2, 5) if doubt == "calendar" else published_case(office, 2)
    if doubt == "calendar":
        office.ehr.unreadable.add(CLINICIAN.reference)
    case = missed_by(office, case, "payer")

    assert (CaseState.MISSED, "rebook") == (case.state, case.next_action.kind)
    assert "before all else" in case.next_action.text
    assert case.next_action.due_at <= office.now + timedelta(hours=1)


def test_a_told_block_is_not_booked_again_behind_a_payer_that_calls(office: Office):
    """It would call at the old time: a person tells it first. Where we call, the block is ours to use."""
    case = bring(office, "booked")
    assert case.booking.who_calls != "us"
    assert CaseState.MISSED is missed_by(office, case, "payer").state


def test_our_own_miss_books_nothing_by_itself(office: Office):
    """It needs why, and a person."""
    case = missed_by(office, published_case(office, 2, 5), "our", why="The clinic ran late.")

    assert CaseState.MISSED is case.state


# -- corrections -------------------------------------------------------------------------------------------
def correct(office: Office, case, **changes) -> Kept:
    """Return the case with its latest entry corrected to this."""
    told = an_attempt(office.now, **changes)
    return correct_it(office.ports(), case.id, case.tries[-1].id, **told, seen=case.version, now=office.now)


def counted(office: Office):
    """Return what Learn makes of the only case."""
    (journey,) = journeys_of(map(_happened, office.store.journey(TENANT)))
    return journey


def test_a_corrected_no_show_is_undone_everywhere(office: Office):
    """The booking stands again, here and in the EHR; the miss counts against nobody; the old entry is still read."""
    case = missed_by(office, bring(office, "booked"), "payer")
    kept = correct(office, case, result="no_answer", reached="nobody", reviewer=None)

    assert (CaseState.BOOKED, True, None) == (kept.case.state, kept.case.booking.is_live, kept.stays)
    assert ["payer_no_show", "no_answer"] == [each.result for each in kept.case.attempts]
    told = [each.key.split("/")[4:5] for each in office.store.effects_of(TENANT, case.id)]
    assert [[], ["noshow"], ["moved"]] == told
    assert (1, 0) == (counted(office).attempt_count, counted(office).missed_by_payer)
    assert len(office.rows("busy_quanta")) > 0


def test_the_measures_count_the_correction_and_not_both(office: Office):
    """Minutes on hold, attempts per connection and the connection itself, as told in the end."""
    case = log(office, bring(office, "booked"), hold_minutes=70)
    correct(office, case, hold_minutes=7)

    found = counted(office)
    assert (1, 1, 7) == (found.attempt_count, found.calls_to_connect, found.hold_minutes)
    assert ["attempt", "connected", "attempt", "connected"] == office.events(case)[-4:]


def test_a_correction_keeps_who_called_and_when_it_is_tried_again(office: Office):
    """A colleague mends the minutes: the call is still the other's, and the next try does not fall away."""
    case = detected(office)
    phone.tap(office.ports(), case.id, phone.Tapped("voicemail"), seen=case.version, now=office.now)
    before = office.case(case.id)
    tried = before.attempts[0]
    user = replace(office.ports().user, key="sandbox|other", name="Other Coordinator")
    told = an_attempt(tried.at, reached="voicemail", result="message_left", reviewer=None, hold_minutes=2)
    kept = correct_it(
        replace(office.ports(), user=user), case.id, tried.id, **told, seen=before.version, now=office.now
    ).case

    assert ("Other Coordinator", "Test Coordinator") == (kept.tries[0].by, kept.tries[0].caller)
    assert (tried.next_at, before.next_action.kind) == (kept.tries[0].next_at, kept.next_action.kind)


def test_a_call_that_was_none_is_no_connection_any_more(office: Office):
    """Staff was reached: the case waits for its call again."""
    case = correct(office, log(office, bring(office, "booked")), reached="staff", reviewer=None).case

    assert CaseState.BOOKED is case.state
    assert None is counted(office).connected_at


def test_a_decided_case_keeps_its_call_whatever_the_log_says(office: Office):
    """A decision on the phone means that both sides spoke: that stays counted, and the case stays decided."""
    case = settle(office, log(office, bring(office, "booked")))
    kept = correct(office, case, reached="staff", reviewer=None)

    assert (CaseState.DECIDED, "went_on") == (kept.case.state, kept.stays)
    assert (1, case.outcome.held_at) == (counted(office).attempt_count, counted(office).connected_at)


def test_who_missed_it_is_corrected_in_a_case_that_went_on(office: Office):
    """Booked again by itself after the payer's miss: that it was ours is counted so, and the new booking stands."""
    case = missed_by(office, published_case(office, 2, 5), "payer")
    kept = correct(office, case, result="our_no_show", reached="nobody", reviewer=None, why="It was ours.")

    assert (CaseState.BOOKED, case.booking, "booked_again") == (kept.case.state, kept.case.booking, kept.stays)
    assert (0, 1) == (counted(office).missed_by_payer, counted(office).missed_by_us)


def test_our_no_show_told_late_needs_its_reason_like_any_other(office: Office):
    """A correction is no way around what a miss of ours may cost; and the EHR hears of each miss."""
    case = missed_by(office, bring(office, "booked", payer=FORFEITS), "payer")
    back = correct(office, case, result="no_answer", reached="nobody", reviewer=None).case
    with pytest.raises(AtStake):
        correct(office, back, result="our_no_show", reached="nobody", reviewer=None)
    again = correct(
        office, back, result="our_no_show", reached="nobody", reviewer=None, why="The clinic ran late."
    ).case

    assert CaseState.MISSED is again.state
    told = [each.key.split("/")[4:5] for each in office.store.effects_of(TENANT, case.id)]
    assert [[], ["noshow"], ["moved"], ["noshow"]] == told


def test_a_miss_of_ours_that_was_none_gives_its_window_back(office: Office):
    """The grace that followed it goes with it, and what it had replaced is counted again by the rule."""
    case = bring(office, "booked", **GRACE)
    missed = missed_by(office, case, "our", why="The clinic ran late.")
    back = correct(office, missed, result="no_answer", reached="nobody", reviewer=None).case

    assert call_ends(case) != call_ends(missed)
    assert call_ends(case) == call_ends(back)


def call_ends(case):
    """Return when the call's window closes."""
    return [(each.name, each.ends_at) for each in case.clocks if each.name in ("p2p_window", "offer")]


def test_a_correction_of_an_entry_that_is_gone_is_refused_and_nothing_kept(office: Office):
    """Two people correct the same entry: the second is told."""
    case = log(office, bring(office, "booked"))
    entry = case.attempts[-1].id
    once = correct(office, case, hold_minutes=3).case
    before = office.photo()
    with pytest.raises(NotInLog):
        told = an_attempt(office.now, hold_minutes=4)
        correct_it(office.ports(), case.id, entry, **told, seen=once.version, now=office.now)

    assert before == office.photo()


# -- one call for several reviews --------------------------------------------------------------------------
def two_reviews(office: Office, **second):
    """Return two open cases of one patient and clinician with the same payer."""
    first = detected(office)
    return first, detected(office, **{"id": "cr2"} | second)


def log_both(office: Office, first, second, *, seen: int | None = None, **changes):
    """Return both cases once one call was kept in both."""
    also = [Also(second.id, second.version if seen is None else seen)]
    told = an_attempt(office.now, **changes)
    return log_together(office.ports(), first.id, also, **told, seen=first.version, now=office.now)


def test_one_call_is_kept_in_each_log_and_its_minutes_once(office: Office):
    """Each case has its own entry and its own connection; the minutes on hold were waited once."""
    first, second = log_both(office, *two_reviews(office))

    assert (CaseState.CONNECTED, CaseState.CONNECTED) == (first.state, second.state)
    assert (7, None) == (first.attempts[0].hold_minutes, second.attempts[0].hold_minutes)
    assert first.attempts[0].id != second.attempts[0].id
    assert first.number in second.attempts[0].note
    assert ["attempt", "connected"] == office.events(second)[-2:] == office.events(first)[-2:]


def test_it_is_kept_in_all_or_in_none(office: Office):
    """A colleague changed the other case meanwhile: neither log has it."""
    first, second = two_reviews(office)
    log(office, second, reached="nobody", result="no_answer", reviewer=None)
    before = office.photo()
    with pytest.raises(CaseMoved):
        log_both(office, first, second)

    after = office.photo()
    assert before["cases"] == after["cases"] and before["events"] == after["events"]


def test_the_same_form_twice_is_one_entry_in_each_log(office: Office):
    """A double click, alone and together: one call, one event, one connection."""
    first, second = two_reviews(office)
    for _ in range(2):
        log_both(office, first, second)
    third = detected(office, id="cr3", patient="p2")
    for _ in range(2):
        kept = log(office, third, reached="nobody", result="no_answer", reviewer=None)

    assert [1, 1, 1] == [len(office.case(each.id).attempts) for each in (first, second, third)]
    assert [1, 1] == [office.events(each).count("attempt") for each in (first, third)]
    assert kept.attempts == office.case(third.id).attempts


@pytest.mark.parametrize(
    "other",
    [{"patient": "p2"}, {"payer": "Another Payer"}, {"clinician": OTHER_CLINICIAN}],
    ids=["patient", "payer", "clinician"],
)
def test_only_the_same_payers_reviews_of_the_same_two_people_are_one_call(office: Office, other):
    """Another patient's case is never offered, and a form that names it is refused."""
    first, second = two_reviews(office, **other)

    assert () == also_open(office.ports(), first)
    with pytest.raises(AttemptRefused):
        log_both(office, first, second)
    assert [] == [each for each in (office.case(first.id), office.case(second.id)) if each.attempts]


def test_nobody_who_takes_it_is_not_the_same_person_twice(office: Office):
    """Two denials whose clinicians are not known may be of two."""
    first = detected(office, clinician=None)
    detected(office, id="cr2", clinician=None)

    assert () == also_open(office.ports(), first)


def told(tap: str, first, second, **more) -> phone.Tapped:
    """Return a tap that a person says was about both."""
    return phone.Tapped(tap, number="800-555-0101", zone=ZONE, also=(Also(second.id, second.version),), **more)


@pytest.mark.parametrize("tap", [*TAPS])
def test_one_tap_for_a_call_about_two_reviews_is_in_both_logs(office: Office, tap: str):
    """Each case with its entry, its next try, its times or its request; the minutes once; sent twice it is one."""
    first, second = two_reviews(office)
    rows = [ToldRow("2026-11-23", "11:00", "12:00")] if tap == "offered" else []
    call_back = office.now + timedelta(hours=3) if tap == "call_back" else None
    tapped = told(tap, first, second, hold_minutes=11, rows=rows, call_back_at=call_back, why="They ask for it.")
    for _ in range(2):
        phone.tap(office.ports(), first.id, tapped, seen=first.version, now=office.now)
    one, two = office.case(first.id), office.case(second.id)

    assert [1, 1] == [len(each.attempts) for each in (one, two)]
    assert one.attempts[0].result == two.attempts[0].result == TAPS[tap].result
    assert (11, None) == (one.attempts[0].hold_minutes, two.attempts[0].hold_minutes)
    assert (one.state, one.next_action.kind, len(one.windows)) == (two.state, two.next_action.kind, len(two.windows))
    assert one.attempts[0].next_at == two.attempts[0].next_at
    assert office.events(first)[-1] == office.events(second)[-1]
    assert first.number in two.attempts[0].note


def test_a_tap_that_one_of_the_cases_cannot_take_is_in_none(office: Office):
    """It was booked by a colleague meanwhile: nothing is kept, and the page says so."""
    first, second = two_reviews(office)
    log(office, second, reached="nobody", result="no_answer", reviewer=None)
    with pytest.raises(CaseMoved):
        phone.tap(office.ports(), first.id, told("voicemail", first, second), seen=first.version, now=office.now)
    gone = phone.Tapped("voicemail", also=(Also("nobody", 1),))
    with pytest.raises(AttemptRefused):
        phone.tap(office.ports(), first.id, gone, seen=first.version, now=office.now)

    assert () == office.case(first.id).attempts


def test_we_spoke_about_two_reviews_connects_both(office: Office):
    """From call mode, with the timer: each is connected, the minutes are the first one's."""
    first, second = two_reviews(office)
    talk.keep(office.ports(), first.id, talk.Typed({"reviewer_name": "Dr Peer Example"}, {}, "talk"), now=office.now)
    office.push(minutes=9)
    for _ in range(2):
        end, also = talk.Typed({}, {}, "end"), (Also(second.id, second.version),)
        talk.spoke(office.ports(), first.id, end, also=also, seen=first.version, now=office.now)
    one, two = office.case(first.id), office.case(second.id)

    assert [CaseState.CONNECTED] * 2 == [one.state, two.state]
    assert [(9, "Dr Peer Example"), (None, "Dr Peer Example")] == [
        (each.attempts[0].talk_minutes, each.attempts[0].reached_name) for each in (one, two)
    ]
    assert [1, 1] == [office.events(each).count("connected") for each in (first, second)]


@pytest.mark.timeout(120)
def test_two_clicks_and_a_colleague_at_once_are_two_calls_at_most(office: Office):
    """Each form is kept once and both of its clicks are told so; who came second with other words is told that too."""
    office.ids = RandomIds()
    first, second = two_reviews(office)
    words = ("One.", "One.", "Two.", "Two.")

    def said(note: str) -> str:
        try:
            log_both(office, first, second, reached="staff", result="call_back", reviewer=None, note=note)
        except CaseMoved:
            return "moved"
        return "kept"

    with ThreadPoolExecutor(len(words)) as pool:
        told = dict(zip(enumerate(words), pool.map(said, words), strict=True))
    kept = office.case(first.id).attempts

    assert [1, 1] == [len(office.case(each.id).attempts) for each in (first, second)]
    assert {"kept" if note == kept[0].note else "moved" for (_, note) in told} == {"kept", "moved"}
    assert all(("kept" if note == kept[0].note else "moved") == what for (_, note), what in told.items())


def test_a_miss_is_no_miss_of_a_call_that_was_never_booked(office: Office):
    """The other case is named, and nothing kept."""
    first = bring(office, "booked")
    second = detected(office, id="cr2")
    office.now = first.booking.interval.end
    with pytest.raises(AttemptRefused) as refused:
        log_both(office, first, second, result="payer_no_show", reached="nobody", reviewer=None)

    assert "also" == refused.value.field and second.number in refused.value.say
    assert () == office.case(first.id).attempts
