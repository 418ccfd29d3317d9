"""What comes by mail reaches the one case it is about, or a person who says so, and no other hospital."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from app.edges.fhir.identifiers import value_of_key
from app.edges.notices import MailNotices, Teller
from app.edges.payers import PayerMailbox, Reader
from app.edges.store import SqlOutbox
from app.edges.store.mailbook import SqlMailBook
from app.errors import Temporary
from app.flow import reminders
from app.flow.inbox import assign, confirm, count_new, inbox, open_message
from app.flow.mailroom import PAUSE, ROUND, collect
from app.flow.outbox import drain
from app.flow.ports import Mailed
from tests.edges.imap_server import USER, Dovecot, dovecot
from tests.edges.mail_server import NOW, papers
from tests.fakes.office import PUBLISHER, Office, an_answer, book_best, detected, keep_window
from tests.fakes.post import FakeMailbox
from tests.flow.test_ask import send, shown
from tests.flow.test_reminders import NoEhr

WORDS = "Dr. Poe can talk Tuesday 11/24 between 2 and 4 pm CT."
PAYER, ELSEWHERE = "p2p@payer.example", "elsewhere"
_numbers = count()


@pytest.fixture
def mailbox() -> FakeMailbox:
    """An empty mailbox."""
    return FakeMailbox()


def a_letter(office: Office, text: str = WORDS, **more) -> Mailed:
    """Return what a payer wrote."""
    told = {"name": f"digest-{next(_numbers)}", "at": office.now, "sender": PAYER, "subject": "Re: your request"}
    return Mailed(**(told | {"text": text} | more))


def post(office: Office, mailbox, *, tenants=("sandbox",), home: str | None = "sandbox") -> int:
    """Let the mailbox be read, a while after the last time."""
    office.push(seconds=PAUSE.total_seconds() + 1)
    hospitals = {each: office.ports(tenant=each) for each in tenants}
    return collect(mailbox, SqlMailBook(office.database), hospitals, home=home, now=office.now)


def kept(office: Office, *, tenant: str = "sandbox"):
    """Return what the inbox holds of what came."""
    messages = inbox(office.ports(tenant=tenant), show="all", now=office.now)
    return [each for each in messages if each.direction == "in"]


def asked(office: Office, **more):
    """Return a case whose payer was written to, and what that message is known by outside."""
    case = detected(office, an_answer(payer=PUBLISHER[1], **more))
    send(office, case, shown(office, case))
    (effect,) = [each.key for each in office.store.effects_of(case.tenant, case.id) if each.kind == "AskPayer"]
    return office.case(case.id), value_of_key(effect)


def test_an_answer_to_our_message_reaches_its_case_without_a_number(office: Office, mailbox: FakeMailbox):
    """By the name of our own message, which programs carry on; its times wait for a person."""
    case, reference = asked(office)
    mailbox.bring(a_letter(office, answers=(reference,)))

    assert 1 == post(office, mailbox)
    (message,) = kept(office)
    assert (case.id, case.number, PAYER, "new") == (
        message.case_id, message.case_number, message.counterpart, message.state)  # fmt: skip
    assert 1 == len(message.offers) and () == office.case(case.id).windows
    kept_windows = confirm(office.ports(), message.id, (0,), seen=case.version, now=office.now).windows
    assert PAYER == kept_windows[0].told_by


def test_a_number_in_the_subject_or_the_words_is_enough(office: Office, mailbox: FakeMailbox):
    """Payers answer with a new message."""
    case = detected(office)
    mailbox.bring(a_letter(office, subject=f"case {case.number.lower()}"), a_letter(office, f"{case.number}: {WORDS}"))
    post(office, mailbox)

    assert [case.id] * 2 == [each.case_id for each in kept(office)]


def test_two_cases_are_told_apart_by_a_person(office: Office, mailbox: FakeMailbox):
    """An old thread used for another case, or two numbers: nobody guesses."""
    case, reference = asked(office)
    other = detected(office, an_answer("cr2", patient="p2"))
    mailbox.bring(
        a_letter(office, f"About {other.number}: {WORDS}", answers=(reference,)),
        a_letter(office, f"{case.number} and {other.number}"),
    )
    post(office, mailbox)

    assert [None, None] == [each.case_id for each in kept(office)]


def test_a_message_of_no_case_waits_for_a_person(office: Office, mailbox: FakeMailbox):
    """With its words, for the one hospital that reads this mailbox."""
    case = detected(office)
    mailbox.bring(a_letter(office))
    post(office, mailbox)
    (message,) = kept(office)
    assign(office.ports(), message.id, case.number, now=office.now)

    assert WORDS == message.text and 1 == count_new(office.ports())
    assert case.id == open_message(office.ports(), message.id, now=office.now).case.id


def test_nothing_twice_and_nothing_lost(office: Office, mailbox: FakeMailbox):
    """The server goes away in the middle, its numbers begin anew, a message comes by two ways or is taken away."""
    first, second = a_letter(office, "one"), a_letter(office, "two")
    mailbox.bring(first, None, second, first)
    mailbox.breaks_at = 3
    with pytest.raises(Temporary):
        post(office, mailbox)
    assert ["one"] == [each.text for each in kept(office)]

    mailbox.breaks_at = None
    office.push(seconds=ROUND.total_seconds())
    assert 2 == post(office, mailbox)
    mailbox.validity += 1
    assert 3 == post(office, mailbox)
    assert ["one", "two"] == sorted(each.text for each in kept(office))
    assert 0 == post(office, mailbox)


def test_a_crash_between_the_message_and_its_mark_brings_it_once(office: Office, mailbox: FakeMailbox, monkeypatch):
    """The message is kept first."""
    mailbox.bring(a_letter(office))
    with monkeypatch.context() as patch:
        patch.setattr(SqlMailBook, "move", lambda *_: (_ for _ in ()).throw(Temporary("power cut")))
        with pytest.raises(Temporary):
            post(office, mailbox)
    office.push(seconds=ROUND.total_seconds())
    post(office, mailbox)

    assert 1 == len(kept(office))


def test_two_workers_do_not_read_at_once(office: Office, mailbox: FakeMailbox):
    """The second passes by, also just after the first."""
    mailbox.bring(a_letter(office))
    post(office, mailbox)
    hospitals = {"sandbox": office.ports()}

    assert 0 == collect(mailbox, SqlMailBook(office.database), hospitals, home=None, now=office.now)
    assert 1 == mailbox.looks


def test_many_messages_are_read_in_several_looks(office: Office, mailbox: FakeMailbox):
    """None is passed over."""
    mailbox.bring(*(a_letter(office, f"words {each}") for each in range(60)))

    assert [50, 10, 0] == [post(office, mailbox) for _ in range(3)]
    assert 60 == len(kept(office))


def two_hospitals(office: Office):
    """Return a case of another hospital that shares the mailbox, beside ours."""
    ours = detected(office)
    theirs = office.store.save(
        replace(ours, id="theirs", tenant=ELSEWHERE, number="P-THEIRS"), seen=None, now=office.now
    )
    return ours, theirs


@pytest.mark.parametrize("home", [None, "sandbox"])
def test_a_message_is_seen_by_its_own_hospital_alone(office: Office, mailbox: FakeMailbox, home: str | None):
    """Whoever else reads the mailbox: it names a case of theirs."""
    two_hospitals(office)
    mailbox.bring(a_letter(office, f"P-THEIRS {WORDS}"))
    post(office, mailbox, tenants=("sandbox", ELSEWHERE), home=home)

    assert [] == kept(office)
    (message,) = kept(office, tenant=ELSEWHERE)
    assert "theirs" == message.case_id


@pytest.mark.parametrize("sender", [PAYER, "patient@home.example", None])
def test_what_may_be_either_hospitals_is_shown_to_neither(office: Office, mailbox: FakeMailbox, sender: str | None):
    """Both hear that it came; no word of it, no subject, no stranger's address; twice is once."""
    ours, _ = two_hospitals(office)
    secret = "Jane Roe is ill"
    told = {"sender": sender, "subject": secret, "attachments": (secret,), "remarks": (secret,)}
    both = a_letter(office, f"{secret} {ours.number} P-THEIRS", **told)
    mailbox.bring(a_letter(office, secret, **told), both, both)
    post(office, mailbox, tenants=("sandbox", ELSEWHERE), home=None)

    for tenant in ("sandbox", ELSEWHERE):
        messages = kept(office, tenant=tenant)
        assert ["sealed"] * 2 == [each.kind for each in messages]
        assert [PAYER if sender == PAYER else None] * 2 == [each.counterpart for each in messages]
        assert secret not in repr(messages) and "home.example" not in repr(messages)


def test_a_case_of_a_hospital_that_is_set_up_no_more_is_shown_to_nobody(office: Office, mailbox: FakeMailbox):
    """Its cases are still kept."""
    two_hospitals(office)
    mailbox.bring(a_letter(office, f"P-THEIRS {WORDS}"))
    post(office, mailbox)

    assert [("sealed", "")] == [(each.kind, each.text) for each in kept(office)]


@pytest.mark.parametrize("kind", ["auto", "undelivered", "report", "sealed"])
def test_what_nobody_wrote_offers_nothing(office: Office, mailbox: FakeMailbox, kind: str):
    """Whatever times it names; it stands with its case, and waits for a person."""
    case, reference = asked(office)
    mailbox.bring(a_letter(office, kind=kind, answers=(reference,)))
    post(office, mailbox)
    (message,) = kept(office)

    assert (kind, case.id, ()) == (message.kind, message.case_id, message.offers)
    assert 1 == count_new(office.ports())


def test_what_a_program_sent_is_read_with_a_doubt(office: Office, mailbox: FakeMailbox):
    """A payer's scheduling system speaks so; so does much else."""
    mailbox.bring(a_letter(office, kind="program"))
    post(office, mailbox)

    assert [("A program sent it.",)] == [each.doubts for each in kept(office)[0].offers]


def test_times_of_a_calendar_file_stand_first(office: Office, mailbox: FakeMailbox):
    """Read as the clinicians' calendars are: zones, repeats, what cannot be read is told; what is over is none."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{day}\r\nDTSTART;TZID=America/New_York:202611{day}T090000\r\n"
        f"DURATION:PT30M\r\nEND:VEVENT\r\n"
        for day in ("02", "24", "25")
    )
    file = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n".encode()
    mailbox.bring(a_letter(office, calendars=(("times.ics", file), ("broken.ics", b"no calendar"))))
    post(office, mailbox)
    (message,) = kept(office)

    assert ["24 14:00", "25 14:00", "24 20:00"] == [f"{each.interval.start:%d %H:%M}" for each in message.offers]
    assert "calendar file times.ics" == message.offers[0].quote
    assert any("cannot be read" in each for each in message.remarks)


def test_who_wrote_is_compared_with_the_payer_of_its_case(office: Office, mailbox: FakeMailbox):
    """A stranger's answer is shown as one, also before anybody says which case it is about."""
    case, reference = asked(office)
    mailbox.bring(
        a_letter(office, answers=(reference,)), a_letter(office, answers=(reference,), sender="x@evil.example")
    )
    mailbox.bring(a_letter(office, sender="x@evil.example"), a_letter(office))
    post(office, mailbox)
    known = [open_message(office.ports(), each.id, now=office.now) for each in kept(office)]

    assert {(case.id, PAYER, True), (case.id, "x@evil.example", False), (None, PAYER, True),
            (None, "x@evil.example", False)} == {
        (each.message.case_id, each.message.counterpart, each.is_known) for each in known}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Dovecot]:
    """A real mailbox."""
    with dovecot(papers(tmp_path_factory.mktemp("tls"), "server")) as running:
        yield running


def test_from_a_real_mailbox_to_a_window_of_the_case(office: Office, server: Dovecot):
    """The payer's program answers our message; a second look brings nothing; a person confirms what it offers."""
    office.now = NOW - timedelta(minutes=5)
    case = detected(office, payer=PUBLISHER[1])
    day = NOW + timedelta(days=2)
    answer = (
        f"From: Payer <{PAYER}>\r\nTo: {USER}\r\nSubject: =?utf-8?q?Re=3A_case_{case.number}?=\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n"
        f"<p>Dr&nbsp;Poe can talk on {day:%m/%d/%Y} at 2 pm ET.</p><blockquote>We offer 9 am</blockquote>\r\n"
    )
    server.bring(answer.encode())
    real = PayerMailbox(USER, server.at(), Reader("hospital.example"))
    office.now = NOW + timedelta(minutes=1)
    assert [1, 0] == [post(office, real), post(office, real)]
    (message,) = kept(office)

    assert case.id == message.case_id and 1 == len(message.offers)
    confirm(office.ports(), message.id, (0,), seen=office.case(case.id).version, now=office.now)
    assert PAYER == office.case(case.id).windows[0].told_by


def test_a_notice_that_came_back_stands_on_its_case_and_is_no_payers(office: Office, mailbox: FakeMailbox):
    """The address is wrong: case and worklist say so, and nobody is told that a payer was not asked."""
    told = reminders.Typed(("mail",), "gone@hospital.example")
    case = keep_window(office, detected(office))
    reminders.choose(office.ports(), case.clinician.reference, told, seen=0, now=office.now)
    book_best(office, case)
    ways = {"mail": MailNotices(FakeRelay(), sender="calls@hospital.example", clock=lambda: office.now)}
    teller = Teller(ways, standing=office.store.case)
    drain(SqlOutbox(office.database), NoEhr(), office.desk, None, teller, now=lambda: office.now, jitter=lambda: 0.5)
    (sent,) = notices_of_case(office, case)
    assert "confirmed" == sent.state
    name = value_of_key(sent.key)
    mailbox.bring(
        a_letter(office, "No such user.", kind="undelivered", answers=(name,)),
        a_letter(office, "No such user.", kind="undelivered", answers=("0" * 36,)),
    )
    post(office, mailbox)
    (back,) = notices_of_case(office, case)
    rows = office.store.worklist(
        "sandbox", user_key="x", show="open", search="", now=office.now, limit=9, offset=0
    ).rows

    assert ("rejected", True) == (back.state, "came back" in back.say)
    assert [True] == [row.untold for row in rows]
    # the other one, which is none of ours
    assert 1 == len([each for each in kept(office) if each.kind == "undelivered"])


class FakeRelay:
    """A mail server that takes everything."""

    def send(self, message: bytes, *, sender: str, to: str) -> None:
        """Take it."""


def notices_of_case(office: Office, case):
    """Return the notices of a case."""
    return [each for each in office.store.effects_of(case.tenant, case.id) if each.kind == "TellClinician"]
