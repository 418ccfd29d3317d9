"""The address that a payer reads: over HTTP, as a machine does; and Parley reads what Parley publishes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests
from werkzeug.serving import make_server

from app.core.interval import Interval
from app.core.people import Role
from app.edges.calendars.ics.offers import Convention
from app.edges.calendars.published import PublishedFile
from app.edges.http import Transport
from app.edges.payers import BulkFeed
from app.flow import publish
from tests.builders import hours
from tests.edges.ehr_server import QUICK
from tests.fakes.office import PUBLISHER, ZONE, detected
from tests.fhir_validation import errors_of
from tests.flow.test_publish import DOCTOR
from tests.web.visit import Site, shown, where_to

KEY = PUBLISHER[0]


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve the app on a loopback port, known to itself by that address."""
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    before, base = site.house.settings, f"http://127.0.0.1:{server.server_port}"
    site.house.settings = replace(before, base_url=base)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield base
    finally:
        server.shutdown()
        site.house.settings = before


def give_address(site: Site) -> str:
    """Return the secret of a payer's address at which one clinician's times stand."""
    office = site.office
    office.ehr.staff[DOCTOR.reference] = DOCTOR
    detected(office)
    office.ehr.calendars[DOCTOR.reference] = [Interval(office.now + hours(25), office.now + hours(27))]
    ports = site.house.ports_of_backend(site.house.settings.issuer("sandbox"))
    secret = publish.open_feed(ports, KEY, now=office.now)
    publish.choose_people(ports, [DOCTOR.reference], now=office.now)
    publish.refresh(ports, now=office.now)
    return secret


def standing(site: Site) -> list[Interval]:
    """Return the times that are told now."""
    told = site.house.publications.standing("sandbox", KEY)
    return [time for each in told.offered for time in each.times]


def test_parley_reads_what_parley_publishes(site: Site):
    """The same times, by the same person, booked at our telephone; nothing else asked than files of our own."""
    secret = give_address(site)
    with serving(site) as base:
        url = f"{base}/f/{secret}/$bulk-publish"
        bulk = BulkFeed(url, Transport(allow_loopback=True, limits=QUICK), key="payer")
        read = bulk.read(now=site.office.now)
        again = bulk.read(now=site.office.now)

    assert standing(site) == [each.interval for each in read.windows]
    assert len(read.windows) > 20
    assert {(DOCTOR.name, DOCTOR.specialty)} == {(each.reviewer.name, each.reviewer.specialty) for each in read.windows}
    assert {"312-555-0100"} == {each.phone for each in read.windows}
    assert () == read.warnings
    assert read == again


def test_parley_reads_its_own_calendar_file(site: Site):
    """The same times from the other form, as exact times: nothing is left out, nothing is added."""
    secret = give_address(site)
    with serving(site) as base:
        transport = Transport(allow_loopback=True, limits=QUICK)
        for more in ({}, {"opaque_is_busy": True}, {"words": ("peer-to-peer",)}):
            convention = Convention(ZONE, **more)
            file = PublishedFile(f"{base}/f/{secret}/times.ics", transport, key="payer", convention=convention)
            read = file.read(now=site.office.now)
            assert standing(site) == [each.interval for each in read.windows]
            assert () == read.warnings
            assert all(each.slot for each in read.windows)
            assert read == file.read(now=site.office.now)


def test_what_is_published_is_valid_fhir(site: Site):
    """Two validators that nobody here wrote; what the specification asks of each resource is there."""
    client, secret = site.app.test_client(), give_address(site)
    manifest = json.loads(client.get(f"/f/{secret}/$bulk-publish").data)
    assert ["Location", "PractitionerRole", "Schedule", "Slot"] == [each["type"] for each in manifest["output"]]
    assert manifest["request"].endswith(f"/f/{secret}/$bulk-publish")
    for output in manifest["output"]:
        path = output["url"].removeprefix(site.house.settings.base_url)
        resources = [json.loads(line) for line in client.get(path).data.splitlines()]
        assert resources
        assert {output["type"]} == {each["resourceType"] for each in resources}
        # Neither validator has the specification's extensions; of their own shape they still judge.
        assert [] == [each for each in errors_of(resources[0]) if "could not be found" not in each]
    place = json.loads(client.get(f"/f/{secret}/locations.ndjson").data)
    assert {"line", "city", "state", "postalCode"} <= place["address"].keys()


def test_nothing_of_a_patient_or_of_a_busy_calendar_is_told(site: Site):
    """Names of nobody but the clinician; of what is not free, no word and no interval."""
    secret, client = give_address(site), site.app.test_client()
    names = ("$bulk-publish", "locations.ndjson", "practitioner-roles.ndjson", "schedules.ndjson", "slots.ndjson")
    text = " ".join(shown(client.get(f"/f/{secret}/{name}")) for name in (*names, "times.ics"))

    assert DOCTOR.name in text
    assert DOCTOR.reference not in text
    for words in ("Synthetic", "Patient/", "MRN-", "busy", "REF-cr1", "P-"):
        assert words not in text, words


def test_what_has_not_changed_is_not_sent_again(site: Site):
    """ETag and Last-Modified, GET and HEAD; a booked time changes it."""
    secret = give_address(site)
    with serving(site) as base:
        for name in ("$bulk-publish", "slots.ndjson", "times.ics"):
            url = f"{base}/f/{secret}/{name}"
            first = requests.get(url, timeout=10)
            assert 200 == first.status_code
            assert "max-age=300" in first.headers["Cache-Control"]
            assert "Set-Cookie" not in first.headers
            etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
            unchanged = requests.get(url, headers={"If-None-Match": etag}, timeout=10)
            assert (304, b"") == (unchanged.status_code, unchanged.content)
            assert 304 == requests.get(url, headers={"If-Modified-Since": modified}, timeout=10).status_code
            head = requests.head(url, timeout=10)
            assert (200, etag, b"") == (head.status_code, head.headers["ETag"], head.content)
        site.office.push(minutes=40)
        publish.refresh(site.house.ports_of_backend(site.house.settings.issuer("sandbox")), now=site.office.now)
        site.office.ehr.calendars[DOCTOR.reference].append(standing(site)[0])
        publish.refresh(site.house.ports_of_backend(site.house.settings.issuer("sandbox")), now=site.office.now)
        again = requests.get(f"{base}/f/{secret}/slots.ndjson", headers={"If-None-Match": etag}, timeout=10)
        assert 200 == again.status_code


def test_unknown_ended_and_misspelt_addresses_are_one_and_the_same(site: Site):
    """404 in the same few bytes: a stranger learns nothing, not even that there was an address."""
    secret = give_address(site)
    client, visit = site.app.test_client(), site.visit()
    (feed,) = site.house.publications.feeds("sandbox")
    got = [
        client.get(f"/f/{secret[:-1]}0/times.ics"),
        client.get(f"/f/{secret}/other"),
        client.get("/f/x/$bulk-publish"),
    ]
    assert 200 == client.get(f"/f/{secret}/times.ics").status_code
    ended = visit.post(f"publish/{feed.id}/end")
    assert (303, "publish") == (ended.status_code, where_to(ended))
    got.append(client.get(f"/f/{secret}/times.ics"))

    assert {(404, b"Not found.\n")} == {(each.status_code, each.data) for each in got}
    assert 405 == client.post(f"/f/{secret}/times.ics").status_code


def test_whoever_guesses_is_slowed_down(site: Site):
    """Sixty questions a minute from one address, then 429."""
    client = site.app.test_client()
    got = [client.get("/f/guess/times.ics", environ_base={"REMOTE_ADDR": "203.0.113.9"}) for _ in range(61)]

    assert [404] * 60 + [429] == [each.status_code for each in got]


def test_an_address_is_made_and_shown_once(site: Site):
    """On the page that made it, with both forms; the page read again shows it no more, and closes it."""
    detected(site.office)
    visit = site.visit(Role.MANAGER)
    made = visit.post("publish/open", {"payer": KEY})
    text = shown(made)
    assert 200 == made.status_code
    assert "/$bulk-publish</code>" in text
    assert "/times.ics</code>" in text
    assert "/f/" not in shown(visit.get("publish"))
    assert f"Close the address of {PUBLISHER[1]}" in shown(visit.get("publish"))

    wrong = visit.post("publish/open", {"payer": "nobody"})
    assert 422 == wrong.status_code
    assert "There is no such payer." in shown(wrong)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.DELEGATE])
def test_others_neither_see_nor_do_it(site: Site, role: Role):
    """No tab, no page, no form."""
    visit = site.visit(role)

    assert "publish" not in shown(visit.get("worklist"))
    assert {403} == {visit.get("publish").status_code, visit.post("publish/open", {"payer": KEY}).status_code}
