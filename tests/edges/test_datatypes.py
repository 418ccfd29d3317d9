"""FHIR data types are read from whatever stands in the document, and nothing that stands there raises."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.denial import Code
from app.edges.fhir import datatypes as fhir

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["coding", "code", "reference", "value"]), inner),
    max_leaves=8,
)
READERS = (
    fhir.as_list,
    fhir.as_dict,
    fhir.dicts_of,
    fhir.string_of,
    fhir.text_of,
    fhir.number_of,
    fhir.whole_of,
    fhir.bool_of,
    fhir.date_of,
    fhir.has_time,
    fhir.instant_of,
    fhir.period_of,
    fhir.codings_of,
    fhir.reference_of,
    fhir.identifiers_of,
    fhir.extension_value,
)


@given(ANYTHING)
def test_no_value_makes_a_reader_raise(value):
    """One bad value hides only itself."""
    for read in READERS:
        read(value)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-20T15:04:00-06:00", datetime(2026, 11, 20, 21, 4, tzinfo=UTC)),
        ("2026-11-20T15:04:00.123Z", datetime(2026, 11, 20, 15, 4, 0, 123000, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11", None),
        ("2026", None),
        ("2026-02-30", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("yesterday", None),
        (20261120, None),
    ],
)
def test_instants_become_utc(written, instant):
    """A day alone is its first moment; what is no day of the calendar is None."""
    assert instant == fhir.instant_of(written)


def test_a_day_alone_is_read_in_the_zone_it_is_told():
    """The first moment of a day depends on where."""
    assert datetime(2026, 11, 20, 6, tzinfo=UTC) == fhir.instant_of("2026-11-20", zone=ZoneInfo("America/Chicago"))
    assert date(2026, 11, 20) == fhir.date_of("2026-11-20T23:30:00-06:00")
    assert fhir.has_time("2026-11-20T23:30:00-06:00") and not fhir.has_time("2026-11-20")


def test_a_period_that_ends_on_a_day_includes_it():
    """FHIR: an end without a time includes the whole day."""
    start, end = fhir.period_of({"start": "2026-01-01", "end": "2026-01-31"})

    assert (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)) == (start, end)


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("Claim/1", "Claim/1"),
        ("https://ehr.example/fhir/Claim/1/_history/3", "Claim/1"),
        ("urn:uuid:a52efcb6-1f81-4333-a115-d45bd3183686", "urn:uuid:a52efcb6-1f81-4333-a115-d45bd3183686"),
        ("#c1", "#c1"),
        ("", None),
    ],
)
def test_references_become_type_and_id(written, reference):
    """Absolute and versioned references name the same resource."""
    assert reference == fhir.reference_of({"reference": written})


def test_codings_are_read_from_every_shape():
    """CodeableConcept, Coding, a bare code, and lists of them."""
    code = {"system": "s", "code": "A", "display": "d"}

    assert (Code("s", "A", "d"),) == fhir.codings_of({"coding": [code, {"display": "no code"}]})
    assert (Code("s", "A", "d"), Code(None, "B")) == fhir.codings_of([code, "B"])


@pytest.mark.parametrize(
    ("value", "number"),
    [(8, 8.0), ("8", 8.0), ({"value": 2.5}, 2.5), (True, None), ("NaN", None), (10**400, None), ([8], None)],
)
def test_numbers_are_finite_and_no_booleans(value, number):
    """A quantity that is none is left out rather than counted."""
    assert number == fhir.number_of(value)


def test_extensions_are_found_by_whole_or_short_url():
    """PAS names some inner extensions by full URL and their siblings by a bare word (facts B.1)."""
    element = {
        "extension": [5, {"url": "http://x/extension-a", "valueString": "1"}, {"url": "b", "valueBoolean": True}]
    }

    assert "1" == fhir.extension_value(element, "extension-a")
    assert fhir.extension_value(element, "b") is True
    assert fhir.extension_value(element, "c") is None
