"""The Appointment we write, and the time that one takes of a clinician."""

from datetime import timedelta

import pytest

from app.core.people import Patient
from app.edges.fhir.appointment import change_appointment, has_change, read_busyness, write_appointment
from app.edges.fhir.identifiers import carries, token_of, value_of_key
from app.edges.fhir.validate import BadResource, check_resource
from tests.edges import effects
from tests.edges.ehr_server import NOW
from tests.fhir_validation import errors_of


def the_appointment(**more):
    return write_appointment(effects.write_appointment(**more))


@pytest.mark.node
@pytest.mark.parametrize("change", [None, "moved", "cancelled", "noshow", "fulfilled"])
def test_two_outside_validators_find_no_error_in_an_appointment(change):
    """As written, and after each change (@medplum/core and pyrofile)."""
    resource = the_appointment(booking=effects.a_booking(who_calls="payer", number="+1 800 555 0101"))
    if change:
        resource = change_appointment({**resource, "id": "a-1"}, effects.change_appointment(change))

    check_resource(resource)

    assert [] == errors_of(resource)


@pytest.mark.node
def test_the_validators_do_find_errors():
    """The check bites: a reason for cancelling on a booked appointment, and a status that is none."""
    wrong = {**the_appointment(), "cancelationReason": {"text": "x"}}, {**the_appointment(), "status": "banana"}

    assert all(errors_of(each) for each in wrong)


def test_the_patient_takes_no_part_and_is_in_no_words():
    """Portals show participants to the patient, and calendars are widely read (facts E.2)."""
    name = Patient("Patient/pat-1", "Zebulon Canary", "1980-05-06", mrn="MRN-CANARY")
    resource = the_appointment(patient=name)

    assert ["Practitioner/doc-1"] == [each["actor"]["reference"] for each in resource["participant"]]
    assert {"reference": "Patient/pat-1"} in resource["supportingInformation"]
    assert not any(word in str(resource) for word in ("Zebulon", "Canary", "1980-05-06", "MRN"))


def test_the_identifier_is_the_same_on_every_try_and_tells_nothing():
    """uuid5 of the effect's key: stable, and not to be read back."""
    one, other = the_appointment(), the_appointment()

    assert (
        one["identifier"] == other["identifier"] == [{"system": "urn:parley:write", "value": value_of_key(effects.KEY)}]
    )
    assert value_of_key(effects.KEY) != value_of_key(effects.KEY + "x")
    assert carries(one, effects.KEY) and not carries(one, "other")
    assert token_of(effects.KEY).startswith("urn:parley:write|")


@pytest.mark.parametrize(
    "spoiled, path",
    [
        ({"end": None}, "end"),
        ({"start": "2026-03-03T11:00:00"}, "start"),
        ({"status": "banana"}, "status"),
        ({"participant": []}, "participant"),
        ({"cancelationReason": {"text": "x"}}, "cancelationReason"),
        ({"identifier": []}, "identifier"),
        ({"comment": " "}, "comment"),
        ({"minutesDuration": "20"}, "Appointment"),
        ({"banana": 1}, "Appointment"),
        ({"supportingInformation": [{"reference": "junk"}]}, "reference"),
    ],
)
def test_what_is_not_fhir_does_not_leave(spoiled, path):
    """The last look names the element and never its value."""
    with pytest.raises(BadResource) as caught:
        check_resource({**the_appointment(), **spoiled})

    assert path in caught.value.path
    assert "banana" not in caught.value.say.replace(caught.value.path, "")


def test_a_move_is_known_when_it_stands():
    """The same instant in another offset is the same; another time is not."""
    effect = effects.change_appointment("moved")
    interval = effect.booking.interval
    standing = {**the_appointment(), "start": interval.start.astimezone().isoformat()}

    assert has_change(standing, effect)
    assert not has_change({**standing, "start": (interval.start + timedelta(minutes=5)).isoformat()}, effect)
    assert not has_change({**standing, "status": "cancelled"}, effect)


def test_what_we_write_is_read_back_as_the_time_it_takes():
    """The appointment blocks its clinician for exactly the booking."""
    read = read_busyness(the_appointment())

    assert (effects.a_booking().interval, ("Practitioner/doc-1",)) == (read.interval, read.actors)


@pytest.mark.parametrize(
    "start, end, minutes",
    [("2026-03-02T15:00:00Z", "junk", 60), (None, None, None), ("2026-03-02T15:00:00Z", "2026-03-02T15:00:00Z", 60)],
)
def test_an_appointment_with_an_odd_end_errs_busy(start, end, minutes):
    """No end, an unreadable end, an end that is the start: an hour, with a warning; no start: none, with a warning."""
    read = read_busyness({"resourceType": "Appointment", "status": "booked", "start": start, "end": end})

    assert read.warning
    assert minutes == (read.interval and read.interval.length / timedelta(minutes=1))
    assert read.interval is None or NOW == read.interval.start
