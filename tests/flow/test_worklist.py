"""The worklist: every open case in the order in which time runs out; a chart launch sees its own patient only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.case import CaseState, Outcome
from app.core.denial import DenialLine
from app.core.people import Role
from app.flow.worklist import end_of_day, patients_cases, take_over, worklist, writes_of
from tests.builders import MONDAY, NECESSITY
from tests.fakes.office import EXCLUDED, NOT_CERTIFIED, Office, an_answer, bring, detected


def rows(office: Office, show: str = "open", *, role: Role = Role.COORDINATOR, search: str = "", **more) -> list[str]:
    """Return the patients on the list, in order."""
    page = worklist(office.ports(role, **more), show=show, search=search, page=0, now=office.now)
    assert page.total == page.counts[show] == len(page.rows)
    return [each.patient_name.removeprefix("Synthetic-") for each in page.rows]


def test_the_case_whose_time_runs_out_first_is_on_top(office: Office):
    """By the last safe booking time, not by name or age; a case without a call by when it must be acted on."""
    detected(office, an_answer("cr1", patient="late", created_on=datetime(2026, 11, 25, tzinfo=UTC).date()))
    detected(office, an_answer("cr2", patient="none", reason=EXCLUDED, notes=()))
    detected(office, an_answer("cr3", patient="soon"))

    assert ["soon", "late", "none"] == rows(office)


def test_each_filter_holds_what_it_says(office: Office):
    """The same cases, seen by what they wait for."""
    bring(office, "decided", id="cr1", patient="told")
    detected(office, an_answer("cr2", patient="new"))
    owned = detected(office, an_answer("cr3", patient="mine"))
    take_over(office.ports(), owned.id, seen=owned.version, now=office.now)

    assert {
        "open": {"told", "new", "mine"},
        "mine": {"mine"},
        "unowned": {"told", "new"},
        "waiting_payer": {"told"},
        "no_time": {"new", "mine"},
        "verbal": {"told"},
        "unwritten": {"told"},
        "closed": set(),
    } == {
        show: set(rows(office, show))
        for show in ("open", "mine", "unowned", "waiting_payer", "no_time", "verbal", "unwritten", "closed")
    }
    assert [] == rows(office, "mine", role=Role.MANAGER)


def test_a_closed_case_leaves_the_list(office: Office):
    """It is found under closed alone."""
    bring(office, "closed")

    assert ([], ["p1"]) == (rows(office), rows(office, "closed"))


def test_names_are_not_searched(office: Office):
    """A search stands in the address: number, payer and service are searched, the patient's name is not."""
    case = detected(office)

    found = [rows(office, search=words) for words in (case.number, "payer test", "LUMBAR", "synthetic-p1", "100%")]
    assert [["p1"], ["p1"], ["p1"], [], []] == found


@pytest.mark.parametrize("tenant", ["elsewhere", ""])
def test_another_hospital_sees_nothing(office: Office, tenant: str):
    """Rows and counts are one tenant's."""
    bring(office, "decided")
    page = worklist(office.ports(tenant=tenant), show="open", search="", page=0, now=office.now)

    assert ((), 0, {0}) == (page.rows, page.total, set(page.counts.values()))


def test_a_chart_launch_is_shown_no_list(office: Office):
    """The list of all others is not one chart's to show."""
    detected(office)
    page = worklist(office.ports(patient="Patient/p1"), show="open", search="", page=0, now=office.now)

    assert ((), 0) == (page.rows, page.total)


def test_a_chart_launch_sees_its_patients_cases_and_that_is_audited(office: Office):
    """Its own patient's, soonest first; another's never; who looked is on record."""
    detected(office, an_answer("cr1", patient="p1"))
    detected(office, an_answer("cr2", patient="p2"))
    found = patients_cases(office.ports(Role.CLINICIAN, patient="Patient/p2"), now=office.now)

    assert ["ClaimResponse/cr2"] == [each.denial.reference for each in found]
    assert ("sandbox|clinician", "see_patient_cases", None, "Patient/p2") == office.audited()[-1]
    assert () == patients_cases(office.ports(), now=office.now)


def test_taking_a_case_over_says_whose_it_is(office: Office):
    """Owner by key and by name, told in the history; a second person takes it from the first knowingly."""
    case = detected(office)
    mine = take_over(office.ports(), case.id, seen=case.version, now=office.now)
    theirs = take_over(office.ports(Role.MANAGER), case.id, seen=mine.version, now=office.now)

    assert ("sandbox|manager", "Test Manager") == (theirs.owner_key, theirs.owner_name)
    assert ["denied", "owned", "owned"] == office.events(case)


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 5, 59, tzinfo=UTC), datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), datetime(2026, 11, 25, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 2, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), datetime(2026, 3, 9, 5, 0, tzinfo=UTC)),
    ],
    ids=["09:00 CST", "23:59 CST", "midnight", "00:30 CDT, a day of 25 hours", "01:00 CST, a day of 23 hours"],
)
def test_today_ends_at_the_readers_midnight(now: datetime, midnight: datetime):
    """Due today means by the clock on the reader's wall, also when the clocks change."""
    assert midnight == end_of_day(now, "America/Chicago")


def test_due_today_ends_at_midnight_of_the_site(office: Office):
    """A case whose last safe moment lies after midnight is tomorrow's work."""
    case = bring(office, "offered")
    office.now = case.last_safe_at - timedelta(hours=20)
    assert [] == rows(office, "today")

    office.now = case.last_safe_at - timedelta(hours=2)
    assert ["p1"] == rows(office, "today")


def test_what_became_of_each_write_is_told_in_order(office: Office):
    """The page shows them as they were asked for."""
    case = bring(office, "decided")

    assert ["WriteAppointment", "WriteDocument", "WriteCommunication", "ChangeAppointment"] == [
        each.kind for each in writes_of(office.ports(), case)
    ]
    assert () == writes_of(office.ports(tenant="elsewhere"), case)


def remember(office: Office, payer: str, won: int, lost: int) -> None:
    """Keep decided calls of the past of a payer; what they are like is what the office's answers are like."""
    like = detected(office, an_answer(f"like-{payer}", patient=f"like-{payer}", payer=payer))
    for number in range(won + lost):
        name = f"past-{payer}-{number}"
        result = "approved" if number < won else "upheld"
        past = replace(
            like,
            id=name,
            number=name,
            denial=replace(like.denial, reference=f"ClaimResponse/{name}"),
            state=CaseState.CLOSED,
            outcome=Outcome(name, result, True, MONDAY, "Past"),
        )
        office.store.save(past, seen=None, now=office.now)
    office.store.save(replace(like, state=CaseState.CLOSED), seen=like.version, now=office.now)


def test_of_cases_with_one_last_moment_the_likeliest_to_be_won_is_first(office: Office):
    """Own history breaks the tie; a case of which nothing is known keeps its place, and none is hidden."""
    remember(office, "Payer Lost", won=1, lost=7)
    remember(office, "Payer Won", won=7, lost=1)
    for number, payer in enumerate(("Payer Lost", "Payer Won", "Payer Lost")):
        detected(office, an_answer(f"cr{number}", patient=f"{payer[6:]}-{number}", payer=payer))

    assert ["Won-1", "Lost-0", "Lost-2"] == rows(office)


def test_no_odds_move_a_case_past_one_that_ends_sooner(office: Office):
    """However good the odds: the last safe moment rules."""
    remember(office, "Payer Lost", won=0, lost=9)
    remember(office, "Payer Won", won=9, lost=0)
    later = datetime(2026, 11, 25, tzinfo=UTC).date()
    detected(office, an_answer("cr1", patient="won", payer="Payer Won", created_on=later))
    detected(office, an_answer("cr2", patient="lost", payer="Payer Lost"))

    assert ["lost", "won"] == rows(office)


def test_the_list_tells_the_odds_only_where_enough_are_alike(office: Office):
    """Two likenesses and five calls at least; to a delegate, who sees no Learn, none: the order stays the same."""
    remember(office, "Payer Won", won=7, lost=1)
    known = detected(office, an_answer("cr1", payer="Payer Won"))
    other = an_answer("cr2", patient="p2", payer="Payer New")
    detected(
        office, replace(other, denial=replace(other.denial, lines=(DenialLine(1, (NOT_CERTIFIED,), (NECESSITY,)),)))
    )
    office.ehr.asked.clear()

    def told(role: Role) -> dict[str, tuple[int, int]]:
        page = worklist(office.ports(role), show="open", search="", page=0, now=office.now)
        return {case_id: (each.share.count, each.share.n) for case_id, each in page.odds.items()}

    assert {known.id: (7, 8)} == told(Role.COORDINATOR) == told(Role.MANAGER)
    assert {} == told(Role.DELEGATE)
    assert rows(office) == rows(office, role=Role.DELEGATE)
    assert [] == office.ehr.asked
