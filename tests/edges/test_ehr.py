"""Reading an EHR that cannot be trusted: the sandbox over sockets, its three profiles, and servers that lie."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.core.effects import SignInNeeded
from app.core.interval import Interval
from app.core.people import WorkingHours
from app.edges.ehr import FhirEhr, SiteProfile, WrongPatient, fetch_capability
from app.edges.fhir.capability import Capability, Offered
from app.edges.http import NotFound, Transport
from tests.edges.effects import ANN, DOC, a_claim, an_answer, the_chart
from tests.edges.ehr_server import NOW, medplum, serve
from tests.edges.wire import answer, wire

DAY = Interval(NOW, NOW + timedelta(days=7))


@pytest.fixture(scope="module")
def told():
    """The sandbox with its stories; read only."""
    with serve("full", stories=True) as running:
        yield running


def an_ehr(base, *, types, patient=None, batch=False, scopes="user/*.cruds"):
    """Return an EHR whose statement lists these types with these parameters, and no more."""
    offered = {kind: Offered(frozenset("rscu"), frozenset(params.split())) for kind, params in types.items()}
    return FhirEhr(
        base,
        Transport(allow_loopback=True),
        lambda _: "t",
        capability=Capability(offered, batch=batch),
        scopes=scopes,
        profile=SiteProfile(),
        fhir_user=None,
        patient=patient,
        zone="America/Chicago",
    )


def a_bundle(*resources, next_url=None, **more):
    links = [{"relation": "next", "url": next_url}] if next_url else []
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": links, **more}


# -- denials -------------------------------------------------------------------------------------------------
def test_a_patients_denials_come_with_what_stands_around_them():
    """Answer, request, patient, plan, payer, clinician and encounter, joined."""
    with serve("full", *the_chart()) as server:
        read = server.ehr().denials(patient="Patient/pat-1", now=NOW)

    [found] = read.found
    assert ((), True) == (read.problems, read.supported)
    assert ("ClaimResponse/cr-1", "Claim/claim-1") == (found.denial.reference, found.denial.request)
    assert ("Coverage/cov-1", "Payer A") == (found.coverage.reference, found.coverage.payer.name)
    assert ("Patient/pat-1", "Ann Family-pat-1") == (found.patient.reference, found.patient.name)
    assert ("Practitioner/doc-1", "José Müller") == (found.clinician.reference, found.clinician.name)
    assert "Encounter/enc-1" == found.encounter


def test_an_appeals_answer_says_which_request_it_takes_up():
    """A Claim of its own that names the first: both answers are read, each with what its request continues."""
    appeal = {**a_claim("claim-2"), "related": [{"claim": {"reference": "Claim/claim-1"}}]}
    answer_2 = {**an_answer("cr-2"), "request": {"reference": "Claim/claim-2"}}
    with serve("full", *the_chart(), appeal, answer_2) as server:
        read = server.ehr().denials(patient="Patient/pat-1", now=NOW)

    told = {each.denial.reference: each.denial.continues for each in read.found}
    assert {"ClaimResponse/cr-1": (), "ClaimResponse/cr-2": ("Claim/claim-1",)} == told


def test_every_story_of_the_sandbox_is_read_whole(told):
    """All patients' answers of a worklist launch: each with its patient, none with a problem."""
    read = told.ehr().denials(patient=None, now=NOW)

    answers = [each for each in told.store.all("ClaimResponse") if each.get("use") == "preauthorization"]
    assert () == read.problems
    assert len(answers) == len(read.found) >= 14
    assert all(each.patient.name != "Name not given" and each.coverage.payer.name for each in read.found)


def test_the_number_of_requests_does_not_grow_with_the_answers():
    """200 answers take as many exchanges as one, where batches are offered (never one by one)."""
    answers = [an_answer(f"cr-{n}", request={"reference": f"Claim/c-{n}"}) for n in range(200)]
    claims = [a_claim(f"c-{n}") for n in range(200)]
    with serve("full", *the_chart(), *answers, *claims) as server:
        counted = []
        read = server.ehr(seen=counted.append).denials(patient="Patient/pat-1", now=NOW)

    assert 200 == len(read.found)
    assert len(counted) <= 12


def test_without_batches_the_missing_is_read_a_few_at_a_time(told):
    """An EHR without batch is read in parallel, with the same result."""
    with_batch = told.ehr()
    without = told.ehr()
    reading = without._reading
    reading.capability = replace(reading.capability, batch=False)

    one, other = (each.denials(patient=None, now=NOW) for each in (with_batch, without))

    assert {each.denial.reference: each for each in one.found} == {each.denial.reference: each for each in other.found}


def in_rounds(ehr):
    """Return the EHR as one whose statement lists little that is brought along, and nothing backwards, as most do."""
    reading, few = ehr._reading, {"ClaimResponse:request", "ClaimResponse:patient"}
    types = {
        kind: replace(each, includes=each.includes & few, back_includes=frozenset())
        for kind, each in reading.capability.types.items()
    }
    reading.capability = replace(reading.capability, types=types)
    return ehr


def test_a_server_that_lists_what_it_brings_along_is_asked_once(told):
    """Plan and payer come from the patient, back; the worklist's first look is one request, and reads the same."""
    at_once, slower = told.ehr(), in_rounds(told.ehr())
    before = len(told.asked())
    one = at_once.denials(patient=None, now=NOW)
    asked = told.asked()[before:]
    other = slower.denials(patient=None, now=NOW)

    assert ["ClaimResponse"] == [each for each in asked if each != "/fhir"]
    assert {each.denial.reference: each for each in one.found} == {each.denial.reference: each for each in other.found}


def test_what_is_listed_and_refused_is_read_in_rounds():
    """A 400 to `_revinclude:iterate` costs one request and hides nothing."""
    with serve("full", *the_chart()) as server:
        server.fault("status", method="GET", type="ClaimResponse", code=400, times=1)
        read = server.ehr().denials(patient="Patient/pat-1", now=NOW)

        assert ["Payer A"] == [each.coverage.payer.name for each in read.found]
        assert 2 == server.asked().count("ClaimResponse")
        assert () == read.problems


def test_a_batch_that_is_offered_and_refused_is_asked_for_once():
    """Some statements promise more than a gateway lets through; the rest is read without, with the same result."""
    with serve("full", *the_chart()) as server:
        server.fault("status", method="POST", type="", code=404, times=9)
        read = in_rounds(server.ehr()).denials(patient="Patient/pat-1", now=NOW)

        assert 1 == len(read.found)
        assert "Payer A" == read.found[0].coverage.payer.name
        assert 1 == len(server.asked("POST"))


def test_what_came_along_is_followed_with_what_the_answers_name():
    """An included request leads to its plan at once: plan and payer are read in one batch."""
    with serve("full", *the_chart()) as server:
        ehr = in_rounds(server.ehr())
        before = len(server.asked())
        read = ehr.denials(patient="Patient/pat-1", now=NOW)

        assert "Payer A" == read.found[0].coverage.payer.name
        assert ["ClaimResponse", "/fhir", "PractitionerRole"] == server.asked()[before:]


def test_other_patients_and_other_uses_are_dropped():
    """A server that ignores parameters sends everything; only this patient's requests for approval are taken (A16)."""
    strangers = [
        an_answer("cr-2", of="pat-2"),
        an_answer("cr-3", use="claim"),
        an_answer("cr-4", status="entered-in-error"),
    ]
    everything = [an_answer(), *strangers, *the_chart()]
    with wire(answer(200, a_bundle(*everything))) as server:
        ehr = an_ehr(server.base, types={"ClaimResponse": "patient use", "Patient": "_id"})
        read = ehr.denials(patient="Patient/pat-1", now=NOW)

    assert ["ClaimResponse/cr-1"] == [each.denial.reference for each in read.found]


def test_no_parameter_is_sent_that_the_server_does_not_list():
    """Some refuse what they do not know, some find nothing, some ignore it: nothing unlisted is asked."""
    with wire(answer(200, a_bundle())) as server:
        an_ehr(server.base, types={"ClaimResponse": "patient"}).denials(patient="Patient/pat-1", now=NOW)

    asked = parse_qs(urlsplit(server.requests[0].target).query)
    assert {"patient": ["Patient/pat-1"]} == asked


def test_an_ehr_without_payers_answers_says_so():
    """No ClaimResponse and no ExplanationOfBenefit: supported False, nothing is asked."""
    with wire(answer(500)) as server:
        read = an_ehr(server.base, types={"Patient": ""}).denials(patient="Patient/pat-1", now=NOW)

    assert ((), False) == (read.found, read.supported)
    assert [] == server.requests


def test_a_token_without_the_right_says_so():
    """Offered by the server and not granted: a sentence, not an empty list that looks like good news."""
    with wire(answer(500)) as server:
        ehr = an_ehr(server.base, types={"ClaimResponse": "patient"}, scopes="user/Patient.rs")
        read = ehr.denials(patient="Patient/pat-1", now=NOW)

    assert read.supported
    assert ("Parley was not given the right to read payers' answers here.",) == read.problems


def test_epics_explanations_of_benefit_stand_in_for_answers():
    """Where only ExplanationOfBenefit is offered, its preauthorizations are the answers (smart.md §2)."""
    eob = {
        **an_answer("eob-1"),
        "resourceType": "ExplanationOfBenefit",
        "provider": {"reference": "Practitioner/doc-1"},
    }
    eob |= {"insurance": [{"focal": True, "coverage": {"reference": "Coverage/cov-1"}}]}
    claim = {**eob, "id": "eob-2", "use": "claim"}
    with wire(answer(200, a_bundle(eob, claim, *the_chart()))) as server:
        ehr = an_ehr(server.base, types={"ExplanationOfBenefit": "patient", "Patient": "_id"})
        read = ehr.denials(patient="Patient/pat-1", now=NOW)

    assert ["ExplanationOfBenefit/eob-1"] == [each.denial.reference for each in read.found]


def test_an_answer_with_junk_in_it_hides_nothing_else():
    """I13: what cannot be read inside one answer hides only itself; that answer and the others still come."""
    strange = an_answer("cr-9", item=5, adjudication="junk", created=7, processNote=[None, {"text": 3}])
    with serve("full", *the_chart(), strange) as server:
        read = server.ehr().denials(patient="Patient/pat-1", now=NOW)

    assert {"ClaimResponse/cr-1", "ClaimResponse/cr-9"} == {each.denial.reference for each in read.found}


def test_an_answer_whose_patient_may_not_be_read_is_not_shown():
    """Whose it is must be known before anything of it is shown."""
    with serve("full", *the_chart(), an_answer("cr-2", patient={"reference": "Patient/unknown"})) as server:
        read = server.ehr().denials(patient=None, now=NOW)

    assert ["ClaimResponse/cr-1"] == [each.denial.reference for each in read.found]
    assert ("One of the payers' answers is not shown: its patient could not be read.",) == read.problems


def test_a_namesake_on_another_server_is_not_taken():
    """An absolute reference elsewhere is not our own resource of the same id."""
    foreign = an_answer("cr-2", request={"reference": "https://payer.example/fhir/Claim/claim-1"})
    with serve("full", *the_chart(), foreign) as server:
        read = server.ehr().denials(patient="Patient/pat-1", now=NOW)

    by_reference = {each.denial.reference: each for each in read.found}
    assert by_reference["ClaimResponse/cr-2"].clinician is None
    assert by_reference["ClaimResponse/cr-1"].clinician is not None


def test_a_chart_launch_reads_its_own_patient_only():
    """The launch's patient is held to, whatever is asked for (I5)."""
    with serve("full", *the_chart(), an_answer("cr-2", of="pat-2")) as server:
        ehr = server.ehr(patient="pat-1")

        assert ["ClaimResponse/cr-1"] == [each.denial.reference for each in ehr.denials(patient=None, now=NOW).found]
        for act in (
            lambda: ehr.denials(patient="Patient/pat-2", now=NOW),
            lambda: ehr.patient("Patient/pat-2"),
            lambda: ehr.chart("Patient/pat-2", now=NOW),
        ):
            with pytest.raises(WrongPatient):
                act()


# -- paging and lies -----------------------------------------------------------------------------------------
def test_all_pages_are_read_and_repeats_counted_once():
    """The same id on two pages is one answer, the newer one (Oracle repeats)."""
    old = an_answer("cr-1", disposition="old", meta={"lastUpdated": "2026-01-01T00:00:00Z"})
    new = an_answer("cr-1", disposition="new", meta={"lastUpdated": "2026-02-01T00:00:00Z"})
    with wire(answer()) as server:
        server.script[:] = [
            answer(200, a_bundle(new, next_url=f"{server.base}?page=2")),
            answer(200, a_bundle(old, an_answer("cr-2"), *the_chart())),
        ]
        ehr = an_ehr(server.base, types={"ClaimResponse": "patient", "Patient": "_id"})
        read = ehr.denials(patient="Patient/pat-1", now=NOW)

    assert {"ClaimResponse/cr-1": "new", "ClaimResponse/cr-2": "Denied: not medically necessary"} == {
        each.denial.reference: each.denial.disposition.text for each in read.found
    }


@pytest.mark.parametrize("where", ["{base}?page=1", "https://elsewhere.example/fhir?page=2"])
def test_a_next_link_in_a_circle_or_to_elsewhere_ends_the_reading(where):
    """The loop is cut, the token stays inside, what came is kept, and it says that there is more (A15)."""
    with wire(answer()) as server:
        server.script[:] = [answer(200, a_bundle(an_answer(), *the_chart(), next_url=where.format(base=server.base)))]
        read = an_ehr(server.base, types={"ClaimResponse": "patient", "Patient": "_id"}).denials(
            patient="Patient/pat-1", now=NOW
        )

    assert 1 == len(read.found)
    assert any("Not every answer could be read" in each for each in read.problems)
    assert len(server.requests) <= 3


def test_a_server_that_counts_more_than_it_gives_is_asked_again():
    """Medplum's router knows total and no next link; the rest is fetched in one go."""
    answers = [an_answer(f"cr-{n}") for n in range(3)]
    with wire(answer()) as server:
        server.script[:] = [
            answer(200, a_bundle(answers[0], total=3)),
            answer(200, a_bundle(*answers, *the_chart(), total=3)),
        ]
        read = an_ehr(server.base, types={"ClaimResponse": "patient", "Patient": "_id"}).denials(
            patient="Patient/pat-1", now=NOW
        )

    assert ((), 3) == (read.problems, len(read.found))
    assert "_count=3" in server.requests[1].target


def test_a_warning_inside_the_searchset_is_told():
    """An OperationOutcome among the entries is no data, and says that something is kept back."""
    warning = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "suppressed"}]}
    with wire(answer(200, a_bundle(warning))) as server:
        read = an_ehr(server.base, types={"ClaimResponse": "patient"}).denials(patient="Patient/pat-1", now=NOW)

    assert ("The EHR says that it keeps some answers back from you.",) == read.problems


def test_a_server_that_fails_gives_a_problem_not_an_empty_list():
    """A failed search is told; nobody reads it as "no denials"."""
    with wire(answer(500)) as server:
        read = an_ehr(server.base, types={"ClaimResponse": "patient"}).denials(patient="Patient/pat-1", now=NOW)

    assert () == read.found
    assert len(read.problems) == 1


def test_an_ended_session_is_told_at_once():
    """401 is for the person to sign in again, not a problem among others."""
    with wire(answer(401)) as server, pytest.raises(SignInNeeded):
        an_ehr(server.base, types={"ClaimResponse": "patient"}).denials(patient="Patient/pat-1", now=NOW)


# -- patient -------------------------------------------------------------------------------------------------
def test_a_patient_is_read_as_the_ehr_names_them():
    """Official name, birth date, sex and MRN; an old name and an old number are not taken."""
    resource = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"use": "old", "text": "Before"}, {"use": "official", "given": ["Ann", "B"], "family": "Now"}],
        "birthDate": "1980-05",
        "gender": "female",
        "identifier": [
            {"type": {"coding": [{"code": "MR"}]}, "use": "old", "value": "0"},
            {"type": {"coding": [{"code": "MR"}]}, "value": "77"},
        ],
    }
    with serve("full", resource) as server:
        read = server.ehr().patient("Patient/p")

    assert ("Patient/p", "Ann B Now", "1980-05", "female", "77") == (
        read.reference,
        read.name,
        read.birth_date,
        read.sex,
        read.mrn,
    )


def test_an_unknown_patient_is_not_found():
    """A patient that is gone is an error by name."""
    with serve("full") as server, pytest.raises(NotFound):
        server.ehr().patient("Patient/none")


# -- calendar ------------------------------------------------------------------------------------------------
def an_appointment(key, hours, minutes=30, *, who="Practitioner/doc-1", status="booked", taking="accepted", **more):
    start = NOW + timedelta(hours=hours)
    resource = {
        "resourceType": "Appointment",
        "id": key,
        "status": status,
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=minutes)).isoformat(),
        "participant": [{"actor": {"reference": who}, "status": taking}],
        **more,
    }
    return {name: value for name, value in resource.items() if value is not None}


def taken(hours, minutes=30):
    start = NOW + timedelta(hours=hours)
    return Interval(start, start + timedelta(minutes=minutes))


def test_busy_time_is_what_appointments_take():
    """Booked, arrived and unknown statuses block; cancelled, declined, proposed and others' do not."""
    blocking = [
        an_appointment("a", 1),
        an_appointment("b", 3, status="arrived"),
        an_appointment("c", 5, status="pending"),
    ]
    free = [
        an_appointment("d", 7, status="cancelled"),
        an_appointment("e", 9, taking="declined"),
        an_appointment("f", 11, who="Practitioner/other"),
        an_appointment("g", 13, status="waitlist"),
        an_appointment("h", 24 * 9),
    ]
    with serve("full", *the_chart(), *blocking, *free) as server:
        read = server.ehr().busy(DOC, DAY, now=NOW)

    assert (taken(1), taken(3), taken(5)) == read.busy
    assert (True, ()) == (read.verified, read.warnings)


def test_an_appointment_tells_where_it_is_when_it_names_one_place():
    """Two places, or two appointments at once in different ones, tell none."""

    def at(key, hours, *places):
        told = [{"actor": {"reference": f"Location/{each}"}, "status": "accepted"} for each in places]
        base = an_appointment(key, hours)
        return base | {"participant": [*base["participant"], *told]}

    kept = [at("a", 1, "east"), at("b", 3), at("c", 5, "east", "west"), at("d", 7, "east"), at("e", 7, "west")]
    with serve("full", *the_chart(), *kept) as server:
        read = server.ehr().busy(DOC, DAY, now=NOW)

    assert {taken(1): "Location/east"} == dict(read.places)


def test_an_appointment_that_began_before_the_span_still_blocks_it():
    """Appointment.date is the start; one that runs into the span is found all the same."""
    with serve("full", *the_chart(), an_appointment("a", -2, minutes=180)) as server:
        read = server.ehr().busy(DOC, DAY, now=NOW)

    assert (taken(-2, 180),) == read.busy


def test_an_appointment_without_an_end_is_taken_for_an_hour_and_told():
    """Errs busy, and says so."""
    with serve("full", *the_chart(), an_appointment("a", 1, end=None)) as server:
        read = server.ehr().busy(DOC, DAY, now=NOW)

    assert (taken(1, 60),) == read.busy
    assert ("An appointment without an end is taken for 60 minutes.",) == read.warnings


def test_roles_slots_and_holidays_block_too():
    """Appointments of the clinician's role, busy slots of their schedule, and days they are away."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "role-1",
        "active": True,
        "practitioner": {"reference": "Practitioner/doc-1"},
        "notAvailable": [{"description": "Away", "during": {"start": "2026-03-04", "end": "2026-03-04"}}],
    }
    schedule = {"resourceType": "Schedule", "id": "sch-1", "actor": [{"reference": "Practitioner/doc-1"}]}
    slot = {
        "resourceType": "Slot",
        "id": "slot-1",
        "status": "busy-unavailable",
        "schedule": {"reference": "Schedule/sch-1"},
        "start": (NOW + timedelta(hours=4)).isoformat(),
        "end": (NOW + timedelta(hours=5)).isoformat(),
    }
    with serve(
        "full", *the_chart(), role, schedule, slot, an_appointment("a", 1, who="PractitionerRole/role-1")
    ) as server:
        read = server.ehr().busy(DOC, DAY, now=NOW)

    wednesday = Interval(NOW.replace(day=4, hour=6), NOW.replace(day=5, hour=6))  # a Chicago day
    assert (taken(1), taken(4, 60), wednesday) == read.busy
    assert read.verified


@pytest.mark.parametrize(
    "types, scopes",
    [
        ({"Patient": ""}, "user/*.rs"),
        ({"Appointment": "patient date"}, "user/*.rs"),
        ({"Appointment": "practitioner date"}, "patient/*.rs"),
        ({"Appointment": "practitioner date"}, "user/Patient.rs"),
    ],
    ids=["no type", "no parameter", "patient scopes", "no scope"],
)
def test_a_calendar_that_cannot_be_read_is_not_a_free_one(types, scopes):
    """An empty calendar and an unread one must not look alike (D7)."""
    with wire(answer(500)) as server:
        read = an_ehr(server.base, types=types, scopes=scopes).busy(DOC, DAY, now=NOW)

    assert ((), False) == (read.busy, read.verified)
    assert read.warnings
    assert [] == server.requests


@pytest.mark.parametrize("act", [answer(503), answer(403), answer(200, raw=b"<html>", kind="text/html")])
def test_a_calendar_that_fails_is_not_verified(act):
    """Fails closed: a failed read is unverified with a warning."""
    with wire(act) as server:
        read = an_ehr(server.base, types={"Appointment": "practitioner date"}).busy(DOC, DAY, now=NOW)

    assert (False, 1) == (read.verified, len(read.warnings))


def test_oracles_calendar_is_asked_the_one_way_it_answers():
    """Oracle wants practitioner once and date as a ge/lt pair (smart.md §2.1)."""
    with serve("oracle-like", *the_chart(), an_appointment("a", 1)) as server:
        read = server.ehr().busy(DOC, DAY, now=NOW)

    assert ((taken(1),), True, ()) == (read.busy, read.verified, read.warnings)


def test_working_hours_come_from_the_role_else_from_the_site():
    """PractitionerRole.availableTime where told, the site's own hours where not."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "role-1",
        "practitioner": {"reference": "Practitioner/doc-1"},
        "specialty": [{"text": "Spine surgery"}],
        "availableTime": [
            {"daysOfWeek": ["mon"], "availableStartTime": "08:30:00", "availableEndTime": "12:00:00"},
            {"daysOfWeek": ["tue"], "availableStartTime": "junk", "availableEndTime": "12:00:00"},
        ],
    }
    site = (WorkingHours("FR", NOW.time(), NOW.replace(hour=17).time()),)

    def clinician(*more):
        with serve("full", *the_chart(), *more) as server:
            return server.ehr(hours=site).denials(patient="Patient/pat-1", now=NOW).found[0].clinician

    with_role, without = clinician(role), clinician()
    assert [("MO", "08:30", "12:00")] == [
        (each.day, f"{each.start:%H:%M}", f"{each.end:%H:%M}") for each in with_role.hours
    ]
    assert "Spine surgery" == with_role.specialty
    assert site == without.hours


# -- chart ---------------------------------------------------------------------------------------------------
def test_a_chart_is_read_in_few_requests(told):
    """All types in one round, pages after; twelve exchanges at most (issue 5's budget)."""
    patient = f"Patient/{told.store.all('ClaimResponse')[0]['patient']['reference'].rpartition('/')[2]}"
    counted = []
    read = told.ehr(seen=counted.append).chart(patient, now=NOW)

    kinds = {reference.partition("/")[0] for reference in read.resources}
    assert {"Patient", "Condition", "Observation"} <= kinds
    assert () == read.left_out
    assert len(counted) <= 12
    assert all(patient in str(each) for each in read.resources.values() if each["resourceType"] == "Condition")


def test_a_chart_drops_strangers_and_tells():
    """A foreign patient's resource in the answer is dropped and alarmed (A16)."""
    ours = {"resourceType": "Condition", "id": "c-1", "subject": {"reference": "Patient/pat-1"}}
    theirs = {"resourceType": "Condition", "id": "c-2", "subject": {"reference": "Patient/pat-2"}}
    with wire(answer(200, a_bundle(ours, theirs))) as server:
        read = an_ehr(server.base, types={"Condition": "patient"}).chart("Patient/pat-1", now=NOW)

    assert ["Condition/c-1"] == list(read.resources)
    assert "Condition: 1 of another patient were sent and dropped" in read.left_out


def test_a_chart_says_what_this_ehr_does_not_show():
    """Nobody takes "not offered" for "not there"."""
    with wire(answer(200, a_bundle())) as server:
        read = an_ehr(server.base, types={"Condition": "patient"}).chart("Patient/pat-1", now=NOW)

    assert "Procedure: this EHR does not show it to Parley" in read.left_out
    assert not any(each.startswith("Condition") for each in read.left_out)


def test_a_chart_brings_the_medicines_it_points_to():
    """A medicationReference is followed, inside the base only."""
    request = {
        "resourceType": "MedicationRequest",
        "id": "m-1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/pat-1"},
        "medicationReference": {"reference": "Medication/med-1"},
    }
    with serve("full", *the_chart(), request, {"resourceType": "Medication", "id": "med-1"}) as server:
        read = server.ehr().chart("Patient/pat-1", now=NOW)

    assert {"MedicationRequest/m-1", "Medication/med-1", "Patient/pat-1"} <= read.resources.keys()


@pytest.mark.node
def test_medplums_server_is_read_like_the_sandbox():
    """A server that nobody here wrote: no includes, no next links; the same denials come of it."""
    with medplum() as base:
        for resource in (*the_chart(), an_appointment("a", 1)):
            requests.put(
                f"{base}/{resource['resourceType']}/{resource['id']}", json=resource, timeout=5
            ).raise_for_status()
        transport = Transport(allow_loopback=True)
        ehr = FhirEhr(
            base,
            transport,
            lambda _: "t",
            capability=fetch_capability(base, transport),
            scopes="user/*.rs",
            profile=SiteProfile(),
            fhir_user=None,
            patient=None,
            zone="America/Chicago",
        )
        denials, busy = ehr.denials(patient=ANN.reference, now=NOW), ehr.busy(DOC, DAY, now=NOW)
        chart = ehr.chart(ANN.reference, now=NOW)

    [found] = denials.found
    assert ("Payer A", "Practitioner/doc-1", ()) == (
        found.coverage.payer.name,
        found.clinician.reference,
        denials.problems,
    )
    assert ((taken(1),), True) == (busy.busy, busy.verified)
    assert "Encounter/enc-1" in chart.resources


# -- what was sent -------------------------------------------------------------------------------------------
def a_sent_note(name: str = "DocumentReference/d1") -> dict:
    return {"supportingInfo": [{"sequence": 1, "category": {"text": "Note"}, "valueReference": {"reference": name}}]}


def a_told(**more) -> dict:
    base = {
        "resourceType": "Communication",
        "id": "m-1",
        "status": "completed",
        "subject": {"reference": "Patient/pat-1"},
    }
    told = {
        "recipient": [{"reference": "Organization/payer-a"}],
        "sent": "2026-03-01T10:00:00Z",
        "payload": [{"contentReference": {"reference": "DocumentReference/d2"}}],
    }
    return {**base, **told, **more}


def sent_of(server, **more):
    """Return what was sent for the chart's request."""
    asked = {"about": ("ClaimResponse/cr-1", "Claim/claim-1"), "payers": ("Organization/payer-a",)}
    return server.ehr(**more).sent("Patient/pat-1", **asked)


def names_of(submission) -> list[set[str]]:
    return [set(each.marks.references) for each in submission.parcels]


def test_what_was_sent_is_in_the_request_in_those_before_it_and_in_messages():
    """Three places, two rounds of reading: the Claim, the Claim it updates, and what was sent to the payer since."""
    request = a_claim(**a_sent_note(), related=[{"claim": {"reference": "Claim/claim-0"}}])
    before = a_claim("claim-0", **a_sent_note("DocumentReference/d0"))
    with serve("full", *the_chart(), request, before, a_told()) as server:
        found = sent_of(server)

    assert [{"DocumentReference/d1"}, {"DocumentReference/d0"}, {"DocumentReference/d2"}] == names_of(found)
    assert (True, "2026-02-20", ()) == (found.known, found.sent.day, found.trouble)


def test_another_patients_request_and_message_are_not_this_ones():
    """Whatever the server sends: a Claim of somebody else is none of ours (A16)."""
    stranger = a_told(id="m-2", subject={"reference": "Patient/pat-2"})
    with serve("full", *the_chart(), a_claim(of="pat-2", **a_sent_note()), stranger) as server:
        found = sent_of(server)

    assert (False, ()) == (found.known, found.parcels)


def test_messages_that_cannot_be_read_are_told_of():
    """What may have been sent since is not known then."""
    with serve("full", *the_chart()) as server:
        server.fault("status", type="Communication", times=9)
        ehr = server.ehr()
        ehr._reading.capability = replace(ehr._reading.capability, batch=False)
        found = ehr.sent("Patient/pat-1", about=("Claim/claim-1",), payers=())

    assert 1 == len(found.trouble)


def test_an_ehr_without_messages_or_requests_leaves_what_was_sent_open():
    """Most EHRs show neither; then nothing is known, and nothing goes wrong."""
    ehr = an_ehr("http://127.0.0.1:9/fhir", types={})
    found = ehr.sent("Patient/pat-1", about=("Claim/claim-1",), payers=())

    assert (False, (), ()) == (found.known, found.parcels, found.trouble)


def test_what_was_sent_for_another_patient_is_not_asked():
    """A chart launch is held to its chart."""
    ehr = an_ehr("http://127.0.0.1:9/fhir", types={}, patient="pat-2")
    with pytest.raises(WrongPatient):
        ehr.sent("Patient/pat-1", about=(), payers=())
