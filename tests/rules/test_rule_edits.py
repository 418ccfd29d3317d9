"""The third layer: a site's edits over the files, with the refusals of the files; what no longer fits is set aside."""

from datetime import date
from pathlib import Path

import pytest

from app.core.denial import Coverage, Denial
from app.core.people import Party
from app.core.rulebook.edits import PAYER, EditKind, Unfit, standing_edits
from app.core.rulebook.payers import Evidence
from app.core.rulebook.phrases import ROWS, SCOPE
from app.core.rulebook.words import rule_in_words, scope_in_words
from app.edges.rulebook import RuleBook
from tests.builders import MONDAY
from tests.rule_edits import EVIDENCE, UHC, an_edit

RULES = Path(__file__).parents[2] / "app" / "rules"
BOOK = RuleBook.load(RULES)
SITE = """override = "uhc_general"

[phone]
value = "555-0100"
source = "a letter"
verified_on = 2026-11-02
grade = "V"
why = "Our own line."
"""


def with_edits(*edits, book=BOOK):
    """Return the book with edits numbered as they are given."""
    return book.edited(edits)


def test_shipped_below_site_folder_below_edit(tmp_path):
    """Each layer is taken away again by giving back: first the edit's value, then the folder's, else the file's."""
    (tmp_path / "ours.toml").write_text(SITE)
    site = RuleBook.load(RULES, tmp_path)
    edited = with_edits(an_edit(1), book=site)
    back = with_edits(an_edit(1), an_edit(2, kind=EditKind.BACK, values={}, before={"phone": "x"}), book=site)

    phones = [each.payer_by_key(UHC).phone for each in (BOOK, site, edited, back)]
    assert [None, "555-0100", "800-555-0100", "555-0100"] == phones
    assert ["a letter", EVIDENCE.source, "a letter"] == [
        each.payer_by_key(UHC).evidence_of("phone").source for each in (site, edited, back)
    ]
    assert None is back.payer_by_key("cigna").evidence_of("windows").why


def test_an_edit_carries_its_own_evidence_and_leaves_the_rest():
    """Every other value keeps the file's source; every other rule is the same object."""
    found = with_edits(an_edit()).payer_by_key(UHC)

    assert Evidence(EVIDENCE.source, date(2026, 11, 20), "V", "Our own line.") == found.evidence_of("phone")
    assert BOOK.payer_by_key(UHC).evidence_of("windows") == found.evidence_of("windows")
    assert all(BOOK.payer_by_key(each.key) is each for each in with_edits(an_edit()).payers if each.key != UHC)


def test_a_value_can_be_made_unknown_and_says_who_says_so():
    """The payer took its window off the page: unknown again, with caution, by this site's own word."""
    found = with_edits(an_edit(name="windows", values={"windows": []})).payer_by_key(UHC)
    (line,) = [each for each in rule_in_words(found, calendar=BOOK.calendar) if each.name == "windows"]

    assert ((), False, "Our own line.") == (found.windows, line.known, line.why)


def test_the_book_can_be_read_as_it_was_at_any_edit():
    """Each edit's state stands, so that cases are counted edit by edit."""
    book = with_edits(an_edit(1), an_edit(2, values={"phone": "800-555-0102"}))

    assert [None, "800-555-0100", "800-555-0102"] == [book.at(n).payer_by_key(UHC).phone for n in range(3)]
    assert (2, 0, 2) == (book.version, book.at(0).version, book.at(9).version)


def test_a_payer_is_added_and_matched_and_taken_out():
    """By its names; its key is its own; taking it out leaves nothing."""
    added = an_edit(1, PAYER, {"payer": "Own Plan", "names": ["OP Health"]}, rule="own_plan")
    gone = an_edit(2, PAYER, {}, rule="own_plan", kind=EditKind.REMOVE)
    book = with_edits(added)
    answer = Denial("ClaimResponse/1", None, None, None, MONDAY, None, Party(None))

    assert "own_plan" == book.payer_rule(Coverage(None, Party("OP Health, Inc.")), answer).key
    assert (True, False) == (book.is_added("own_plan"), book.is_added(UHC))
    assert BOOK.payers == with_edits(added, gone).payers


def of_hours(zone="America/Chicago", days=("MO",), opens="08:00:00", closes="16:00:00"):
    """Return hours as an edit tells them."""
    return {"hours": {"zone": zone, "days": list(days), "opens": opens, "closes": closes}}


def of_window(amount=3, unit="hours", anchor="denial_posted"):
    """Return one window as an edit tells it."""
    return {"windows": [{"amount": amount, "unit": unit, "anchor": anchor}]}


UNFIT = [
    ("hours", of_hours(opens="17:00:00"), "hours.closes", "must be after opens"),
    ("hours", of_hours(zone="Mars/North"), "hours.zone", "is no IANA"),
    ("hours", of_hours(days=()), "hours.days", "must name weekdays"),
    ("windows", of_window(amount=0), "windows[0].amount", "must be 0 for"),
    ("windows", of_window(anchor="plan_outreach"), "windows[0].anchor", "contradicts lane"),
    ("windows", of_window(unit="fortnights"), "windows[0].unit", "Invalid enum value"),
    ("lane", {"lane": "pre_denial"}, "blocked_by_appeal", "contradicts lane"),
    ("who_may_speak", {"speakers_refused": ["np"], "who_may_speak": ["np"]}, "speakers_refused", "contradicts who_may"),
    ("missed_call", {"missed_call": "call_back"}, "missed_call_business_days", "belongs to missed_call"),
    ("calls_max", {"calls_max": 0}, "calls_max", "must be at least 1"),
    ("phone", {"phone": "call us"}, "phone", "is no telephone number"),
    ("states", {"states": ["texas"]}, "states[0]", "must be two capital letters"),
    ("identifiers", {"identifiers": [{"system": "", "value": "1"}]}, "identifiers[0]", "needs a system"),
    ("effective", {"effective": "2026-12-01", "until": "2026-11-01"}, "until", "must be after effective"),
    ("vendor", {"vendor": False, "vendors": ["nobody"]}, "vendors[0]", "there is no such rule"),
    ("vendor", {"vendor": False, "for_payers": ["cigna"]}, "for_payers", "is for vendors only"),
    ("lines_of_business", {"lines_of_business": ["medicare_advantage"]}, "names", "for the same plans"),
    ("colour", {"colour": "red"}, "colour", "is no value of a payer's rule"),
    ("key", {"key": "cigna"}, "key", "is no value of a payer's rule"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "place", "problem"), UNFIT, ids=str)
def test_an_edit_is_refused_as_a_file_would_be(name, values, place, problem):
    """The contradictory and the unknown are named by their place in the rule; nothing is taken over."""
    with pytest.raises(Unfit) as refused:
        BOOK.tried(an_edit(name=name, values=values))

    assert place == refused.value.place and problem in refused.value.problem


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (an_edit(rule="nobody"), "there is no rule nobody"),
        (an_edit(evidence=None), "must say where it was read"),
        (an_edit(evidence=Evidence(" ", date(2026, 11, 20), "V", "x")), "must be the address"),
        (an_edit(name=PAYER, values={"payer": "X", "names": []}, rule=UHC), "twice"),
        (an_edit(name=PAYER, values={"payer": "–", "names": []}, rule="x"), "a name without a letter"),
        (an_edit(name=PAYER, values={"payer": "UHC", "names": []}, rule="x"), "for the same plans"),
        (an_edit(name=PAYER, values={}, kind=EditKind.REMOVE), "is no payer that was added here"),
    ],
)
def test_an_edit_of_nothing_without_evidence_or_against_another_rule_is_refused(edit, problem):
    """The unsourced, a rule that is not there, a second rule for the same plans."""
    with pytest.raises(Unfit) as refused:
        BOOK.tried(edit)

    assert problem in refused.value.say


def test_a_payer_that_others_name_is_not_taken_out():
    """Its key would be nobody's."""
    vendor = an_edit(1, PAYER, {"payer": "Own Vendor", "names": []}, rule="own_vendor")
    is_vendor = an_edit(2, "vendor", {"vendor": True}, rule="own_vendor")
    named = an_edit(3, "vendor", {"vendors": ["own_vendor"]}, rule="cigna")
    book = with_edits(vendor, is_vendor, named)
    assert {} == book.aside

    with pytest.raises(Unfit, match="there is no such rule: own_vendor"):
        book.tried(an_edit(4, PAYER, {}, rule="own_vendor", kind=EditKind.REMOVE))


def test_an_edit_that_does_not_fit_any_more_is_set_aside_and_the_rest_counts():
    """A shipped file changed beneath it: the rule stands without it, and the page can say which and why."""
    bad = an_edit(1, name="lane", values={"lane": "pre_denial"})
    book = with_edits(bad, an_edit(2))
    standing = standing_edits(book.edits, book.aside)

    assert ("post_denial", "800-555-0100") == (book.payer_by_key(UHC).lane, book.payer_by_key(UHC).phone)
    assert {1: "blocked_by_appeal: contradicts lane: before a denial there is no appeal"} == book.aside
    assert [(UHC, "phone")] == list(standing.by_value)


def test_what_stands_is_told_by_value():
    """The latest edit of each value; one that was given back rests on the file again."""
    edits = [
        an_edit(1),
        an_edit(2, values={"phone": "800-555-0102"}),
        an_edit(3, name="calls_max", values={"calls_max": 2}),
        an_edit(4, name="calls_max", kind=EditKind.BACK, values={}, before={"calls_max": 2}),
    ]

    assert {(UHC, "phone"): 2} == {key: each.number for key, each in standing_edits(edits, {}).by_value.items()}


def test_every_value_of_every_rule_can_be_told_again_as_it_stands():
    """A form that is sent back unchanged fits: what the page shows is what the layer takes."""
    for rule in BOOK.payers:
        told = BOOK.told(rule.key)
        for name, value in told.items():
            book = BOOK.tried(an_edit(name=name, values={name: value}, rule=rule.key))
            assert told == book.told(rule.key), (rule.key, name)


def test_every_value_is_said():
    """Each value of a rule has its line on the page, those that say whose rule it is too."""
    said = {name for name, _, _ in (*ROWS, *SCOPE)} | {"missed_call_business_days"}

    assert BOOK.told(UHC).keys() == said
    for rule in BOOK.payers:
        for line in scope_in_words(rule):
            assert line.sentence and line.source and line.verified_on and line.grade in "VSGI"
