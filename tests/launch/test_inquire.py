"""Asked over real HTTP: EHR, payers, app and worker on sockets, each with its own sign-in; no script, no browser."""

from datetime import timedelta

import pytest

from app.core.denial import Path, Way
from launch.run import Ticker
from tests.journeys.guest import Guest
from tests.journeys.town import Town, open_town
from tests.web.markup import read

UHC = "/payer/unitedhealthcare"
ASK = "Ask the payer now"


@pytest.fixture(scope="module")
def _town():
    """One town for the module; nobody ticks but the tests."""
    with open_town(worker=False) as running:
        yield running


@pytest.fixture
def town(_town: Town):
    """The town, its payers asked by nobody yet."""
    _town.reset()
    _town.now.push(timedelta(hours=26))  # what one test has asked is due again in the next
    return _town


def at_payer(page) -> str:
    """Return what the case says of the payer."""
    (section,) = [each for each in read(page.text).all("section") if each.attributes.get("id") == "asked"]
    return " ".join(section.text.split())


def asked(town: Town, path: str) -> list[int]:
    """Return how the requests to a path were answered."""
    return [each["status"] for each in town.requests_made() if each["path"] == path]


def test_a_pended_case_becomes_decided_by_asking_the_payer(town: Town):
    """PAS 2.0.1: a click says that it still waits; an hour later the worker finds the denial, with a call offered."""
    guest = Guest(town, "gastro", patient="waits-at-payer")
    case = town.case("waits-at-payer")
    page = guest.send(guest.form(guest.landed, ASK))
    assert Path.WAIT == case.routing.route
    assert "No change: still under review." in at_payer(page)
    assert "The payer was asked; what it said stands below." in page.text

    town.now.push(timedelta(minutes=70))
    Ticker(town.demo.house)(town.now())
    after = town.case("waits-at-payer")
    page = Guest(town, "gastro", patient="waits-at-payer").get(f"cases/{case.id}")

    assert (Path.P2P, "UHC-70915") == (after.routing.route, after.denial.reference_number)
    assert [Way.EHR, Way.INQUIRY] == [each.way for each in after.tellings]
    assert "The payer's answer: denied." in at_payer(page)
    assert "by Parley" in at_payer(page)
    assert "Capsule endoscopy of the small bowel" == after.service_label
    assert {200} == set(asked(town, f"{UHC}/fhir/Claim/$inquire")) == set(asked(town, f"{UHC}/auth/token"))


def test_parameters_are_read_like_a_bundle(town: Town):
    """PAS 2.2.1, at another payer with a sign-in of its own: the same words on the page, the case as it was."""
    guest = Guest(town, "gastro", patient="pended-invitation")
    before = town.case("pended-invitation")
    page = guest.send(guest.form(guest.landed, ASK))

    assert "No change: still under review." in at_payer(page)
    assert before.clocks == town.case("pended-invitation").clocks
    assert [200] == asked(town, "/payer/molina/fhir/Claim/$inquire")


def test_nothing_of_the_chart_but_the_request_reaches_the_payer(town: Town):
    """The EHR is asked for the request and what names it, with the person's own token, and for nothing clinical."""
    guest = Guest(town, "gastro", patient="waits-at-payer")
    before = len(town.requests_made())
    guest.send(guest.form(guest.landed, ASK))
    made = town.requests_made()[before:]
    first = next(n for n, each in enumerate(made) if each["path"].startswith("/fhir/Claim/"))
    until = next(n for n, each in enumerate(made) if each["path"].endswith("$inquire"))
    kinds = {each["path"].split("/")[2] for each in made[first:until] if each["path"].startswith("/fhir/")}

    assert kinds <= {"Claim", "Patient", "Coverage", "Organization", "Practitioner", "metadata", ""}


def test_a_payer_that_asks_for_time_is_not_asked_by_anybody(town: Town):
    """429 with Retry-After: said on the case; neither the button nor the worker asks before it is over."""
    path = f"{UHC}/fhir/Claim/$inquire"
    town.fault(do="status", type=path, code=429, headers={"Retry-After": "1200"})
    guest = Guest(town, "gastro", patient="waits-at-payer")
    page = guest.send(guest.form(guest.landed, ASK))
    assert "The payer is busy. It is asked again by itself." in at_payer(page)

    town.now.push(timedelta(minutes=10))
    again = guest.send(guest.form(page, ASK))
    Ticker(town.demo.house)(town.now())
    assert "The payer asked not to be asked again just yet." in again.text
    assert [429] == asked(town, path)

    town.now.push(timedelta(minutes=11))
    Ticker(town.demo.house)(town.now())
    assert [429, 200] == asked(town, path)[:2]


def test_a_payer_that_forgot_our_token_is_signed_in_to_once_more(town: Town):
    """401 before the token's end: another token, one more try; the person sees the answer."""
    guest = Guest(town, "gastro", patient="waits-at-payer")
    page = guest.send(guest.form(guest.landed, ASK))
    town.now.push(timedelta(minutes=2))
    town.fault(do="status", type=f"{UHC}/fhir/Claim/$inquire", code=401)
    page = guest.send(guest.form(page, ASK))

    assert "No answer" not in at_payer(page)
    assert [200, 401, 200] == asked(town, f"{UHC}/fhir/Claim/$inquire")


def test_a_payer_that_does_not_answer_leaves_the_case_as_it_is(town: Town):
    """Down: said in words with what to do; the case, and the rest of the page, stand."""
    town.fault(do="status", type=f"{UHC}/fhir/Claim/$inquire", code=503, times=10)
    guest = Guest(town, "gastro", patient="waits-at-payer")
    before = town.case("waits-at-payer")
    page = guest.send(guest.form(guest.landed, ASK))
    town.forget_faults()

    assert "If it cannot wait, call the payer." in at_payer(page)
    assert before == town.case("waits-at-payer")
