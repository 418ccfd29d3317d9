"""The morning plan over cases, calendars and payers with a memory; accepted, each call is an ordinary booking."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.case import CaseState
from app.core.interval import Interval
from app.core.people import Role
from app.edges.solver import HighsSolver
from app.flow.book import SlotGone, Wanted
from app.flow.plan import Chosen, MorningPlan, accept, plan_morning
from app.flow.windows import read_published_windows
from tests.builders import CLINICIAN, MONDAY
from tests.fakes.office import PUBLISHER, Office, a_slot, an_answer, bring, detected, keep_window

OTHER = replace(CLINICIAN, reference="Practitioner/other", name="Dr Other")


def planned(office: Office, **changes) -> MorningPlan:
    """Return the plan as a coordinator gets it."""
    return plan_morning(office.ports(solver=HighsSolver(), **changes), now=office.now)


def all_of(morning: MorningPlan, *, unverified: bool = False) -> list[Chosen]:
    """Return every proposed call as if it were ticked."""
    return [
        Chosen(
            each.case.id,
            each.case.version,
            Wanted(each.call.interval.start, each.call.interval.end, accept_unverified=unverified),
        )
        for sheet in morning.sheets
        for each in sheet.calls
    ]


def two_cases(office: Office):
    """Return two cases of one clinician with a told window each, the same hours."""
    return [keep_window(office, detected(office, an_answer(f"cr{n}", patient=f"p{n}"))) for n in (1, 2)]


def test_every_proposed_call_can_be_booked_and_stands_as_if_by_hand(office: Office):
    """Accepted whole: two bookings of one clinician side by side, with the writes and events of any other booking."""
    cases = two_cases(office)
    morning = planned(office)
    done = accept(office.ports(session_id="s1"), all_of(morning), now=office.now)

    assert [None, None] == [each.error for each in done]
    assert (2, True, 1) == (len(morning.plan.booked), morning.plan.saves_most, morning.plan.interruptions)
    for case in cases:
        assert CaseState.BOOKED == office.case(case.id).state
        assert "WriteAppointment" in office.effects(case) and "booked" == office.events(case)[-1]
    ((sheet,), left) = (planned(office).sheets, planned(office).left)
    assert ((), 2, ()) == (sheet.calls, len(sheet.booked), left)


def test_what_is_taken_meanwhile_keeps_no_other_from_being_booked(office: Office):
    """Somebody else's appointment came between page and click: that call is told as gone, the other one stands."""
    two_cases(office)
    morning = planned(office)
    first, second = all_of(morning)
    taken = Interval(first.wanted.start, first.wanted.end)
    office.ehr.calendars.setdefault(CLINICIAN.reference, []).append(taken)
    done = accept(office.ports(), [first, second], now=office.now)

    assert (SlotGone, type(None)) == (type(done[0].error), type(done[1].error))
    assert [CaseState.OFFERED, CaseState.BOOKED] == [office.case(each.case_id).state for each in (first, second)]


def test_busy_and_promised_time_is_not_proposed(office: Office):
    """What stands in the calendar, and what a colleague has booked and the EHR does not show yet."""
    booked = bring(office, "booked")
    case = keep_window(office, detected(office, an_answer("cr9", patient="p9")))
    busy = Interval(booked.booking.interval.end, booked.booking.interval.end + timedelta(minutes=30))
    office.ehr.calendars[CLINICIAN.reference] = [busy]
    (sheet,) = planned(office).sheets

    assert [case.id] == [each.case.id for each in sheet.calls]
    assert not any(sheet.calls[0].call.interval.overlaps(each) for each in (busy, booked.booking.interval))


def test_a_published_slot_is_one_seat_for_all_cases(office: Office):
    """One slot of the payer, two cases, two clinicians: one is proposed; the other is told why, and what would help."""
    office.desk.publish(PUBLISHER[0], a_slot(1, after=2))
    for id, who in (("cr1", CLINICIAN), ("cr2", OTHER)):
        case = detected(office, an_answer(id, payer=PUBLISHER[1], patient=id, clinician=who))
        read_published_windows(office.ports(), case.id, now=office.now)
    morning = planned(office)

    assert (1, 1) == (len(morning.plan.booked), morning.plan.bound)
    ((_, why),) = morning.left
    assert "No plan saves this case without losing another." in why.because
    assert why.advice


def test_an_unread_calendar_is_said_and_not_booked_without_a_word(office: Office):
    """Not verified: told on the sheet; ticked alone it is refused, with the person's word it is booked."""
    case = bring(office, "offered")
    office.ehr.unreadable.add(CLINICIAN.reference)
    morning = planned(office)
    assert not morning.sheets[0].verified and morning.sheets[0].warnings

    refused = accept(office.ports(), all_of(morning), now=office.now)
    assert refused[0].error is not None and CaseState.OFFERED == office.case(case.id).state
    done = accept(office.ports(), all_of(morning, unverified=True), now=office.now)
    assert done[0].error is None


def test_a_case_without_times_or_clinician_is_not_forgotten(office: Office):
    """It stands among those left out, with what would help."""
    detected(office, an_answer("cr1"))
    keep_window(office, detected(office, an_answer("cr2", patient="p2", clinician=None)))
    told = [why.because[0] for _, why in planned(office).left]

    assert {"The payer has offered no time.", "Nobody of ours is named for this call."} == set(told)


def test_whom_the_payer_offered_nothing_is_told_when_the_clinician_is_free(office: Office):
    """The calendar is read for them too: once such a case was told that nobody had time, and nobody had looked."""
    detected(office, an_answer("cr1"))
    ((_, why),) = planned(office).left

    assert ["window"] == [each.kind for each in why.advice]
    assert office.ehr.spans


def test_no_call_sooner_than_the_notice(office: Office):
    """The site's notice counts for the plan as it does for a single booking."""
    case = keep_window(office, detected(office, an_answer("cr1")), start="09:00", end="12:00")
    (sheet,) = planned(office).sheets

    assert case.id == sheet.calls[0].case.id
    assert sheet.calls[0].call.interval.start >= MONDAY + timedelta(minutes=office.site.notice_minutes)


@pytest.mark.parametrize("role", list(Role))
def test_a_chart_launch_shows_no_others(office: Office, role: Role):
    """The plan shows all patients, so a launch from one chart has none; whoever looks at it stands in the audit."""
    bring(office, "offered")
    assert plan_morning(office.ports(role, patient="Patient/p1"), now=office.now) is None
    assert plan_morning(office.ports(role), now=office.now) is not None
    assert (f"sandbox|{role.value}", "see_plan", None, None) == office.audited()[-1]


def test_a_closed_chart_is_not_booked_from_the_plan(office: Office):
    """Whose chart may be opened is the EHR's to say, here as on the case."""
    case = bring(office, "offered")
    morning = planned(office)
    office.ehr.closed.add("Patient/p1")
    done = accept(office.ports(session_id="s1"), all_of(morning), now=office.now)

    assert done[0].error is not None
    assert [] == office.effects(case)


COVER = replace(CLINICIAN, reference="Practitioner/cover", name="Dr Cover")
TAKES_COVER = {"payer": "Wellpoint NJ", "line_of_business": "medicaid"}  # a payer that names covering physicians


def covered(office: Office, *numbers: int):
    """Return cases of one clinician with a told window each, and a colleague who covers."""
    office.site = replace(office.site, cover={CLINICIAN.reference: (COVER.reference,)})
    office.ehr.staff[COVER.reference] = COVER
    return [keep_window(office, detected(office, an_answer(f"cr{n}", patient=f"p{n}", **TAKES_COVER))) for n in numbers]


def test_a_colleague_takes_what_the_own_clinician_cannot_and_it_is_booked_in_their_name(office: Office):
    """All day busy: the colleague's sheet holds the call with why they may, and the ticked call is theirs."""
    (case,) = covered(office, 1)
    office.ehr.calendars[CLINICIAN.reference] = [Interval(MONDAY, MONDAY + timedelta(hours=12))]
    morning = planned(office)
    (sheet,) = morning.sheets
    (call,) = sheet.calls

    assert (COVER.reference, ()) == (sheet.clinician.reference, morning.left)
    assert "covers for" in call.stands_in
    when = call.call.interval
    wanted = Wanted(when.start, when.end, clinician=sheet.clinician.reference)
    (done,) = accept(office.ports(), [Chosen(case.id, case.version, wanted)], now=office.now)
    assert (None, COVER.reference) == (done.error, office.case(case.id).booking.clinician.reference)


def test_no_colleague_is_asked_while_the_own_clinicians_can(office: Office):
    """Their calendars are not even read."""
    covered(office, 1, 2)
    (sheet,) = planned(office).sheets

    assert (CLINICIAN.reference, [None, None]) == (sheet.clinician.reference, [each.stands_in for each in sheet.calls])
    assert ("clinician", COVER.reference) not in office.ehr.asked


def test_a_colleague_with_calls_of_their_own_is_planned_for_all_of_them(office: Office):
    """One sheet: their own case, and the one they cover, at times that do not meet."""
    (case,) = covered(office, 1)
    own = detected(office, an_answer("cr7", patient="p7", clinician=COVER, **TAKES_COVER))
    keep_window(office, own)
    office.ehr.calendars[CLINICIAN.reference] = [Interval(MONDAY, MONDAY + timedelta(hours=12))]
    (sheet,) = planned(office).sheets
    one, other = (each.call.interval for each in sheet.calls)

    assert {case.id, own.id} == {each.case.id for each in sheet.calls}
    assert not one.overlaps(other)
