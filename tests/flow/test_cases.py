"""How every stage gets at a case and gives it back: whatever is done with one, the same guards stand before it."""

from dataclasses import replace

import pytest

from app.core.case import CaseMoved, NoSuchCase
from app.core.people import MAY, Act, Role
from app.edges.store import SqlStore
from app.flow import learn, windows
from app.flow.cases import STEADY_TRIES, NotYours, OtherPatient, case_for, launch_patient, save_case, steady
from app.flow.worklist import take_over
from tests.fakes.office import PUBLISHER, Office, a_patient, a_slot, an_answer, bring, detected, keep_window
from tests.flow.acts import DEEDS, WRITES, Deed, prepare

every_deed = pytest.mark.parametrize("deed", DEEDS, ids=str)
every_write = pytest.mark.parametrize("deed", WRITES, ids=str)


class Interrupted(SqlStore):
    """The real store, in which something happens just after a case was read."""

    def __init__(self, database) -> None:
        super().__init__(database)
        self.then = lambda: None

    def case(self, tenant: str, case_id: str):
        """Return the case, then let the other thing happen."""
        found = super().case(tenant, case_id)
        self.then()
        return found


def change(office: Office, case_id: str) -> None:
    """Let another person take the case over: a change that matters."""
    case = office.case(case_id)
    take_over(office.ports(Role.MANAGER), case.id, seen=case.version, now=office.now)


def publish_anew(office: Office, case_id: str) -> None:
    """Let the worker find the payer's book changed: a change that is quiet."""
    free = office.desk.slots.get(PUBLISHER[0], [])
    office.desk.publish(PUBLISHER[0], *free, a_slot(100 + len(free), after=20 + len(free)))
    windows.read_published_windows(office.ports(), case_id, now=office.now)


@every_deed
@pytest.mark.parametrize("patient", [None, "Patient/p1"], ids=["worklist", "own chart"])
def test_the_rightful_person_may_do_it(office: Office, deed: Deed, patient: str | None):
    """The control of all that follows: from the worklist, and from this patient's own chart."""
    case, at = prepare(office, deed)
    deed.do(office.ports(Role.CLINICIAN, patient=patient), case, at)


@every_deed
def test_nothing_is_done_from_another_patients_chart(office: Office, deed: Deed):
    """A tab opened from one chart touches no other patient's case (reliability I5); the EHR is not even asked."""
    case, at = prepare(office, deed)
    before = office.photo()
    with pytest.raises(OtherPatient):
        deed.do(office.ports(Role.CLINICIAN, patient="Patient/p2"), case, at)

    assert before == office.photo()
    assert [] == office.ehr.asked


@every_deed
def test_nothing_is_done_from_another_hospital(office: Office, deed: Deed):
    """A case is not there for another tenant, whatever its id (reliability I6)."""
    case, at = prepare(office, deed)
    before = office.photo()
    with pytest.raises(NoSuchCase):
        deed.do(office.ports(tenant="elsewhere"), case, at)

    assert before == office.photo()
    assert [] == office.ehr.asked


@every_deed
def test_a_delegate_does_what_delegates_may_and_nothing_else(office: Office, deed: Deed):
    """The table of roles is asked by flow itself, not only by the page's route."""
    case, at = prepare(office, deed)
    before = office.photo()
    if deed.act in MAY[Role.DELEGATE]:
        deed.do(office.ports(Role.DELEGATE), case, at)
    else:
        with pytest.raises(NotYours):
            deed.do(office.ports(Role.DELEGATE), case, at)
        assert before == office.photo()
        assert ("sandbox|delegate", f"refused {deed.act.value}", case.id, "Patient/p1") == office.audited()[-1]


def test_a_delegate_is_not_shown_what_calls_teach(office: Office):
    """Learn is for those who answer for it."""
    with pytest.raises(NotYours):
        learn.lessons(office.ports(Role.DELEGATE), now=office.now)

    assert [("sandbox|delegate", "refused see_learn", None, None)] == office.audited()


@every_deed
def test_each_access_is_audited_once(office: Office, deed: Deed):
    """Who, what, which case, which patient: one entry for the access (reliability F2)."""
    case, at = prepare(office, deed)
    before = len(office.audited())
    deed.do(office.ports(Role.CLINICIAN), case, at)

    added = [each for each in office.audited()[before:] if not each[1].startswith("case ")]
    assert [("sandbox|clinician", deed.act.value, case.id, "Patient/p1")] == added


@every_write
def test_a_write_on_an_older_page_is_refused(office: Office, deed: Deed):
    """Somebody took the case over since the page was shown: told, and nothing written."""
    case, at = prepare(office, deed)
    change(office, case.id)
    before = office.photo()
    with pytest.raises(CaseMoved):
        deed.do(office.ports(), case, at)

    assert before == office.photo()


@every_write
def test_a_write_without_a_version_is_refused(office: Office, deed: Deed):
    """A form that does not say which case it saw (the page gives -1 for it) decides nothing."""
    case, at = prepare(office, deed)
    before = office.photo()
    with pytest.raises(CaseMoved):
        deed.do(office.ports(), case, at | {"seen": -1})

    assert before == office.photo()


@every_write
def test_a_payers_book_read_anew_takes_nobodys_click(office: Office, deed: Deed):
    """The worker read the payer's slots again between page and click: the click still counts."""
    case, at = prepare(office, deed, payer=PUBLISHER[1])
    publish_anew(office, case.id)
    done = deed.do(office.ports(), case, at)

    assert done.version == office.case(case.id).version
    assert deed.state == "confirmed" or len(done.windows) > len(case.windows)


@every_write
def test_a_quiet_change_in_the_middle_is_decided_upon_again(office: Office, deed: Deed):
    """The same between reading and saving: decided again on the case as it is, and its effects are queued once."""
    case, at = prepare(office, deed, payer=PUBLISHER[1])
    store = Interrupted(office.database)
    quiet = [lambda: publish_anew(office, case.id)]
    store.then = lambda: quiet.pop()() if quiet else None
    queued = len(office.effects(case))
    done = deed.do(office.ports(store=store), case, at)

    keys = [each.key for each in office.store.effects_of(case.tenant, case.id)]
    assert ([], len(set(keys))) == (quiet, len(keys))
    assert done.version == office.case(case.id).version
    assert len(keys) >= queued


@every_write
def test_a_change_that_matters_in_the_middle_is_told(office: Office, deed: Deed):
    """Somebody else's click came between reading and saving: the second one is told, and writes nothing."""
    case, at = prepare(office, deed)
    store = Interrupted(office.database)
    other = [lambda: change(office, case.id)]
    store.then = lambda: other.pop()() if other else None
    queued = office.effects(case)
    with pytest.raises(CaseMoved):
        deed.do(office.ports(store=store), case, at)

    assert queued == office.effects(case)
    assert "Test Manager" == office.case(case.id).owner_name


def test_a_case_that_never_stands_still_is_given_up():
    """Trying again has an end."""
    tries = []

    @steady
    def never() -> None:
        tries.append(1)
        raise CaseMoved

    with pytest.raises(CaseMoved):
        never()
    assert STEADY_TRIES == len(tries)


def test_every_save_leaves_a_next_action(office: Office):
    """Whatever a stage forgot, the saved case says what happens next and who does it."""
    case = detected(office)
    bare = replace(case, next_action=replace(case.next_action, kind="", text="", waits_on=""))
    saved = save_case(office.ports(), bare, seen=case.version, now=office.now)

    assert ("ask_windows", "us") == (saved.next_action.kind, saved.next_action.waits_on)


def test_the_last_safe_moment_follows_a_window_outside_the_payers_usual_hours(office: Office):
    """What the payer offers by name goes before its usual hours: a Thursday call on a holiday moves the moment."""
    case = detected(office)
    offered = keep_window(office, case, day="2026-11-26", start="10:00", end="12:00")

    assert offered.last_safe_at > case.last_safe_at


def test_the_patient_of_the_launch_is_read_from_the_ehr(office: Office):
    """Without a case the strip still says whose chart it is; an EHR that is away leaves it out."""
    office.ehr.people["Patient/p9"] = a_patient("p9")
    ports = office.ports(patient="Patient/p9")
    assert "Synthetic-p9" == launch_patient(ports).name

    office.ehr.go_away()
    assert launch_patient(ports) is None
    assert launch_patient(office.ports()) is None


@every_deed
def test_a_chart_that_the_ehr_keeps_closed_stays_closed(office: Office, deed: Deed):
    """
    Break-the-glass: whose chart may be opened is the EHR's to say, on every page and for every act.

    Once only the case's own page asked, and a coordinator could read the denial or the brief beside it.
    """
    case, at = prepare(office, deed)
    office.ehr.closed.add("Patient/p1")
    before = office.photo()
    with pytest.raises(NotYours):
        deed.do(office.ports(session_id="s1"), case, at)

    assert before == office.photo()
    assert ("sandbox|coordinator", f"refused {deed.act.value}", case.id, "Patient/p1") == office.audited()[-1]


def test_a_refusal_by_another_chart_is_audited(office: Office):
    """Who tried to reach another patient's case from a chart is on record."""
    case = detected(office)
    with pytest.raises(OtherPatient):
        case_for(office.ports(Role.CLINICIAN, patient="Patient/p2"), case.id, Act.SEE_CASE, now=office.now)

    assert ("sandbox|clinician", "refused see_case", case.id, "Patient/p1") == office.audited()[-1]


@every_deed
def test_an_ehr_that_is_away_keeps_nobody_from_what_needs_no_ehr(office: Office, deed: Deed):
    """Access cannot be asked, the work goes on (reliability I11); what must read the EHR says that it cannot."""
    case, at = prepare(office, deed)
    office.ehr.go_away()
    needs_ehr = deed.name in ("propose", "brief", "docx", "markdown", "pdf", "book", "move", "choose")
    if needs_ehr:
        before = office.photo()
        with pytest.raises(type(office.ehr.trouble)):
            deed.do(office.ports(session_id="s1"), case, at)
        assert before == office.photo()
    else:
        deed.do(office.ports(session_id="s1"), case, at)


def test_a_chart_launch_has_shown_its_right_already(office: Office):
    """The EHR opened this chart for this person: it is not asked again."""
    case = bring(office, "open", patient="p1")
    office.ehr.asked.clear()
    case_for(office.ports(Role.CLINICIAN, patient="Patient/p1", session_id="s1"), case.id, Act.SEE_CASE, now=office.now)

    assert [] == office.ehr.asked


def test_the_worker_asks_for_no_chart(office: Office):
    """What time alone causes is done in nobody's name; the EHR is not asked once a case."""
    case = bring(office, "offered")
    office.ehr.asked.clear()
    windows.read_published_windows(office.ports(), case.id, now=office.now)

    assert [] == office.ehr.asked


def test_two_answers_of_one_patient_are_two_cases(office: Office):
    """A guard by patient must not join what is apart."""
    first, second = (detected(office, an_answer(id=name)) for name in ("cr1", "cr2"))

    assert first.id != second.id
    assert {first.id, second.id} == {each.id for each in office.store.cases_of_patient("sandbox", "Patient/p1")}
