"""Search: what matches, in what order, on which page, and what is said about what was ignored."""

import time
from datetime import timedelta

import pytest

from launch.sandbox.search_values import date_range, date_test, leaf_range
from tests.launch.sandbox.fhir_client import (
    BASE,
    a_server,
    appointment,
    document,
    entries,
    link,
    observation,
    problem,
    reference,
)

WEIGHT, HEIGHT = "29463-7", "8302-2"


@pytest.fixture
def ehr():
    """A few observations, appointments and documents of two patients."""
    pressure = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
    return a_server(
        "full",
        observation("o1", code=WEIGHT, at="2026-01-01T08:00:00Z"),
        observation("o2", code=WEIGHT, at="2026-02-01", valueString="Élan vital"),
        observation("o3", code=HEIGHT, at="2026-02-01T23:30:00-05:00", component=[{"code": pressure}]),
        observation("o4", of="pat-2", code=WEIGHT, at="2026-02-10T10:00:00Z", status="amended"),
        appointment(id="a1", identifier=[{"system": "urn:parley", "value": "b/1|x"}]),
        appointment(id="a2", start="2026-03-05T15:00:00Z", end="2026-03-05T15:30:00Z", status="cancelled")
        | {"participant": [{"actor": reference("Practitioner/doc-1"), "status": "accepted"}]},
        document(
            id="d1", context={"period": {"start": "2026-01-10T00:00:00Z"}, "encounter": [reference("Encounter/enc-1")]}
        ),
        {"resourceType": "Provenance", "id": "p1", "recorded": "2026-01-10T00:00:00Z"}
        | {"target": [reference("DocumentReference/d1")], "agent": [{"who": reference("Practitioner/doc-1")}]},
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Observation?code=29463-7", "o1 o2 o4"),
        ("Observation?code=http://loinc.org|29463-7", "o1 o2 o4"),
        ("Observation?code=http%3A%2F%2Floinc.org%7C29463-7", "o1 o2 o4"),
        ("Observation?code=http://other.org|29463-7", ""),
        ("Observation?code=|29463-7", ""),
        ("Observation?code=http://loinc.org|", "o1 o2 o3 o4"),
        ("Observation?code=29463-7,8302-2&patient=pat-1", "o1 o2 o3"),
        ("Observation?code:not=29463-7", "o3"),
        ("Observation?status=amended", "o4"),
        ("Observation?status:not=amended", "o1 o2 o3"),
        ("Observation?combo-code=8480-6", "o3"),
        ("Observation?component-code:missing=true", "o1 o2 o4"),
        ("Observation?component-code:missing=false", "o3"),
        ("Observation?patient=pat-2", "o4"),
        ("Observation?patient=Patient/pat-2", "o4"),
        (f"Observation?patient={BASE}/Patient/pat-2", "o4"),
        ("Observation?patient=Group/pat-2", ""),
        ("Observation?patient=Patient/pat-1,Patient/pat-2", "o1 o2 o3 o4"),
        ("Observation?patient=pat-1&patient=pat-2", ""),
        ("Observation?subject:Patient=pat-2", "o4"),
        ("Observation?_id=o1,o4,none", "o1 o4"),
        ("Observation?_id=o1&patient=pat-2", ""),
        ("Appointment?identifier=urn:parley|b/1%5C|x", "a1"),
        ("Appointment?patient=pat-1", "a1"),
        ("Appointment?practitioner=doc-1", "a2"),
        ("Appointment?practitioner=pat-1", ""),
        ("Appointment?actor=Patient/pat-1", "a1"),
        ("Appointment?practitioner:missing=true", "a1"),
        ("Patient?name=fam", "pat-1 pat-2"),
        ("Patient?family:exact=Family-pat-1", "pat-1"),
        ("Patient?family:exact=family-pat-1", ""),
        ("Patient?name:contains=PAT-2", "pat-2"),
        ("Patient?given=ann&gender=male", "pat-2"),
        ("Patient?birthdate=1980", "pat-1"),
        ("Practitioner?name=muller", "doc-1"),
        ("Practitioner?name=jose", "doc-1"),
        ("DocumentReference?encounter=enc-1", "d1"),
        ("DocumentReference?contenttype=text/plain", "d1"),
        ("DocumentReference?period=ge2026-02-01", "d1"),
        ("DocumentReference?period=lt2026-01-01", ""),
        ("Provenance?target=DocumentReference/d1", "p1"),
    ],
)
def test_a_search_finds_what_it_asks_for(ehr, query, found):
    """Tokens, references, strings, :not, :missing, :exact, :contains, OR by comma, AND by repetition."""
    assert found.split() == sorted(ehr.ids(query))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-02-01", "o2"),
        ("2026-02", "o2 o3 o4"),
        ("eq2026-01-01T08:00", "o1"),
        ("eq2026-01-01T08:00:00Z", "o1"),
        ("2026-01-01T02:00:00-06:00", "o1"),
        ("ne2026-02", "o1"),
        ("gt2026-02-02", "o4"),
        ("ge2026-02-02T04:30:00Z", "o3 o4"),
        ("lt2026-02-01", "o1"),
        ("le2026-02-01", "o1 o2"),
        ("sa2026-02-01", "o3 o4"),
        ("eb2026-02-01", "o1"),
        ("sa2026-02", ""),
        ("eb2026-02", "o1"),
        ("sa2026-01", "o2 o3 o4"),
        ("ge2026-01-01&date=lt2026-02-02", "o1 o2"),
        ("2026-01-01,2026-02-10", "o1 o4"),
    ],
)
def test_dates_match_by_prefix_and_precision(ehr, value, found):
    """R4 §3.1.1.5.7: o3 is 2026-02-02T04:30Z; a date without time is the whole UTC day."""
    assert found.split() == sorted(ehr.ids(f"Observation?date={value}"))


def test_a_range_covers_a_date_at_its_precision():
    """A year, a month (February too), a day, a minute, a second; offsets go to UTC."""
    spans = {
        "2026": 365,
        "2026-02": 28,
        "2028-02": 29,
        "2026-02-03": 1,
        "2026-02-03T10:00Z": 1 / 1440,
        "2026-02-03T10:00:00Z": 1 / 86400,
    }
    for text, days in spans.items():
        start, end = date_range(text)
        assert timedelta(days=days) == end - start, text
    assert date_range("2026-02-03T23:00:00-05:00")[0] == date_range("2026-02-04T04:00:00Z")[0]


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "2026-02-30", "26-01-01", "2026-01-01T25:00:00Z"])
def test_what_is_no_date_matches_nothing_and_is_no_value(text):
    """An unreadable date in a resource hides only itself; in a query it is a 400."""
    assert leaf_range(text) is None
    if text:
        with pytest.raises(Exception, match="is not a date"):
            date_test(text)


def test_periods_with_an_open_end_reach_to_ever():
    """A Period without end still goes on."""
    assert date_test("gt2050")({"start": "2026-01-01"})
    assert not date_test("eb2050")({"start": "2026-01-01"})


def test_posting_the_search_is_the_same(ehr):
    """R4 §3.1.1.1.1: POST _search, its form and its query string together."""
    got = ehr.call("POST", "Observation/_search?patient=pat-1", data={"code": WEIGHT})

    assert ["o1", "o2"] == [entry["resource"]["id"] for entry in got.get_json(force=True)["entry"]]
    assert (415, "not-supported") == problem(ehr.call("POST", "Observation/_search", json={}))


# -- what is not known ---------------------------------------------------------------------------------------
def test_an_unknown_parameter_is_ignored_said_and_left_out_of_self(ehr):
    """Lenient handling: the outcome entry names it, link self tells what was searched for."""
    found = ehr.search("Observation?colour=red&code=8302-2&_elements=id")

    assert ["o3"] == [entry["resource"]["id"] for entry in entries(found, "match")]
    (said,) = entries(found, "outcome")
    assert ["search parameter colour was ignored", "search parameter _elements was ignored"] == [
        one["diagnostics"] for one in said["resource"]["issue"]
    ]
    assert f"{BASE}/Observation?code=8302-2" == link(found, "self")
    assert 1 == found["total"]


@pytest.mark.parametrize(
    "query", ["colour=red", "_elements=id", "_sort=colour", "_include=Observation:colour", "a.b=c"]
)
def test_strict_handling_refuses_an_unknown_parameter(ehr, query):
    """Prefer: handling=strict."""
    assert (400, "not-supported") == problem(ehr.get(f"Observation?{query}", Prefer="handling=strict"))


@pytest.mark.parametrize(
    "query",
    [
        "date=yesterday",
        "code:above=1",
        "_count=many",
        "patient=",
        "date:exact=2026",
        "code:missing=maybe",
        "_include=x",
    ],
)
def test_a_known_parameter_with_a_bad_value_or_modifier_is_refused(ehr, query):
    """R4 §3.1.1.4.19: never ignored, whatever the handling."""
    assert 400 == ehr.get(f"Observation?{query}").status_code


# -- pages, order, counts ------------------------------------------------------------------------------------
def test_pages_are_stable_while_the_store_changes(ehr):
    """`next` goes on in the search as it was made: nothing twice, nothing skipped, no newcomer."""
    first = ehr.search("Observation?_count=2&_sort=date")
    ehr.store.put(observation("o0", at="2020-01-01"))
    ehr.store.delete("Observation", "o3")
    second = ehr.search(link(first, "next").removeprefix(BASE))

    ids = [entry["resource"]["id"] for page in (first, second) for entry in entries(page, "match")]
    assert ["o1", "o2", "o3", "o4"] == ids
    assert link(second, "next") is None
    assert (4, 4) == (first["total"], second["total"])


def test_a_page_expires_and_is_nobody_elses(ehr):
    """410 after ten minutes, and for another reader at once."""
    ahead = link(ehr.search("Observation?_count=1"), "next").removeprefix(BASE)

    assert (410, "expired") == problem(ehr.as_patient("pat-1", "patient/*.rs").get(ahead))
    assert 200 == ehr.get(ahead).status_code
    ehr.clock.push(timedelta(minutes=11))
    assert (410, "expired") == problem(ehr.get(ahead))


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("date", "o1 o2 o3 o4"),
        ("-date", "o4 o3 o2 o1"),
        ("status,-date", "o4 o3 o2 o1"),
        ("code,date", "o1 o2 o4 o3"),
        ("component-code", "o3 o1 o2 o4"),
    ],
)
def test_results_come_in_the_order_asked_for(ehr, sort, ids):
    """_sort, descending by a dash, several keys; what has no value comes last."""
    assert ids.split() == ehr.ids(f"Observation?_sort={sort}")


def test_a_count_only_search_has_a_total_and_no_entries(ehr):
    """_summary=count, and _count=0 which is the same."""
    for query in ("_summary=count", "_count=0"):
        found = ehr.search(f"Observation?{query}&patient=pat-1")
        assert (3, None) == (found["total"], found.get("entry"))


def test_the_total_can_be_left_out(ehr):
    """_total=none."""
    assert "total" not in ehr.search("Observation?_total=none")


def test_last_updated_is_searched(ehr):
    """_lastUpdated ge and lt around the store's clock (2026-03-02T15:00Z)."""
    assert 4 == len(ehr.ids("Observation?_lastUpdated=ge2026-03-02T15:00:00Z"))
    assert [] == ehr.ids("Observation?_lastUpdated=lt2026-03-02T15:00:00Z")


# -- includes ------------------------------------------------------------------------------------------------
def included(ehr, query):
    return sorted(entry["resource"]["id"] for entry in entries(ehr.search(query), "include"))


def test_includes_follow_references_once(ehr):
    """_include by name, by target type, by star; two matches that share a patient bring it once."""
    assert ["pat-1"] == included(ehr, "Observation?patient=pat-1&_include=Observation:subject")
    assert ["doc-1", "pat-1"] == included(ehr, "Appointment?_include=Appointment:actor")
    assert ["doc-1"] == included(ehr, "Appointment?_include=Appointment:actor:Practitioner")
    assert ["doc-1", "enc-1", "pat-1"] == included(ehr, "DocumentReference?_include=DocumentReference:*")


def test_revincludes_bring_what_refers_to_the_matches(ehr):
    """_revinclude, and _include:iterate on from there."""
    assert ["p1"] == included(ehr, "DocumentReference?_revinclude=Provenance:target")
    onward = "DocumentReference?_revinclude=Provenance:target&_include:iterate=Provenance:agent"
    assert ["doc-1", "p1"] == included(ehr, onward)
    assert ["p1"] == included(ehr, onward.replace(":iterate", ""))


def test_includes_are_not_counted_in_the_total(ehr):
    """R4 §3.1.1.3.1: total counts matches; fullUrl and search.mode tell them apart."""
    found = ehr.search("Observation?patient=pat-2&_include=Observation:subject")

    assert 1 == found["total"]
    assert [f"{BASE}/Observation/o4", f"{BASE}/Patient/pat-2"] == [entry["fullUrl"] for entry in found["entry"]]


def test_includes_need_a_scope_of_their_own(ehr):
    """A token that may not read Patients gets none along."""
    ehr.scopes = "user/Observation.rs"

    assert [] == included(ehr, "Observation?_include=Observation:subject")


# -- speed ---------------------------------------------------------------------------------------------------
def test_a_search_by_patient_does_not_look_at_other_patients():
    """5,000 resources: 200 searches by patient through the index take less than ten through everything."""
    ehr = a_server("full", *(observation(f"n{n}", of=f"p{n % 500}") for n in range(5_000)))

    def seconds(query, times):
        start = time.perf_counter()
        for _ in range(times):
            assert 0 < ehr.search(query)["total"]
        return (time.perf_counter() - start) / times

    one, every = seconds("Observation?patient=p7&code=8302-2", 50), seconds("Observation?code=8302-2&_count=1", 5)

    assert one * 5 < every, (one, every)
