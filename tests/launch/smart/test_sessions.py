"""Sessions: opened by id and secret together, ended by idleness, age and logout, and never by the wrong hands."""

from dataclasses import replace

import pytest

from app.flow.ports import SessionEnded
from app.settings import Timeouts
from launch.smart.hosts import inside


def open_at(world, landed, *, active=True, secret=None):
    """Open the session as a request would."""
    return world.smart.sessions.open(landed.id, secret or landed.secret, now=world.now, active=active)


@pytest.mark.parametrize("secret", [None, "", "x", "x" * 43, "é"])
def test_the_id_alone_opens_nothing(world, browser, secret):
    """The id stands in the URL; only with the cookie's secret does it open (F5)."""
    landed = browser.launch()
    with pytest.raises(SessionEnded):
        world.smart.sessions.open(landed.id, secret, now=world.now, active=True)


def test_the_secret_of_another_session_opens_nothing(world, browser):
    """Two charts of one user: the one's cookie does not open the other."""
    one, other = browser.launch(patient="pat-1"), browser.launch(patient="pat-2")
    with pytest.raises(SessionEnded):
        world.smart.sessions.open(one.id, other.secret, now=world.now, active=True)


@pytest.mark.parametrize("session_id", ["", "x", "x" * 43, "%", "'"])
def test_an_unknown_id_opens_nothing(world, browser, session_id):
    """Every reason looks alike from outside."""
    secret = browser.launch().secret
    with pytest.raises(SessionEnded) as caught:
        world.smart.sessions.open(session_id, secret, now=world.now, active=True)

    assert SessionEnded.say == caught.value.say


def test_a_session_ends_after_fifteen_idle_minutes(world, browser):
    """Automatic logoff, 45 CFR 164.312(a)(2)(iii); whoever acts keeps it open."""
    landed = browser.launch()
    for _ in range(4):
        world.pass_time(minutes=14)
        open_at(world, landed)
    world.pass_time(minutes=15)
    with pytest.raises(SessionEnded):
        open_at(world, landed)


def test_polling_does_not_keep_a_session_open(world, browser):
    """An abandoned screen that refreshes itself is still abandoned."""
    landed = browser.launch()
    world.pass_time(minutes=14)
    open_at(world, landed, active=False)
    world.pass_time(minutes=1)
    with pytest.raises(SessionEnded):
        open_at(world, landed)


def test_a_session_ends_after_its_longest_life_however_busy(new_world):
    """The site's absolute limit."""
    world = new_world(timeouts=Timeouts(idle=15, absolute=30))
    landed = world.browser().launch()
    for _ in range(2):
        world.pass_time(minutes=14)
        open_at(world, landed)
    world.pass_time(minutes=2)
    with pytest.raises(SessionEnded):
        open_at(world, landed)


def test_a_page_of_many_requests_writes_once(world, browser):
    """Each request need not write to the database; the idle end is at most fifteen seconds behind."""
    landed = browser.launch()
    began = world.smart.launches.session(landed.id)
    world.pass_time(seconds=14)
    open_at(world, landed)
    assert began == world.smart.launches.session(landed.id)
    world.pass_time(seconds=1)
    open_at(world, landed)

    assert world.now == world.smart.launches.session(landed.id).last_seen_at


def test_logging_out_ends_one_session_only(world, browser):
    """The other chart in the same browser stays open (smart.md §3.10)."""
    one, other = browser.launch(patient="pat-1"), browser.launch(patient="pat-2")
    world.smart.sessions.end(one.id, now=world.now)
    with pytest.raises(SessionEnded):
        open_at(world, one)

    assert "Patient/pat-2" == open_at(world, other).patient


def test_a_new_launch_leaves_the_old_session_alone(world, browser):
    """The same user, another chart: nothing of the first session changes (X-18)."""
    one = browser.launch(patient="pat-1")
    before = world.smart.launches.session(one.id)
    browser.launch(patient="pat-2", user="coordinator")

    assert before == world.smart.launches.session(one.id)
    assert "Patient/pat-1" == open_at(world, one).patient


def test_an_ehr_taken_out_of_the_configuration_ends_its_sessions(world, browser):
    """What is no longer trusted opens nothing, and raises nothing else."""
    landed = browser.launch()
    sessions = world.smart.sessions
    issuers = tuple(replace_slug(each) for each in world.settings.smart.issuers)
    sessions._settings = replace(world.settings, smart=type(world.settings.smart)(issuers=issuers))
    with pytest.raises(SessionEnded):
        open_at(world, landed)


def replace_slug(issuer):
    """Return the issuer under another slug."""
    return type(issuer)(**{name: getattr(issuer, name) for name in issuer.__struct_fields__} | {"slug": "other"})


CONTEXT = [
    {"reference": "ClaimResponse/cr-1"},
    {"reference": "{base}/Claim/c-1", "role": "launch"},
    {"reference": "https://evil.example/fhir/Claim/c-2"},
    {"reference": "Task/t-1", "role": "https://example.org/other"},
    {"reference": "../Patient/1"},
    {"reference": 7},
    {"canonical": "http://example.org/x"},
    {"identifier": {"value": "1"}},
    "text",
]


def test_only_what_lies_in_this_ehr_is_opened(world, browser):
    """fhirContext is read entry by entry; foreign, odd and otherwise meant ones hide only themselves."""
    base = f"{world.ehr_base}/fhir"

    def filled(each):
        if isinstance(each, dict) and isinstance(each.get("reference"), str):
            return each | {"reference": each["reference"].format(base=base)}
        return each

    world.change_token(lambda told: told.update(fhirContext=[filled(each) for each in CONTEXT]))

    assert ("ClaimResponse/cr-1", "Claim/c-1") == browser.open(browser.launch()).opens


@pytest.mark.parametrize("context", [None, "ClaimResponse/1", {"reference": "Claim/1"}, []])
def test_a_context_of_another_shape_opens_nothing(world, browser, context):
    """An older draft had an object here; the launch goes on without."""
    world.change_token(lambda told: told.update(fhirContext=context))

    assert () == browser.open(browser.launch()).opens


@pytest.mark.parametrize(
    ("reference", "told"),
    [("Claim/1", "Claim/1"), ("https://e.example/fhir/Claim/1", "Claim/1"), ("https://e.example/fhirx/Claim/1", None)]
    + [
        (each, None)
        for each in ("claim/1", "Claim", "Claim/1/2", "Claim/1?x", "/Claim/1", "#c", "urn:uuid:1", "", None)
    ],
)
def test_a_reference_is_inside_or_nothing(reference, told):
    """Relative or within the base; anything else is not followed."""
    assert told == inside(reference, "https://e.example/fhir")
