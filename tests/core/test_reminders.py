"""What is chosen, what is said, when it is due; and that nothing of the patient is ever in it."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.book import cancel_booking, promise
from app.core.case import Booking, CaseState
from app.core.denial import Code, Coverage, DenialLine, Quote
from app.core.effects import ChangeAppointment, Overtaken, TellClinician
from app.core.interval import Interval
from app.core.people import Clinician, Party, Patient, Role, User
from app.core.reminders import (
    LEADS,
    Choice,
    ChoiceRefused,
    Typed,
    check_still_so,
    choice_said,
    due_lead,
    notice_title,
    notices_of,
    number_said,
    payer_said,
    read_choice,
    reminders_of,
)
from tests.edges.store.builders import NOW, a_case

SURGEON = Clinician("Practitioner/surgeon", "Dr Example Surgeon", "America/New_York")
PAYER_ZONE = "America/Chicago"
AT = NOW + timedelta(days=2)
ALL = Choice(
    SURGEON.reference,
    SURGEON.name,
    ("ehr", "mail", "sms"),
    "surgeon@hospital.example",
    "+15125550134",
    (1440, 60, 15),
    ("desk@hospital.example",),
)
OFFICE = User("demo|desk", "Test Desk", Role.COORDINATOR)


def a_booking(**changes) -> Booking:
    """Return a call of twenty minutes, two days from now."""
    base = Booking(
        id="b1",
        interval=Interval(AT, AT + timedelta(minutes=20)),
        clinician=SURGEON,
        payer_slot=None,
        made_at=NOW,
        made_by="Test Desk",
        who_calls="us",
        number="800-555-0142",
    )
    return replace(base, **changes)


def booked(case=None, **changes):
    """Return a case with its call, and what is told of it."""
    case = case or a_case(state=CaseState.OFFERED)
    saved, effects = promise(case, a_booking(**changes), now=NOW)
    return saved, notices_of(saved, effects, ALL, payer_zone=PAYER_ZONE, now=NOW)


def test_a_booking_is_told_by_every_way_that_was_chosen_and_to_the_office():
    """Once each; the clinician's own time first, the payer's beside it, and the number to dial."""
    case, told = booked()
    mail = next(each for each in told if each.way == "mail")

    assert [("ehr", SURGEON.reference), ("mail", ALL.mail), ("sms", ALL.sms), ("mail", ALL.copies[0])] == [
        (each.way, each.to) for each in told
    ]
    assert len(told) == len({each.key for each in told}) == len({each.target for each in told})
    assert f"Booked: peer-to-peer call {case.number}, Wed 4 Mar 2026, 10:00 EST" == mail.subject
    assert "When: Wed 4 Mar 2026, 10:00 EST (Wed 4 Mar 2026, 09:00 CST at the payer)" in mail.text
    assert "Dial: 800-555-0142" in mail.text and "Payer: Example Mutual" in mail.text


def test_a_text_message_is_one_line_that_a_telephone_shows_at_once():
    """Networks cut long ones into pieces."""
    _, told = booked()
    (sms,) = (each.text for each in told if each.way == "sms")

    assert "\n" not in sms and len(sms) <= 200 and "800-555-0142" in sms


def test_who_calls_is_said_as_it_is():
    """A clinician who waits for a call must not dial, and the other way round."""
    said = {who: booked(who_calls=who)[1][1].text for who in ("payer", "us", "unknown")}

    assert "The payer calls you; its number: 800-555-0142" in said["payer"] and "Dial" not in said["payer"]
    assert "Dial: 800-555-0142" in said["us"]
    assert "stands in Parley" in booked(number=None)[1][1].text


def test_a_cancelled_call_is_told_after_what_it_cancels():
    """The same reader's notices share a target, so that none overtakes another; no number to dial is left."""
    case, told = booked()
    gone, effects = cancel_booking(case, reason="Patient went home", by=OFFICE, now=NOW)
    after = notices_of(gone, effects, ALL, payer_zone=PAYER_ZONE, now=NOW)

    assert [each.target for each in told] == [each.target for each in after]
    assert {("cancelled", 1)} == {(each.what, each.revision) for each in after}
    assert all("Patient went home" not in each.text and "800-555" not in each.text for each in after)


@pytest.mark.parametrize("change", ["noshow", "fulfilled"])
def test_what_the_clinician_was_at_is_not_told_to_them(change: str):
    """They know."""
    case, _ = booked()
    effect = ChangeAppointment("k", "b1", "k", change, case.patient, case.booking, case.number, "Payer", ())

    assert () == notices_of(case, (effect,), ALL, payer_zone=PAYER_ZONE, now=NOW)


def test_nobody_is_told_of_a_call_that_is_over():
    """An outcome that is recorded a day later cancels nothing in anybody's calendar."""
    case, _ = booked()
    gone, effects = cancel_booking(case, reason="x", by=OFFICE, now=NOW)

    assert () == notices_of(gone, effects, ALL, payer_zone=PAYER_ZONE, now=AT + timedelta(minutes=20))


@settings(deadline=None)
@given(made=st.integers(0, 4000), now=st.integers(-100, 4000), leads=st.sets(st.sampled_from(list(LEADS))))
def test_the_shortest_lead_that_has_come_is_the_one_that_is_due(made: int, now: int, leads: set[int]):
    """Against the definition, minute by minute before the call; none after it began, none older than the booking."""
    booking = a_booking(made_at=AT - timedelta(minutes=made))
    found = due_lead(booking, tuple(leads), now=AT - timedelta(minutes=now))
    come = sorted(each for each in leads if now <= each < made)

    assert (come[0] if come and now > 0 else None) == found


def test_a_move_makes_new_reminders_of_the_new_time():
    """By the revision in their key; the old ones are void."""
    case, _ = booked()
    moved = replace(case, booking=replace(case.booking, revision=1))
    first, second = (
        reminders_of(each, ALL, payer_zone=PAYER_ZONE, now=AT - timedelta(hours=1)) for each in (case, moved)
    )

    assert not {each.key for each in first} & {each.key for each in second}
    check_still_so(first[0], case, now=NOW)
    with pytest.raises(Overtaken):
        check_still_so(first[0], moved, now=NOW)


@pytest.mark.parametrize("state", ["cancelled", "noshow", "fulfilled"])
def test_no_reminder_of_a_call_that_is_not_to_be(state: str):
    """Neither asked for nor sent."""
    case, _ = booked()
    over = replace(case, booking=replace(case.booking, state=state))
    reminder = reminders_of(case, ALL, payer_zone=PAYER_ZONE, now=AT - timedelta(hours=1))[0]

    assert () == reminders_of(over, ALL, payer_zone=PAYER_ZONE, now=AT - timedelta(hours=1))
    with pytest.raises(Overtaken):
        check_still_so(reminder, over, now=AT - timedelta(minutes=30))


def test_a_reminder_that_comes_late_is_not_sent():
    """The mail server was away until the call had begun."""
    case, _ = booked()
    reminder = reminders_of(case, ALL, payer_zone=PAYER_ZONE, now=AT - timedelta(hours=1))[0]

    with pytest.raises(Overtaken, match="had begun"):
        check_still_so(reminder, case, now=AT)


def test_a_cancellation_is_told_whatever_was_booked_since():
    """Another call of the same case does not take the old one out of anybody's calendar."""
    case, _ = booked()
    gone, effects = cancel_booking(case, reason="x", by=OFFICE, now=NOW)
    told = notices_of(gone, effects, ALL, payer_zone=PAYER_ZONE, now=NOW)[0]
    again = replace(case, booking=a_booking(id="b2"))

    check_still_so(told, again, now=NOW)


PLAIN = {"mail": "a@b.example", "ways": ("mail",), "leads": ("60", "15")}


def test_a_choice_is_read_as_networks_know_it():
    """Ten digits are North American; the longest lead comes first; the same address twice is one."""
    typed = Typed(("sms", "mail"), " a@b.example ", "(512) 555-0134", ("15", "60", "7"), "x@y.example, x@y.example")
    choice = read_choice("Practitioner/1", "Dr", typed, seen=3)

    assert (("mail", "sms"), "a@b.example", "+15125550134") == (choice.ways, choice.mail, choice.sms)
    assert ((60, 15), ("x@y.example",), 3) == (choice.leads, choice.copies, choice.version)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("mail", {"mail": "a@b"}),
        ("mail", {"mail": "a b@c.example"}),
        ("mail", {"mail": "a@b.example\r\nBcc: x@y.example"}),
        ("mail", {"mail": "a@b.example, c@d.example"}),
        ("mail", {"mail": ""}),
        ("mail", {"mail": f"{'a' * 65}@b.example"}),
        ("sms", {"sms": "555-0134"}),
        ("sms", {"sms": "012 555 0134"}),
        ("sms", {"sms": "+1 155 555 0134"}),
        ("sms", {"sms": "911"}),
        ("sms", {"ways": ("sms",)}),
        ("copies", {"copies": "a@b.example c@d.example e@f.example g@h.example"}),
        ("copies", {"copies": "nobody"}),
    ],
)
def test_what_is_no_address_or_number_is_refused_at_its_field(field: str, typed: dict):
    """Data only: nothing that a mail server or a network reads as more than one address."""
    with pytest.raises(ChoiceRefused) as caught:
        read_choice("Practitioner/1", "Dr", Typed(**(PLAIN | typed)), seen=0)

    assert field == caught.value.field


def test_a_choice_is_said_in_words():
    """On the case, beside the booking."""
    assert "by EHR message, e-mail and text message; reminded a day, 60 minutes and 15 minutes before" == choice_said(
        ALL
    )
    assert "by e-mail; no reminder" == choice_said(replace(ALL, ways=("mail",), leads=()))
    assert "" == choice_said(None) == choice_said(replace(ALL, ways=()))


def test_notices_are_called_by_what_they_are():
    """On the case, in words."""
    case, told = booked()
    reminder = reminders_of(case, ALL, payer_zone=PAYER_ZONE, now=AT - timedelta(hours=1))[-1]

    assert "Notice of the booking, by EHR message" == notice_title(told[0].key)
    assert "Reminder 60 minutes before, by e-mail to the office" == notice_title(reminder.key)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("800-555-0101", "800-555-0101"),
        ("(800) 555-0101 ext. 4, option 2", "(800) 555-0101 ext. 4, option 2"),
        ("+1 800 555 0101 ask for Jordan Example's case", "+1 800 555 0101"),
        ("Jordan Example 800-555-0101", None),
        ("member 123456789", None),
        ("123456789", None),
        ("800-555-0101 123456789", "800-555-0101"),
        ("+44 20 7946 0000 x12", "+44 20 7946 0000 x12"),
        ("", None),
    ],
)
def test_of_a_number_nothing_but_the_number_travels(number: str, said: str | None):
    """It may come from a letter's own words."""
    assert said == number_said(a_booking(number=number))


def test_a_payer_that_is_the_patient_is_not_named():
    """Who pays themselves is their own payer."""
    case = a_case(patient=Patient("Patient/p", "Jordan Example"), payer_name="Jordan Example")

    assert "the payer" == payer_said(case)


SECRETS = st.text(alphabet="JKQVWXZ", min_size=8, max_size=12)  # of letters that make no word of ours


def values_of(thing) -> set[str]:
    """Return every text in a value, however deep."""
    if isinstance(thing, str):
        return {thing}
    if is_dataclass(thing):
        return set().union(*(values_of(getattr(thing, each.name)) for each in fields(thing)))
    if isinstance(thing, tuple):
        return set().union(*map(values_of, thing))
    return set()


SECRET_LISTS = st.lists(SECRETS, min_size=12, max_size=12, unique=True)
WHATS = st.sampled_from(["booked", "cancelled", "reminder"])


def notices_of_secrets(secret: list[str], what: str) -> tuple[TellClinician, ...]:
    """Return what is told of a case in which all of these stand: who the patient is, what for, why, by which member."""
    name, mrn, member, service, code, diagnosis, reason, note, reference, group, label, born = secret
    patient = Patient("Patient/p", f"{name} Synthetic", born, "female", mrn)
    line = DenialLine(1, service=Code("urn:cpt", code), service_label=label, diagnoses=(Code("urn:icd", diagnosis),))
    base = a_case(state=CaseState.OFFERED)
    denial = replace(
        base.denial, lines=(line,), notes=(Quote(note, "note", "ClaimResponse/1"),), reference_number=reference
    )
    coverage = Coverage(None, Party("Example Mutual"), member_id=member, plan=group)
    routing = replace(base.routing, reason=reason)
    case = replace(base, patient=patient, denial=denial, coverage=coverage, routing=routing, service_label=service)
    payers = ("Example Mutual", f"{name.title()}'s own trust", f"Plan of member {member.lower()}")
    case = replace(case, payer_name=payers[len("".join(secret)) % 3])
    saved, told = booked(case, because=(f"because of {service}",), number=f"800-555-0142 {name} {member}")
    if what == "cancelled":
        saved, effects = cancel_booking(saved, reason=f"{name} {diagnosis}", by=OFFICE, now=NOW)
        told = notices_of(saved, effects, ALL, payer_zone=PAYER_ZONE, now=NOW)
    if what == "reminder":
        told = reminders_of(saved, ALL, payer_zone=PAYER_ZONE, now=AT - timedelta(hours=1))
    return told


@settings(deadline=None)
@given(SECRET_LISTS, WHATS)
def test_nothing_of_patient_service_diagnosis_or_member_is_in_any_notice(secret: list[str], what: str):
    """Whatever stands in the case: the words, the subject, the keys, none of them holds any of it."""
    told = notices_of_secrets(secret, what)
    spoken = " ".join(set().union(*map(values_of, told))).casefold()

    assert told and all(isinstance(each, TellClinician) for each in told)
    assert [each for each in secret if each.casefold() in spoken] == []


def test_a_time_is_said_in_the_zone_of_its_day():
    """A call after the clocks change is told by the clock as it will be then."""
    start = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    _, told = booked(interval=Interval(start, start + timedelta(minutes=20)))

    assert "Mon 9 Mar 2026, 10:00 EDT" in told[1].subject
