"""A payer's times as a published set, read over a socket: what comes, what goes, what is not asked again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.interval import Interval
from app.core.people import Reviewer
from app.edges.fhir.bulk import MOST_A_LINE, Output, read_lines, read_manifest
from app.edges.http import Down, Limits, NotFhir, OutsideBase, Transport
from app.edges.payers import BulkFeed, PayerEndpoint, PublishedDesk, feed
from app.errors import BadInput
from tests.edges.ehr_server import NOW, QUICK, serve
from tests.edges.publisher import Publisher, publishing

OLD, NEW = "http://fhir-registry.smarthealthit.org", "http://hl7.org/fhir/uv/smart-scheduling-links"
MANIFEST = "/p2p/$bulk-publish"


def lines(*resources: dict | str) -> bytes:
    """Return a file, one resource a line; a string stands as it is."""
    return b"".join((each if isinstance(each, str) else json.dumps(each)).encode() + b"\n" for each in resources)


def a_slot(number: int, *, after: float = 1, minutes: int = 20, status: str = "free", **more) -> dict:
    """Return a slot, `after` hours from now."""
    start = NOW + timedelta(hours=after)
    times = {"start": start.isoformat(), "end": (start + timedelta(minutes=minutes)).isoformat()}
    base = {"resourceType": "Slot", "id": f"s{number}", "schedule": {"reference": "Schedule/c1"}, "status": status}
    return base | times | more


def extension(name: str, base: str = OLD, **value) -> dict:
    """Return one of the extensions of SMART Scheduling Links."""
    return {"url": f"{base}/StructureDefinition/{name}", **value}


SCHEDULE = {
    "resourceType": "Schedule",
    "id": "c1",
    "actor": [
        {"reference": "Location/l1", "display": "Review desk"},
        {"reference": "PractitionerRole/r1", "display": "Dr Peer Example"},
    ],
}
ROLE = {"resourceType": "PractitionerRole", "id": "r1", "specialty": [{"text": "Gastroenterology"}]}
PLACE = {"resourceType": "Location", "id": "l1", "telecom": [{"system": "phone", "value": "800-555-0100"}]}


def publish(publisher: Publisher, *slots: dict | str, **files: bytes) -> None:
    """Publish these slots, each file named in the manifest with its type."""
    served = {
        "Location": lines(PLACE),
        "Schedule": lines(SCHEDULE),
        "PractitionerRole": lines(ROLE),
        "Slot": lines(*slots),
    } | files
    name_files(publisher, *({"type": name, "url": f"{publisher.base}/p2p/{name}.ndjson"} for name in served))
    publisher.files |= {f"/p2p/{name}.ndjson": body for name, body in served.items()}


def name_files(publisher: Publisher, *outputs: dict) -> None:
    """Publish a manifest that names these files."""
    told = {"transactionTime": NOW.isoformat(), "request": publisher.base + MANIFEST, "output": list(outputs)}
    publisher.files[MANIFEST] = json.dumps(told).encode()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as running:
        yield running


def reader(publisher: Publisher, **more) -> BulkFeed:
    transport = Transport(allow_loopback=True, limits=more.pop("limits", QUICK))
    return BulkFeed(publisher.base + MANIFEST, transport, key="payer_a", **more)


# -- what comes ----------------------------------------------------------------------------------------------
def test_free_slots_become_windows_with_their_reviewer_and_where_they_are_booked(publisher: Publisher):
    """Name and specialty by the schedule's own person, phone by its place; busy, past and far ones are left out."""
    publish(
        publisher,
        a_slot(1, extension=[extension("booking-deep-link", NEW, valueUrl="https://desk.payer.example/b?slot=1")]),
        a_slot(2, after=2, extension=[extension("booking-phone", valueString="800-555-0199 x4")]),
        a_slot(3, after=3, status="busy"),
        a_slot(4, after=-3),
        a_slot(5, after=24 * 90),
    )
    first, second = reader(publisher).read(now=NOW).windows

    assert Interval(NOW + timedelta(hours=1), NOW + timedelta(hours=1, minutes=20)) == first.interval
    assert Reviewer("Dr Peer Example", specialty="Gastroenterology") == first.reviewer
    assert ("published", "bulk", 1) == (first.channel, first.source, first.seats)
    assert ("https://desk.payer.example/b?slot=1", "800-555-0100") == (first.link, first.phone)
    assert (None, "800-555-0199 x4") == (second.link, second.phone)
    assert "feed:payer_a/Slot/s1#20260302T160000Z" == first.slot, "the feed's own address stands nowhere"


def test_the_sandboxs_payer_tells_the_same_in_both_forms():
    """What its published set says is what a search of its book says: times, reviewers, specialties."""
    with serve("full") as server:
        transport = Transport(allow_loopback=True, limits=QUICK)
        url = f"{server.origin}/payer/evicore/published/$bulk-publish"
        read = BulkFeed(url, transport, key="evicore").read(now=NOW)
        desk = PublishedDesk({"evicore": PayerEndpoint(f"{server.origin}/payer/evicore/fhir")}, transport)
        found = desk.windows("evicore", Interval(NOW, NOW + timedelta(days=62)), now=NOW)

    assert sorted((each.interval, each.reviewer.name) for each in found) == sorted(
        (each.interval, each.reviewer.name) for each in read.windows
    )
    assert {each.reviewer.specialty for each in found} == {each.reviewer.specialty for each in read.windows}
    assert len(read.windows) > 50


def test_a_day_of_hours_or_several_seats_is_a_window_and_no_exact_time(publisher: Publisher):
    """Coarse slots say when calls are taken; a call lies in them, and how many fit is kept. No seat is no time."""
    seats = [[extension("slot-capacity", valueInteger=number)] for number in (3, 0)]
    publish(publisher, a_slot(1, minutes=480, extension=seats[0]), a_slot(2, after=9, extension=seats[1]))
    (window,) = reader(publisher).read(now=NOW).windows

    assert (None, 3) == (window.slot, window.seats)


def test_the_first_specifications_short_offset_is_an_offset(publisher: Publisher):
    """2026-03-02T15:00:00-05 stands in its examples; a time without any offset is nobody's."""
    publish(
        publisher,
        a_slot(1) | {"start": "2026-03-02T15:00:00-05", "end": "2026-03-02T15:20:00-05"},
        a_slot(2) | {"start": "2026-03-02T15:00:00", "end": "2026-03-02T15:20:00"},
    )
    read = reader(publisher).read(now=NOW)

    assert [NOW + timedelta(hours=5)] == [each.interval.start for each in read.windows]
    assert 1 == len(read.warnings)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "http://a.example/x", "https://u:p@a.example/", "https://a b.example/", "https://[", 7],
)
def test_a_link_that_is_no_plain_https_address_is_not_told(publisher: Publisher, url):
    """What the payer writes is data; nobody is led anywhere else by it."""
    publish(publisher, a_slot(1, extension=[extension("booking-deep-link", valueUrl=url)]))

    assert reader(publisher).read(now=NOW).windows[0].link is None


def test_one_bad_line_is_one_time_less(publisher: Publisher):
    """The rest of the file is read, and how many could not be is told."""
    deep = '{"resourceType": "Slot", "x": ' + "[" * 5000
    publish(publisher, a_slot(1), "{", "", deep, '{"resourceType": "Patient"}', "x" * (MOST_A_LINE + 1))
    publisher.files["/p2p/Slot.ndjson"] += lines(a_slot(2, after=2))
    read = reader(publisher).read(now=NOW)

    assert ["s1", "s2"] == [each.slot.split("/")[2][:2] for each in read.windows]
    assert ("4 lines of a file (Slot) could not be read.",) == read.warnings


def test_a_slot_told_twice_is_free_only_if_it_is_free_both_times(publisher: Publisher):
    """Two files overlap and do not agree: nobody is sent to a time that may be taken."""
    publish(publisher, a_slot(1), a_slot(1, status="busy"), a_slot(2), a_slot(2))

    assert 1 == len(reader(publisher).read(now=NOW).windows)


def test_only_the_states_that_are_wanted_are_fetched(publisher: Publisher):
    """A file about other states is not asked for; one that names none is."""
    files = {"tx": ["tx"], "ny": ["NY"], "any": None}
    name_files(
        publisher,
        *(
            {"type": "Slot", "url": f"{publisher.base}/{name}"} | ({"extension": {"state": told}} if told else {})
            for name, told in files.items()
        ),
    )
    publisher.files |= {f"/{name}": lines(a_slot(number)) for number, name in enumerate(files)}
    read = reader(publisher, states=("TX",)).read(now=NOW)

    assert 2 == len(read.windows)
    assert "/ny" not in {path for path, _ in publisher.asked}


# -- asked again ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mark", ["etag", "modified", "none"])
def test_what_has_not_changed_is_not_parsed_again(publisher: Publisher, monkeypatch, mark: str):
    """A 304 costs no parse, nor do the same bytes from a server without versions; the windows are the very same."""
    publisher.mark = mark
    publish(publisher, a_slot(1), a_slot(2, after=2))
    bulk, parsed = reader(publisher), []
    first = bulk.read(now=NOW)
    publisher.statuses()
    monkeypatch.setattr(feed, "read_lines", lambda *given: parsed.append(given) or iter(()))
    second = bulk.read(now=NOW + timedelta(minutes=5))

    assert [] == parsed
    assert first.windows == second.windows
    assert first.stamp == second.stamp
    assert [200 if mark == "none" else 304] * 5 == publisher.statuses()


def test_a_changed_file_is_read_though_the_manifest_is_as_before(publisher: Publisher):
    """Files have versions of their own: what was withdrawn goes, what was added comes."""
    publish(publisher, a_slot(1), a_slot(2, after=2))
    bulk = reader(publisher)
    first = bulk.read(now=NOW)
    publisher.statuses()
    publish(publisher, a_slot(2, after=2), a_slot(3, after=3))
    second = bulk.read(now=NOW + timedelta(minutes=5))

    assert ["s2", "s3"] == [each.slot.split("/")[2][:2] for each in second.windows]
    assert first.stamp != second.stamp
    assert [304, 304, 304, 304, 200] == sorted(publisher.statuses(), reverse=True)


def test_a_file_that_is_there_no_more_takes_its_times_with_it(publisher: Publisher):
    """404 is told and believed; a server that fails leaves its times as they were last read, for a day."""
    publish(publisher, a_slot(1), more=lines(a_slot(2, after=26)))
    publisher.files[MANIFEST] = publisher.files[MANIFEST].replace(b'"more"', b'"Slot"')
    bulk = reader(publisher)
    assert 2 == len(bulk.read(now=NOW).windows)
    publisher.status["/p2p/more.ndjson"] = 503
    kept = bulk.read(now=NOW + timedelta(minutes=5))
    assert 2 == len(kept.windows)
    assert "as of" in kept.warnings[0]

    publisher.status["/p2p/more.ndjson"] = 404
    gone = bulk.read(now=NOW + timedelta(minutes=10))
    assert 1 == len(gone.windows)
    assert "(Slot) could not be read" in gone.warnings[0]


def test_a_payer_that_is_down_is_an_error_and_not_an_empty_book(publisher: Publisher):
    """Neither the manifest nor a file with times: whoever keeps the last reading goes on keeping it."""
    publish(publisher, a_slot(1))
    bulk = reader(publisher)
    bulk.read(now=NOW)
    publisher.status["/p2p/Slot.ndjson"] = 503
    publisher.files["/p2p/Slot.ndjson"] = b""
    bulk_of_nothing = reader(publisher)
    with pytest.raises(Down):
        bulk_of_nothing.read(now=NOW)
    publisher.status[MANIFEST] = 503
    with pytest.raises(Down):
        bulk.read(now=NOW)


def test_the_payers_own_pace_is_told(publisher: Publisher):
    """Cache-Control says how long to wait before asking again."""
    publisher.headers["Cache-Control"] = "public, max-age=1800"
    publish(publisher, a_slot(1))

    assert timedelta(minutes=30) == reader(publisher).read(now=NOW).wait


# -- what is refused -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"output": {}}', b"\xff", b"[" * 100_000])
def test_what_is_no_manifest_is_told_as_such(publisher: Publisher, body: bytes):
    """A login page, or nothing: an error in words, never an empty book."""
    publisher.files[MANIFEST] = body
    with pytest.raises(NotFhir):
        reader(publisher).read(now=NOW)


def test_nothing_leads_to_another_host(publisher: Publisher):
    """A redirect of the manifest, a file elsewhere, a redirect of a file: not followed, no credential sent."""
    with publishing() as other:
        other.files["/x"] = lines(a_slot(9))
        publish(publisher, a_slot(1), more=lines(a_slot(2, after=2)), moved=b"")
        told = json.loads(publisher.files[MANIFEST])
        told["output"][-2:] = [
            {"type": "Slot", "url": f"{other.base}/x"},
            {"type": "Slot", "url": f"{publisher.base}/p2p/moved.ndjson"},
        ]
        publisher.files[MANIFEST] = json.dumps(told).encode()
        publisher.moved["/p2p/moved.ndjson"] = f"{other.base}/x"
        read = reader(publisher, token=lambda _: "key").read(now=NOW)
        assert 1 == len(read.windows)
        assert [] == other.asked
        assert {"Bearer key"} == {each["authorization"] for each in publisher.seen}

        named = reader(publisher, token=lambda _: "key", hosts=(other.base.removeprefix("http://"),))
        assert 2 == len(named.read(now=NOW).windows)
        assert ["authorization" in each for each in other.seen] == [False]
        publisher.moved[MANIFEST] = f"{other.base}/x"
        with pytest.raises(OutsideBase):
            reader(publisher).read(now=NOW)


def test_a_file_without_end_is_left_out(publisher: Publisher):
    """Larger than anybody's times are: told, and the process stays as it was."""
    publish(publisher, a_slot(1), Slot2=b"x" * 300_000)
    publisher.files[MANIFEST] = publisher.files[MANIFEST].replace(b'"Slot2"', b'"Slot"')
    read = reader(publisher, limits=replace(QUICK, wire_bytes=200_000)).read(now=NOW)

    assert 1 == len(read.windows)
    assert "larger than Parley reads" in read.warnings[0]


def test_more_times_than_a_year_of_reviewers_has_are_cut_and_told(publisher: Publisher):
    """The soonest two thousand stay."""
    publish(publisher, *(a_slot(number, after=1 + number / 60, minutes=1) for number in range(2100)))
    read = reader(publisher).read(now=NOW)

    assert 2000 == len(read.windows)
    assert "More than 2,000" in read.warnings[0]


NAMES = ["resourceType", "id", "status", "start", "end", "schedule", "extension", "url", "output", "type", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
    max_leaves=4,
)
ODD_SLOT = st.fixed_dictionaries({"resourceType": st.just("Slot")}, optional={name: JSON for name in NAMES[1:]})
TIMED = ODD_SLOT.map(lambda slot: a_slot(1) | slot)


@given(st.lists(st.binary(max_size=40) | (ODD_SLOT | TIMED).map(lambda slot: json.dumps(slot).encode()), max_size=3))
def test_no_bytes_break_the_reader(parts: list[bytes]):
    """Whatever stands in a file: slots that can be read, lines that are counted, never a failure."""
    file = feed._taken_in(feed._File(NOW), "Slot", b"\n".join(parts))

    assert len(file.slots) <= len(parts) + sum(each.count(b"\n") for each in parts)
    assert all(each.interval and each.interval.end > NOW for each in file.slots)


@given(JSON.map(lambda told: json.dumps(told).encode()) | st.binary(max_size=80))
def test_no_bytes_break_the_manifest(data: bytes):
    """Files by type and address, or BadInput."""
    try:
        outputs = read_manifest(data)
    except BadInput:
        return
    assert all(isinstance(each, Output) and each.type and each.url for each in outputs)


def test_lines_end_as_they_may():
    """CRLF, blanks, no end at the last line, and a byte order mark is no line of JSON."""
    good = b'{"resourceType":"Slot"}'

    assert [None] == [each for each in read_lines(b"\xef\xbb\xbf" + good, "Slot")]
    assert 2 == sum(each is not None for each in read_lines(good + b"\r\n  \n" + good, "Slot"))


def test_limits_are_those_of_every_exchange():
    """The default transport already bounds a file on the wire and unpacked."""
    assert (10_000_000, 30_000_000) == (Limits().wire_bytes, Limits().decoded_bytes)
