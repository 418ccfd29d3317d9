"""A payer asked by a person, on its portal or by telephone: what is kept, what moves, what the inbox says."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from docx import Document

from app.core.acts import AtStake
from app.core.call.phone import CallBackRefused, NotTapped
from app.core.case import CaseMoved, CaseState
from app.core.people import Role
from app.core.windows import WindowPast, WindowRefused
from app.core.windows.ask import NumberRefused
from app.core.windows.told import NoTimeTold, ToldRow
from app.flow import inbox, phone, portal, ways, windows, worklist
from app.flow.cases import NotYours
from tests.fakes.office import PUBLISHER, ZONE, Office, bring, detected, keep_window, settle, told_window

TEN_TO_TWO = (ToldRow("2026-11-24", "10:00", "14:00"), ToldRow("2026-11-25", "9 am", "10 am"), ToldRow("", "", ""))


def answer(office: Office, case, told: str = "offered", **more):
    """Return the case after the portal's answer."""
    typed = portal.PortalAnswer(**({"answer": told, "rows": TEN_TO_TWO, "zone": ZONE} | more))
    return portal.answer(office.ports(), case.id, typed, seen=office.case(case.id).version, now=office.now)


def tap(office: Office, case, name: str, **more):
    """Return the case after a tap."""
    typed = phone.Tapped(**({"tap": name, "rows": TEN_TO_TWO, "zone": ZONE, "number": "800-555-0101"} | more))
    return phone.tap(office.ports(), case.id, typed, seen=office.case(case.id).version, now=office.now)


def kept(office: Office):
    """Return the one message of the inbox, as its page shows it."""
    (message,) = inbox.inbox(office.ports(), show="all", now=office.now)
    return inbox.open_message(office.ports(Role.MANAGER), message.id, now=office.now)


def test_the_portals_times_become_windows_and_the_next_action_moves(office: Office):
    """Two times told there, kept as windows in their own zone; then a time is booked."""
    case = answer(office, detected(office), reference="PORTAL-9")

    assert (CaseState.OFFERED, "book") == (case.state, case.next_action.kind)
    assert [("portal", "PORTAL-9"), ("portal", "PORTAL-9")] == [(each.channel, each.told_by) for each in case.windows]
    assert [16, 15] == [each.interval.start.hour for each in case.windows], "UTC, from Chicago"


def test_the_portals_answer_stands_in_the_inbox_with_who_read_it(office: Office):
    """Messages, calls and portal notes are one queue: who wrote it, who has read it, when (product F111)."""
    case = answer(office, detected(office), reference="PORTAL-9", note="Same day only.")
    opened = kept(office)

    assert ("portal", "done", case.id, 2) == (
        opened.message.channel,
        opened.message.state,
        opened.message.case_id,
        len(opened.message.offers),
    )
    assert "PORTAL-9" in opened.message.text and "Same day only." in opened.message.text
    assert all(opened.message.text[each.start : each.end] == each.quote for each in opened.message.offers)
    assert ["Test Coordinator", "Test Manager"] == [each.who for each in opened.readers]
    assert 0 == inbox.count_new(office.ports())


def test_asked_and_told_to_wait_is_waited_for(office: Office):
    """The call counts as asked for, by the act that every other way takes too."""
    case = answer(office, detected(office), "waiting", reference="PORTAL-9")

    assert (CaseState.REQUESTED, "await_windows") == (case.state, case.next_action.kind)
    assert ("ask_for_call", "On its portal, reference PORTAL-9") == (case.acts[-1].kind, case.acts[-1].note)
    assert "asked" in office.events(case)


def test_a_refusal_waits_for_somebody_to_decide(office: Office):
    """It is kept as a try, and no window is made of it."""
    case = answer(office, detected(office), "refused", note="Too late, it says.")

    assert ("refused", ()) == (case.next_action.kind, case.windows)
    assert ("refused", "portal") == (case.attempts[-1].result, case.attempts[-1].channel)
    asked = answer(office, case, "waiting")
    assert "await_windows" == asked.next_action.kind, "asked once more, it is waited for"


def test_what_may_cost_the_call_is_stopped_first(office: Office):
    """Where a call was held, asking for another is asked about, on the portal as by message."""
    case = settle(office, bring(office, "connected", payer=PUBLISHER[1]), result="upheld")
    with pytest.raises(AtStake):
        answer(office, case, "waiting")
    with pytest.raises(AtStake):
        tap(office, case, "waiting")

    assert CaseState.REQUESTED is answer(office, case, "waiting", why="It agreed to another call.").state


@pytest.mark.parametrize(
    ("told", "error", "field"),
    [
        ({"rows": ()}, NoTimeTold, "day-0"),
        ({"rows": (ToldRow("2026-11-24", "", ""),)}, NoTimeTold, "day-0"),
        ({"rows": (*TEN_TO_TWO[:1], ToldRow("2026-11-24", "14:00", "10:00"))}, WindowRefused, "end-1"),
        ({"rows": (ToldRow("tomorrow", "10:00", "11:00"),)}, WindowRefused, "day-0"),
        ({"zone": "Mars/Olympus"}, WindowRefused, "zone"),
        ({"told": "", "rows": ()}, portal.NothingAnswered, "answer"),
    ],
)
def test_what_cannot_be_true_is_named_by_its_field_and_nothing_is_kept(office: Office, told, error, field):
    """All or none: one wrong row keeps no other."""
    case = detected(office)
    before = office.photo()
    with pytest.raises(error) as refused:
        answer(office, case, **told)

    assert field == refused.value.field
    assert before == office.photo() and () == inbox.inbox(office.ports(), show="all", now=office.now)


def test_a_time_that_is_over_is_refused(office: Office):
    """A slip of the year is caught where it is typed."""
    with pytest.raises(WindowPast):
        answer(office, detected(office), rows=(ToldRow("2025-11-24", "10:00", "14:00"),))


def test_the_form_is_handed_out_and_who_took_it_is_kept(office: Office):
    """Word or PDF, named by case; every download is in the audit."""
    case = detected(office)
    typed = portal.TypedForm(number="512-555-0134")
    _, word = portal.form_file(office.ports(), case.id, typed, "docx", now=office.now)
    _, pdf = portal.form_file(office.ports(), case.id, typed, "pdf", now=office.now)

    told = "\n".join(cell.text for table in Document(io.BytesIO(word)).tables for cell in table._cells)
    assert "512-555-0134" in told and "REF-cr1" in told
    assert pdf.startswith(b"%PDF-")
    taken = [each for each in office.audited() if each[1] == "download_form"]
    assert 2 * [("sandbox|coordinator", "download_form", case.id, "Patient/p1")] == taken


def test_a_number_that_is_none_is_refused(office: Office):
    """The payer would call it."""
    with pytest.raises(NumberRefused):
        portal.task(office.ports(), detected(office).id, portal.TypedForm(number="call me"), now=office.now)


def test_the_link_is_the_rule_books_and_no_others(office: Office):
    """An address in a letter may be anybody's."""
    case = detected(office, payer=PUBLISHER[1])
    found = portal.task(office.ports(), case.id, portal.TypedForm(), now=office.now)
    assert found.portal is None

    rule = replace(office.rules.of("sandbox").payer_by_key(case.payer_key), portal="https://portal.payer.example/")

    class Book:
        def __getattr__(self, name):
            return getattr(office.rules.of("sandbox"), name)

        def payer_by_key(self, key):
            return rule

    found = portal.task(office.ports(rules=Book()), case.id, portal.TypedForm(), now=office.now)
    assert "https://portal.payer.example/" == found.portal


@pytest.mark.parametrize(
    ("name", "kind", "result"),
    [
        ("waiting", "await_windows", "asked"),
        ("voicemail", "call_again", "message_left"),
        ("on_hold", "call_again", "gave_up_holding"),
        ("closed", "call_again", "closed"),
        ("wrong_number", "find_number", "wrong_number"),
        ("refused", "refused", "refused"),
        ("offered", "book", "asked"),
    ],
)
def test_a_tap_keeps_the_try_and_moves_the_case(office: Office, name: str, kind: str, result: str):
    """One tap: the attempt with its minutes on hold, the next action, the note in the inbox."""
    case = tap(office, detected(office), name, hold_minutes=12, reached_name="Scheduler Example")

    assert kind == case.next_action.kind
    tried = case.attempts[-1]
    assert (result, 12, "Scheduler Example", "800-555-0101") == (
        tried.result,
        tried.hold_minutes,
        tried.reached_name,
        tried.number,
    )
    assert (2 if name == "offered" else 0) == len(case.windows)
    message = kept(office).message
    assert ("phone", "done", tried.id) == (message.channel, message.state, message.id)
    assert "12 min on hold" in message.text


def test_a_call_to_try_again_comes_up_at_its_hour(office: Office):
    """On the worklist it stands before a case whose time to book runs out later, and among those without a time."""
    other = detected(office, id="cr2", patient="p2")
    case = tap(office, detected(office), "voicemail")
    found = worklist.worklist(office.ports(), show="no_time", search="", page=0, now=office.now)

    assert [case.id, other.id] == [row.case_id for row in found.rows]
    assert case.next_action.due_at == found.rows[0].act_by < case.last_safe_at


def test_the_time_to_call_back_is_the_payers(office: Office):
    """Told a time, that is when the worklist says to call."""
    at = office.now + timedelta(hours=3)
    case = tap(office, detected(office), "call_back", call_back_at=at)

    assert ("call_again", at) == (case.next_action.kind, case.next_action.due_at)
    with pytest.raises(CallBackRefused):
        tap(office, case, "call_back")


def test_nothing_is_kept_of_a_tap_that_was_none(office: Office):
    """A form without a result, or with a number that is none."""
    case = detected(office)
    before = office.photo()
    for error, more in ((NotTapped, {"name": "shrug"}), (NumberRefused, {"name": "voicemail", "number": "none"})):
        with pytest.raises(error):
            tap(office, case, **more)

    assert before == office.photo()


def test_the_same_tap_sent_twice_is_kept_once(office: Office):
    """A double click."""
    case = detected(office)
    typed = phone.Tapped("voicemail")
    for _ in range(2):
        phone.tap(office.ports(), case.id, typed, seen=case.version, now=office.now)
    assert 1 == len(office.case(case.id).attempts)
    assert 1 == len(inbox.inbox(office.ports(), show="all", now=office.now))

    with pytest.raises(CaseMoved):
        phone.tap(office.ports(), case.id, phone.Tapped("refused"), seen=case.version, now=office.now)


@pytest.mark.parametrize("told", ["offered", "waiting", "refused"])
def test_the_same_answer_of_the_portal_sent_twice_is_kept_once(office: Office, told: str):
    """A browser that sends again after a slow answer."""
    case = detected(office)
    typed = portal.PortalAnswer(told, TEN_TO_TWO, ZONE)
    first = portal.answer(office.ports(), case.id, typed, seen=case.version, now=office.now)
    again = portal.answer(office.ports(), case.id, typed, seen=case.version, now=office.now)

    assert first == again
    assert 1 == len(inbox.inbox(office.ports(), show="all", now=office.now))


def test_the_task_says_when_each_result_is_tried_again(office: Office):
    """Before anything is tapped; the same that is then kept."""
    case = detected(office)
    shown = phone.task(office.ports(), case.id, now=office.now)
    done = tap(office, case, "voicemail")

    assert shown.retries["voicemail"].at == done.attempts[-1].next_at
    assert shown.retries["wrong_number"] is None
    assert "REF-cr1" in shown.script[0]


def test_the_best_way_follows_the_rule_book_and_the_site(office: Office):
    """Written to where the site writes to it, called where nothing is known."""
    known, unknown = detected(office, payer=PUBLISHER[1]), detected(office, id="cr2", patient="p2")

    assert "message" == ways.best_way(office.ports(), known.id, now=office.now).kind
    assert "phone" == ways.best_way(office.ports(), unknown.id, now=office.now).kind


def test_a_logged_call_stands_in_the_inbox_too(office: Office):
    """Whichever form it was told in."""
    from tests.fakes.office import log

    log(office, bring(office, "booked"))

    assert "Call: connected" in [each.subject for each in inbox.inbox(office.ports(), show="all", now=office.now)]


def test_who_may_not_ask_a_payer_gets_no_form(office: Office):
    """The form names the patient."""
    case = detected(office)
    ports = office.ports(patient="Patient/other")
    for make in (
        lambda: portal.task(ports, case.id, portal.TypedForm(), now=office.now),
        lambda: portal.form_file(ports, case.id, portal.TypedForm(), "docx", now=office.now),
        lambda: phone.task(ports, case.id, now=office.now),
    ):
        with pytest.raises(Exception, match="another patient") as refused:
            make()
        assert not isinstance(refused.value, NotYours)
    assert not [act for _, act, _, _ in office.audited() if act == "download_form"]


def test_a_time_captured_by_hand_stands_in_the_inbox_too(office: Office):
    """What a scheduler said is an answer, whichever page it was typed on; a fax has its own message."""
    case = keep_window(office, detected(office))
    (message,) = inbox.inbox(office.ports(), show="all", now=office.now)

    assert ("phone", case.id, 1, "done") == (message.channel, message.case_id, len(message.offers), message.state)
    assert "Scheduler Example" in message.counterpart
    faxed = replace(told_window(start="11:00"), channel="fax")
    windows.capture_told_window(office.ports(), case.id, faxed, seen=case.version, now=office.now)
    assert 1 == len(inbox.inbox(office.ports(), show="all", now=office.now))
