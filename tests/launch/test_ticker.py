"""The worker's clock: what was changed in the rule book reaches the open cases at its next tick."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from app.core.detect.person import ToldAnswer, ToldPatient
from app.core.effects import AskPayer
from app.edges.http import Transport
from app.edges.store.mailbook import SqlMailBook
from app.errors import Temporary
from app.flow import publish
from app.flow.ports import Arrival
from app.settings import Fax, Issuer, Mail, MailInbox, PayerEndpoint, PayerFax, Publishing, SmartConfig
from app.wire import faxer_of, mailbox_of
from launch import run
from launch.run import RECOUNT_FOR, Postman, Ticker
from tests.edges.fax_server import SECRET, Faxes, fax_service
from tests.edges.imap_server import PASSWORD, USER, dovecot
from tests.edges.mail_server import papers
from tests.fakes.office import PUBLISHER, TENANT, a_slot, an_answer, detected
from tests.flow.test_follows import authorized
from tests.flow.test_publish import DOCTOR
from tests.rule_edits import keep, one_window
from tests.web.visit import Site, make_site

VAYA = {"payer": "Vaya Health", "line_of_business": "medicaid", "notes": ()}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The whole house over counterparts with a memory."""
    made = make_site(tmp_path)
    yield made
    made.office.database.close()


@pytest.fixture
def walks(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every look through a tenant's open cases, by tenant."""
    looked, real = [], site.house.store.open_cases

    def open_cases(tenant, *, after, limit):
        if after == "":
            looked.append(tenant)
        return real(tenant, after=after, limit=limit)

    monkeypatch.setattr(site.house.store, "open_cases", open_cases)
    return looked


def test_a_tick_brings_an_authorization_back_that_nobody_used(site: Site):
    """Thirty days before it ends, also of a case that was closed."""
    tick, office = Ticker(site.house), site.office
    case = authorized(office, days=40)
    office.push(days=11)
    tick(office.now)

    assert "authorization" == office.case(case.id).next_action.kind


def test_a_tick_counts_open_cases_by_the_rules_as_they_are_then(site: Site):
    """Edited while the worker runs: no restart; the shorter time is lapsed by in the same tick where it is over."""
    tick, office = Ticker(site.house), site.office
    case = detected(office, an_answer(**VAYA))
    tick(office.now)
    keep(office, "windows", one_window(1), rule="vaya")
    tick(office.now)
    assert 1 == office.case(case.id).rules_version

    office.push(days=2)
    tick(office.now)
    assert "lapsed" == office.case(case.id).state.value


def test_open_cases_are_looked_through_after_a_change_and_no_longer(site: Site, walks: list[str]):
    """Never where nothing was edited; for two minutes after an edit; by a worker that has just started too."""
    tick, now = Ticker(site.house), site.office.now
    tick(now)
    assert [] == walks
    keep(site.office, "windows", one_window(1), rule="vaya")
    walks.clear()  # the form asks which cases it would end

    tick(now)
    tick(now + RECOUNT_FOR)
    tick(now + RECOUNT_FOR + timedelta(seconds=1))
    assert ["sandbox"] * 2 == walks
    Ticker(site.house)(now + timedelta(days=1))
    assert ["sandbox"] * 3 == walks


def test_a_tick_forgets_what_nobody_settled(site: Site):
    """For every issuer, with a backend client or without one."""
    office = site.office
    denial = replace(an_answer().denial, reference="told:1")
    told = ToldAnswer(denial, an_answer().coverage, ToldPatient(), text="Words")
    office.store.add_arrival(TENANT, Arrival("a1", "told:1", "letter", office.now, "x", "needs a patient", told))
    tick = Ticker(site.house)
    tick(office.now + timedelta(days=30))
    assert 1 == len(office.store.arrivals(TENANT))

    tick(office.now + timedelta(days=30, seconds=1))
    assert () == office.store.arrivals(TENANT)


def test_a_tick_brings_what_a_payer_publishes_to_its_cases(site: Site):
    """Read once when it is due; every open case of that payer has the times before anybody opens it."""
    office, tick = site.office, Ticker(site.house)
    case = detected(office, an_answer(payer=PUBLISHER[1]))
    office.feeds.publish(PUBLISHER[0], a_slot(1, after=4))
    tick(office.now)
    tick(office.now)

    assert 1 == len(office.case(case.id).windows)
    assert [PUBLISHER[0]] == office.feeds.asked
    office.feeds.fail(PUBLISHER[0], Temporary("It is down."))
    office.push(minutes=5)
    tick(office.now)
    assert 1 == len(office.case(case.id).windows)


def test_the_post_comes_from_the_mailbox_and_from_the_fax_service(site: Site, tmp_path: Path):
    """A real mailbox and a fax service by the settings that name them; a server that is away stops nothing."""
    tmp_path.chmod(0o755)
    own, faxes = papers(tmp_path, "server"), Faxes()
    case = detected(site.office, an_answer(payer=PUBLISHER[1]))
    inbox = MailInbox("localhost", USER)
    numbers = {"name": "North Hospital", "number": "+15125550100", "phone": "+15125550199"}
    with dovecot(own) as server, fax_service(faxes) as url:
        smart = structs.replace(
            site.house.settings.smart,
            mail=Mail("localhost", "calls@hospital.example", inbox=structs.replace(inbox, port=server.implicit)),
            fax=Fax(**numbers, url=url),
            payers=(PayerEndpoint(PUBLISHER[0], fax=PayerFax("+15125550134")),),
        )
        settings = replace(
            site.house.settings, smart=smart, imap_password=PASSWORD, inbox_ca_file=own.certificate, fax_secret=SECRET
        )
        house, now = site.house, site.house.clock()
        house.mailbox, house.mailbook = (
            mailbox_of(settings, house.transport, clock=house.clock),
            SqlMailBook(house.database),
        )
        house.faxer = faxer_of(
            settings, Transport(allow_loopback=True), print_fax=lambda _: b"%PDF-", clock=lambda: now
        )
        server.bring(f"From: p2p@payer.example\r\nSubject: {case.number}\r\n\r\nTuesday 2 pm CT\r\n".encode(), at=now)
        (way,) = house.faxer.of(PUBLISHER[0])
        ask = AskPayer("k", "t", case.number, PUBLISHER[0], "fax", way.to, "Subject", "Text", traceable=True)
        assert "sent" == house.faxer.perform(ask, seen=False).how
        Postman(house)(now)
        house.mailbox = mailbox_of(replace(settings, imap_password="wrong"), house.transport, clock=house.clock)
        Postman(house)(now + timedelta(minutes=1))

    (message,) = site.office.ports().messages.all(TENANT, state="new", case_ids=[case.id])
    assert "Tuesday 2 pm CT" in message.text


def test_a_tick_publishes_free_times_and_soon_whoever_was_just_chosen(site: Site):
    """Where Parley may read the EHR by itself: at its pace, and at once after somebody changed who is told of."""
    office, told = site.office, Publishing("312-555-0100", "1 Main Street", "Chicago", "IL", "60601", every_min=60)
    settings = site.house.settings
    fields = {name: getattr(settings.smart.issuers[0], name) for name in Issuer.__struct_fields__}
    fields |= {"publishing": told, "backend_client_id": "parley-backend"}
    site.house.settings = replace(settings, smart=SmartConfig(issuers=(Issuer(**fields),)))
    office.ehr.staff[DOCTOR.reference] = DOCTOR
    detected(office)
    ports, tick = site.house.ports_of_backend(site.house.settings.smart.issuers[0]), Ticker(site.house)
    publish.open_feed(ports, PUBLISHER[0], now=office.now)
    tick(office.now)
    publish.choose_people(ports, [DOCTOR.reference], now=office.now)
    office.push(minutes=1)
    tick(office.now)
    first = ports.publications.standing(TENANT, PUBLISHER[0])
    assert first.offered[0].times
    office.push(minutes=1)
    tick(office.now)

    assert first == ports.publications.standing(TENANT, PUBLISHER[0]), "not again before its time"


def test_a_clock_that_breaks_stops_no_other_hospitals(site: Site, monkeypatch: pytest.MonkeyPatch):
    """One hospital's records may be damaged; the windows of the others close all the same."""
    first, *others = (each.slug for each in site.house.settings.smart.issuers)
    walked, real = [], run.lapse_overdue

    def damaged(ports, *, now):
        if ports.tenant == first:
            raise ValueError("a row that nobody can read")
        walked.append(ports.tenant)
        return real(ports, now=now)

    monkeypatch.setattr(run, "lapse_overdue", damaged)
    Ticker(site.house)(site.office.now)

    assert others and others == walked


def test_a_pass_that_breaks_stops_no_other_of_its_hospital(site: Site, monkeypatch: pytest.MonkeyPatch):
    """One damaged record had kept every reminder, every ladder and every look for denials of its hospital back."""
    done = []

    def damaged(ports, *, now):
        raise ValueError("a row that nobody can read")

    monkeypatch.setattr(run, "release_expired", damaged)
    for name in ("lapse_overdue", "climb", "look_again", "remind"):
        monkeypatch.setattr(run, name, lambda ports, *, now, name=name: done.append((ports.tenant, name)))
    Ticker(site.house)(site.office.now)

    hospitals = [each.slug for each in site.house.settings.smart.issuers]
    assert done == [(slug, name) for slug in hospitals for name in ("lapse_overdue", "climb", "look_again", "remind")]
