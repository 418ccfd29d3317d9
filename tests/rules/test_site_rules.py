"""A site adds payers and changes single values in a folder of its own; what is wrong there is refused by its line."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.core.denial import Coverage, Denial
from app.core.people import Party
from app.edges.rulebook import RuleBook
from app.errors import Misconfigured
from app.settings import load_settings
from launch.demo import demo_environment
from launch.wsgi import build

RULES = Path(__file__).parents[2] / "app" / "rules"
PHONE = """override = "uhc_general"

[phone]
value = "555-0100"
source = "a letter of our representative"
verified_on = 2026-11-02
grade = "V"
why = "Our own line."
"""
PAYER = """key = "local"
payer = "Local Health Plan"
names = ["LHP"]
source = "a contract"
verified_on = 2026-11-02
grade = "V"
"""


def book(folder, **files):
    """Return the rule book with these site files."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    return RuleBook.load(RULES, folder)


def test_a_site_changes_one_value_and_leaves_the_others(tmp_path):
    """The change carries its own evidence; the rest keeps the shipped source."""
    rule, shipped = book(tmp_path, ours=PHONE).payer_by_key("uhc_general"), RuleBook.load(RULES)

    assert "555-0100" == rule.phone
    own = rule.evidence_of("phone")
    assert ("a letter of our representative", date(2026, 11, 2), "V", "Our own line.") == (
        own.source,
        own.verified_on,
        own.grade,
        own.why,
    )
    assert rule.evidence_of("windows").source == rule.source == shipped.payer_by_key("uhc_general").source
    assert rule.windows == shipped.payer_by_key("uhc_general").windows
    assert len(book(tmp_path).payers) == len(shipped.payers)


def test_a_site_adds_a_payer_and_it_is_matched(tmp_path):
    """A payer that nobody ships; its source may be a paper in the drawer."""
    found = book(tmp_path, local=PAYER)
    answer = Denial("ClaimResponse/1", None, None, None, datetime(2026, 11, 20, tzinfo=UTC), None, Party(None))

    assert "local" == found.payer_rule(Coverage(None, Party("Local Health Plan, Inc.")), answer).key


def test_a_payers_own_holidays_move_its_window(tmp_path):
    """Facts C.2: ten business days end on Tuesday 8 December where the payer closes after Thanksgiving."""
    closed = PHONE.replace("uhc_general", "molina_wa").replace("[phone]", "[closed]")
    rule = book(tmp_path, ours=closed.replace('"555-0100"', "[2026-11-27]")).payer_by_key("molina_wa")

    assert date(2026, 11, 27) in rule.hours.closed and date(2026, 11, 26) in rule.hours.closed


def test_whole_windows_and_hours_are_changed_at_once(tmp_path):
    """A value of several parts is given whole."""
    windows = PHONE.replace("[phone]", "[windows]").replace(
        '"555-0100"', '[{ amount = 5, unit = "business_days", anchor = "denial_posted" }]'
    )
    hours = windows.split("\n\n")[1].replace("[windows]", "[hours]")
    hours = hours.replace(
        '[{ amount = 5, unit = "business_days", anchor = "denial_posted" }]',
        '{ zone = "America/Chicago", days = ["MO"], opens = 08:00:00, closes = 16:00:00 }',
    )
    rule = book(tmp_path, ours=f"{windows}\n{hours}").payer_by_key("uhc_general")

    assert [(5, "business_days")] == [(each.amount, each.unit) for each in rule.windows]
    assert ("America/Chicago", ("MO",)) == (rule.hours.zone, rule.hours.days)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PHONE.replace("uhc_general", "nobody"), "ours.toml, line 1: override: there is no shipped rule nobody"),
        (PHONE.replace("[phone]", "[telephone]"), "ours.toml, line 3: telephone: is no value"),
        (PHONE.replace("[phone]", "[key]"), "ours.toml, line 3: key: is no value"),
        (PHONE.replace('why = "Our own line."\n', ""), "ours.toml, line 3: phone: Object missing required field `why`"),
        (PHONE.replace('why = "Our own line."', 'why = " "'), "ours.toml, line 8: phone.why"),
        (PHONE.replace("verified_on = 2026-11-02\n", ""), "missing required field `verified_on`"),
        (PHONE.replace('source = "a letter of our representative"\n', ""), "missing required field `source`"),
        (PHONE.replace('"a letter of our representative"', '" "'), "evidence.phone.source"),
        (PHONE.replace('"555-0100"', "555"), "ours.toml, line 3: phone: Expected `str | null`, got `int`"),
        (PHONE.replace('grade = "V"', 'grade = "A"'), "ours.toml, line 7: phone.grade"),
        (PHONE.replace("[phone]", "[phone"), "ours.toml, line 3: not TOML"),
        (
            PHONE.replace("[phone]", "[lane]").replace('"555-0100"', '"pre_denial"'),
            "contradicts lane: before a denial",
        ),
        (PAYER.replace("local", "uhc_general"), "contradicts uhc_general.toml: uhc_general twice"),
        (PAYER.replace("LHP", "UHC"), "contradicts uhc_general.toml: UHC for the same plans"),
        (PAYER.replace("verified_on = 2026-11-02\n", ""), "missing required field `verified_on`"),
    ],
)
def test_a_bad_site_file_is_refused_by_file_and_line(tmp_path, text, said):
    """The undated, the unsourced, the unknown and the contradictory, in the site's own folder too."""
    with pytest.raises(Misconfigured) as refused:
        book(tmp_path, ours=text)

    assert said in str(refused.value)


def test_two_files_may_not_change_one_rule(tmp_path):
    """Which of the two would count is nobody's guess."""
    with pytest.raises(Misconfigured, match=r"two\.toml, line 1: override: contradicts one\.toml"):
        book(tmp_path, one=PHONE, two=PHONE)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    """A misspelt setting never means "no site rules"."""
    with pytest.raises(Misconfigured, match="PARLEY_SITE_RULES"):
        RuleBook.load(RULES, tmp_path / "nowhere")
    shutil.copy(Path(__file__).parents[2] / "smart-config.json", tmp_path)
    environ = {
        "PARLEY_SMART_CONFIG": str(tmp_path / "smart-config.json"),
        "PARLEY_BASE_URL": "http://127.0.0.1:8572",
        "PARLEY_ALLOW_LOOPBACK": "1",
        "PARLEY_SECRET_KEY": "a-secret-key-of-no-use-outside-this-test",
        "PARLEY_SIGNING_KEYS": str(tmp_path / "smart-config.json"),  # a file that is there; it is not read here
        "PARLEY_SITE_RULES": str(tmp_path / "nowhere"),
    }
    with pytest.raises(Misconfigured, match="PARLEY_SITE_RULES"):
        load_settings(environ)

    assert tmp_path == load_settings(environ | {"PARLEY_SITE_RULES": str(tmp_path)}).site_rules


SENSE = [
    ("until = 2026-01-01\neffective = 2026-02-01", "until: must be after effective"),
    ('who_may_speak = ["np"]\nspeakers_refused = ["np"]', "speakers_refused: contradicts who_may_speak: np"),
    ('lane = "pre_denial"\nblocked_by_appeal = true', "blocked_by_appeal: contradicts lane"),
    ('missed_call = "call_back"', "missed_call_business_days: belongs to missed_call"),
    ("missed_call_business_days = 2", "missed_call_business_days: belongs to missed_call"),
    ('vendor = true\nvendors = ["evicore"]', "vendors: contradicts vendor"),
    ('vendors = ["nobody"]', "vendors[0]: there is no such rule: nobody"),
    ('vendors = ["uhc_ma"]', "vendors[0]: there is no such rule: uhc_ma"),
    ('for_payers = ["uhc_ma"]', "for_payers: is for vendors only"),
    ("calls_max = -1", "calls_max: must be at least 1"),
    ("calls_max = 0", "calls_max: must be at least 1"),
    ('phone = "call us"', "phone: is no telephone number"),
    ('portal = "http://portal.payer.example"', "portal: must be an https address"),
    ('portal = "javascript:alert(1)"', "portal: must be an https address"),
    ('portal = "https://payer.example@evil.example/"', "portal: must be an https address"),
    ('portal = "https://localhost/"', "portal: must be an https address"),
    ('portal = "https://payer.example/ evil"', "portal: must be an https address"),
    ('portal = "https://[payer.example"', "portal: must be an https address"),
    ('[evidence.phone]\nsource = "x"\nverified_on = 2026-11-02\ngrade = "V"', "evidence.phone: is for a value"),
    ('[evidence.key]\nsource = "x"\nverified_on = 2026-11-02\ngrade = "V"', "evidence.key: is no value"),
    (
        '[[windows]]\namount = 0\nunit = "until_decision"\nanchor = "denial_posted"',
        "windows[0].anchor: contradicts unit",
    ),
    ('[[windows]]\namount = -2\nunit = "hours"\nanchor = "denial_posted"', "the window would end before it starts"),
    (
        'lane = "post_denial"\n[[windows]]\namount = 2\nunit = "hours"\nanchor = "plan_outreach"',
        "windows[0].anchor: contradicts lane",
    ),
]


@pytest.mark.parametrize(("more", "said"), SENSE)
def test_a_rule_against_itself_is_refused(tmp_path, more, said):
    """A rule that contradicts itself would say one thing on one page and another on the next."""
    with pytest.raises(Misconfigured) as refused:
        book(tmp_path, local=PAYER + more)

    assert refused.value.say.startswith("local.toml, line ") and said in str(refused.value)


def test_wrong_rules_stop_the_start_and_not_the_first_who_asks(tmp_path):
    """The rules are loaded when the house starts, though nobody has asked for a page yet."""
    site = tmp_path / "rules"
    site.mkdir()
    (site / "local.toml").write_text(PAYER.replace('key = "local"', ""))
    environ = demo_environment(tmp_path, ehr_base="http://localhost:8571", app_base="http://127.0.0.1:8572")

    with pytest.raises(Misconfigured, match=r"local\.toml"):
        build(load_settings({**environ, "PARLEY_SITE_RULES": str(site)}))
