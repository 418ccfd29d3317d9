"""What a source left out may be typed beside it: marked as typed, corrected at will, and never over what was read."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.denial import Coverage, Denial, Quote
from app.core.detect import route_denial
from app.core.detect.fields import fields_of, missing_in, typed_before
from app.core.detect.letter import as_coverage, as_denial, read_letter
from app.core.detect.person import ToldAnswer, ToldPatient
from app.core.detect.typed import TypedForm, TypedRefused, complete_told, without_typed
from app.core.people import Party
from tests.answers import NOW, RULES

ZONE = "America/Chicago"
PARTS = {
    "payer": "Example Health Plan",
    "denied_on": "November 20, 2026",
    "reference": "Reference number: REF-778812",
    "provider": "Requesting provider: Alex Morgan, MD",
    "line_of_business": "You are a member of our Medicare Advantage plan.",
    "service": "Your request for CPT code 22612 was denied.",
    "reason": "It is not medically necessary.",
    "phone": "A peer-to-peer discussion may be requested at 800-555-0101.",
    "until_day": "A peer-to-peer discussion may be requested until November 25, 2026.",
}
WORDS = {
    "payer": "Other Health Plan",
    "denied_on": "2026-11-19",
    "reference": "R-1",
    "provider": "Sam Lee",
    "line_of_business": "medicaid",
    "service": "Infusion",
    "reason": "Step therapy was not tried.",
    "phone": "800-555-0199",
    "until_day": "2026-11-24",
}
EMPTY = TypedForm(payer="", service="", denied_on="", reason="")


def told_of(*parts: str) -> ToldAnswer:
    """Return a letter of these parts, as it is read."""
    text = "\n".join(PARTS[each] for each in PARTS if each in parts)
    read = read_letter(text, rules=RULES, now=NOW)
    return ToldAnswer(as_denial(read, reference="told:1"), as_coverage(read), ToldPatient(), text=text)


def bare_answer() -> ToldAnswer:
    """Return an answer over the wire that says hardly anything."""
    denial = Denial("told:2", "preauthorization", "active", "complete", None, None, Party())
    return ToldAnswer(denial, Coverage(None, Party()), ToldPatient())


def offer_of(told: ToldAnswer):
    """Return the invitation that the router finds."""
    return route_denial(told.denial, told.coverage, rules=RULES, payer=None, now=NOW).offer


def shown(told: ToldAnswer):
    """Return its fields by name."""
    return {each.name: each for each in fields_of(told, offer_of(told), rules=RULES, now=NOW)}


def missing(told: ToldAnswer) -> set[str]:
    """Return what may be typed."""
    return set(missing_in(shown(told).values()))


def complete(told: ToldAnswer, **typed: str) -> ToldAnswer:
    """Type these fields, in place of what was typed before."""
    bare = without_typed(told)
    form = replace(EMPTY, **typed)
    return complete_told(bare, form, offer_of(bare), missing=missing(bare), zone=ZONE, now=NOW)


subsets = st.sets(st.sampled_from(sorted(PARTS)))


@settings(max_examples=60, deadline=None)
@given(subsets, subsets, subsets)
def test_typing_anew_is_as_if_typed_once(parts: set[str], first: set[str], second: set[str]):
    """However often somebody corrects it, the source stays as it was read and the last word alone counts."""
    told = told_of(*parts)
    free = missing(told)
    once = complete(told, **{each: WORDS[each] for each in second & free})
    twice = complete(
        complete(told, **{each: WORDS[each] for each in first & free}), **{each: WORDS[each] for each in second & free}
    )

    assert (told, once) == (without_typed(once), twice)


@settings(max_examples=60, deadline=None)
@given(subsets)
def test_what_is_typed_stands_there_as_typed_and_the_rest_as_read(parts: set[str]):
    """Every field that was missing can be completed, and says who told it; every other field is as before."""
    told = told_of(*parts)
    free = missing(told) & WORDS.keys()
    before, after = shown(told), shown(complete(told, **{each: WORDS[each] for each in free}))

    for name, field in after.items():
        if not before[name].values and set(field.typed_as) & free:
            assert (True, "typed") == (bool(field.values), field.how), name
        elif name not in ("offer_phone", "offer_until"):
            assert before[name] == field
    assert {each: WORDS[each] for each in free}.items() <= typed_before(after.values(), zone=ZONE).items()


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"until_day"}))
def test_what_was_read_is_never_typed_over(part: str):
    """Whoever posts it all the same is told which field."""
    told = told_of(*PARTS.keys() - {"until_day"})
    assert part not in missing(told)
    with pytest.raises(TypedRefused) as refusal:
        complete(told, **{part: WORDS[part]})

    assert (part, True) == (refusal.value.field, "was read" in refusal.value.say)


def test_a_field_shows_the_words_it_rests_on_and_where():
    """So that a person can look it up in the letter; what the letter does not say has neither."""
    told = told_of("payer", "reference", "reason")
    number, offer = shown(told)["references"], shown(told)["offer_phone"]
    start, end = (int(each) for each in number.place.removeprefix("letter, characters ").split("–"))

    assert (("REF-778812",), number.words) == (number.values, told.text[start:end])
    assert ((), None, None, None) == (offer.values, offer.how, offer.words, offer.place)


def test_half_an_offer_is_completed_not_replaced():
    """The letter's last day stays where only the number is typed, and the other way round."""
    until = offer_of(told_of("payer", "denied_on", "reason", "until_day")).deadline_at
    both = offer_of(complete(told_of("payer", "denied_on", "reason", "until_day"), phone="800-555-0199"))
    assert (until, "800-555-0199") == (both.deadline_at, both.phone)

    day = {"until_day": "2026-11-24", "until_time": "16:30"}
    other = offer_of(complete(told_of("payer", "denied_on", "reason", "phone"), **day))
    assert (datetime(2026, 11, 24, 22, 30, tzinfo=UTC), "800-555-0101") == (other.deadline_at, other.phone)


def test_an_answer_without_lines_is_completed_and_emptied_again():
    """A service typed to an answer that has no line makes one; taken back, there is none again."""
    told = bare_answer()
    whole = complete(told, service="Infusion", reason="Not medically necessary.")

    assert ("Infusion", (Quote("Not medically necessary.", "typed"),)) == (
        whole.denial.lines[0].service_label,
        whole.denial.notes,
    )
    assert told == complete(whole)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("denied_on", "2026-13-01"),
        ("denied_on", "2099-01-01"),
        ("phone", "ask for Jim"),
        ("until_day", "soon"),
        ("until_time", "25:00"),
        ("service", "x" * 161),
        ("line_of_business", "the best one"),
    ],
)
def test_a_wrong_field_is_named(field: str, typed: str):
    """The page shows it beside the field; a time without its day names the day."""
    more = {"until_day": "2026-11-24"} if field == "until_time" else {}
    with pytest.raises(TypedRefused) as refusal:
        complete(told_of("reason"), **{field: typed} | more)

    assert field == refusal.value.field


def test_every_field_of_the_form_can_complete_something():
    """But for the urgency, which no letter leaves out: no field of the form is dead."""
    nothing = told_of()
    names = {each.name for each in fields(TypedForm)} - {"urgent"}

    assert names == missing(nothing)
    assert not any(missing(told_of(*pair)) - names for pair in combinations(PARTS, 2))
