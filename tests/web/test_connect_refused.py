"""What must not happen when calendars are connected: by strangers, for others, with a secret left lying about."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.book import CalendarUnverified
from app.core.interval import Interval
from app.core.people import Role
from app.edges.store.calendar_accounts import SqlAccounts
from app.flow.book import book, cancel, move
from app.flow.slots import propose_slots
from app.flow.worklist import writes_of
from launch.calendars import OwnCalendars
from launch.calendars.accounts import MOST_TRIES
from tests.edges.calendars.servers import AUTH
from tests.web.markup import faults_of_page
from tests.web.oauth_like import LIFE_SECONDS
from tests.web.own_calendars import (
    CALLBACK,
    CLINICIAN,
    ME,
    Town,
    at,
    calls_into,
    come_back,
    connect_at,
    dav_peer,
    offered,
    sign_in_at,
    times,
    written,
)
from tests.web.visit import BASE, Visit, shown

GRAPH = "graph"


def callback(visit: Visit, told: dict) -> tuple[int, str]:
    """Return status and page of the address that providers come back to."""
    answer = visit.site.app.test_client().get(CALLBACK, query_string=told, base_url=BASE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none';" in f"{answer.headers['Content-Security-Policy']};"
    assert "Set-Cookie" not in answer.headers
    return answer.status_code, shown(answer)


def confirm(visit: Visit, account: str, code: str) -> tuple[int, str]:
    """Type a code; return status and page."""
    answer = visit.post("calendars/confirm", {"account": account, "kind": "google", "code": code})
    return answer.status_code, shown(answer)


def accounts(town: Town, reference: str = ME.reference):
    """Return what a clinician has connected."""
    return town.site.house.accounts.of("sandbox", reference)


def test_answer_is_worth_one_use_and_nothing_without_its_code(town: Town):
    """A state that was used, made up or is late; and a sign-in that nobody has confirmed connects nothing."""
    account, address = sign_in_at(town.me, "google")
    told = town.google.sign_in(address)
    assert callback(town.me, told | {"state": "made-up"})[0] == 400
    assert callback(town.me, {**told, "code": ""} | {"state": "other"})[0] == 400
    come_back(town.me, told)

    assert callback(town.me, told)[0] == 400
    assert accounts(town) == ()
    _, address = sign_in_at(town.me, "google")
    late = town.google.sign_in(address)
    town.site.office.push(minutes=16)
    assert callback(town.me, late)[0] == 400
    assert account


def test_stranger_cannot_connect_the_calendar_of_somebody_they_sent_a_link_to(town: Town):
    """The stranger began it, another signed in and sees a code; without the code it is nobody's, and guessing ends."""
    stranger = town.site.visit(Role.CLINICIAN, fhir_user=ME.reference)
    account, address = sign_in_at(stranger, "google")
    code = come_back(town.me, town.google.sign_in(address))

    assert confirm(town.me, account, code)[0] == 422  # not the session that began
    for _ in range(MOST_TRIES):
        status, page = confirm(stranger, account, "AAAAAA")
        assert status == 422
    assert "used already or took too long" in page
    assert confirm(stranger, account, code)[0] == 422
    assert (accounts(town), town.google.refresh) == ((), {})


def test_code_holds_for_ten_minutes(town: Town):
    """And before the other window is through there is none."""
    account, address = sign_in_at(town.me, "google")
    status, page = confirm(town.me, account, "AAAAAA")
    assert (status, "not through yet" in page, faults_of_page(page)) == (422, True, [])
    code = come_back(town.me, town.google.sign_in(address))
    town.site.office.push(minutes=11)

    assert confirm(town.me, account, code)[0] == 422
    assert accounts(town) == ()


def test_sign_in_that_nobody_confirms_is_given_back(town: Town):
    """What Google gave is taken back there, and nothing of it stays here."""
    _, address = sign_in_at(town.me, "google")
    come_back(town.me, town.google.sign_in(address))
    ours, now = town.site.house.accounts, town.site.office.now
    assert (ours.forget_unconfirmed(now=now), len(town.google.refresh)) == (0, 1)

    assert ours.forget_unconfirmed(now=now + timedelta(minutes=10)) == 1
    assert (town.google.refresh, town.secrets_at_rest()) == ({}, "([], [])")


def test_refresh_token_is_used_once_however_many_ask(town: Town):
    """Microsoft ends the old one: of eight who find the token over, one renews it and the others wait."""
    connect_at(town.me, town.graph, GRAPH)
    town.site.office.push(seconds=LIFE_SECONDS)
    now = town.site.office.now
    span = Interval(now, now + timedelta(days=1))
    houses = [
        OwnCalendars(town.site.house.settings, town.site.office.database, clock=lambda: now).bound for _ in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        reads = list(pool.map(lambda each: each.busy("sandbox", ME, span, now=now).verified, houses))

    assert (reads, town.graph.renewed) == ([True] * 8, 1)


def test_consent_that_is_not_enough_is_refused(town: Town):
    """The calendar's box unticked, or access for an hour only: said, and nothing is kept."""
    _, address = sign_in_at(town.me, "google")
    town.google.granted = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
    status, page = callback(town.me, town.google.sign_in(address))
    assert (status, "its box was not ticked" in page) == (400, True)

    town.google.granted, town.google.keeps = None, False
    _, address = sign_in_at(town.me, "google")
    assert "for an hour only" in callback(town.me, town.google.sign_in(address))[1]
    _, address = sign_in_at(town.me, "google")
    state = town.google.sign_in(address)["state"]
    assert "did not give Parley access" in callback(town.me, {"state": state, "error": "access_denied"})[1]
    assert town.site.office.rows("calendar_accounts") == []


def test_secrets_are_sealed_in_the_database(town: Town, radicale):
    """Neither password nor token nor the secret address stands there; none is on a page or in the audit."""
    dav_peer(radicale).connect(town)
    connect_at(town.me, town.google, "google")
    connect_at(town.me, town.graph, GRAPH)
    hidden = [AUTH[1], *town.google.access, *town.google.refresh, *town.graph.access, *town.graph.refresh]

    told = town.secrets_at_rest() + shown(town.me.get("calendars")) + repr(town.site.office.rows("audit"))
    assert [each for each in hidden if each in told] == []
    assert len(accounts(town)) == 3


def test_tokens_are_renewed_and_a_new_refresh_token_takes_the_place_of_the_old(town: Town):
    """Google keeps its refresh token, Microsoft gives another each time; hours later both are read."""
    case = offered(town)
    connect_at(town.me, town.google, "google")
    connect_at(town.me, town.graph, GRAPH)
    for _ in range(3):
        town.site.office.push(seconds=LIFE_SECONDS - 30)
        assert propose_slots(town.ports, case.id, now=town.site.office.now).busy.verified

    assert (town.google.renewed, town.graph.renewed) == (3, 3)
    town.google.access.clear()  # refused before its time: renewed once, unasked
    assert propose_slots(town.ports, case.id, now=town.site.office.now).busy.verified
    assert town.google.renewed == 4


def test_access_that_was_taken_back_puts_hours_in_doubt_until_it_is_connected_again(town: Town):
    """Nothing is booked unasked; the page says what to do; the event waits and goes in once connected anew."""
    case = offered(town)
    connect_at(town.me, town.graph, GRAPH)
    calls_into(town.me, "Calendar")
    start = times(town, case)[0]
    town.graph.take_back()
    wanted, now = at(town, case, start), town.site.office.now

    with pytest.raises(CalendarUnverified):
        book(town.ports, case.id, wanted, seen=case.version, now=now)
    booked = book(town.ports, case.id, replace(wanted, accept_unverified=True), seen=case.version, now=now)
    town.work()
    assert written(town, booked) == "waiting"
    assert "Connect the calendar again" in next(each.say for each in writes_of(town.ports, booked) if each.event)
    page = shown(town.me.get("calendars"))
    assert ("The connection has ended." in page, "are not verified" in page) == (True, True)

    connect_at(town.me, town.graph, GRAPH)
    fresh, ended = sorted(accounts(town), key=lambda each: each.state)
    town.me.post("calendars/gone", {"account": ended.id})
    calls_into(town.me, "Calendar")
    town.work(minutes=6)
    assert (written(town, booked), len(town.graph.calendars.events), fresh.state) == ("confirmed", 1, "connected")


def test_provider_that_does_not_answer_is_no_end_of_the_connection(town: Town):
    """An hour of silence puts hours in doubt for an hour."""
    case = offered(town)
    connect_at(town.me, town.google, "google")
    town.site.office.push(seconds=LIFE_SECONDS)
    town.google.silent = True
    assert not propose_slots(town.ports, case.id, now=town.site.office.now).busy.verified

    town.google.silent = False
    assert propose_slots(town.ports, case.id, now=town.site.office.now).busy.verified
    assert [each.state for each in accounts(town)] == ["connected"]


def test_disconnecting_forgets_everything_and_tells_the_provider(town: Town):
    """No row, no token there any more; what was read of it counts no longer."""
    connect_at(town.me, town.google, "google")
    (account,) = accounts(town)
    assert town.me.post("calendars/gone", {"account": account.id}).status_code == 303

    assert (town.google.refresh, town.site.office.rows("calendar_accounts")) == ({}, [])
    assert town.site.office.rows("calendars") == []


def test_clinician_connects_their_own_and_the_office_anybodys(town: Town):
    """A colleague's calendars are refused, and that is on record; the office names whose they are."""
    other = {"of": CLINICIAN.reference}
    forms = {"feed": {"url": "https://x.example"}, "sign-in": {"kind": "google"}, "uses": {}, "gone": {"account": "x"}}
    for path, form in forms.items():
        town.me.post(f"calendars/{path}", form | other)
    assert town.me.get(f"calendars?of={CLINICIAN.reference}").status_code == 403
    acts = [act for _, act, *_ in town.site.office.audited()]
    assert set(acts) == {"refused connect_calendar of another clinician"}
    assert town.site.office.rows("calendar_accounts") == []

    office = town.site.visit(Role.DELEGATE)
    assert "by name or NPI" in shown(office.get("calendars"))
    assert CLINICIAN.name in shown(office.get(f"calendars?name={CLINICIAN.name.split()[-1]}"))
    page = shown(office.post("calendars/sign-in", {"kind": "google"} | other))
    account = re.search(r'name="account" value="([0-9a-f]+)"', page)[1]
    address = re.search(r'<a class="button" href="([^"]+)"', page)[1].replace("&amp;", "&")
    code = come_back(office, town.google.sign_in(address))
    assert (
        office.post("calendars/confirm", {"account": account, "kind": "google", "code": code} | other).status_code
        == 303
    )
    assert ([len(accounts(town, who)) for who in (CLINICIAN.reference, ME.reference)]) == [1, 0]
    acts = [act for _, act, *_ in town.site.office.audited()]
    assert f"confirm calendar of {CLINICIAN.reference}" in acts


def test_account_of_another_clinician_or_hospital_is_not_there(town: Town):
    """Ids are no keys: each act asks whose they are."""
    connect_at(town.me, town.google, "google")
    (account,) = accounts(town)
    (calendar,) = account.calendars
    rows = SqlAccounts(town.site.office.database)
    rows.choose("sandbox", CLINICIAN.reference, {calendar.id: "takes"})
    assert rows.remove("elsewhere", ME.reference, account.id) is None
    assert rows.remove("sandbox", CLINICIAN.reference, account.id) is None

    assert accounts(town) == (account,)


def test_what_was_typed_wrongly_is_told_beside_its_field(town: Town, radicale):
    """An address inside the network, one without https, a page that is no calendar: nothing is kept."""
    feeds = ("ftp://x.example/a", "http://calendar.example/a.ics", "https://10.0.0.7/a.ics", f"{radicale.base}/")
    for url in feeds:
        page = town.me.post("calendars/feed", {"url": url})
        assert (page.status_code, 'id="wrong-url"' in shown(page)) == (422, True), url
        assert faults_of_page(shown(page)) == []
    for server in ("nothing", "https://192.168.1.1/dav/", f"{radicale.base}/nobody/"):
        page = town.me.post("calendars/server", {"server": server, "user": "u", "password": "p-secret"})
        assert (page.status_code, 'id="wrong-server"' in shown(page)) == (422, True), server
        assert "p-secret" not in shown(page)
    assert town.site.office.rows("calendar_accounts") == []


def test_one_calendar_takes_calls_and_the_change_takes_the_call_along(town: Town):
    """Chosen anew, the next move of a call leaves the old calendar and stands in the new one."""
    case, now = offered(town), town.site.office.now
    connect_at(town.me, town.google, "google")
    connect_at(town.me, town.graph, GRAPH)
    calls_into(town.me, "doc@clinic.example")
    first, *_, last = times(town, case)
    booked = book(town.ports, case.id, at(town, case, first), seen=case.version, now=now)
    town.work()
    calls_into(town.me, "Calendar")
    uses = {each.name: each.use for account in accounts(town) for each in account.calendars}
    moved = move(town.ports, case.id, at(town, case, last), seen=booked.version, now=now)
    town.work()

    live = [each for each in town.google.calendars.events["primary"].values() if each["status"] != "cancelled"]
    assert uses == {"doc@clinic.example": "reads", "Calendar": "takes"}
    assert (live, len(town.graph.calendars.events)) == ([], 1)
    cancel(town.ports, case.id, reason="Asked to", seen=moved.version, now=now)
    town.work()
    assert town.graph.calendars.events == {}


def test_keys_are_rotated_and_a_lost_key_asks_for_a_new_connection(town: Town):
    """The old key as a fallback opens what it sealed; without it the account has ended, and hours are in doubt."""
    connect_at(town.me, town.google, "google")
    now, database, settings = town.site.office.now, town.site.office.database, town.site.house.settings
    new = "another-secret-that-is-long-enough-for-a-key"

    def states(*keys: str) -> tuple[list[str], bool]:
        own = OwnCalendars(replace(settings, secret_keys=keys), database, clock=lambda: now)
        read = own.bound.busy("sandbox", ME, Interval(now, now + timedelta(days=1)), now=now)
        return [each.state for each in own.accounts.of("sandbox", ME.reference)], read.verified

    assert states(new, *settings.secret_keys) == (["connected"], True)
    assert states(new) == (["ended"], False)


def test_calls_booked_before_stand_in_the_calendar_once_it_takes_calls(town: Town):
    """A clinician who connects one day finds the calls of the next week in it."""
    case, now = offered(town), town.site.office.now
    start = times(town, case)[0]
    booked = book(town.ports, case.id, at(town, case, start), seen=case.version, now=now)
    connect_at(town.me, town.google, "google")
    town.work()
    assert town.google.calendars.events["primary"] == {}

    for _ in range(2):
        calls_into(town.me, "doc@clinic.example")
        town.work()
    assert len(town.google.calendars.events["primary"]) == 1
    cancel(town.ports, case.id, reason="Asked to", seen=booked.version, now=now)
    town.work()
    assert [each["status"] for each in town.google.calendars.events["primary"].values()] == ["cancelled"]
