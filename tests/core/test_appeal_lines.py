"""Which lines an appeal is about, at which level, and where and by when it goes: told by the record or owed by name."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.entries import Entry, EntryKind
from app.core.brief.packet import Packet
from app.core.case import Filing, LineOutcome, Outcome
from app.core.denial import Quote
from app.core.outcome.appeal import appeal_of, level_of, lines_of
from app.core.outcome.appeal.choice import THING, Choice, NotAChoice, check_choice, check_grounds, choice_of
from app.core.outcome.appeal.filed import read_filed
from app.core.outcome.appeal.lines import appealable_lines, appealed_lines, is_won, narrowed, unanswered_lines
from app.core.outcome.appeal.notice import addresses_in, appeal_words
from app.core.rulebook.payers import PayerRule
from tests.builders import MONDAY, a_case, a_denial, hours

LINES = st.builds(
    lambda result, answer, quantity: (result, answer, quantity if result == "modified" else None),
    st.sampled_from(["approved", "modified", "upheld", "withdrawn"]),
    st.sampled_from([None, "accepted", "appealed"]),
    st.integers(1, 23).map(float),
)


def an_outcome(*lines: LineOutcome, result: str = "partial", **more) -> Outcome:
    """Return an outcome with these lines."""
    return Outcome("o1", result, True, MONDAY, "Coordinator Test", lines=lines, **more)


def decided(*lines: LineOutcome, **more):
    """Return a case of two lines with this decision."""
    return a_case(outcome=an_outcome(*lines, **more))


def a_notice(*texts: str):
    """Return a case whose denial says this."""
    return a_case(denial=a_denial(notes=tuple(Quote(text, f"processNote[{n}].text") for n, text in enumerate(texts))))


def test_where_no_call_was_held_every_disputed_line_is_appealed():
    """Nobody decided anything since: nothing is given up."""
    assert (1, 2) == appealed_lines(a_case())
    assert (1, 2) == appealed_lines(a_case(outcome=an_outcome(result="not_held", not_held_reason="payer_no_show")))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((LineOutcome(1, "upheld"), LineOutcome(2, "approved")), (1,)),
        ((LineOutcome(1, "upheld", answer="accepted"), LineOutcome(2, "upheld")), (2,)),
        ((LineOutcome(1, "upheld"), LineOutcome(2, "modified", 12.0)), (1,)),
        ((LineOutcome(1, "approved"), LineOutcome(2, "modified", 12.0, answer="appealed")), (2,)),
        ((LineOutcome(1, "approved"), LineOutcome(2, "modified", 12.0, answer="accepted")), ()),
        ((LineOutcome(1, "approved"),), (2,)),  # of the second nobody said anything: it is still denied
    ],
)
def test_lines_that_were_won_or_accepted_are_not_appealed(told, expected):
    """Upheld lines, and those whose difference somebody decided to appeal."""
    assert expected == appealed_lines(decided(*told))


def test_an_appeal_decided_as_a_whole_wins_no_line_back():
    """Line 1 was approved on the call; the appeal of the other was lost without a word on lines."""
    call = an_outcome(LineOutcome(1, "approved"), LineOutcome(2, "upheld"))
    case = a_case(earlier=(call,), outcome=an_outcome(result="upheld", way="file_appeal"))

    assert (2,) == appealed_lines(case)
    assert is_won(replace(case, outcome=an_outcome(result="approved", way="file_appeal")))


def test_a_modified_line_waits_for_a_word_of_ours():
    """Neither given up nor appealed by default."""
    case = decided(LineOutcome(1, "upheld"), LineOutcome(2, "modified", 12.0))

    assert (2,) == unanswered_lines(case)
    assert (1, 2) == appealable_lines(case)


@given(st.lists(LINES, min_size=2, max_size=2), st.lists(st.integers(0, 4), max_size=4))
def test_no_choice_brings_a_won_line_into_an_appeal(told, chosen):
    """Whatever is ticked, and whatever the outcome became since: only lines still in dispute."""
    lines = [LineOutcome(n, result, quantity, answer=answer) for n, (result, answer, quantity) in enumerate(told, 1)]
    case = decided(*lines)
    found = lines_of(case, Choice(lines=tuple(chosen)))
    lost = {each.sequence for each in lines if each.result in ("upheld", "modified") and each.answer != "accepted"}

    assert set(found) <= lost
    assert is_won(case) is (not lost)
    if set(chosen) & lost:
        assert set(found) == set(chosen) & lost


def test_the_denial_of_one_line_has_its_words_alone():
    """The answer argues with the reason of that line; words about the whole stay."""
    first, second = Quote("About the fusion.", "n0"), Quote("About the brace.", "n1")
    whole = Quote("About both.", "n2")
    lines = tuple(replace(each, notes=(note,)) for each, note in zip(a_denial().lines, (first, second), strict=True))
    case = decided(LineOutcome(1, "approved"), LineOutcome(2, "modified", 12.0, answer="appealed"))
    case = replace(case, denial=replace(case.denial, lines=lines, notes=(first, second, whole)))
    denial = narrowed(case, (2,))

    assert [(2, 24, 12.0)] == [
        (each.sequence, each.quantity_requested, each.quantity_approved) for each in denial.lines
    ]
    assert (second, whole) == denial.notes
    assert narrowed(case, ()) is case.denial


def test_each_appeal_that_was_decided_leads_one_level_up():
    """First, second, then outside of the plan; a call is no level."""
    appeals = [an_outcome(result="upheld", way="file_appeal")] * 3

    assert ["first", "second", "external", "external"] == [
        level_of(a_case(earlier=(an_outcome(result="upheld"), *appeals[:n]))) for n in range(4)
    ]


@pytest.mark.parametrize(
    ("text", "way", "to"),
    [
        ("Send your appeal by fax to 800-555-0144.", "fax", "800-555-0144"),
        ("Appeals may be sent by fax: (800) 555-0144.", "fax", "(800) 555-0144"),
        ("You may appeal at https://appeals.payer.example/new.", "portal", "https://appeals.payer.example/new"),
        ("Mail appeals to P.O. Box 4417, Springfield, IL 62701.", "mail", "P.O. Box 4417, Springfield, IL 62701"),
    ],
)
def test_the_denial_itself_says_where_an_appeal_goes(text, way, to):
    """Read from a sentence on appeals, character for character."""
    assert [(way, to)] == [(each.way, each.to) for each in addresses_in(appeal_words(a_notice(text).denial))]


@pytest.mark.parametrize(
    "text",
    [
        "You may appeal within 180 days. For a peer-to-peer discussion, fax 800-555-0101.",
        "For a peer-to-peer or an appeal fax 800-555-0101.",
        "Fax clinical records to 800-555-0101.",
        "Fax appeals to 800-555-0101. Urgent appeals: fax 800-555-0102.",
        "To appeal, write to us at the address on your card.",
        "You may appeal at http://payer.example or javascript:alert(1).",
    ],
)
def test_no_address_is_guessed(text):
    """Another remedy's number, two numbers, or none: a person looks at the notice."""
    assert () == addresses_in(appeal_words(a_notice(text).denial))


@given(st.text(max_size=400))
def test_whatever_a_notice_says_an_address_stands_in_it(text):
    """Nothing is made up of a letter; and no letter breaks the reading."""
    for each in addresses_in(appeal_words(a_notice(f"Send an appeal by fax {text}").denial)):
        assert each.to in f"Send an appeal by fax {text}"


def test_reading_a_very_long_notice_takes_no_time_to_speak_of():
    """No pattern runs away on what a hostile letter repeats."""
    for piece in ("appeal fax (", "P.O. Box 1, ", "appeal 1 A A A A ", "https://a", "appeal fax 1-1-"):
        assert isinstance(addresses_in(appeal_words(a_notice(piece * 20_000).denial)), tuple)


def test_the_latest_choice_stands():
    """Each step replaces the one before; what was signed is apart."""
    steps = (
        Entry(1, EntryKind.CHOSEN, THING, MONDAY, "k", "Ann", {"lines": "1 2", "level": "second"}),
        Entry(2, EntryKind.EXPEDITED, THING, MONDAY, "d", "Dr Test", {"why": "She falls."}),
        Entry(
            3, EntryKind.CHOSEN, THING, MONDAY, "k", "Ben", {"lines": "2", "due_on": "2026-12-20", "where": "page 2"}
        ),
    )
    choice = choice_of(steps, since=None)

    assert ((2,), None, date(2026, 12, 20), "Ben") == (choice.lines, choice.level, choice.due_on, choice.by)
    assert choice.expedited and "signed Dr Test, 2026-11-23 15:00 UTC" == choice.expedited.signature
    taken_back = Entry(4, EntryKind.EXPEDITED, THING, MONDAY, "d", "Dr Test", {"why": ""})
    assert choice_of((*steps, taken_back), since=None).expedited is None


@pytest.mark.parametrize(
    ("typed", "lines", "field"),
    [
        ({}, (), "lines"),
        ({}, (1, 7), "lines"),
        ({"level": "fourth"}, (1,), "level"),
        ({"way": "fax"}, (1,), "to"),
        ({"to": "800-555-0144"}, (1,), "to"),
        ({"way": "pigeon", "to": "roof"}, (1,), "to"),
        ({"way": "fax", "to": "8" * 301}, (1,), "to"),
        ({"due_on": "soon", "where": "page 2"}, (1,), "due_on"),
        ({"due_on": "2026-12-20"}, (1,), "where"),
    ],
)
def test_what_cannot_be_chosen_is_told_beside_its_field(typed, lines, field):
    """A deadline that nobody can look up again is none."""
    with pytest.raises(NotAChoice) as refused:
        check_choice(typed, lines, may_be=(1, 2))
    assert field == refused.value.field


@pytest.mark.parametrize(
    ("notice", "choice", "expected"),
    [
        ("Six weeks not shown.", Choice(), [("", "Fax 800-555-0199")]),
        ("Send your appeal by fax to 800-555-0144.", Choice(), [("fax", "800-555-0144")]),
        ("Send your appeal by fax to 800-555-0144.", Choice(way="mail", to="Box 1", by="Ann"), [("mail", "Box 1")]),
    ],
)
def test_what_a_person_read_comes_before_the_notice_and_that_before_the_rule(notice, choice, expected):
    """The nearest word counts; nobody's address is mixed with another's."""
    rule = PayerRule(
        "x", "Payer Test", (), (), (), (), "https://x.example", MONDAY.date(), "V", appeals_to="Fax 800-555-0199"
    )
    found = appeal_of(a_notice(notice), Packet(brief=None), choice, rule=rule, zone="UTC", now=MONDAY)

    assert expected == [(each.way, each.to) for each in found.addresses]


def test_why_a_patient_cannot_wait_is_ticked_and_said():
    """The tick is what is signed, the sentence is why."""
    assert "She falls." == check_grounds(" She  falls. ", ticked=True)
    for why, ticked, field in (("She falls.", False, "grounds"), (" ", True, "why"), ("x" * 301, True, "why")):
        with pytest.raises(NotAChoice) as refused:
            check_grounds(why, ticked=ticked)
        assert field == refused.value.field


def test_a_filing_is_kept_with_day_way_and_number():
    """Its answer's time runs from the end of an earlier day, else from now."""
    told = {"filed_on": "2026-11-23", "filed_way": "fax", "confirmation": "OK 4417"}
    filed = read_filed(a_case(), told, zone="America/Chicago", now=MONDAY + hours(1))

    assert (Filing(MONDAY.date(), "fax", "OK 4417"), MONDAY + hours(1)) == (filed.filing, filed.since)
    later = read_filed(a_case(), told, zone="America/Chicago", now=MONDAY + hours(48))
    assert MONDAY + hours(14) < later.since < MONDAY + hours(15)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"filed_way": ""}, "filed_way"),
        ({"filed_on": "yesterday"}, "filed_on"),
        ({"filed_on": "2026-11-24"}, "filed_on"),
        ({"filed_on": "2025-11-24"}, "filed_on"),
        ({"confirmation": "x" * 301}, "confirmation"),
    ],
)
def test_a_filing_that_cannot_be_is_refused(wrong, field):
    """Not tomorrow, not before the denial, not in no way at all."""
    case = a_case(denial=a_denial(created_on=MONDAY.date()))
    told = {"filed_on": "2026-11-23", "filed_way": "fax"} | wrong
    with pytest.raises(NotAChoice) as refused:
        read_filed(case, told, zone="America/Chicago", now=MONDAY)
    assert field == refused.value.field
