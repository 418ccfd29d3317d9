"""The rules for codes and words are whole, dated, sourced, and refused by name where they are not."""

import json
import re
from pathlib import Path

import pytest

from app.core.denial import Code, Decision
from app.core.denial import Path as Route
from app.edges.rulebook.denials import load_denial_rules
from app.errors import Misconfigured
from tests.answers import ROOT, RULES, SHARED

FILE = ROOT / "app" / "rules" / "denials.toml"
CODES = SHARED / "domain" / "codes.json"
KINDS = {"E": "clinical", "H": "human", "N": "administrative", "X": "approval"}


def spread(code):
    """Return the codes of a row: "26/27", "22-24"."""
    if found := re.fullmatch(r"(\d+)-(\d+)", code):
        return [str(number) for number in range(int(found[1]), int(found[2]) + 1)]
    return code.split("/")


@pytest.mark.skipif(not CODES.exists(), reason="../shared/domain/codes.json does not stand beside the checkout")
def test_every_collected_code_has_a_rule_of_its_class():
    """All rows of the fact sheet, each code of a row, with the class that the sheet gives (facts A.1 to A.4)."""
    rows = json.loads(CODES.read_text(encoding="utf-8"))
    found = [(row, RULES.rule_of(Code(row["system"], code))) for row in rows for code in spread(row["code"])]
    wrong = [row["code"] for row, rule in found if rule and row["cls"] in KINDS and rule.kind != KINDS[row["cls"]]]

    # "no right of appeal" says nothing about why it was denied, so here it only remarks
    assert 162 == len(rows)
    assert [] == [row["code"] for row, rule in found if rule is None]
    assert ["N111"] == wrong


@pytest.mark.parametrize(
    "system",
    [
        "https://codesystem.x12.org/external/886",
        "http://codesystem.x12.org/external/886/",
        "HTTPS://CODESYSTEM.X12.ORG/external/886|2026",
        "https://codesystem.x12.org/005010/886",
    ],
)
@pytest.mark.parametrize("code", ["0F", "OF", "0f"])
def test_a_list_is_known_by_all_its_names(system, code):
    """Scheme, case, version, closing slash and the other names of the same list."""
    assert "not medically necessary" == RULES.rule_of(Code(system, code)).label


def test_codes_of_no_or_another_list_have_no_rule():
    """0F in a list of the payer's own is the payer's own."""
    assert RULES.rule_of(Code(None, "0F")) is None
    assert RULES.rule_of(Code("https://payer.example/codes", "0F")) is None
    assert RULES.rule_of(Code("https://codesystem.x12.org/external/886", None)) is None


def test_a_decision_never_sends_an_approval_to_a_call():
    """Rules agree with themselves: what approves goes nowhere, what is administrative is never a call."""
    for rule in RULES.codes.values():
        assert rule.decision is not Decision.APPROVED or rule.route is Route.NONE
        assert rule.kind != "administrative" or rule.route is not Route.P2P
        assert rule.kind != "clinical" or rule.route is Route.P2P


def test_every_list_is_dated_and_sourced():
    """Nothing in the rules is of unknown age or origin."""
    assert RULES.source and re.fullmatch(r"\d{4}-\d\d-\d\d", RULES.reviewed)
    for known in RULES.lists:
        assert known.source and re.fullmatch(r"\d{4}-\d\d-\d\d", known.reviewed)
    assert {rule.system for rule in RULES.codes.values()} <= {known.url for known in RULES.lists}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("reviewed = 2026-11-21\n\n# A day", "\n# A day", "reviewed"),
        ('key = "carc"', 'key = "carc"\ncolour = "red"', "colour"),
        ('source = "public machine copy of x12.org, 2026-08-17"', 'source = ""', "lists.carc.source"),
        (
            'A1 = { label = "approved in full", kind = "approval"',
            'A1 = { label = "x", kind = "odd"',
            "codes.x12-306.A1",
        ),
        ("[codes.rarc]", "[codes.unknown]", "codes.unknown"),
        ('route = "p2p"\nlabel = "not medically necessary"', 'label = "x"', "cues[0]"),
        ("'step (?:therapy|edit", "'step ((?:therapy|edit", "cues[4].patterns[0]"),
        ("America/New_York", "Mars/Olympus", "zone"),
        ("0F = {", "OF = {", "codes.x12-886.OF"),
        ("[codes.carc]", "[codes.carc", "TOML"),
    ],
)
def test_faulty_rules_are_refused_by_place(tmp_path, old, new, place):
    """The undated, the unsourced, the unknown and the unreadable, each named where it stands."""
    text = FILE.read_text(encoding="utf-8")
    file = tmp_path / "denials.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")

    assert old in text
    with pytest.raises(Misconfigured, match=re.escape(place)):
        load_denial_rules(file)


def test_a_missing_file_is_named():
    """No rules, no routing."""
    with pytest.raises(Misconfigured, match=r"nowhere\.toml"):
        load_denial_rules(Path("nowhere.toml"))
