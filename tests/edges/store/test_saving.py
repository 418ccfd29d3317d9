"""What one save promises: all or nothing, on the version that was seen."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.book import SlotTaken
from app.core.case import CaseMoved, CaseState, KnownDenial, NextAction, NoSuchCase, NumberTaken, OfferedWindow
from app.core.denial import Quote
from app.core.effects import KINDS
from app.core.interval import Interval
from app.core.people import Clinician, Patient
from app.edges.store import SqlStore
from app.edges.store.claims import busy_quanta, payer_slots
from app.edges.store.database import Database
from app.edges.store.effects import decode_effect, effects, encode
from app.errors import BadInput
from app.flow.ports import Event, Saving
from tests.edges.store.builders import NOW, SURGEON, TENANT, a_case, an_appointment, an_effect, at, booked

SLOT = "https://payer.example/fhir/Slot/7"


@pytest.fixture
def store(database: Database) -> SqlStore:
    """A store over each database in turn."""
    return SqlStore(database)


def saved(store: SqlStore, case, **how):
    """Save a case, new unless `seen` is given."""
    return store.save(case, **{"seen": None, "now": NOW, **how})


def count(database: Database, table) -> int:
    """Return how many rows the table has."""
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_a_case_comes_back_as_it_was_saved(store: SqlStore):
    """Every field of the document survives, times, enums and nested records included."""
    window = OfferedWindow("w1", Interval(at(9), at(11)), "phone", told_by="scheduler", captured_at=NOW)
    case = booked(a_case(windows=(window,), last_safe_at=at(20)), at(9), at(9, 20), payer_slot=SLOT)
    new = saved(store, case)

    assert replace(case, version=1) == new
    assert new == store.case(TENANT, case.id)
    assert new == store.case_of_denial(TENANT, case.denial.reference)
    assert (new,) == store.cases_of_patient(TENANT, case.patient.reference)


def test_text_of_every_kind_is_kept(store: SqlStore):
    """A payer's words may hold NUL, emoji or right-to-left marks; none of them stops a save."""
    odd = "a\x00b 😀 ‮x %_\\"
    case = a_case(service_label=odd, payer_name=odd)
    case = replace(case, denial=replace(case.denial, notes=(Quote(odd, "processNote[0]"),)))
    saved(store, case)

    assert odd == store.case(TENANT, case.id).denial.notes[0].text


def test_text_that_is_not_unicode_is_refused_by_name(store: SqlStore):
    """Half of a surrogate pair cannot be stored; the refusal does not repeat it."""
    with pytest.raises(BadInput, match="not Unicode"):
        saved(store, a_case(service_label="\ud83d"))


def test_a_save_on_an_old_version_changes_nothing(store: SqlStore, database: Database):
    """Two people decide on version 1: the second is told, and none of it is written."""
    first = saved(store, a_case())
    saved(store, replace(first, owner_key="demo|a"), seen=1)

    late = booked(first, at(9), at(10))
    with pytest.raises(CaseMoved):
        saved(store, late, seen=1, effects=[an_appointment(late)], events=[Event("booked", NOW, "demo|b")])

    assert ("demo|a", None, 2) == (
        store.case(TENANT, "case-1").owner_key,
        store.case(TENANT, "case-1").booking,
        store.case(TENANT, "case-1").version,
    )
    assert 0 == count(database, busy_quanta) == count(database, effects)
    assert () == store.journey(TENANT)


def test_a_denial_has_one_case(store: SqlStore):
    """Two people open the same denial at once: the second is led to the first's case."""
    saved(store, a_case())
    again = replace(a_case("case-2"), denial=a_case().denial)

    with pytest.raises(KnownDenial) as known:
        saved(store, again)

    assert "case-1" == known.value.case_id


def test_the_same_denial_at_another_hospital_is_another_case(store: SqlStore):
    """References are only unique within one issuer."""
    saved(store, a_case())
    other = replace(a_case(), tenant="other")
    saved(store, other)

    assert replace(other, version=1) == store.case("other", "case-1")


def test_a_number_that_is_taken_is_drawn_again(store: SqlStore):
    """Case numbers are short, so that they can be said aloud; two may be drawn alike."""
    saved(store, a_case())

    with pytest.raises(NumberTaken):
        saved(store, a_case("case-2", number=a_case().number))


def test_another_tenants_case_does_not_exist(store: SqlStore):
    """Nor can it be saved over."""
    saved(store, a_case())

    with pytest.raises(NoSuchCase):
        store.case("other", "case-1")
    with pytest.raises(NoSuchCase):
        saved(store, replace(a_case(), tenant="other"), seen=1)
    assert store.case_of_denial("other", a_case().denial.reference) is None
    assert () == store.cases_of_patient("other", a_case().patient.reference)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at(9), at(9, 20)),
        (at(9, 10), at(9, 30)),
        (at(8, 50), at(9, 1)),
        (at(9, 5), at(9, 10)),
        (at(8), at(12)),
        (at(9, 19) + timedelta(seconds=30), at(9, 45)),
    ],
)
def test_a_clinician_is_never_in_two_calls_at_once(store: SqlStore, start, end):
    """Overlapping is enough; equal times are only one way of it (reliability I4)."""
    saved(store, booked(a_case(), at(9), at(9, 20)))
    other = saved(store, a_case("case-2"))

    with pytest.raises(SlotTaken):
        saved(store, booked(other, start, end), seen=1)

    assert CaseState.OPEN == store.case(TENANT, "case-2").state


@pytest.mark.parametrize(
    ("start", "end", "clinician"),
    [
        (at(9, 22), at(9, 37), SURGEON),
        (at(8, 40), at(9, 7), SURGEON),
        (at(9, 7), at(9, 22), Clinician("Practitioner/other", "Dr Other", "UTC")),
    ],
)
def test_calls_that_only_touch_may_both_be_booked(store: SqlStore, start, end, clinician):
    """A payer's slots may begin at odd minutes; intervals are half-open."""
    saved(store, booked(a_case(), at(9, 7), at(9, 22)))
    saved(store, booked(a_case("case-2"), start, end, clinician=clinician))

    assert store.case(TENANT, "case-2").booking.is_live


def test_a_payer_slot_is_taken_once(store: SqlStore):
    """Also by two clinicians, each of whom would be free."""
    saved(store, booked(a_case(), at(9), at(9, 20), payer_slot=SLOT))
    other = Clinician("Practitioner/other", "Dr Other", "UTC")

    with pytest.raises(SlotTaken):
        saved(store, booked(a_case("case-2"), at(9), at(9, 20), clinician=other, payer_slot=SLOT))


@pytest.mark.parametrize("state", ["cancelled", "fulfilled", "noshow"])
def test_a_booking_that_is_over_gives_its_time_back(store: SqlStore, database: Database, state: str):
    """Clinician and payer slot are free for the next case in the same moment."""
    case = saved(store, booked(a_case(), at(9), at(9, 20), payer_slot=SLOT))
    saved(store, replace(case, booking=replace(case.booking, state=state)), seen=1)
    assert 0 == count(database, busy_quanta) + count(database, payer_slots)

    saved(store, booked(a_case("case-2"), at(9), at(9, 20), payer_slot=SLOT))
    assert "case-2" == store.case(TENANT, "case-2").id


def test_a_moved_booking_holds_its_new_time_only(store: SqlStore):
    """Moving by ten minutes over its own old time is no conflict with itself."""
    case = saved(store, booked(a_case(), at(9), at(9, 20), payer_slot=SLOT))
    saved(store, booked(case, at(9, 10), at(9, 30)), seen=1)

    saved(store, booked(a_case("case-2"), at(8, 50), at(9, 10), payer_slot=SLOT))
    with pytest.raises(SlotTaken):
        saved(store, booked(a_case("case-3"), at(9, 29), at(9, 40)))


def test_an_effect_is_queued_once_per_key(store: SqlStore):
    """A decision that is saved twice asks the world once; the first stands as it was."""
    case = saved(store, a_case(), effects=[an_effect("k1"), an_effect("k2")])
    saved(store, case, seen=1, effects=[an_effect("k1", target="elsewhere"), an_effect("k3")])

    assert ["k1", "k2", "k3"] == [each.key for each in store.effects_of(TENANT, "case-1")]
    assert {"queued"} == {each.state for each in store.effects_of(TENANT, "case-1")}


def test_the_outbox_reads_back_what_was_asked(store: SqlStore, database: Database):
    """The effect that the worker gets equals the one that the decision returned."""
    case = booked(a_case(), at(9), at(9, 20))
    saved(store, case, effects=[an_appointment(case)])

    with database.reading() as connection:
        row = connection.execute(select(effects)).one()
    assert an_appointment(case) == decode_effect(row.kind, row.document)


def test_every_kind_of_effect_can_be_stored():
    """A kind added to the closed list is readable by the outbox at once."""
    samples = {type(each).__name__: each for each in (an_effect(), an_appointment(booked(a_case(), at(9), at(10))))}
    for kind, shape in KINDS.items():
        values = {name: getattr(samples["WriteAppointment"], name, None) for name in (f.name for f in fields(shape))}
        filled = {name: value if value is not None else _filler(shape, name) for name, value in values.items()}
        effect = shape(**filled)

        assert effect == decode_effect(kind, encode(effect, what="write"))


def _filler(shape: type, name: str):
    wanted = str(next(f.type for f in fields(shape) if f.name == name))
    if "datetime" in wanted:
        return NOW
    if "bool" in wanted:
        return True
    if "tuple" in wanted:
        return ("Practitioner/1",)
    if "Interval" in wanted:
        return Interval(at(9), at(10))
    return 1 if "int" in wanted else "text"


def test_events_tell_learn_what_the_case_was_about(store: SqlStore):
    """Payer, reason, clinician, service and lane come with each event; the patient does not."""
    events = [Event("denied", NOW, "demo|me", {"n": 1}), Event("booked", at(16), "demo|me", {"late": False})]
    saved(store, a_case(), events=events)

    told = store.journey(TENANT)
    assert [("denied", {"n": 1}), ("booked", {"late": False})] == [(each.kind, each.data) for each in told]
    assert ("Example Mutual", "not necessary", "Dr Example Surgeon", "spinal fusion", "post_denial") == (
        told[0].payer,
        told[0].reason,
        told[0].clinician,
        told[0].service,
        told[0].lane,
    )
    assert "Synthetic" not in str(told)
    assert tuple(events) == store.story(TENANT, "case-1")
    assert () == store.journey("other")


def test_a_case_without_clinician_or_lane_is_saved(store: SqlStore):
    """Everything a source may leave out may be missing."""
    case = a_case(
        clinician=None, next_action=NextAction("read", "Read it", None, "us"), patient=Patient("Patient/1", "")
    )
    saved(store, replace(case, routing=replace(case.routing, lane=None, reason=None)))

    assert store.case(TENANT, "case-1").clinician is None


def test_what_other_cases_hold_is_told_apart_from_ones_own(store: SqlStore):
    """A clinician's booked time and the payer's slot, of live bookings within the span, never the asking case's own."""
    ask = {"clinician": SURGEON.reference, "span": Interval(at(9), at(12)), "but_case": "case-2", "now": NOW}
    for number, start in (("case-1", at(9, 20)), ("case-2", at(10)), ("case-3", at(13))):
        saved(store, booked(a_case(number), start, start + timedelta(minutes=20), payer_slot=f"{SLOT}-{number}"))

    held = store.promised(TENANT, **ask)
    assert (Interval(at(9, 20), at(9, 40)),) == held.busy
    assert {f"{SLOT}-case-1", f"{SLOT}-case-3"} == held.slots

    case = store.case(TENANT, "case-1")
    saved(store, replace(case, booking=replace(case.booking, state="cancelled")), seen=case.version)
    assert () == store.promised(TENANT, **ask).busy
    assert () == store.promised(TENANT, **ask | {"clinician": "Practitioner/other"}).busy
    assert () == store.promised("other", **ask).busy


def test_several_cases_are_saved_in_one_act_or_none_of_them(store: SqlStore, database: Database):
    """One call in two logs: where one of the cases has moved, neither has its event; else both have."""
    one, two = saved(store, a_case("case-1")), saved(store, a_case("case-2"))
    tried = Event("attempt", NOW, "user", {})
    moved = saved(store, two, seen=1)
    with pytest.raises(CaseMoved):
        store.save_together([Saving(one, 1, events=(tried,)), Saving(two, 1, events=(tried,))], now=NOW)
    assert (1, ()) == (store.case(TENANT, one.id).version, store.story(TENANT, one.id))

    both = store.save_together([Saving(moved, 2, events=(tried,)), Saving(one, 1, events=(tried,))], now=NOW)
    assert [("case-2", 3), ("case-1", 2)] == [(each.id, each.version) for each in both]
    assert [1, 1] == [len(store.story(TENANT, each.id)) for each in both]
