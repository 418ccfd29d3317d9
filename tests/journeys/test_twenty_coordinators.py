"""Twenty coordinators on one slot, each with a launch of their own: one winner, the others told what is next."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.case import CaseState
from app.edges.store import saving as saving_module
from tests.journeys.guest import Guest, forms_of
from tests.journeys.town import Town, open_town

pytestmark = [pytest.mark.xdist_group("twenty_coordinators")]
PEOPLE = 20
STORY = "lumbar-fusion"
# What the second hears depends on how far the first has come: still saving, saved, or in the EHR's calendar already.
REFUSALS = ("Someone changed this case", "A call is booked in this case already", "This time is no longer free")


def add_cases_like(town: Town, patient: str, count: int) -> None:
    """Put `count` more requests and denials of one patient into the EHR: same clinician, same payer, same times."""
    (answer,) = [each for each in town.stored("ClaimResponse") if f"Patient/{patient}" in str(each["patient"])]
    claim_id = answer["request"]["reference"].partition("/")[2]
    (claim,) = [each for each in town.stored("Claim") if each["id"] == claim_id]
    for number in range(count):
        town.put(claim | {"id": f"{claim['id']}-{number}"})
        town.put(answer | {"id": f"{answer['id']}-{number}", "request": {"reference": f"Claim/{claim_id}-{number}"}})


@pytest.fixture
def crowd():
    """A town with twenty cases that want the same clinician, and a coordinator of its own at each."""
    with open_town() as town:
        add_cases_like(town, STORY, PEOPLE - 1)
        guests = [Guest(town, ("coordinator", "coordinator2")[number % 2]) for number in range(PEOPLE)]
        yield town, guests


def race(guests: list[Guest], forms: list) -> list:
    """Have everybody send their form at the same moment; return the answers."""
    gun = threading.Barrier(len(guests))

    def send(guest, form):
        gun.wait()
        return guest.send(form)

    with ThreadPoolExecutor(len(guests)) as pool:
        return list(pool.map(send, guests, forms))


def forms_for_one_slot(guests: list[Guest], cases) -> list:
    """Return everybody's form, each for their own case, all of the same time."""
    forms = [guest.form(guest.get(f"cases/{case.id}/slots"), "Book") for guest, case in zip(guests, cases, strict=True)]
    assert 1 == len({form.fields["slot"] for form in forms}), "all were offered the same best time"
    return forms


def test_of_twenty_on_one_slot_one_wins_and_the_others_see_other_times(crowd):
    """Twenty cases, one clinician, one time: 1 booked, 19 times 409 with other times to book, one Appointment."""
    town, guests = crowd
    cases = town.cases(STORY)
    forms = forms_for_one_slot(guests, cases)
    answers = race(guests, forms)
    assert Counter({409: PEOPLE - 1, 200: 1}) == Counter(answer.status_code for answer in answers)
    booked = [each for each in town.cases(STORY) if each.state is CaseState.BOOKED]
    assert 1 == len(booked)
    for form, answer in zip(forms, answers, strict=True):
        if answer.status_code == 409:
            assert "This time is no longer free" in answer.text
            others = [each.fields["slot"] for each in forms_of(answer.text) if each.action.endswith("/book")]
            assert others, "told what is next"
            assert form.fields["slot"] not in others, "not the one that was just taken"
    assert 1 == len(town.await_written("Appointment"))

    loser = next(n for n, answer in enumerate(answers) if answer.status_code == 409)
    again = guests[loser].send(guests[loser].form(answers[loser], "Book"))
    assert "Booked. The EHR is being told." in again.text
    assert 2 == len(town.await_written("Appointment", count=2))


def test_of_twenty_on_one_case_one_wins_and_the_others_are_told_so(crowd):
    """One case in twenty windows: 1 booked, 19 told that someone was before them, one Appointment."""
    town, guests = crowd
    case = town.cases(STORY)[0]
    answers = race(guests, forms_for_one_slot(guests, [case] * PEOPLE))
    assert Counter({409: PEOPLE - 1, 200: 1}) == Counter(answer.status_code for answer in answers)
    for answer in answers:
        if answer.status_code == 409:
            assert any(words in answer.text for words in REFUSALS)
    assert 1 == len(town.await_written("Appointment"))
    kinds = [each.kind for each in town.demo.house.store.story("sandbox", case.id)]
    assert (1, 0) == (kinds.count("booked"), kinds.count("moved"))


def test_without_the_claims_on_time_more_than_one_would_win(crowd, monkeypatch):
    """The control: with the store's claims taken out, the same race books the same minutes more than once."""
    town, guests = crowd
    forms = forms_for_one_slot(guests, town.cases(STORY))
    monkeypatch.setattr(saving_module, "claim_time", lambda connection, case, now: None)
    race(guests, forms)
    assert 1 < len([each for each in town.cases(STORY) if each.state is CaseState.BOOKED])
