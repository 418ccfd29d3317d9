"""Launches that succeed, over sockets, against the strict sandbox."""

import html
import re
from datetime import timedelta

import pytest

from app.core.people import Role
from app.web.session import cookie_name
from app.wire import House
from tests.edges.effects import the_chart, write_document
from tests.launch.smart.world import NOW, SPINE, query_of

COOKIE = "Secure; HttpOnly; Path={path}; SameSite=None; Partitioned"
AUTHS = ("public", "client_secret_basic", "private_key_jwt")


def set_cookies(response) -> dict[str, str]:
    """Return the attributes of each cookie an answer sets, by the cookie's name."""
    pairs = (each.partition("; ") for each in response.headers.getlist("Set-Cookie"))
    return {first.partition("=")[0]: rest for first, _, rest in pairs}


def attributes(told: str) -> set[str]:
    """Return the attributes of a cookie, the moment of its end left out (Max-Age says it)."""
    return {each for each in told.split("; ") if not each.startswith("Expires=")}


@pytest.mark.parametrize("auth", AUTHS)
def test_a_chart_launch_opens_that_patients_session(new_world, auth):
    """Each way for a client to authenticate leads to a session with patient, encounter, user and role (SMART 2.2)."""
    world = new_world(auth=auth)
    browser = world.browser()
    session = browser.open(browser.launch(encounter="enc-1"))

    assert ("Patient/pat-1", "Encounter/enc-1") == (session.patient, session.encounter)
    assert ("sandbox|spine", "Ada Lindqvist-Moreau MD", Role.CLINICIAN, SPINE) == (
        session.user.key,
        session.user.name,
        session.user.role,
        session.user.reference,
    )
    assert NOW + timedelta(hours=10) == session.expires_at


@pytest.mark.parametrize("alg", ["ES384", "RS384"])
def test_assertions_are_signed_as_the_site_says(new_world, alg):
    """A client SHALL support both RS384 and ES384; the issuer's record chooses (SMART 2.2, asymmetric)."""
    browser = new_world(alg=alg).browser()

    assert "Patient/pat-1" == browser.open(browser.launch()).patient


def test_a_launch_without_a_patient_is_the_worklists(browser):
    """The worklist's launch asks for no patient/ scope, so that the EHR shows no picker, and none comes."""
    out = browser.set_out(path="/launch/worklist", user="coordinator")
    scopes = query_of(out.headers["Location"])["scope"].split()
    session = browser.open(browser.launch(path="/launch/worklist"))

    assert [] == [each for each in scopes if each.startswith("patient/") or each == "launch/patient"]
    assert None is session.patient
    assert () == session.opens


def test_a_chart_launch_without_a_patient_lands_on_the_worklist(browser):
    """Many EHRs have one launch URL for both; what the token says decides, not what was asked."""
    session = browser.open(browser.launch(path="/launch", patient=None))

    assert None is session.patient
    assert "user/" in session.scopes


def test_a_worklist_launch_with_a_patient_opens_that_chart(browser):
    """An unexpected patient must never be shown as the list of all (smart.md §4)."""
    assert "Patient/pat-2" == browser.open(browser.launch(path="/launch/worklist", patient="pat-2")).patient


def test_fhir_context_names_what_to_open(browser):
    """fhirContext entries in the role of the launch say which denial the user had before them."""
    session = browser.open(browser.launch(fhir_context=("ClaimResponse/cr-1", "Claim/c-1")))

    assert ("ClaimResponse/cr-1", "Claim/c-1") == session.opens


def test_a_task_names_the_case_to_open(browser):
    """What our Task gave as appContext comes back with the token, and stands beside what the chart had open."""
    session = browser.open(browser.launch(app_context="0f2e-case", fhir_context=("ClaimResponse/cr-1",)))

    assert ("ClaimResponse/cr-1", "0f2e-case") == session.opens


@pytest.mark.parametrize(("banner", "shows"), [(True, False), (False, True)])
def test_need_patient_banner_is_honoured(browser, banner, shows):
    """The EHR's own banner stands for ours only where the EHR says so (need_patient_banner false)."""
    assert shows is browser.open(browser.launch(banner=banner)).shows_banner


def test_the_site_may_always_show_its_banner(new_world):
    """A site that does not trust the EHR's word shows the banner always."""
    browser = new_world(banner="always").browser()

    assert False is browser.open(browser.launch(banner=False)).shows_banner


def test_the_ehrs_style_is_taken_over(browser):
    """smart_style_url is fetched by the server and only colours and sizes of it are kept."""
    style = browser.open(browser.launch()).style

    assert {"#1f5f8b", "14px"} <= set(style.values())
    assert {"color_background", "color_error", "color_highlight", "dim_font_size", "font_family_body"} >= style.keys()


def test_an_answer_without_scopes_granted_what_was_asked(world, browser):
    """RFC 6749 §5.1: scope may be left out when all was granted; an empty one means nothing was."""
    world.change_token(lambda told: told.pop("scope"))
    out = browser.set_out()
    back = browser.come_back(browser.sign_in(out.headers["Location"]))
    session_id = back.headers["Location"].split("/")[2]

    assert query_of(out.headers["Location"])["scope"] == world.smart.launches.session(session_id).scopes
    world.change_token(lambda told: told.update(scope=""))
    assert "" == browser.open(browser.launch()).scopes


def test_a_role_falls_back_to_the_sites_default(new_world):
    """Whoever the roles map does not name has the default role, the least."""
    world = new_world(roles={}, default_role="delegate")
    browser = world.browser()

    assert Role.DELEGATE is browser.open(browser.launch()).user.role


def test_a_role_may_be_given_by_the_sign_in_name(new_world):
    """Where users have no Practitioner in the EHR, the map may name their subject."""
    browser = new_world(roles={"spine": "manager"}).browser()

    assert Role.MANAGER is browser.open(browser.launch()).user.role


def test_a_user_without_a_record_keeps_the_name_of_the_sign_in(world, browser):
    """The name is the EHR's record's; where that cannot be read, the launch goes on with what the sign-in told."""
    world.recorder.instead = lambda seen: (403, "text/plain", b"") if "Practitioner" in seen.path else None

    assert "spine" == browser.open(browser.launch()).user.name


def test_standalone_begins_with_the_choice_of_an_ehr(world, browser):
    """Without a launch from the EHR, a person chooses among the registered ones; nothing else can be entered."""
    page = browser.get("/standalone").text
    links = [query_of(html.unescape(each)) for each in re.findall(r'href="(/standalone[^"]*)"', page)]

    assert [{"iss": f"{world.ehr_base}/fhir", "want": want} for want in ("chart", "worklist")] == links


@pytest.mark.parametrize(("want", "asks_patient"), [("chart", True), ("worklist", False)])
def test_standalone_sends_no_launch(world, browser, want, asks_patient):
    """Outside the EHR neither the launch scope nor the parameter is sent; a chart asks launch/patient (SMART 2.2)."""
    out = browser.get("/standalone", iss=f"{world.ehr_base}/fhir", want=want)
    query = query_of(out.headers["Location"])

    assert 302 == out.status_code
    assert "launch" not in query
    assert "launch" not in query["scope"].split()
    assert asks_patient is ("launch/patient" in query["scope"].split())


def test_standalone_is_refused_where_the_ehr_has_none(world, browser):
    """An EHR that opens apps from its own screens only would show an error page of its own; we say it first."""
    world.change_configuration(lambda told: told["capabilities"].remove("launch-standalone"))
    answer = browser.get("/standalone", iss=f"{world.ehr_base}/fhir")

    assert 400 == answer.status_code
    assert "from its own screens only" in answer.text


def test_the_binding_cookie_lives_for_this_launch_only(browser):
    """One cookie a launch, for /callback alone, ten minutes, partitioned so that it lives in the EHR's frame."""
    out = browser.set_out()
    (name, told), *others = set_cookies(out).items()

    assert [] == others
    assert re.fullmatch(r"__Secure-parley-tx-[0-9a-f]{16}", name)
    assert {*COOKIE.format(path="/callback").split("; "), "Max-Age=600"} == attributes(told)


def test_the_session_cookie_lives_under_its_session_only(browser):
    """The secret's cookie is scoped to the launch's path, so that two charts in one browser cannot mix."""
    landed = browser.launch()
    told = set_cookies(landed.response)
    name = cookie_name(landed.id)

    assert f"/s/{landed.id}/" == landed.response.headers["Location"]
    assert {*COOKIE.format(path=f"/s/{landed.id}/").split("; "), "Max-Age=36000"} == attributes(told.pop(name))
    assert ["Max-Age=0"] == [each for rest in told.values() for each in rest.split("; ") if each.startswith("Max-")]
    assert 1 == len(told)


def test_two_launches_in_one_browser_never_mix(browser):
    """Two charts in one cookie jar: each page is given its own launch's cookie and no other (X-18)."""
    one, other = browser.launch(patient="pat-1"), browser.launch(patient="pat-2")
    shown = [browser.get(f"/s/{each.id}/").json for each in (one, other, one)]

    assert ["Patient/pat-1", "Patient/pat-2", "Patient/pat-1"] == [each["patient"] for each in shown]
    assert [[cookie_name(each.id)] for each in (one, other, one)] == [each["cookies"] for each in shown]


def test_two_launches_under_way_in_one_browser_both_arrive(browser):
    """Two charts opened at once: the second launch does not spoil the first one's cookie or state."""
    outs = [browser.set_out(patient=each) for each in ("pat-1", "pat-2")]
    backs = [browser.come_back(browser.sign_in(each.headers["Location"])) for each in reversed(outs)]
    shown = [browser.get(each.headers["Location"]).json["patient"] for each in backs]

    assert ["Patient/pat-2", "Patient/pat-1"] == shown


def test_nothing_of_a_launch_is_stored_by_browser_or_proxy(browser):
    """Every answer is no-store: an embedded browser must not show the first patient to the second launch."""
    out = browser.set_out()
    back = browser.come_back(browser.sign_in(out.headers["Location"]))

    for each in (out, back, browser.get("/launch"), browser.get("/standalone")):
        assert "no-store" == each.headers["Cache-Control"]
        assert "no-referrer" == each.headers["Referrer-Policy"]


def test_launch_pages_are_framed_by_registered_ehrs_only(world, browser):
    """frame-ancestors names ourselves and every registered EHR; nothing runs inline."""
    policy = browser.get("/launch").headers["Content-Security-Policy"]

    assert f"frame-ancestors 'self' {world.ehr_base}" in policy
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy


def test_the_public_keys_are_public_only(browser):
    """The JWKS holds kty, kid, alg, use and public members, may be cached for minutes, and nothing private."""
    answer = browser.get("/.well-known/jwks.json")

    assert "public, max-age=300" == answer.headers["Cache-Control"]
    assert [("EC", "ES384", "sig"), ("RSA", "RS384", "sig")] == [
        (each["kty"], each["alg"], each["use"]) for each in answer.json["keys"]
    ]
    assert [{"kty", "kid", "alg", "use", "crv", "x", "y"}, {"kty", "kid", "alg", "use", "n", "e"}] == [
        each.keys() for each in answer.json["keys"]
    ]


def test_a_note_of_a_launch_stands_under_the_visit_it_was_opened_from(world, browser, database):
    """The request named no visit; the launch did, and the worker writes by the launch's own session."""
    landed = browser.launch(encounter="enc-1")
    smart = world.smart
    house = House(world.settings, database, smart.transport, lambda: world.now, smart.sessions, smart.tokens)
    for each in the_chart():
        world.put(each)
    ehr = house.for_effect(world.issuer.slug, landed.id, now=world.now)
    ehr.perform(write_document(about=(), author=None), seen=False, wrote={})

    [note] = world.sandbox.extensions["sandbox"].store.all("DocumentReference")
    assert [{"reference": "Encounter/enc-1"}] == note["context"]["encounter"]
