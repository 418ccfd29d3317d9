"""A payer's record: every claim has the entry of the log that it rests on, and no other payer's."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.core.learn import Happened
from app.core.learn.scorecard import CLAIMS, MOST_OF_A_KIND, claim_words, scorecard_of
from app.core.learn.scorecard_paper import scorecard_paper
from app.edges.rulebook import RuleBook
from tests.builders import MONDAY, hours


def event(kind: str, case: str = "a", after: float = 0, payer: str = "Payer A", **more) -> Happened:
    """Return one thing that happened, so many hours after Monday morning."""
    return Happened(case=case, kind=kind, at=MONDAY + hours(after), payer=payer, lane="post_denial", **more)


def card_of(events, payer, **more):
    """Return the record of a payer from what happened in all cases."""
    cases = {each.case: [one for one in events if one.case == each.case] for each in events if each.payer == payer}
    return scorecard_of(payer, cases.values(), **more)


@pytest.mark.parametrize(
    ("kind", "logged"),
    [
        ("no_show", [event("missed", by="payer")]),
        ("outside", [event("connected", inside=False)]),
        ("held_too_long", [event("attempt", result="gave_up_holding", hold_minutes=41)]),
        ("unanswered", [event("attempt", result="closed")]),
        ("closed_in_hours", [event("attempt", result="closed", problems=("closed_in_hours",))]),
        ("held_too_long", [event("attempt", result="connected", hold_minutes=31, problems=("held_too_long",))]),
        ("late", [event("attempt", result="connected", problems=("late",))]),
        ("outside_window", [event("attempt", result="connected", problems=("outside_window",))]),
        ("ended_early", [event("decided", result="upheld", problems=("ended_early",))]),
        ("not_identified", [event("decided", result="upheld", problems=("not_identified",))]),
        ("specialty", [event("decided", result="upheld", problems=("wrong_specialty",))]),
        ("specialty", [event("connected", specialty_match=False)]),
        ("differs", [event("decided", result="approved"), event("confirmed", after=9, result="upheld")]),
    ],
)
def test_each_claim_rests_on_what_was_logged(kind, logged):
    """One claim a kind, with case and time; without the entry there is no claim."""
    found = card_of([event("denied"), *logged], "Payer A")

    assert {kind: [("a", logged[-1].at)]} == {
        name: [(each.case_id, each.at) for each in claims.latest] for name, claims in found.claims.items()
    }
    assert {} == card_of([event("denied")], "Payer A").claims
    assert kind in CLAIMS


@pytest.mark.parametrize(
    "kept",
    [
        event("missed", by="us"),
        event("connected", inside=True, specialty_match=True),
        event("connected"),
        event("attempt", result="message_left"),
    ],
)
def test_what_we_did_or_nobody_knows_is_no_claim(kept):
    """Our own no-show, a call inside the window, a specialty nobody told."""
    assert {} == card_of([kept], "Payer A").claims


def test_nobody_of_ours_who_answered_is_not_the_payers_doing():
    """It rang out at our desk, or we called at night: that is no line of the payer's that nobody answers."""
    told = [
        event("attempt", result="no_answer", by="payer"),
        event("attempt", result="wrong_number", by="payer"),
        event("attempt", result="closed", inside=False),
    ]

    assert {} == card_of(told, "Payer A").claims


def test_one_call_is_claimed_once_whoever_tells_of_it():
    """The try, its connection and its outcome all know the specialty; the missed call and the try that logs it."""
    call = {"problems": ("wrong_specialty",)}
    told = [
        event("attempt", result="connected", **call),
        event("connected", specialty_match=False),
        event("decided", after=1, result="upheld", **call),
        event("attempt", case="b", result="payer_no_show", problems=("payer_no_show",)),
        event("missed", case="b", by="payer"),
    ]
    found = card_of(told, "Payer A").claims

    assert {"specialty": 1, "no_show": 1} == {kind: each.count for kind, each in found.items()}
    assert MONDAY == found["specialty"].latest[0].at


def test_an_entry_that_was_corrected_claims_nothing():
    """The wrong time was typed: the payer was not late."""
    told = [
        event("attempt", result="connected", entry="e1", problems=("late",)),
        event("attempt", result="connected", entry="e2", corrects="e1"),
    ]

    assert {} == card_of(told, "Payer A").claims


def test_our_own_doing_is_on_nobodys_record_and_the_site_says_it_in_its_words():
    """A rule without a claim is ours; the page and the paper use the rule book's words."""
    rules = RuleBook.load(Path(__file__).parents[2] / "app" / "rules").calls
    words = claim_words(rules | {"late": replace(rules["late"], claim="came late to the call")})
    told = [event("attempt", result="our_no_show", problems=("our_no_show",)), event("attempt", problems=("late",))]
    card = card_of(told, "Payer A", words=words)
    paper = scorecard_paper(card, numbers={}, zone="America/Chicago", made_at=MONDAY)

    assert ["late"] == list(card.claims)
    assert "It came late to the call: 1 time" in [each.title for each in paper.parts]
    assert CLAIMS.keys() == words.keys()


def test_minutes_on_hold_are_told_and_the_latest_stands_first():
    """What was waited for how long."""
    some = [event("attempt", after=n, result="gave_up_holding", hold_minutes=20 + n) for n in (1, 3, 2)]

    assert [23, 22, 21] == [each.minutes for each in card_of(some, "Payer A").claims["held_too_long"].latest]


def test_another_payers_doings_are_not_this_ones():
    """Nothing of Payer B stands in the record of Payer A, in no claim and in no measure."""
    some = [event("missed", by="payer", payer="Payer B", case="b"), event("offered"), event("connected", after=2)]
    found = card_of(some, "Payer A")

    assert (1, {}) == (found.case_count, found.claims)
    assert 1 == next(each.n for each in found.measures if each.key == "kept_by_payer")
    assert (0, {}, None) == ((none := card_of(some, "Payer C")).case_count, none.claims, none.since)


def test_the_paper_names_case_and_day_and_hides_small_numbers():
    """One claim is one row under its heading; a share of one case is too few to tell; our day, not UTC's."""
    card = card_of([event("offered"), event("missed", after=9, by="payer")], "Payer A")
    paper = scorecard_paper(card, numbers={"a": "P-ABC234"}, zone="America/Chicago", made_at=MONDAY)
    rows = {part.title: [[cell.text for cell in row] for row in part.blocks[0].rows] for part in paper.parts}

    claim = MONDAY + hours(9)
    shown = f"{claim.astimezone(ZoneInfo('America/Chicago')):%Y-%m-%d %H:%M %Z}"
    assert [[shown, "P-ABC234", ""]] == rows["It did not come to a booked call: 1 time"]
    assert {"too few to tell"} == {row[1] for row in rows["Measures"]}
    nothing = scorecard_paper(card_of([], "Payer A"), numbers={}, zone="UTC", made_at=MONDAY)
    assert "Nothing was logged against it." == nothing.parts[-1].blocks[0].words[0].text


def test_no_claim_rests_on_an_entry_that_was_corrected():
    """The payer did come: whoever logged its no-show corrected it, and contract talks hear nothing of it."""
    kept = [event("missed", by="payer", entry="l1"), event("attempt", entry="l2", corrects="l1")]

    assert {} == card_of(kept, "Payer A").claims


def test_the_latest_claims_are_told_and_all_are_counted():
    """Of a thousand late calls two hundred stand in the record, the latest first; how many there were stands above."""
    cases = ([event("attempt", case=f"c{n}", after=n * 7 % 1000, problems=("late",))] for n in range(1000))
    found = scorecard_of("Payer A", cases).claims["late"]

    assert (1000, MOST_OF_A_KIND) == (found.count, len(found.latest))
    assert [MONDAY + hours(999 - n) for n in range(MOST_OF_A_KIND)] == [each.at for each in found.latest]
