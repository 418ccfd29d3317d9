"""What is typed into the form of a rule's value is read strictly: each kind of field refuses what it cannot be."""

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.rulebook.edits import RuleRefused, is_stale
from app.core.rulebook.fields import FIELDS, FORMS, Kind, form_of
from app.core.rulebook.payers import Evidence
from app.core.rulebook.typed import read_evidence, read_values
from app.edges.rulebook import shapes
from app.edges.rulebook.shapes import VALUES
from tests.rule_edits import EVIDENCE, form, hours, one_window, windows

TODAY = date(2026, 11, 23)


def test_every_value_of_a_rule_has_its_form():
    """None is forgotten, and none is asked for in two forms."""
    assert VALUES == FIELDS.keys()
    assert sorted(VALUES) == sorted(name for names in FORMS.values() for name in names)
    assert all(form_of(name) in FORMS for name in VALUES)


@pytest.mark.parametrize(
    "name", [name for name, field in FIELDS.items() if field.choices and field.kind != Kind.YES_NO]
)
def test_the_choices_are_those_of_the_rule_files(name: str):
    """A word that a file may say can be chosen on the page, and none that it may not."""
    told = shapes.RuleShape.__annotations__[name]
    words = [word for word in _literals(told) if isinstance(word, str)]

    assert sorted(FIELDS[name].choices) == sorted(words)


def _literals(told) -> list:
    found = []
    for each in get_args(told):
        found += _literals(each) if get_args(each) else [each]
    return found


@pytest.mark.parametrize(
    ("name", "told", "values"),
    [
        ("effect", form(effect="educational"), {"effect": "educational"}),
        ("effect", form(), {"effect": None}),
        ("blocked_by_appeal", form(blocked_by_appeal="no"), {"blocked_by_appeal": False}),
        ("blocked_by_appeal", form(blocked_by_appeal=""), {"blocked_by_appeal": None}),
        ("calls_max", form(calls_max=" 2 "), {"calls_max": 2}),
        ("channels", form(channels=["phone", "fax", "phone"]), {"channels": ["phone", "fax"]}),
        ("channels", form(), {"channels": []}),
        ("names", form(names=" Own  Plan \r\n\r\nOP\n"), {"names": ["Own Plan", "OP"]}),
        ("phone", form(phone=" 800-555-0100 ext. 4 "), {"phone": "800-555-0100 ext. 4"}),
        ("notes", form(notes="Ask.\r\nTwice."), {"notes": "Ask.\nTwice."}),
        ("identifiers", form(identifiers="123 urn:x"), {"identifiers": [{"system": "urn:x", "value": "123"}]}),
        ("effective", form(effective="2026-12-01"), {"effective": "2026-12-01", "until": None}),
        (
            "missed_call",
            form(missed_call="call_back", missed_call_business_days="2"),
            {"missed_call": "call_back", "missed_call_business_days": 2},
        ),
        (
            "hours",
            hours(closed="2026-12-24\n2026-11-27"),
            {
                "hours": {
                    "zone": "America/Chicago",
                    "days": ["MO", "TU", "WE", "TH", "FR"],
                    "opens": "08:00:00",
                    "closes": "16:00:00",
                },
                "closed": ["2026-11-27", "2026-12-24"],
            },
        ),
        ("hours", form(), {"hours": None, "closed": []}),
        (
            "windows",
            windows(("3", "business_days", "denial_posted", ""), ("", "", "letter_date", "any"), lane=""),
            {
                "windows": [
                    {
                        "amount": 3,
                        "unit": "business_days",
                        "anchor": "denial_posted",
                        "setting": "any",
                        "must": "complete",
                    }
                ],
                "lane": None,
            },
        ),
    ],
)
def test_each_kind_of_field_is_read(name: str, told: dict, values: dict):
    """As the rule files write it; what is left out is unknown."""
    assert values == read_values(name, told)


@pytest.mark.parametrize(
    ("name", "told", "field"),
    [
        ("effect", form(effect="perhaps"), "effect"),
        ("blocked_by_appeal", form(blocked_by_appeal="true"), "blocked_by_appeal"),
        ("vendor", form(vendor=""), "vendor"),
        ("calls_max", form(calls_max="two"), "calls_max"),
        ("calls_max", form(calls_max="-1"), "calls_max"),
        ("calls_max", form(calls_max="²"), "calls_max"),
        ("calls_max", form(calls_max="1_0"), "calls_max"),
        ("calls_max", form(calls_max="9" * 30), "calls_max"),
        ("channels", form(channels=["phone", "pigeon"]), "channels"),
        ("names", form(names="x" * 121), "names"),
        ("names", form(names="\n".join(f"name {n}" for n in range(61))), "names"),
        ("names", form(names="a\x00b"), "names"),
        ("identifiers", form(identifiers="123"), "identifiers"),
        ("phone", form(phone="8" * 41), "phone"),
        ("notes", form(notes="x" * 2001), "notes"),
        ("notes", form(notes="\ud800"), "notes"),
        ("effective", form(effective="2026-02-30"), "effective"),
        ("effective", form(until="soon"), "until"),
        ("hours", hours(hours_zone=""), "hours-zone"),
        ("hours", hours(hours_opens="25:00"), "hours-opens"),
        ("hours", hours(hours_closes=""), "hours-closes"),
        ("hours", hours(hours_closes="17:00Z"), "hours-closes"),
        ("hours", hours(hours_days=["MO", "XX"]), "hours-days"),
        ("hours", hours(closed="Thanksgiving"), "closed"),
        ("windows", one_window(3, "days"), "windows-0-unit"),
        ("windows", windows(("", "hours", "denial_posted", "any")), "windows-0-amount"),
        ("windows", windows(("x", "hours", "denial_posted", "any")), "windows-0-amount"),
        ("windows", windows(("3", "", "denial_posted", "any")), "windows-0-unit"),
        ("windows", windows(("3", "hours", "birth", "any")), "windows-0-anchor"),
        ("windows", windows(("3", "hours", "denial_posted", "moon")), "windows-0-setting"),
        ("windows", one_window(3, lane="never"), "lane"),
    ],
)
def test_each_kind_of_field_refuses_what_it_cannot_be(name: str, told: dict, field: str):
    """The refusal names the input, so that it is told beside it."""
    with pytest.raises(RuleRefused) as refused:
        read_values(name, told)

    assert field == refused.value.field


def test_an_edit_has_a_source_a_day_a_grade_and_a_why():
    """As it is typed."""
    assert EVIDENCE == read_evidence(form(), today=TODAY)
    assert TODAY == read_evidence(form(verified_on="2026-11-23"), today=TODAY).verified_on


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"source": " "}, "source"),
        ({"source": "x" * 501}, "source"),
        ({"why": ""}, "why"),
        ({"verified_on": ""}, "verified_on"),
        ({"verified_on": "2026-11-24"}, "verified_on"),
        ({"verified_on": "0026-11-20"}, "verified_on"),
        ({"verified_on": "yesterday"}, "verified_on"),
        ({"grade": ""}, "grade"),
        ({"grade": "A"}, "grade"),
    ],
)
def test_the_undated_the_unsourced_and_the_future_are_refused(told: dict, field: str):
    """As in the rule files; a day that has not come yet is a slip."""
    with pytest.raises(RuleRefused) as refused:
        read_evidence(form(**told), today=TODAY)

    assert field == refused.value.field


@given(st.sampled_from(sorted(FORMS)), st.dictionaries(st.sampled_from(sorted(FIELDS)), st.lists(st.text(max_size=20))))
def test_whatever_is_sent_is_read_or_refused_by_name(name: str, told: dict):
    """No form makes the reader fall over."""
    try:
        found = read_values(name, told)
    except RuleRefused as error:
        assert error.field
    else:
        assert set(FORMS[name]) == found.keys()


@pytest.mark.parametrize(
    ("read_on", "today", "stale"),
    [
        (date(2025, 11, 23), date(2026, 11, 23), False),
        (date(2025, 11, 23), date(2026, 11, 24), True),
        (date(2024, 2, 29), date(2025, 2, 28), False),
        (date(2024, 2, 29), date(2025, 3, 1), True),
        (date(2024, 12, 31), date(2026, 1, 1), True),
        (date(2026, 11, 24), date(2026, 11, 23), False),
    ],
)
def test_a_value_is_old_after_twelve_months(read_on: date, today: date, stale: bool):
    """To the day, leap days too."""
    assert stale is is_stale(Evidence("x", read_on, "V"), today)
