"""The shipped rules load, each dated and sourced; a payer is matched surely or not at all; bad files are refused."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.core.deadlines import clocks_for, open_hours
from app.core.denial import Code, Coverage, Decision, Denial, DenialLine, Lane, Routing
from app.core.denial import Path as Route
from app.core.interval import Interval
from app.core.people import Party
from app.core.rulebook.matching import plain_name
from app.edges.rulebook import RuleBook
from app.edges.rulebook.clocks import load_calendar
from app.edges.rulebook.holidays import LateDates
from app.edges.rulebook.payers import load_payer_rules
from app.edges.rulebook.reading import line_of
from app.errors import Misconfigured

RULES = Path(__file__).parents[2] / "app" / "rules"
BOOK = RuleBook.load(RULES)
FRIDAY = datetime(2026, 11, 20, 21, tzinfo=UTC)  # 16:00 in New York
DRUG = Code("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "J1745")

GOOD = """
key = "{key}"
payer = "{payer}"
names = ["First Health"]
source = "https://payer.example/rule"
verified_on = 2026-11-01
grade = "V"
{more}
"""


def answer(insurer=None, *, service=None, ids=()):
    """Return a denial of Friday by an insurer."""
    lines = (DenialLine(1, service=service),) if service else ()
    party = Party(insurer, identifiers=tuple(ids))
    return Denial("ClaimResponse/1", None, None, None, FRIDAY, None, party, lines=lines)


def plan(payer=None, line=None, state=None):
    """Return a coverage."""
    return Coverage(None, Party(payer), line_of_business=line, state=state)


def key_of(coverage, denial=None, book=BOOK):
    """Return the key of the rule that is found."""
    rule = book.payer_rule(coverage, denial or answer())
    return rule and rule.key


@pytest.mark.parametrize("rule", BOOK.payers, ids=lambda rule: rule.key)
def test_every_rule_is_dated_sourced_and_graded(rule):
    """Anyone can read where a rule comes from, and how old it is."""
    assert rule.source.startswith(("https://", "http://"))
    assert rule.grade in ("V", "S", "G", "I")
    assert date(2026, 1, 1) <= rule.verified_on
    assert rule.names and all(each == plain_name(each) for each in rule.names)
    assert rule is BOOK.payer_by_key(rule.key)


def test_the_payers_that_were_asked_for_are_there():
    """The dozen of issue 2."""
    wanted = {
        "uhc_general",
        "uhc_ma",
        "wellpoint_nj",
        "bcbssc",
        "molina_wa",
        "priority_health",
        "superior_tx",
        "humana_ma",
    }
    wanted |= {"evicore", "evolent_nia", "evolent_ma", "regence_med", "regence_rx"}

    assert wanted <= {each.key for each in BOOK.payers}
    assert BOOK.payer_by_key("nobody") is None and BOOK.payer_by_key(None) is None


def test_no_payer_works_on_federal_holidays():
    """Thanksgiving of 2026 and the observed fourth of July; and the holidays reach far ahead."""
    assert {date(2026, 11, 26), date(2026, 7, 3), date(2030, 12, 25), date(2090, 7, 4)} <= BOOK.calendar.closed
    hours = BOOK.payer_by_key("molina_wa").hours
    day = Interval(datetime(2026, 11, 26, 8, tzinfo=UTC), datetime(2026, 11, 27, 8, tzinfo=UTC))
    assert open_hours(hours, day) == ()


@pytest.mark.parametrize(
    ("key", "line", "setting", "expected"),
    [
        ("bcbssc", "commercial", "concurrent", "2026-11-24"),
        ("bcbssc", "commercial", None, "2026-11-24"),
        ("bcbssc", "commercial", "pre_service", "2026-11-30"),
        ("uhc_general", "commercial", "inpatient", "2026-11-25"),
        ("uhc_general", "commercial", None, "2026-11-25"),
        ("uhc_general", "commercial", "outpatient", "2026-12-11"),
        ("wellpoint_nj", "medicaid", None, "2026-12-02"),
        ("molina_wa", "marketplace", "pre_service", "2026-12-07"),
        ("regence_rx", "commercial", None, "2026-12-05"),
        ("evicore", "commercial", None, "2026-11-24"),  # publishes none: caution
        ("superior_tx", "medicaid", None, "2027-01-19"),  # as long as an appeal
        (None, "commercial", None, "2026-11-24"),
    ],
)
def test_shipped_windows_end_as_worked_out_by_hand(key, line, setting, expected):
    """Facts C.2, through the rule files: notice on Friday 2026-11-20."""
    rule = BOOK.payer_by_key(key)
    found = clocks_for(
        answer(),
        plan("x", line),
        routing=Routing(Decision.DENIED, Route.P2P, Lane.POST_DENIAL, (), ()),
        rule=rule,
        site_zone="America/New_York",
        calendar=BOOK.calendar,
        now=FRIDAY,
        setting=setting,
    )
    (window,) = (each for each in found if each.name == "p2p_window")
    zone = ZoneInfo(rule.hours.zone if rule and rule.hours else "America/New_York")

    assert expected == f"{window.ends_at.astimezone(zone):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("line", "decision", "name", "expected"),
    [
        ("medicare_advantage", Decision.DENIED, "appeal", "2027-01-24"),
        ("medicaid", Decision.DENIED, "appeal", "2027-01-19"),
        ("commercial", Decision.DENIED, "appeal", "2027-05-19"),
        (None, Decision.DENIED, "appeal", "2027-01-19"),
        ("medicare_advantage", Decision.PENDED, "determination", "2026-11-27"),
        ("commercial", Decision.PENDED, "determination", "2026-12-05"),
        ("marketplace", Decision.PENDED, "determination", "2026-12-05"),
    ],
)
def test_shipped_clocks_of_law(line, decision, name, expected):
    """CMS-0057-F for public plans, the federal claims rule for the others (facts D)."""
    found = clocks_for(
        replace(answer(), urgent=False),
        plan("x", line),
        routing=Routing(decision, Route.WAIT, None, (), ()),
        rule=None,
        site_zone="America/New_York",
        calendar=BOOK.calendar,
        now=FRIDAY + timedelta(hours=1),
    )
    (clock,) = (each for each in found if each.name == name)

    assert expected == f"{clock.ends_at.astimezone(ZoneInfo('America/New_York')):%Y-%m-%d}"
    assert clock.source.startswith("https://")


@pytest.mark.parametrize(
    ("coverage", "denial", "key"),
    [
        (plan("UnitedHealthcare", "commercial"), answer(), "uhc_general"),
        (plan("UNITED HEALTHCARE, Inc.", None), answer(), "uhc_general"),
        (plan("UnitedHealthcare", "medicare_advantage"), answer(), "uhc_ma"),
        (plan("Humana", "medicare_advantage"), answer(), "humana_ma"),
        (plan("Humana", "commercial"), answer(), None),
        (plan("Humana", None), answer(), None),
        (plan("Molina", "marketplace"), answer(), "molina_wa"),
        (plan("Molina Healthcare", "medicaid", "WA"), answer(), "molina_wa"),
        (plan("Molina Healthcare", "medicaid", "TX"), answer(), None),
        (plan("Molina Healthcare of Texas", "medicaid"), answer(), None),
        (plan("Blue Cross & Blue Shield of South Carolina", "commercial"), answer(), "bcbssc"),
        (plan("Blue Cross Blue Shield of North Carolina", "commercial"), answer(), "bcbsnc"),
        (plan("Blue Cross Blue Shield of North Dakota", "commercial"), answer(), None),
        (plan("UnitedHealthcare", "commercial", "MN"), answer(), "uhc_general"),  # the setting is not known
        (plan("Aetna", "commercial", "MO"), answer(), "aetna_comm"),  # the reason is not known
        (plan("Aetna", "medicare_advantage"), answer(), None),
        (plan("Anthem", "commercial", "VA"), answer(), "anthem_va"),
        (plan("Anthem", "commercial", "OH"), answer(), None),
        (plan("Humana", "medicare_advantage"), answer("Cohere Health"), "cohere_humana"),
        (plan("Priority Health", "commercial"), answer("TurningPoint"), "turningpoint"),
        (plan("Priority Health", "medicare_advantage"), answer("TurningPoint"), "turningpoint_ma"),
        (plan("Cigna", "commercial"), answer("eviCore"), "evicore"),
        (plan("Cigna", "commercial"), answer("Cigna"), "cigna"),
        # A vendor decided, and its rules are for other plans or payers: nobody's rule is known, not the payer's own.
        (plan("UnitedHealthcare", "commercial"), answer("Evolent"), None),
        (plan("UnitedHealthcare", "medicare_advantage"), answer("Cohere Health"), None),
        (plan("Cigna", "commercial"), answer("TurningPoint"), None),
        (plan("Hospital report of several payers", "commercial"), answer(), None),
        (plan("Regence BlueShield", "commercial"), answer(service=DRUG), "regence_rx"),
        (plan("Regence BlueShield", "commercial"), answer(), "regence_med"),
        (plan("Some Employer Plan", "commercial"), answer("eviCore healthcare"), "evicore"),
        (plan("UnitedHealthcare", "commercial"), answer("eviCore"), "evicore"),
        (plan("UnitedHealthcare", "commercial"), answer("Humana"), "uhc_general"),
        (plan(None, "commercial"), answer("Priority Health"), "priority_health"),
        (plan("United Health Group Alumni", "commercial"), answer(), None),
        (plan("—", "commercial"), answer("?"), None),
        (plan(None), answer(None), None),
    ],
)
def test_a_payer_is_matched_surely_or_not_at_all(coverage, denial, key):
    """By its whole name, for its line of business, state and service; a vendor that answers decides."""
    assert key == key_of(coverage, denial)


def test_an_identifier_goes_before_the_name_and_needs_its_system(tmp_path):
    """A site may name payers by number; a number without system is nobody's."""
    folder = rules_in(tmp_path, first="", second='identifiers = [{ system = "urn:payers", value = "77" }]')
    book = replace(BOOK, payers=load_payer_rules(folder))

    by_id = replace(plan("first"), payer=Party("Payer first", identifiers=(("urn:payers", "77"),)))
    assert "second" == key_of(by_id, book=book)
    bare = replace(plan("first"), payer=Party("Payer first", identifiers=((None, "77"),)))
    assert "first" == key_of(bare, book=book)


def rules_in(folder, **files):
    """Return a folder with these rule files, each good but for what is added."""
    for key, more in files.items():
        text = GOOD.format(key=key, payer=f"Payer {key}", more=more).replace("First Health", f"{key} health")
        (folder / f"{key}.toml").write_text(text)
    return folder


BAD = [
    ("verified_on = 2026-11-01", "", "missing required field `verified_on`"),
    ("verified_on = 2026-11-01", 'verified_on = "recently"', "line 6: verified_on"),
    ('source = "https://payer.example/rule"', "", "missing required field `source`"),
    ('source = "https://payer.example/rule"', 'source = "a colleague"', "line 5: source"),
    ('grade = "V"', 'grade = "A"', "line 7: grade"),
    ('grade = "V"', 'grade = "V"\nwindow = 3', "line 8: window: Object contains unknown field"),
    ('key = "one"', 'key = "two"', "line 2: key"),
    ('grade = "V"', 'grade = "V', "line 7: not TOML"),
    ('grade = "V"', 'grade = "V"\nstates = ["NJ", "ny"]', "line 8: states[1]"),
]
BAD_TABLES = [
    ('[[windows]]\namount = 3\nunit = "weeks"\nanchor = "denial_posted"', "line 11: windows[0].unit"),
    ('[[windows]]\namount = 0\nunit = "hours"\nanchor = "denial_posted"', "line 10: windows[0].amount"),
    ('[[windows]]\namount = 3\nunit = "hours"\nanchor = "denial_posted"\n' * 2, "line 13: windows[1]: contradicts"),
    (
        'lane = "pre_denial"\n[[windows]]\namount = 3\nunit = "hours"\nanchor = "letter_date"',
        "line 13: windows[0].anchor",
    ),
    ('[hours]\nzone = "Mars/Base"\ndays = ["MO"]\nopens = 09:00:00\ncloses = 17:00:00', "line 10: hours.zone"),
    ('[hours]\nzone = "UTC"\ndays = ["MO"]\nopens = 17:00:00\ncloses = 09:00:00', "line 13: hours.closes"),
    ('[hours]\nzone = "UTC"\ndays = ["MO", "MO"]\nopens = 09:00:00\ncloses = 17:00:00', "line 11: hours.days"),
]


@pytest.mark.parametrize(
    ("good", "bad", "said"), [*BAD, *(('grade = "V"\n', f'grade = "V"\n\n{more}', said) for more, said in BAD_TABLES)]
)
def test_a_bad_rule_file_is_refused_by_file_and_line(tmp_path, good, bad, said):
    """The undated, the unsourced, the unknown and the contradictory never reach a patient."""
    text = (rules_in(tmp_path, one="") / "one.toml").read_text()
    assert good in text
    (tmp_path / "one.toml").write_text(text.replace(good, bad, 1))

    with pytest.raises(Misconfigured) as refused:
        load_payer_rules(tmp_path)

    assert refused.value.setting.startswith("one.toml")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("", "", True),
        ('lines_of_business = ["medicaid"]', 'lines_of_business = ["medicaid", "commercial"]', True),
        ('lines_of_business = ["medicaid"]', "", False),
        ('lines_of_business = ["medicaid"]', 'lines_of_business = ["commercial"]', False),
        ('states = ["NJ"]', 'states = ["NY"]', False),
        ('services = "drugs"', 'services = "medical"', False),
    ],
)
def test_two_rules_for_one_answer_are_a_contradiction(tmp_path, first, second, clash):
    """The same name for the same plans in two files; a narrower rule beside a general one is none."""
    rules_in(tmp_path, first=first, second=second)
    second_file = tmp_path / "second.toml"
    second_file.write_text(second_file.read_text().replace("second health", "FIRST HEALTH, Inc."))

    if not clash:
        assert 2 == len(load_payer_rules(tmp_path))
        return
    with pytest.raises(Misconfigured, match=r"second\.toml, line 4: names: contradicts first\.toml"):
        load_payer_rules(tmp_path)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("effective = 2026-01-01", "", "missing required field `effective`"),
        ('kind = "appeal"', 'kind = "hearing"', ".kind"),
        ("amount = 72", "amount = -1", "rules[0].amount"),
        ('key = "cms_0057_standard"', 'key = "cms_0057_urgent"', "rules[1].key: contradicts"),
        ('zone = "America/New_York"', 'zone = "EST5EDT7"', "cautious.zone"),
        ('country = "US"', 'country = "Atlantis"', "holidays.country"),
    ],
)
def test_a_bad_clock_file_is_refused(tmp_path, good, bad, said):
    """A clock of law is dated and sourced like a payer's rule."""
    shutil.copy(RULES / "clocks.toml", tmp_path)
    text = (tmp_path / "clocks.toml").read_text()
    assert good in text
    (tmp_path / "clocks.toml").write_text(text.replace(good, bad, 1))

    with pytest.raises(Misconfigured) as refused:
        len(load_calendar(tmp_path / "clocks.toml").closed)  # the app asks it when it starts

    assert refused.value.setting.startswith("clocks.toml, line ")
    assert said in str(refused.value)


def test_routing_loads_no_holidays():
    """They take 15 MB; who counts days gets them, and a payer's own closed days beside them."""
    asked = []
    dates = LateDates(lambda: asked.append("once") or frozenset({date(2026, 11, 26)}))
    with_own = dates | {date(2026, 11, 27)}

    assert dates | frozenset() is dates and [] == asked
    assert date(2026, 11, 27) in with_own and date(2026, 11, 26) in with_own and date(2026, 11, 25) not in with_own
    assert {date(2026, 11, 26)} == dates == frozenset(dates)
    assert hash(frozenset(dates)) == hash(dates) and 1 == len(dates)
    assert ["once"] == asked


def test_a_rule_book_that_is_not_there_is_said():
    """A wrong folder is found at start."""
    with pytest.raises(Misconfigured, match="cannot be opened"):
        RuleBook.load(Path("nowhere"))


def test_lines_are_found_in_tables_arrays_and_long_strings():
    """What stands inside a long string is no key."""
    text = 'a = 1\nnote = """\nb = 2\n"""\n[x]\nb = 3\n[[y]]\nc = 1\n[[y]]\nd = 2\n'

    places = ("a", "x.b", "y[0].c", "y[1].d", "y[1]", "y[1].missing", "b", "nothing.at.all")
    assert [1, 6, 8, 10, 9, 9, 1, 1] == [line_of(text, each) for each in places]
