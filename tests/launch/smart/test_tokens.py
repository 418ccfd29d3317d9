"""Tokens: renewed in time, by one at a time, never for somebody else, and given up when the EHR says so."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core.effects import SignInNeeded
from app.edges.http import Transport
from app.edges.store.database import open_database
from app.edges.store.launches import Launches
from app.wire import House
from launch.sandbox.faults import Fault
from launch.smart import Smart
from launch.smart.backend import lifetime_seconds
from launch.smart.refusals import BackendRefused, EhrSilent, TokenBusy
from tests.databases import databases
from tests.launch.smart.world import NOW

CONTROLLED = {"control": True}


def token_of(world, landed, **more):
    """Return the session's token as a page would get it."""
    return world.smart.tokens.of_session(landed.id, now=world.now, **more)


def refreshes(world):
    """Return the refresh requests that the EHR received."""
    return [each for each in world.token_requests if each.form.get("grant_type") == "refresh_token"]


def test_a_token_is_used_until_ninety_seconds_before_its_end(world, browser):
    """The sandbox's tokens live 600 s: at 509 the old one serves, at 510 a new one is fetched."""
    landed = browser.launch()
    first = token_of(world, landed)
    world.pass_time(seconds=509)
    assert first == token_of(world, landed)
    world.pass_time(seconds=1)

    assert first != token_of(world, landed)
    assert 1 == len(refreshes(world))


def test_a_refresh_token_is_replaced_when_the_ehr_rotates_it(world, browser):
    """Each is used once: the second refresh sends what the first one brought (X-9)."""
    landed = browser.launch()
    for _ in range(3):
        world.pass_time(seconds=590)
        token_of(world, landed)
    sent = [each.form["refresh_token"] for each in refreshes(world)]

    assert 3 == len(set(sent)) == len(sent)


def test_a_refresh_token_is_kept_when_the_ehr_does_not_rotate_it(new_world):
    """Oracle never rotates: the old one stays in force."""
    world = new_world(sandbox={"profile": "oracle-like"})
    landed = world.browser().launch()
    for _ in range(2):
        world.pass_time(seconds=590)
        token_of(world, landed)

    assert 1 == len({each.form["refresh_token"] for each in refreshes(world)})


def test_a_refresh_sends_no_scope_and_keeps_the_context(world, browser):
    """The library would send the scope that was asked, not the one granted; the answer carries no patient."""
    landed = browser.launch()
    world.pass_time(seconds=590)
    token_of(world, landed)

    assert "scope" not in refreshes(world)[0].form
    assert "Patient/pat-1" == browser.open(landed).patient


@pytest.mark.parametrize("ahead", [520, 601])
def test_twenty_threads_make_one_token_request(world, browser, ahead):
    """Single flight through the database: while one renews, the others use the old token or wait for the new (X-19)."""
    landed = browser.launch()
    old = token_of(world, landed)
    world.pass_time(seconds=ahead)
    barrier = threading.Barrier(20)

    def ask(_):
        barrier.wait()
        return token_of(world, landed)

    with ThreadPoolExecutor(20) as pool:
        tokens = set(pool.map(ask, range(20)))

    assert 1 == len(refreshes(world))
    assert 1 == len(tokens - {old})
    assert old not in tokens or ahead < 600


def test_two_processes_make_one_token_request(new_world, tmp_path):
    """The lock lies in the database, not in the process: two houses on one database, of each kind."""
    for _kind, url in databases(tmp_path):
        one, other = open_database(url), open_database(url)
        one.upgrade()
        world = new_world(database=one)
        second = Smart(world.settings, other, Transport(allow_loopback=True), clock=lambda world=world: world.now)
        landed = world.browser().launch()
        world.pass_time(seconds=601)
        barrier = threading.Barrier(8)

        def ask(number, world=world, second=second, landed=landed, barrier=barrier):
            barrier.wait()
            return (world.smart if number % 2 else second).tokens.of_session(landed.id, now=world.now)

        with ThreadPoolExecutor(8) as pool:
            tokens = set(pool.map(ask, range(8)))
        assert 1 == len(refreshes(world)), _kind
        assert 1 == len(tokens)
        one.close()
        other.close()


def test_a_revoked_session_needs_a_new_sign_in(world, browser):
    """invalid_grant: the token is forgotten, the person told to open Parley again, the EHR not asked a second time."""
    landed = browser.launch()
    kept = world.smart.tokens._opened(world.smart.launches.session(landed.id))
    world.ehr.tokens.revoke(kept["refresh_token"])
    world.pass_time(seconds=590)
    for _ in range(2):
        with pytest.raises(SignInNeeded):
            token_of(world, landed)

    assert 1 == len(refreshes(world))
    assert None is world.smart.launches.session(landed.id).token_box
    assert "Patient/pat-1" == browser.open(landed).patient


def test_a_session_without_a_refresh_token_ends_with_its_token(new_world):
    """Epic advertises no online_access: the one token is used to its end, then a new launch is needed."""
    world = new_world(sandbox={"profile": "epic-like"})
    landed = world.browser().launch()
    first = token_of(world, landed)
    world.pass_time(seconds=599)
    assert first == token_of(world, landed)
    world.pass_time(seconds=1)
    with pytest.raises(SignInNeeded):
        token_of(world, landed)

    assert [] == refreshes(world)


def test_a_silent_sign_in_leaves_the_living_token_in_use(world, browser):
    """The EHR's token endpoint is away with a minute left: pages go on, and nobody waits again for half a minute."""
    landed = browser.launch()
    first = token_of(world, landed)
    world.pass_time(seconds=540)
    world.recorder.instead = lambda seen: (503, "text/plain", b"") if seen.path == "/auth/token" else None

    assert [first] * 3 == [token_of(world, landed) for _ in range(3)]
    assert 1 == len(refreshes(world))
    world.recorder.instead = lambda seen: None
    world.pass_time(seconds=31)
    assert first != token_of(world, landed)


def test_a_silent_sign_in_at_the_end_of_the_token_says_so(world, browser):
    """With no life left the request fails for now (Temporary), and the next one succeeds."""
    landed = browser.launch()
    world.pass_time(seconds=601)
    world.recorder.instead = lambda seen: (503, "text/plain", b"") if seen.path == "/auth/token" else None
    with pytest.raises(EhrSilent):
        token_of(world, landed)
    world.recorder.instead = lambda seen: None

    assert token_of(world, landed)


@pytest.mark.parametrize("body", [b'{"error": "invalid_client"}', b'{"error": "server_error"}', b"<html>", b"{}"])
def test_only_invalid_grant_ends_a_session(world, browser, body):
    """Our client's fault, or the server's, is not the person's: the refresh token may serve later."""
    landed = browser.launch()
    world.pass_time(seconds=601)
    kind = "text/html" if body == b"<html>" else "application/json"
    world.recorder.instead = lambda seen: (400, kind, body) if seen.path == "/auth/token" else None
    with pytest.raises(EhrSilent):
        token_of(world, landed)
    world.recorder.instead = lambda seen: None

    assert token_of(world, landed)


def test_a_refresh_whose_answer_is_lost_is_not_repeated_at_once(new_world):
    """A refresh token counts once: what may have arrived is not sent again in the same breath."""
    world = new_world(sandbox=CONTROLLED)
    landed = world.browser().launch()
    world.sandbox.extensions["sandbox"].faults.add(Fault("commit-then-drop", "POST", "/auth/token"))
    world.pass_time(seconds=601)
    with pytest.raises(EhrSilent):
        token_of(world, landed)
    assert 1 == len(refreshes(world))

    # The EHR has rotated meanwhile and takes the old one for stolen: only a new launch helps, and it is said.
    with pytest.raises(SignInNeeded):
        token_of(world, landed)


def test_a_refresh_that_cannot_have_arrived_is_tried_once_more(world, browser, monkeypatch):
    """No connection stood: the same refresh token is sent again at once."""
    landed = browser.launch()
    world.pass_time(seconds=601)
    real, tries = world.smart.handshake.refresh, []

    def first_fails(*args, **kwargs):
        tries.append(1)
        if len(tries) == 1:
            raise EhrSilent(unsent=True)
        return real(*args, **kwargs)

    monkeypatch.setattr(world.smart.handshake, "refresh", first_fails)

    assert token_of(world, landed)
    assert 2 == len(tries)


def test_a_refresh_for_another_patient_is_not_used(world, browser):
    """A token renewed for somebody else's chart would show one patient under another's name (E15)."""
    landed = browser.launch(patient="pat-1")
    world.change_token(lambda told: told.update(patient="pat-2"))
    world.pass_time(seconds=590)
    with pytest.raises(SignInNeeded):
        token_of(world, landed)

    assert None is world.smart.launches.session(landed.id).token_box


def test_a_patient_that_appears_at_a_refresh_is_not_used(world, browser):
    """The same for a worklist session, which had no patient."""
    landed = browser.launch(path="/launch/worklist")
    world.change_token(lambda told: told.update(patient="pat-2"))
    world.pass_time(seconds=590)
    with pytest.raises(SignInNeeded):
        token_of(world, landed)


def test_the_granted_scopes_follow_the_refresh(world, browser):
    """A scope narrowed at a refresh is what the pages go by from then on (X-13)."""
    landed = browser.launch()
    world.change_token(lambda told: told.update(scope="openid patient/Patient.r"))
    world.pass_time(seconds=590)
    token_of(world, landed)

    assert "openid patient/Patient.r" == browser.open(landed).scopes


def test_a_rejected_token_is_renewed_whatever_its_life(world, browser):
    """A 401 before the time: renewed once, by whoever comes first; the others take the new one."""
    landed = browser.launch()
    first = token_of(world, landed)
    second = token_of(world, landed, rejected=first)

    assert first != second
    assert second == token_of(world, landed, rejected=first)
    assert 1 == len(refreshes(world))


def test_a_token_refused_as_soon_as_it_came_is_not_renewed_over_and_over(world, browser):
    """An EHR that answers 401 to everything is asked for one new token a minute, not for one a request."""
    landed = browser.launch()
    second = token_of(world, landed, rejected=token_of(world, landed))
    for _ in range(3):
        with pytest.raises(SignInNeeded):
            token_of(world, landed, rejected=second)
    assert 1 == len(refreshes(world))

    world.pass_time(seconds=61)
    assert second != token_of(world, landed, rejected=second)


def test_a_401_before_the_tokens_end_costs_one_refresh_and_no_launch(world, browser, database):
    """The EHR forgot its tokens (a restart): the page's next question is answered with a new one, once asked for."""
    landed = browser.launch()
    smart = world.smart
    house = House(world.settings, database, smart.transport, lambda: world.now, smart.sessions, smart.tokens)
    refused = token_of(world, landed)
    world.ehr.tokens.revoke(refused)
    person = house.ports_for(browser.open(landed)).ehr.patient("Patient/pat-1")

    assert "Patient/pat-1" == person.reference
    assert (1, True) == (len(refreshes(world)), refused != token_of(world, landed))
    assert 2 == len(world.recorder.of("/fhir/Patient/pat-1"))


def test_a_wait_for_anothers_refresh_has_an_end(world, browser):
    """A process that died while renewing holds the others for ten seconds at most, then they are told to wait."""
    landed = browser.launch()
    world.pass_time(seconds=601)
    waited = []
    world.smart.tokens._sleep = waited.append
    assert Launches(world.smart.launches._database).claim_refresh(landed.id, world.now)
    with pytest.raises(TokenBusy):
        token_of(world, landed)

    assert 10 == pytest.approx(sum(waited), abs=0.1)
    world.pass_time(seconds=30)
    assert token_of(world, landed)


@pytest.mark.parametrize("how", ["ended", "too old", "unknown", "sealed with a lost key"])
def test_there_is_no_token_without_a_session(world, browser, how):
    """Ended, past its longest life, unknown, or sealed with a key we no longer have."""
    landed = browser.launch()
    session_id = landed.id
    if how == "ended":
        world.smart.sessions.end(session_id, now=world.now)
    if how == "too old":
        world.pass_time(hours=10)
    if how == "unknown":
        session_id = "x" * 43
    if how == "sealed with a lost key":
        world.smart.launches.keep_token(session_id, token_box=b"x", token_expires_at=world.now, scopes="")
    with pytest.raises(SignInNeeded):
        world.smart.tokens.of_session(session_id, now=world.now)


def test_ending_a_session_revokes_its_tokens(world, browser):
    """Logging out tells the EHR, where it listens (smart.md §3.10)."""
    landed = browser.launch()
    token = token_of(world, landed)
    world.smart.sessions.end(landed.id, now=world.now)

    assert None is world.ehr.tokens.look(token)
    assert 1 == len(world.recorder.of("/auth/revoke"))


@pytest.mark.parametrize("fault", ["no endpoint", "an outage"])
def test_a_session_ends_even_when_the_ehr_does_not_listen(new_world, fault):
    """Logging out never fails for the EHR's sake."""
    world = new_world(sandbox={"profile": "epic-like"} if fault == "no endpoint" else {})
    landed = world.browser().launch()
    if fault == "an outage":
        world.recorder.instead = lambda seen: (503, "text/plain", b"")
    world.smart.sessions.end(landed.id, now=world.now)

    assert None is world.smart.launches.session(landed.id).token_box


def test_the_backend_has_a_token_of_its_own(world):
    """Client credentials with system/ scopes, kept to 80 % of its 300 s, then asked for again (X-23)."""
    tokens = world.smart.tokens
    first = tokens.of_backend("sandbox", now=world.now)
    world.pass_time(seconds=239)
    assert first == tokens.of_backend("sandbox", now=world.now)
    world.pass_time(seconds=1)
    assert first != tokens.of_backend("sandbox", now=world.now)
    scopes = world.token_requests[0].form["scope"].split()

    assert 2 == len(world.token_requests)
    assert [] == [each for each in scopes if not each.startswith("system/")]


def test_a_rejected_backend_token_is_fetched_anew_once_a_minute(world):
    """A 401 before its time: another token; that one refused at once is for an administrator, not for a loop."""
    tokens = world.smart.tokens
    first = tokens.of_backend("sandbox", now=world.now)
    world.pass_time(seconds=61)
    second = tokens.of_backend("sandbox", now=world.now, rejected=first)
    with pytest.raises(SignInNeeded):
        tokens.of_backend("sandbox", now=world.now, rejected=second)

    assert (True, 2) == (first != second, len(world.token_requests))
    assert second == tokens.of_backend("sandbox", now=world.now, rejected=first)


def test_twenty_threads_make_one_backend_token_request(world):
    """A sync on many threads asks once."""
    with ThreadPoolExecutor(20) as pool:
        tokens = set(pool.map(lambda _: world.smart.tokens.of_backend("sandbox", now=NOW), range(20)))

    assert 1 == len(tokens) == len(world.token_requests)


def test_a_backend_token_is_not_kept_in_clear(world):
    """Also in memory it lies encrypted: a core dump holds no bearer."""
    token = world.smart.tokens.of_backend("sandbox", now=NOW)

    assert token not in repr(vars(world.smart.tokens._backend))


def test_without_a_backend_client_a_person_must_sign_in(new_world):
    """Nothing is asked of the EHR where no backend client is registered."""
    world = new_world(backend_client_id=None)
    with pytest.raises(SignInNeeded):
        world.smart.tokens.of_backend("sandbox", now=NOW)

    assert [] == world.recorder.requests


def test_a_backend_client_that_is_refused_is_tried_again(new_world):
    """An administrator puts the registration right; until then it is Temporary, with the code to show them."""
    world = new_world(backend_client_id="unknown")
    with pytest.raises(BackendRefused, match="invalid_client"):
        world.smart.tokens.of_backend("sandbox", now=NOW)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (570, 570),
        ("3600", 3600),
        (12.5, 12.5),
        (None, 300),
        (0, 300),
        (-5, 300),
        (True, 300),
        ("soon", 300),
        (1e12, 86_400),
    ],
)
def test_a_life_that_is_not_told_is_taken_to_be_short(told, seconds):
    """expires_in is only RECOMMENDED; what cannot be read is five minutes, and nothing lives longer than a day."""
    assert seconds == lifetime_seconds({"expires_in": told})


def test_the_life_counts_from_before_the_request(world, browser):
    """errs early: the token's end is counted from when it was asked for."""
    landed = browser.launch()

    assert world.now + timedelta(seconds=600) == world.smart.launches.session(landed.id).token_expires_at
