"""The rules of a call are data: every one is there, dated and sourced; what is wrong is refused by its line."""

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.core.rulebook.calls import BROKEN, MARKED, MEASURED
from app.core.rulebook.edits import EditKind, RuleEdit, Unfit
from app.core.rulebook.payers import Evidence
from app.edges.rulebook import RuleBook
from app.edges.rulebook.calls import call_rules, load_call_files
from app.errors import Misconfigured
from launch.check import run_from_environment
from launch.demo import demo_environment

RULES = Path(__file__).parents[2] / "app" / "rules"
SHIPPED = (RULES / "calls.toml").read_text()
SITE = """override = "call.late"

[minutes]
value = 10
source = "Contract of 2026, section 4"
verified_on = 2026-11-02
grade = "V"
why = "Ten minutes are agreed."
"""
BOOK = RuleBook.load(RULES)


def loaded(folder, text):
    """Return the rules of a file with this text."""
    (folder / "calls.toml").write_text(text)
    return call_rules(load_call_files(folder / "calls.toml"))


def an_edit(number=1, **changes):
    """Return an edit of the page: late is ten minutes."""
    told = {
        "rule": "call.late",
        "name": "minutes",
        "kind": EditKind.SET,
        "values": {"minutes": 10},
        "before": {"minutes": 5},
        "why": "agreed",
        "by": "lakeside|ann",
        "by_name": "Ann",
        "at": datetime(2026, 12, 1, tzinfo=UTC),
        "evidence": Evidence("contract", date(2026, 11, 2), "V"),
    }
    return RuleEdit(number=number, **(told | changes))


def test_every_rule_says_what_it_is_what_follows_and_whose_it_is():
    """Issue 6, point 2: a definition, a next action, an owner, a ladder with times, a place on the record."""
    assert BROKEN == tuple(BOOK.calls)
    for key, rule in BOOK.calls.items():
        assert rule.label and "{" not in rule.defined and rule.ladder and rule.source and rule.verified_on
        assert (rule.claim is None) == (rule.by == "us")
        assert (rule.minutes is not None) == (key in MEASURED)
        for step in rule.ladder:
            assert step.owner and step.told_to and "{" not in step.words(payer="Acme", specialty=None)
    assert set(MARKED) <= set(BROKEN)


def test_a_ladder_goes_up_in_time():
    """No step falls due while the one below it may still be taken in time."""
    for rule in BOOK.calls.values():
        for below, above in zip(rule.ladder, rule.ladder[1:], strict=False):
            assert below.after_hours + below.within_hours <= above.after_hours, rule.key


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("verified_on = 2026-11-21\n", "", "rules[0]"),
        ("effective = 2026-12-01\n", "", "rules[0]"),
        ('grade = "I"', 'grade = "sure"', "rules[0].grade"),
        ('source = "Parley\'s own practice"', 'source = " "', "source: must not be empty"),
        ("minutes = 15\n", "", "minutes: is asked for"),
        ("minutes = 15", "minutes = 0", "rules[0].minutes"),
        ("minutes = 15", "minutes = 900", "rules[0].minutes"),
        ("{minutes} minutes of the booked start", "{hours} hours of it", "leaves {hours} open"),
        ("{payer} missed the call", "{patient} missed the call", "leaves {patient} open"),
        ('claim = "called late"\n', "", "claim: must say how"),
        ('owner = "coordinator"', 'owner = "somebody"', "rules[0].ladder[0].owner"),
        ("after_hours = 4\nwithin_hours = 2", "after_hours = 0\nwithin_hours = 2", "must not fall due before"),
        ("within_hours = 1", "within_hours = 0", "within_hours: must be between 1"),
        ('key = "late"', 'key = "tardy"', "is no rule of a call"),
        ('key = "late"', 'key = "our_no_show"', "our_no_show twice"),
        ('label = "The payer called late"', 'label = "x"\ncolour = "red"', "colour"),
        ('ends = ["matched", ', 'ends = ["forgotten", ', "ends[0]"),
    ],
)
def test_what_is_undated_unsourced_or_contradictory_is_refused(tmp_path, old, new, where):
    """At start, by file, line and place; never by a patient's case."""
    assert old in SHIPPED
    with pytest.raises(Misconfigured) as refused:
        loaded(tmp_path, SHIPPED.replace(old, new, 1))

    assert "calls.toml, line" in str(refused.value)
    assert where in str(refused.value)


def test_a_rule_that_is_left_out_is_missed(tmp_path):
    """A case may carry its key: nobody may take a rule away."""
    head, _, rest = SHIPPED.partition('[[rules]]\nkey = "closed_in_hours"')
    assert rest
    with pytest.raises(Misconfigured, match="has no rule closed_in_hours"):
        loaded(tmp_path, head)


def test_a_site_puts_its_own_figure_in_the_place_of_ours(tmp_path):
    """With its own evidence; everything else of the rule, and every other rule, stays."""
    (tmp_path / "late.toml").write_text(SITE)
    book = RuleBook.load(RULES, tmp_path)

    assert 10 == book.calls["late"].minutes and "10 minutes" in book.calls["late"].defined
    assert ("Contract of 2026, section 4", "Ten minutes are agreed.") == (
        book.calls["late"].evidence_of("minutes").source,
        book.calls["late"].evidence_of("minutes").why,
    )
    assert BOOK.calls["late"].evidence_of("ladder") == book.calls["late"].evidence_of("ladder")
    assert [key for key in BROKEN if book.calls[key] != BOOK.calls[key]] == ["late"]
    assert len(book.payers) == len(BOOK.payers)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("call.late", "call.tardy", "no call rule tardy"),
        ("value = 10", "value = 0", "minutes"),
        ("verified_on = 2026-11-02\n", "", "minutes"),
        ('source = "Contract of 2026, section 4"\n', "", "minutes"),
        ('why = "Ten minutes are agreed."', 'why = " "', "minutes.why"),
        ("[minutes]", "[key]", "no value of this rule"),
    ],
)
def test_a_site_is_held_to_the_same(tmp_path, old, new, where):
    """An overlay without evidence or sense is refused by its own file."""
    (tmp_path / "ours.toml").write_text(SITE.replace(old, new))
    with pytest.raises(Misconfigured) as refused:
        RuleBook.load(RULES, tmp_path)

    assert "ours.toml, line" in str(refused.value) and where in str(refused.value)


def test_parley_check_names_what_is_wrong_in_a_sites_rule(tmp_path):
    """Before go-live, by file and line, and nothing is started."""
    (tmp_path / "ours.toml").write_text(SITE.replace("value = 10", "value = 0"))
    told = io.StringIO()
    bases = {"ehr_base": "http://127.0.0.1:9", "app_base": "http://127.0.0.1:8572"}  # nobody answers there
    environ = demo_environment(tmp_path, **bases) | {"PARLEY_SITE_RULES": str(tmp_path)}
    config = json.loads((tmp_path / "smart-config.json").read_text())
    (tmp_path / "smart-config.json").write_text(json.dumps(config | {"payers": []}))  # with none connected, too
    status = run_from_environment(environ, out=told)

    assert 1 == status
    assert "ours.toml, line" in told.getvalue() and "minutes" in told.getvalue()


def test_the_same_rule_is_not_changed_by_two_files(tmp_path):
    """Which of them counted would depend on a file's name."""
    (tmp_path / "a.toml").write_text(SITE)
    (tmp_path / "b.toml").write_text(SITE.replace("value = 10", "value = 12"))
    with pytest.raises(Misconfigured, match=r"contradicts a\.toml"):
        RuleBook.load(RULES, tmp_path)


def test_an_edit_of_the_page_stands_over_both_and_can_be_given_back(tmp_path):
    """The third layer (decision 0021): laid on in order; giving back shows the site's value, not the shipped one."""
    (tmp_path / "late.toml").write_text(SITE)
    book = RuleBook.load(RULES, tmp_path)
    edited = book.edited([an_edit(values={"minutes": 20})])
    back = edited.edited([*edited.edits, an_edit(2, kind=EditKind.BACK, values={}, before={"minutes": 20})])

    assert (20, "agreed") == (edited.calls["late"].minutes, edited.calls["late"].evidence_of("minutes").why)
    assert book.calls["late"] == back.calls["late"]
    assert 20 == edited.at(1).calls["late"].minutes and 10 == edited.at(0).calls["late"].minutes
    assert edited.payers == book.payers
    assert {"minutes": 20}.items() <= edited.told("call.late").items()


def test_an_edit_that_does_not_fit_is_refused_and_one_that_no_longer_fits_is_set_aside():
    """The rest counts."""
    wrong = an_edit(values={"minutes": 0})
    with pytest.raises(Unfit, match="must be between"):
        BOOK.tried(wrong)
    book = BOOK.edited([wrong, an_edit(2, values={"minutes": 7}, before={"minutes": 5})])

    assert 7 == book.calls["late"].minutes
    assert [1] == list(book.aside)
