"""Notices by mail: over a real server, with an invitation that calendars read; nothing of it is a guess."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from hypothesis import given, settings

from app.core.book.events import events_of
from app.core.effects import TellClinician, WriteUnknown
from app.core.interval import Interval
from app.edges.fhir.communication import write_notice
from app.edges.http import Answer, Busy, MailRelay, Rejected
from app.edges.notices import MailNotices, SmsService, Teller
from app.edges.notices.tell import NoSuchWay
from app.flow.calendars import _event
from launch.files.freebusy import run
from tests.core.test_reminders import SECRET_LISTS, WHATS, booked, notices_of_secrets
from tests.edges.mail_server import NOW, Mood, Papers, mail_server, papers
from tests.edges.test_message import read

SENDER, TO = "calls@hospital.example", "dr@hospital.example"
START = datetime(2026, 12, 3, 15, 0, tzinfo=UTC)
WORDS = "A peer-to-peer call is booked.\n\nCase: P-7KMQ2D\nPayer: Müller Health\nDial: 800-555-0142\n"
TOLD = TellClinician(
    key="north/case1/notice/b1/0/booked/mail/own",
    target="b1/notice/mail/own",
    case_number="P-7KMQ2D",
    way="mail",
    to=TO,
    what="booked",
    booking_id="b1",
    revision=0,
    interval=Interval(START, START + timedelta(minutes=20)),
    subject="Booked: peer-to-peer call P-7KMQ2D, Thu 3 Dec 2026, 09:00 CST",
    text=WORDS,
    until=START,
)


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Papers:
    """The mail server's certificate, which we trust."""
    return papers(tmp_path_factory.mktemp("tls"), "server")


def teller(port: int, own: Papers) -> Teller:
    """Return the way to a server on this machine."""
    relay = MailRelay("localhost", port, ca_file=str(own.certificate), seconds=5, name="hospital.example")
    return Teller({"mail": MailNotices(relay, sender=SENDER, clock=lambda: NOW)}, standing=lambda *_: None)


def sent(own: Papers, *effects: TellClinician) -> list:
    """Send over a real server; return the messages as a mail program reads them."""
    mood = Mood()
    with mail_server(mood, own) as port:
        for each in effects:
            teller(port, own).perform(each, seen=False)
    assert [(SENDER, [TO])] * len(effects) == [(sender, to) for sender, to, _ in mood.kept]
    return [read(raw) for _, _, raw in mood.kept]


def invite(message) -> bytes:
    """Return the calendar of a message."""
    return message.get_body(("calendar",)).get_payload(decode=True)


def busy_in(calendar: bytes, *more: str) -> list[dict]:
    """Return when `parley freebusy` says that the owner of a calendar is busy."""
    out, err = io.StringIO(), io.StringIO()
    span = ("--from", "2026-12-01", "--to", "2026-12-31", "--zone", "America/Chicago", "--json")
    run(["-", *span, *more], stdin=io.TextIOWrapper(io.BytesIO(calendar)), stdout=out, stderr=err)
    return json.loads(out.getvalue())["busy"]


def test_the_clinician_reads_the_words_and_the_calendar_reads_the_call(own: Papers):
    """One message: plain words, and of the same an invitation (RFC 6047)."""
    (message,) = sent(own, TOLD)
    part = message.get_body(("calendar",))

    assert WORDS == message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert (TOLD.subject, SENDER, TO) == (message["Subject"], message["From"], message["To"])
    assert ("REQUEST", "text/calendar") == (part.get_param("method"), part.get_content_type())
    assert "auto-generated" == message["Auto-Submitted"]
    assert [("2026-12-03T15:00:00Z", "2026-12-03T15:20:00Z")] == [
        (each["start"], each["end"]) for each in busy_in(invite(message))
    ]


def test_an_invitation_is_what_the_standard_asks_for(own: Papers):
    """Organizer, attendee, UID, DTSTAMP, SEQUENCE (RFC 5546 §3.2.2), as another's reader has them."""
    (message,) = sent(own, TOLD)
    calendar = icalendar.Calendar.from_ical(invite(message))
    (event,) = calendar.walk("VEVENT")

    assert ("REQUEST", "2.0") == (calendar["METHOD"], calendar["VERSION"])
    assert (f"mailto:{SENDER}", f"mailto:{TO}") == (event["ORGANIZER"], event["ATTENDEE"])
    assert (START, START + timedelta(minutes=20)) == (event["DTSTART"].dt, event["DTEND"].dt)
    assert (0, "CONFIRMED") == (event["SEQUENCE"], event["STATUS"])
    assert "Peer-to-peer call, case P-7KMQ2D" == event["SUMMARY"] and NOW == event["DTSTAMP"].dt


def test_a_move_and_a_cancellation_are_later_words_about_the_same_event(own: Papers):
    """The same UID, a SEQUENCE that rises; after the cancellation the time is free."""
    later = Interval(START + timedelta(hours=2), START + timedelta(hours=2, minutes=20))
    moved = replace(TOLD, key=TOLD.key.replace("0/booked", "1/moved"), what="moved", revision=1, interval=later)
    gone = replace(moved, key=moved.key.replace("1/moved", "2/cancelled"), what="cancelled", revision=2)
    calendars = [icalendar.Calendar.from_ical(invite(each)) for each in sent(own, TOLD, moved, gone)]
    events = [each.walk("VEVENT")[0] for each in calendars]

    assert 1 == len({str(each["UID"]) for each in events})
    assert [0, 1, 2] == [each["SEQUENCE"] for each in events]
    assert ["REQUEST", "REQUEST", "CANCEL"] == [each["METHOD"] for each in calendars]
    assert "CANCELLED" == events[2]["STATUS"] and [] == busy_in(calendars[2].to_ical())


def test_the_uid_is_the_one_of_the_call_in_the_clinicians_own_calendar(own: Papers):
    """Whoever has connected a calendar and takes mail too sees one call and not two (core/book/events.py)."""
    case, told = booked()
    (event,) = events_of(case)
    put = _event(event.key, event.title, event.interval)
    (message,) = sent(own, replace(next(each for each in told if each.way == "mail"), to=TO))
    (invited,) = icalendar.Calendar.from_ical(invite(message)).walk("VEVENT")

    assert (put.id, put.revision) == (invited["UID"], invited["SEQUENCE"])


def test_a_reminder_is_words_alone(own: Papers):
    """It asks nothing of a calendar that has the call already."""
    (message,) = sent(own, replace(TOLD, what="reminder", key=TOLD.key.replace("booked", "reminder-60")))

    assert message.get_body(("calendar",)) is None and not message.is_multipart()


def test_a_repeat_can_be_recognised(own: Papers):
    """The same notice carries the same name on every try."""
    first, again, other = sent(own, TOLD, TOLD, replace(TOLD, key="north/case1/notice/b1/1/moved/mail/own"))

    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert "case1" not in first["Message-ID"] and first["Message-ID"].endswith("@hospital.example>")


@pytest.mark.parametrize(("mood", "kind"), [(Mood({"RCPT": "550 no"}), Rejected), (Mood({"DATA": "451 x"}), Busy)])
def test_what_was_not_taken_says_what_to_do_about_a_notice(own: Papers, mood: Mood, kind: type):
    """Nobody calls a payer because a clinician's address is wrong."""
    with mail_server(mood, own) as port, pytest.raises(kind) as caught:
        teller(port, own).perform(TOLD, seen=False)

    assert "payer" not in caught.value.next and "Nothing was sent" in caught.value.next


def test_an_answer_that_was_lost_is_unknown(own: Papers):
    """And a second look finds nothing: nobody can be asked."""
    mood = Mood(drop=True)
    with mail_server(mood, own) as port:
        with pytest.raises(WriteUnknown):
            teller(port, own).perform(TOLD, seen=False)
        with pytest.raises(WriteUnknown):
            teller(port, own).perform(TOLD, seen=True, may_send=False)

    assert 1 == len(mood.kept)


def test_a_way_that_the_site_has_not_is_a_persons_task():
    """The mail server was taken out of the configuration."""
    with pytest.raises(NoSuchWay):
        Teller({}, standing=lambda *_: None).perform(TOLD, seen=False)


class Caught:
    """A relay, or a transport, that keeps the bytes it was given."""

    allow_loopback, limits = False, None

    def __init__(self) -> None:
        self.bytes: list[bytes] = []

    def send(self, message: bytes, *, sender: str, to: str) -> None:
        """Take a mail."""
        self.bytes += [message, *(each.get_payload(decode=True) or b"" for each in read(message).walk())]

    def exchange(self, method, url, *, headers, body=None, ends_at=None, kind=""):
        """Take a request."""
        self.bytes += [str(headers).encode(), body]
        return Answer(202, {}, b"")


@settings(deadline=None)
@given(SECRET_LISTS, WHATS)
def test_no_byte_that_leaves_holds_anything_of_the_patient(secret: list[str], what: str):
    """By mail with its calendar, by text message with its headers, as the EHR's message: whatever is in the case."""
    caught = Caught()
    ways = {
        "mail": MailNotices(caught, sender=SENDER, clock=lambda: NOW),
        "sms": SmsService("https://sms.example/messages", caught, token="t"),
    }
    for each in notices_of_secrets(secret, what):
        if each.way == "ehr":
            caught.bytes.append(json.dumps(write_notice(each)).encode())
        else:
            Teller(ways, standing=lambda *_: None).perform(each, seen=False)
    left = b"\n".join(caught.bytes).decode("utf-8", "replace").casefold()
    unfolded = left.replace("\r\n ", "").replace("=\r\n", "")

    assert "p-case-1" in unfolded and len(caught.bytes) > 6
    assert [word for word in secret if word.casefold() in left or word.casefold() in unfolded] == []
