"""
The two vendors' servers, as their public statements describe them, behind the whole product.

What such an EHR does not offer is said in plain words, what it does not take ends as "not taken" with what to do, and
nothing loops or breaks. The sandbox plays the servers; the issuer's record is first the plain one, then the vendor's.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import launch.demo
from app.core.case import Case
from app.core.denial import Way
from app.core.people import Clinician, Patient
from app.flow.intake import receive
from app.flow.ports import EffectState
from launch.demo import Demo, demo_environment
from tests.fakes.office import an_answer
from tests.journeys.guest import Guest, forms_of
from tests.journeys.town import MORNING, Town, TownClock, await_true, free_port
from tests.web.markup import faults_of_page, read

PATIENT = "lumbar-fusion"
SURGEON = Clinician("Practitioner/ada-lindqvist", "Ada Lindqvist-Moreau, MD", "America/Chicago")
CPT = "http://www.ama-assn.org/go/cpt"
# What a site writes into its issuer's record once it knows its EHR (docs/smart-config.md).
RECORDS = {
    "epic-like": {"kind": "epic", "profile": {"document": {"needs_encounter": True}}},
    "oracle-like": {
        "kind": "oracle",
        "profile": {"appointment": "oracle-slot", "document": {"needs_period": True}},
    },
}
WRITES = {"WriteAppointment", "WriteDocument", "WriteCommunication"}
# What each takes, by a plain record and by its own. Neither lets a call be written into a calendar without a slot of
# its own; Epic's notes belong to an encounter, and a payer's answer names none.
TAKEN = {
    # Call and note stand as messages there (decisions 0029, 0052).
    "epic-like": (WRITES, WRITES),
    "oracle-like": (set(), WRITES),
}
# What each refused by name, and the next case's writes need not try for a day.
LEARNED = {
    "epic-like": (set(), set()),
    "oracle-like": ({"Appointment", "DocumentReference", "Communication"}, set()),
}
ENDED = {"confirmed", "rejected", "dead", "unknown", "waiting"}


@contextmanager
def vendor_town(vendor: str, record: dict | None = None) -> Iterator[Town]:
    """Run a town whose EHR is of this vendor. record: what the site adds to the issuer's record."""

    def environment(folder: Path, **bases: str) -> dict[str, str]:
        made = demo_environment(folder, **bases)
        path = Path(made["PARLEY_SMART_CONFIG"])
        config = json.loads(path.read_text())
        config["issuers"][0] |= record or {}
        path.write_text(json.dumps(config))
        return made

    now = TownClock(MORNING)
    with tempfile.TemporaryDirectory(prefix="parley-vendor-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch.demo, "demo_environment", environment)
        ports = {"ehr_port": free_port(), "port": free_port()}
        demo = Demo(**ports, profile=vendor, folder=Path(folder), control=True, now=now)
        demo.start()
        try:
            yield Town(demo, now, Path(folder), None)
        finally:
            demo.stop()


def tell_denial(town: Town, vendor: str) -> None:
    """Let the denial come in as it can there: in an ExplanationOfBenefit, or sent to us where the EHR has none."""
    if vendor == "epic-like":
        town.put(as_eob(town))
        return
    house = town.demo.house
    person = Patient(f"Patient/{PATIENT}", "Marguerite Oyelaran-Stone", "1961-04-17", "female", "SB-100201")
    told = an_answer("told", patient=PATIENT, payer="UnitedHealthcare", created_at=town.now())
    denial = replace(told.denial, created_on=town.now().date())
    found = replace(told, denial=denial, patient=person, clinician=SURGEON)
    receive(house.ports_of_backend(house.settings.issuer("sandbox")), found, way=Way.SENT, now=town.now())


def as_eob(town: Town) -> dict:
    """Return the story's answer in the shape in which an EHR without ClaimResponse holds it."""
    (answer,) = [each for each in town.stored("ClaimResponse") if f"Patient/{PATIENT}" in str(each["patient"])]
    kept = ("identifier", "status", "type", "use", "patient", "created", "insurer", "outcome", "processNote")
    items = [
        {
            "sequence": each["itemSequence"],
            "productOrService": {"coding": [{"system": CPT, "code": "22633"}], "text": "Lumbar fusion, one level"},
            "noteNumber": each["noteNumber"],
            "adjudication": each["adjudication"],
        }
        for each in answer["item"]
    ]
    return {name: answer[name] for name in kept} | {
        "resourceType": "ExplanationOfBenefit",
        "id": f"{PATIENT}-eob",
        "provider": answer["requestor"],
        "insurance": [{"focal": True, "coverage": {"reference": f"Coverage/{PATIENT}-coverage"}}],
        "item": items,
    }


def keep_window(town: Town, guest: Guest) -> Case:
    """Keep a window that the payer told; return the case."""
    (case,) = town.cases(PATIENT)
    here = f"cases/{case.id}"
    day = (town.now() + timedelta(days=1)).date().isoformat()
    told = {"day": day, "start": "10:00", "end": "15:00", "zone": "America/Chicago", "channel": "phone"}
    sound(guest.send(guest.form(guest.get(f"{here}/windows"), "Keep window"), **told))
    return town.case(PATIENT)


def walk(town: Town, guest: Guest) -> Case:
    """Take the case to its outcome with forms alone; every answer is a page that keeps the rules."""
    (case,) = town.cases(PATIENT)
    here = f"cases/{case.id}"
    book_first_free(guest, here)
    sound(guest.send(guest.form(guest.get(f"{here}/call"), "Keep attempt"), reached="reviewer", result="connected"))
    sound(guest.send(guest.form(guest.get(f"{here}/outcome"), "Record outcome"), result="approved"))
    return town.case(PATIENT)


def book_first_free(guest: Guest, here: str) -> None:
    """Press the buttons of the proposed times until one is taken, as a person does whose calendar cannot be read."""
    proposed = [each for each in forms_of(guest.get(f"{here}/slots").text) if each.action.endswith("/book")]
    assert proposed
    for form in proposed:
        answer = guest.send(form, accept_unverified="yes")
        if "Booked." in answer.text:
            return
        assert 409 == answer.status_code
    raise AssertionError("no proposed time could be booked")


def sound(answer) -> None:
    """Demand a page that was taken and keeps the house's rules."""
    assert (200, []) == (answer.status_code, faults_of_page(answer.text))


def settled(town: Town, case: Case) -> dict[str, EffectState]:
    """Return what became of each write, by kind, once none is on its way; each was tried a few times at most."""

    def look():
        states = town.demo.house.store.effects_of(case.tenant, case.id)
        return states if states and all(each.state in ENDED for each in states) else None

    states = await_true(look)
    assert all(each.attempts <= 3 for each in states), "nothing loops"
    return {each.kind: each for each in states}


def alerts(text: str) -> str:
    """Return what a page says aloud."""
    return " ".join(each.text for each in read(text).all() if each.attributes.get("role") == "alert")


def every_page_opens(guest: Guest, case: Case) -> None:
    """Open every page of the case and the way it came; each keeps the rules."""
    for part in ("", "/detect", "/windows", "/slots", "/book", "/brief", "/call", "/outcome", "/writes"):
        sound(guest.get(f"cases/{case.id}{part}"))
    assert 200 == guest.get(f"cases/{case.id}/brief.docx?draft=yes").status_code


def refusals_say_what_to_do(guest: Guest, case: Case, states: dict[str, EffectState]) -> None:
    """Whatever was not taken is shown as such with what to do, and the words to copy stand on the page."""
    page = read(guest.get(f"cases/{case.id}").text)
    (writes,) = [each for each in page.all("section") if each.attributes.get("id") == "writes"]
    not_taken = [each for each in states.values() if each.state == "rejected"]
    assert len(not_taken) == writes.text.count("not taken")
    for each in not_taken:
        assert each.say in writes.text
        assert "by hand" in each.say or "Parley only" in each.say
    copies = [each.text for each in writes.all("textarea")]
    assert len(copies) == len({"WriteDocument", "WriteCommunication"} & {each.kind for each in not_taken})
    assert all(case.number in each for each in copies)


def says_why_there_is_nothing(town: Town, *, shows_answers: bool) -> None:
    """An EHR that shows the payers' answers and holds none, and one that does not show them, do not look alike."""
    chart, desk = Guest(town, "spine", patient=PATIENT), Guest(town, "coordinator")
    looked = desk.send(desk.form(desk.landed, "Look for new denials"))
    for page in (chart.landed, desk.landed, looked):
        sound(page)
        assert shows_answers == ("does not show payers' answers" not in read(page.text).text)


def says_what_it_could_not_read(guest: Guest, case: Case, *, calendar: bool) -> None:
    """What such an EHR keeps from apps is named: beside the brief, which rests on the rest, and over the slots."""
    brief = guest.get(f"cases/{case.id}/brief")
    sound(brief)
    assert "MedicationStatement: this EHR does not show it to Parley" in alerts(brief.text)
    assert "Slipped vertebra" in brief.text
    if not calendar:
        slots = guest.get(f"cases/{case.id}/slots")
        assert "could not be read" in alerts(slots.text)
        form = next(each for each in forms_of(slots.text) if each.action.endswith("/book"))
        assert 409 == guest.send(form).status_code, "not booked without somebody's word"


@pytest.mark.parametrize("known", [False, True], ids=["plain record", "vendor's record"])
@pytest.mark.parametrize("vendor", RECORDS)
def test_a_case_goes_its_whole_way_at_a_vendors_ehr(vendor: str, known: bool):
    """From the chart and from the worklist: every page opens, nothing loops, what is not taken says what to do."""
    epic = vendor == "epic-like"
    with vendor_town(vendor, RECORDS[vendor] if known else None) as town:
        says_why_there_is_nothing(town, shows_answers=epic)
        tell_denial(town, vendor)
        chart = Guest(town, "spine", patient=PATIENT)
        sound(chart.landed)
        case = keep_window(town, chart)
        says_what_it_could_not_read(chart, case, calendar=not epic)
        case = walk(town, chart)
        states = settled(town, case)
        refusals_say_what_to_do(chart, case, states)
        every_page_opens(chart, case)

        desk = Guest(town, "coordinator")
        sound(desk.landed)
        assert case.number in desk.landed.text
        every_page_opens(desk, case)
        taken = {kind for kind, each in states.items() if each.state == "confirmed"}
        assert TAKEN[vendor][known] == taken & WRITES
        learned = town.demo.house.refusals.standing(case.tenant, since=town.now() - timedelta(days=1))
        assert LEARNED[vendor][known] == {each.kind for each in learned}
