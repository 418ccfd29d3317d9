"""A payer's record: every claim has the entry of the log that it rests on, and no other payer's."""

from zoneinfo import ZoneInfo

import pytest

from app.core.learn import Happened, mark_of
from app.core.learn.scorecard import CLAIMS, scorecard_of
from app.core.learn.scorecard_paper import scorecard_paper
from tests.builders import MONDAY, hours


def event(kind: str, case: str = "a", after: float = 0, payer: str = "Payer A", **more) -> Happened:
    """Return one thing that happened, so many hours after Monday morning."""
    return Happened(case=case, kind=kind, at=MONDAY + hours(after), payer=payer, lane="post_denial", **more)


@pytest.mark.parametrize(
    ("kind", "logged"),
    [
        ("no_show", [event("missed", by="payer")]),
        ("outside", [event("connected", inside=False)]),
        ("held_too_long", [event("attempt", result="gave_up_holding", hold_minutes=41)]),
        ("unanswered", [event("attempt", result="closed")]),
        ("specialty", [event("connected", specialty_match=False)]),
        ("differs", [event("decided", result="approved"), event("confirmed", after=9, result="upheld")]),
    ],
)
def test_each_claim_rests_on_what_was_logged(kind, logged):
    """One claim a kind, with case and time; without the entry there is no claim."""
    found = scorecard_of([event("denied"), *logged], mark_of("Payer A"))

    assert {kind: [("a", logged[-1].at)]} == {
        name: [(each.case_id, each.at) for each in claims] for name, claims in found.claims.items()
    }
    assert {} == scorecard_of([event("denied")], mark_of("Payer A")).claims
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
    assert {} == scorecard_of([kept], mark_of("Payer A")).claims


def test_minutes_on_hold_are_told_and_the_latest_stands_first():
    """What was waited for how long."""
    some = [event("attempt", after=n, result="gave_up_holding", hold_minutes=20 + n) for n in (1, 3, 2)]

    assert [23, 22, 21] == [each.minutes for each in scorecard_of(some, mark_of("Payer A")).claims["held_too_long"]]


def test_another_payers_doings_are_not_this_ones():
    """Nothing of Payer B stands in the record of Payer A, in no claim and in no measure."""
    some = [event("missed", by="payer", payer="Payer B", case="b"), event("offered"), event("connected", after=2)]
    found = scorecard_of(some, mark_of("Payer A"))

    assert (1, {}) == (found.case_count, found.claims)
    assert 1 == next(each.n for each in found.measures if each.key == "kept_by_payer")
    assert (0, {}, None) == ((none := scorecard_of(some, mark_of("Payer C"))).case_count, none.claims, none.since)


def test_the_paper_names_case_and_day_and_hides_small_numbers():
    """One claim is one row under its heading; a share of one case is too few to tell; our day, not UTC's."""
    card = scorecard_of([event("offered"), event("missed", after=9, by="payer")], mark_of("Payer A"))
    paper = scorecard_paper(card, numbers={"a": "P-ABC234"}, zone="America/Chicago", made_at=MONDAY)
    rows = {part.title: [[cell.text for cell in row] for row in part.blocks[0].rows] for part in paper.parts}

    claim = MONDAY + hours(9)
    shown = f"{claim.astimezone(ZoneInfo('America/Chicago')):%Y-%m-%d %H:%M %Z}"
    assert [[shown, "P-ABC234", ""]] == rows["It did not come to a booked call: 1 time"]
    assert {"too few to tell"} == {row[1] for row in rows["Measures"]}
    nothing = scorecard_paper(scorecard_of([], mark_of("Payer A")), numbers={}, zone="UTC", made_at=MONDAY)
    assert "Nothing was logged against it." == nothing.parts[-1].blocks[0].words[0].text


def test_no_claim_rests_on_an_entry_that_was_corrected():
    """The payer did come: whoever logged its no-show corrected it, and contract talks hear nothing of it."""
    kept = [event("missed", by="payer", entry="l1"), event("attempt", entry="l2", corrects="l1")]

    assert {} == scorecard_of(kept, mark_of("Payer A")).claims
