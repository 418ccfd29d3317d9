"""The payers: published times, bookings, faxes and their answers, missed calls, and a desk that knows no patient."""

import json
import re
import threading
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.test import Client

from launch.sandbox.clock import Clock
from launch.sandbox.payer import Payer, payer_blueprint
from launch.sandbox.payer_roster import BY_SLUG, DESKS
from launch.sandbox.payer_slots import is_open
from launch.sandbox.store import Store
from launch.sandbox.stories import load

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # Wednesday, 09:00 in Chicago
PUBLISHING = ("unitedhealthcare", "wellpoint-nj", "molina", "evicore")
UHC = "/payer/unitedhealthcare/fhir"


class Desk:
    """A sandbox with nothing but its payers, and a client that talks to them."""

    def __init__(self, now=NOW):
        self.clock = Clock(lambda: now)
        self.ehr = Store(self.clock)
        self.payer = Payer(self.clock)
        load(self.ehr, self.payer, self.clock)
        self.app = Flask("desk")
        self.app.register_blueprint(payer_blueprint(self.payer))

    @property
    def client(self) -> Client:
        return self.app.test_client()

    def get(self, path):
        return self.client.get(path)

    def found(self, path):
        """Return every resource of a search, over all its pages."""
        resources, url = [], path
        while url:
            bundle = self.get(url).get_json()
            resources += [e["resource"] for e in bundle.get("entry", []) if e["search"]["mode"] == "match"]
            url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
            url = url and url.removeprefix("http://localhost")
        return resources

    def free(self, slug="unitedhealthcare"):
        return self.found(f"/payer/{slug}/fhir/Slot?status=free")

    def book(self, slot, key, /, *, slug="unitedhealthcare", comment="REF-778812", **more):
        body = {
            "resourceType": "Appointment",
            "status": "proposed",
            "slot": [{"reference": f"Slot/{slot['id']}"}],
            "identifier": [{"system": "urn:caller", "value": key}],
            "comment": comment,
            **more,
        }
        return self.client.post(f"/payer/{slug}/fhir/Appointment", json=body)

    def cancel(self, slug, made):
        path = f"/payer/{slug}/fhir/Appointment/{made['id']}"
        return self.client.put(path, json={**made, "status": "cancelled"})

    def fax(self, slug, reference, **more):
        body = {"reference": reference, "callback": "312-555-0100", "text": "Please offer times."} | more
        return self.client.post(f"/payer/{slug}/fax", json=body)

    def replies(self, slug):
        return self.get(f"/payer/{slug}/replies").get_json()["replies"]


@pytest.fixture
def desk():
    """The payers on a Wednesday morning."""
    return Desk()


def start(resource):
    return datetime.fromisoformat(resource["start"])


# -- published times ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", PUBLISHING)
def test_a_publishing_payer_shows_ten_working_days_of_times(desk, slug):
    """Slots and Schedules are read without a token, in the payer's hours and zone, none begun, none at a weekend."""
    slots, payer = desk.found(f"/payer/{slug}/fhir/Slot?_count=100"), BY_SLUG[slug]
    local = [start(slot).astimezone(payer.tz) for slot in slots if "urgent" not in slot["id"]]

    assert len(payer.reviewers) == len(desk.found(f"/payer/{slug}/fhir/Schedule"))
    assert all(at > NOW for at in local)
    assert all(payer.opens <= at.time() < payer.closes and is_open(at.date()) for at in local)
    assert 10 == len({at.date() for at in local})
    assert {"free", "busy"} == {slot["status"] for slot in slots}


def test_the_others_publish_nothing(desk):
    """They are asked by fax, message or telephone."""
    others = {desk.slug for desk in DESKS} - set(PUBLISHING)

    assert {404} == {desk.get(f"/payer/{slug}/fhir/Slot").status_code for slug in others}
    assert 5 == len(others)


def test_published_times_are_searched_by_status_start_specialty_and_schedule(desk):
    """The parameters an app sends; `_count` pages."""
    day = "2026-11-20"
    by_day = desk.found(f"{UHC}/Slot?status=free&start=ge{day}T00:00:00-06:00&start=lt2026-11-21T00:00:00-06:00")
    spine = desk.found(f"{UHC}/Slot?specialty=http%3A%2F%2Fnucc.org%2Fprovider-taxonomy%7C207XS0117X")
    mine = desk.found(f"{UHC}/Slot?schedule=Schedule%2Fuhc-ortho")
    page = desk.get(f"{UHC}/Slot?_count=7").get_json()

    assert {(day, "free")} == {(slot["start"][:10], slot["status"]) for slot in by_day}
    assert {"Schedule/uhc-spine"} == {slot["schedule"]["reference"] for slot in spine}
    assert {"Schedule/uhc-ortho"} == {slot["schedule"]["reference"] for slot in mine}
    assert 7 == len([entry for entry in page["entry"] if entry["search"]["mode"] == "match"])


def test_times_move_with_the_clock_and_keep_their_ids(desk):
    """A week later: what is past is gone, what is new is there, and the rest has the ids it had."""
    before = {slot["id"]: slot["start"] for slot in desk.found(f"{UHC}/Slot?_count=100")}
    desk.clock.push(timedelta(days=7))
    after = {slot["id"]: slot["start"] for slot in desk.found(f"{UHC}/Slot?_count=100")}
    week_on = NOW + timedelta(days=7)

    assert all(datetime.fromisoformat(at) > week_on for at in after.values())
    assert {id for id, at in before.items() if datetime.fromisoformat(at) > week_on} == set(before) & set(after)
    assert set(after) - set(before)


@pytest.mark.parametrize(
    ("day", "opened"),
    [
        (date(2026, 11, 26), False),  # Thanksgiving
        (date(2026, 11, 27), False),  # the day after
        (date(2026, 11, 25), True),
        (date(2027, 7, 5), False),  # 4 July 2027 is a Sunday, kept on the Monday
        (date(2027, 12, 31), False),  # New Year's Day 2028 is a Saturday, kept on the Friday
        (date(2026, 5, 25), False),  # Memorial Day
        (date(2026, 9, 7), False),  # Labor Day
        (date(2026, 11, 21), False),  # a Saturday
    ],
)
def test_payers_rest_on_federal_holidays(day, opened):
    """5 U.S.C. 6103, with days in lieu."""
    assert opened is is_open(day)


def test_the_urgent_line_answers_by_night(desk):
    """One Molina line publishes times around the clock."""
    hours = {
        start(slot).astimezone(BY_SLUG["molina"].tz).hour for slot in desk.free("molina") if "urgent" in slot["id"]
    }

    assert set(range(24)) == hours


@pytest.mark.parametrize("now", ["2027-03-13T20:00:00+00:00", "2026-10-31T20:00:00+00:00"])
def test_no_time_is_published_twice_or_missing_when_clocks_change(now):
    """Round the clock over a change of daylight time: every slot is half an hour, and no two of one line overlap."""
    desk = Desk(datetime.fromisoformat(now))
    slots = [s for s in desk.found("/payer/molina/fhir/Slot?_count=200") if "urgent" in s["id"]]
    spans = sorted((start(s).astimezone(UTC), datetime.fromisoformat(s["end"]).astimezone(UTC)) for s in slots)

    assert {timedelta(minutes=30)} == {end - begin for begin, end in spans}
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))


# -- bookings -------------------------------------------------------------------------------------------------


def test_a_booking_is_made_once_however_often_it_is_sent(desk):
    """201, then 200 with the same Appointment for the same identifier; the slot is busy."""
    slot = desk.free()[0]
    first, again = desk.book(slot, "b-1"), desk.book(slot, "b-1")
    made = first.get_json()

    assert (201, 200) == (first.status_code, again.status_code)
    assert made == again.get_json()
    assert ("booked", slot["start"], slot["end"]) == (made["status"], made["start"], made["end"])
    assert first.headers["Location"].endswith(f"{UHC}/Appointment/{made['id']}")
    assert "busy" == desk.get(f"{UHC}/Slot/{slot['id']}").get_json()["status"]


def test_a_taken_slot_is_refused_with_409(desk):
    """Another caller's identifier, a slot that was never free, or one that does not exist."""
    slot = desk.free()[0]
    taken = desk.found(f"{UHC}/Slot?status=busy")[0]
    desk.book(slot, "b-1")

    answers = [desk.book(slot, "b-2"), desk.book(taken, "b-3"), desk.book({"id": "never"}, "b-4")]

    assert [409, 409, 409] == [answer.status_code for answer in answers]
    assert {"OperationOutcome"} == {answer.get_json()["resourceType"] for answer in answers}


def test_one_identifier_cannot_hold_two_slots(desk):
    """A repeat with another slot is a mistake of the caller's, not a second booking."""
    first, second = desk.free()[:2]
    desk.book(first, "b-1")

    assert 409 == desk.book(second, "b-1").status_code
    assert "free" == desk.get(f"{UHC}/Slot/{second['id']}").get_json()["status"]


def test_of_twenty_callers_one_gets_the_slot(desk):
    """Threads at once: one 201, nineteen 409."""
    slot, answers = desk.free()[0], []
    gate = threading.Barrier(20)

    def call(number):
        gate.wait()
        answers.append(desk.book(slot, f"caller-{number}").status_code)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [201] + [409] * 19 == sorted(answers)


def test_a_cancelled_booking_frees_its_slot(desk):
    """PUT status cancelled; the slot can be had again, also under the same identifier."""
    slot = desk.free()[0]
    made = desk.book(slot, "b-1").get_json()
    answer = desk.cancel("unitedhealthcare", made)
    again = desk.book(slot, "b-1")

    assert (200, "cancelled") == (answer.status_code, answer.get_json()["status"])
    assert 201 == again.status_code
    assert made["id"] != again.get_json()["id"]


def test_a_booking_can_be_found_again_by_its_identifier_only(desk):
    """After a lost answer the caller asks by identifier; nobody lists other people's bookings."""
    made = desk.book(desk.free()[0], "b-1").get_json()

    assert [made] == desk_entries(desk.get(f"{UHC}/Appointment?identifier=urn%3Acaller%7Cb-1"))
    assert [] == desk_entries(desk.get(f"{UHC}/Appointment?identifier=b-2"))
    assert 400 == desk.get(f"{UHC}/Appointment").status_code


def desk_entries(answer):
    return [entry["resource"] for entry in answer.get_json()["entry"]]


@pytest.mark.parametrize(
    "spoil",
    [
        {"identifier": []},
        {"slot": []},
        {"slot": [{"reference": "Slot/a"}, {"reference": "Slot/b"}]},
        {"participant": [{"actor": {"reference": "Patient/lumbar-fusion"}, "status": "accepted"}]},
        {"supportingInformation": [{"reference": "http://ehr.example/fhir/Patient/1"}]},
    ],
)
def test_a_booking_without_a_key_or_with_a_patient_is_refused(desk, spoil):
    """The payer wants an identifier and one slot, and no patient anywhere: the reference number is enough."""
    slot = desk.free()[0]
    answer = desk.book(slot, "b-1", **spoil)

    assert 422 == answer.status_code
    assert "free" == desk.get(f"{UHC}/Slot/{slot['id']}").get_json()["status"]


def test_a_booking_cannot_be_moved_or_found_by_a_wrong_id(desk):
    """Only cancelling is possible; the unknown is 404; a body that is no JSON is 400."""
    made = desk.book(desk.free()[0], "b-1").get_json()
    client = desk.client

    assert 422 == client.put(f"{UHC}/Appointment/{made['id']}", json={**made, "status": "booked"}).status_code
    assert 404 == client.put(f"{UHC}/Appointment/other", json={**made, "status": "cancelled"}).status_code
    assert 400 == client.post(f"{UHC}/Appointment", data="slot please").status_code


def test_a_booked_slot_stays_readable_after_its_time(desk):
    """What was booked is not forgotten when the clock passes it, as free times are."""
    first, second = desk.free()[:2]
    desk.book(first, "b-1")
    desk.clock.push(timedelta(days=5))

    assert 200 == desk.get(f"{UHC}/Slot/{first['id']}").status_code
    assert 410 == desk.get(f"{UHC}/Slot/{second['id']}").status_code


def test_forgetting_puts_the_desks_back_to_the_start(desk):
    """A reset of the sandbox: bookings and requests are gone, the slot is free, the reviews are still known."""
    slot = desk.free()[0]
    desk.book(slot, "b-1")
    desk.fax("humana", "HUM-88120")
    desk.payer.forget()

    assert slot["id"] in {free["id"] for free in desk.free()}
    assert [] == desk.replies("humana")
    assert [] == desk_entries(desk.get(f"{UHC}/Appointment?identifier=b-1"))
    assert 200 == desk.get("/payer/humana/calls/HUM-88120").status_code


# -- asked by fax or message ----------------------------------------------------------------------------------


def test_a_fax_is_answered_at_once_with_windows_in_words_and_ics(desk):
    """BCBS South Carolina; both forms of the reply say the same times, in the payer's zone and in UTC."""
    taken = desk.fax("bcbs-south-carolina", "SC-330914")
    (reply,) = desk.replies("bcbs-south-carolina")
    spoken = re.findall(r"(\w+, \w+ \d+, \d{4}), (\d+:\d\d [AP]M) to (\d+:\d\d [AP]M)", reply["text"])
    eastern = ZoneInfo("America/New_York")
    said = {
        datetime.strptime(f"{day} {at}", "%A, %B %d, %Y %I:%M %p").replace(tzinfo=eastern)
        for day, begin, end in spoken
        for at in (begin, end)
    }
    stamps = re.findall(r"DT(?:START|END):(\w+)\r\n", reply["ics"])
    written = {datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for stamp in stamps}

    assert (202, "SC-330914") == (taken.status_code, taken.get_json()["reference"])
    assert 3 == len(spoken)
    assert said == written
    assert all(at > NOW for at in written)
    assert reply["ics"].encode() == desk.get(f"/payer/bcbs-south-carolina/replies/{reply['id']}.ics").data


def test_texas_answers_after_two_hours_of_the_clock(desk):
    """Nothing at 1 h 59 min, the windows at 2 h, all before the review closes."""
    desk.fax("superior-healthplan-tx", "TX-55310")
    desk.clock.push(timedelta(minutes=119))
    early = desk.replies("superior-healthplan-tx")
    desk.clock.push(timedelta(minutes=1))
    (reply,) = desk.replies("superior-healthplan-tx")
    ends = [
        datetime.strptime(s, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for s in re.findall(r"DTEND:(\w+)", reply["ics"])
    ]

    assert [] == early
    assert ends and max(ends) <= datetime(2026, 11, 20, 17, tzinfo=ZoneInfo("America/Chicago"))


def test_one_payer_never_answers(desk):
    """Priority Health leaves even a reminder unanswered for a month."""
    desk.fax("priority-health", "PH-61180")
    desk.fax("priority-health", "PH-61180", text="A reminder.")
    desk.clock.push(timedelta(days=30))

    assert [] == desk.replies("priority-health")


def test_a_message_in_plain_text_is_understood_by_its_reference(desk):
    """A portal message need not be JSON."""
    taken = desk.client.post("/payer/humana/message", data="Times for reference HUM-88120, please.")

    assert "HUM-88120" == taken.get_json()["reference"]
    assert "HUM-88120" in desk.replies("humana")[0]["text"]


def test_a_reference_that_nobody_knows_is_told_so(desk):
    """The clerk does not offer times for a case that cannot be found."""
    desk.fax("example-mutual", "EM-00000")
    (reply,) = desk.replies("example-mutual")

    assert "could not find reference EM-00000" in reply["text"]
    assert reply["ics"] is None


def test_an_empty_request_is_refused(desk):
    """Neither a reference nor words; and a payer that does not exist."""
    assert 400 == desk.client.post("/payer/humana/fax", json={}).status_code
    assert 404 == desk.fax("nobody", "X-1").status_code


def test_when_the_window_has_closed_no_time_is_offered(desk):
    """Asked after its closing, the desk says so instead of offering what no longer counts."""
    desk.clock.push(timedelta(days=20))
    desk.fax("example-mutual", "EM-20913")

    assert "no time is left" in desk.replies("example-mutual")[0]["text"]


# -- the call -------------------------------------------------------------------------------------------------


def test_the_reviewer_misses_the_first_call_and_keeps_the_second(desk):
    """Story missed-call: after a miss the call is booked again, and held."""
    slots = desk.free("molina")
    before = desk.get("/payer/molina/calls/MOL-32240").get_json()
    desk.book(slots[0], "b-1", slug="molina", comment="case MOL-32240")
    first = desk.get("/payer/molina/calls/MOL-32240").get_json()
    desk.clock.push(timedelta(days=1))
    desk.book(desk.free("molina")[0], "b-2", slug="molina", comment="case MOL-32240")
    second = desk.get("/payer/molina/calls/MOL-32240").get_json()

    assert [False, False, True] == [call["keeps"] for call in (before, first, second)]
    assert [1, 1, 2] == [call["call"] for call in (before, first, second)]
    assert slots[0]["start"] == first["start"]


def test_a_call_that_was_called_off_in_time_does_not_count_as_missed(desk):
    """Moving the first call does not use up the reviewer's one miss."""
    slots = desk.free("molina")
    made = desk.book(slots[5], "b-1", slug="molina", comment="MOL-32240").get_json()
    desk.cancel("molina", made)
    desk.book(slots[6], "b-2", slug="molina", comment="MOL-32240")

    assert False is desk.get("/payer/molina/calls/MOL-32240").get_json()["keeps"]


def test_other_calls_are_kept_and_unknown_ones_are_not_found(desk):
    """Only the story that says so has a reviewer who stays away."""
    assert True is desk.get("/payer/unitedhealthcare/calls/REF-778812").get_json()["keeps"]
    assert 404 == desk.get("/payer/unitedhealthcare/calls/REF-0").status_code


# -- the desk's page ------------------------------------------------------------------------------------------


def test_the_desk_shows_references_requests_and_bookings_and_no_patient(desk):
    """No name, birth date, record or member number of any patient, and not the words of a fax, which may hold them."""
    desk.fax("bcbs-south-carolina", "SC-330914", text="Our patient Ibarra-Quill wants an answer.")
    slot = desk.free()[0]
    desk.book(slot, "b-1")
    page = desk.get("/payer/").get_data(as_text=True)
    private = [
        text
        for patient in desk.ehr.all("Patient")
        for text in (patient["name"][0]["family"], patient["birthDate"], patient["identifier"][0]["value"])
    ] + [coverage["subscriberId"] for coverage in desk.ehr.all("Coverage")]

    assert all(desk.name in page for desk in DESKS)
    assert "SC-330914" in page and slot["id"] in page and "answered" in page
    assert [] == [text for text in private if text in page]
    assert "wants an answer" not in page


def test_no_payer_is_ever_told_who_the_patient_is(desk):
    """The stories hand the payer references, not patients: nothing in its memory leads to one."""
    known = repr(vars(desk.payer)["_expected"])

    assert [] == [p["id"] for p in desk.ehr.all("Patient") if p["id"] in known]
    assert "REF-778812" in known


def test_every_reference_that_a_payer_expects_stands_in_the_chart(desk):
    """What the clerk finds by reference is what the answer in the EHR tells one to quote."""
    said = {}
    for answer in desk.ehr.all("ClaimResponse"):
        said.setdefault(answer["insurer"]["reference"].removeprefix("Organization/"), []).append(str(answer))
    expected = vars(desk.payer)["_expected"]

    assert 20 == len(expected)
    assert [] == [ref for slug, ref in expected if not any(ref in text for text in said[slug])]


def test_a_payer_publishes_its_times_as_scheduling_links():
    """The free times of its book, by reviewer, each with the number at which it is booked; 304 while it is so."""
    desk = Desk()
    manifest = desk.get("/payer/evicore/published/$bulk-publish").json
    files = {each["type"]: urlsplit(each["url"]).path for each in manifest["output"]}
    told = {kind: [json.loads(line) for line in desk.get(path).data.splitlines()] for kind, path in files.items()}
    searched = desk.found("/payer/evicore/fhir/Slot?_count=200")

    assert {each["id"] for each in searched} == {each["id"] for each in told["Slot"]}
    assert {"800-555-0105"} == {each["extension"][0]["valueString"] for each in told["Slot"]}
    assert {"Dr. Amara Fitzroy, MD"} < {each["actor"][1]["display"] for each in told["Schedule"]}
    etag = desk.get(files["Slot"]).headers["ETag"]
    assert 304 == desk.client.get(files["Slot"], headers={"If-None-Match": etag}).status_code
    assert 404 == desk.get("/payer/evicore/published/other").status_code
    assert 404 == desk.get("/payer/humana/published/$bulk-publish").status_code
