"""The rule book is read by everybody and changed by whoever may; each change is tried, kept, told and taken back."""

from datetime import timedelta

import pytest

from app.core.people import MAY, Act, Role
from app.core.rulebook.edits import PAYER, EditKind, NoSuchRule, NumberPassed, RuleMoved, RuleRefused
from app.core.rulebook.fields import FORMS
from app.edges.store import SqlStore
from app.flow import rules
from app.flow.cases import NotYours
from app.flow.rules import edits
from tests.fakes.office import PUBLISHER, Office, bring
from tests.rule_edits import SOURCE, UHC, add, at_noon, form, hours, keep, one_window, put_back, windows

EMPTY = ("", "", "letter_date", "any")  # a row of the windows that says nothing


def line(office: Office, name: str, *, key: str = UHC):
    """Return one value as the page shows it."""
    page = rules.rule_page(office.ports(), key, now=office.now)
    return next(each for each in (*page.lines, *page.scope) if each.said.name == name)


def listed(office: Office, show: str = "all", search: str = "") -> list[str]:
    """Return the keys of a list."""
    return [each.key for each in rules.rule_list(office.ports(), show=show, search=search, now=office.now).rows]


def test_who_may_change_the_rules():
    """Coordinators and managers; a clinician and a delegate read them."""
    assert {Role.COORDINATOR, Role.MANAGER} == {role for role in Role if Act.EDIT_RULES in MAY[role]}
    assert all(Act.SEE_RULES in MAY[role] for role in Role)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.DELEGATE])
def test_others_are_refused_every_change_and_the_refusal_is_audited(office: Office, role: Role):
    """Asked in flow, whatever the page offered."""
    ports, now = office.ports(role), office.now
    for change in (
        lambda: edits.edit_value(ports, UHC, "phone", form(phone="800-555-0100"), seen=0, now=now),
        lambda: edits.put_back(ports, UHC, "phone", 0, form(), seen=0, now=now),
        lambda: edits.add_payer(ports, form(payer="Own Plan"), now=now),
        lambda: rules.value_page(ports, UHC, "phone", now=now),
    ):
        with pytest.raises(NotYours):
            change()

    assert 0 == office.store.rules_version("sandbox")
    assert 4 == [each[1] for each in office.audited()].count("refused edit_rules")
    assert rules.rule_page(ports, UHC, now=now).rule.key == UHC


def test_a_value_is_put_in_with_who_when_why_and_what_stood_before(office: Office):
    """It counts at once, is said with its own source, and its history tells all of it."""
    keep(office, "phone", form(phone="800-555-0100"))
    shown, page = line(office, "phone"), rules.rule_page(office.ports(), UHC, now=office.now)
    (past,) = page.past

    assert ("800-555-0100.", SOURCE["source"], SOURCE["why"]) == (
        shown.said.sentence,
        shown.said.source,
        shown.edit.why,
    )
    assert ("Telephone", "Unknown.", "800-555-0100.") == (past.label, past.before, past.after)
    assert ("Test Coordinator", office.now, 1) == (past.edit.by_name, past.edit.at, page.seen)
    assert "800-555-0100" == office.ports().rules.payer_by_key(UHC).phone
    assert ("sandbox|coordinator", "rule set uhc_general phone #1", None, None) in office.audited()


def test_the_edit_of_one_hospital_is_no_other_hospitals(office: Office):
    """Each tenant has its own rule book."""
    keep(office, "phone", form(phone="800-555-0100"))

    assert None is office.ports(tenant="elsewhere").rules.payer_by_key(UHC).phone


def test_a_value_looked_up_again_is_as_old_as_that(office: Office):
    """Nothing changed but the day: the rule is fresh again, and the history says so."""
    office.now = at_noon("2027-12-01")
    assert UHC in listed(office, "stale")
    told = rules.value_page(office.ports(), UHC, "effect", now=office.now).told
    keep(office, "effect", form(effect=told["effect"], verified_on="2027-12-01"))

    page = rules.rule_page(office.ports(), UHC, now=office.now)
    assert "Looked up again: The call may overturn the denial." == page.past[0].after
    assert (False, True) == (line(office, "effect").is_stale, line(office, "windows").is_stale)


def test_only_what_was_changed_carries_the_new_source(office: Office):
    """One form asks for the times and the lane; the lane that stayed keeps its file's source."""
    keep(office, "windows", one_window(5))

    assert SOURCE["source"] == line(office, "windows").said.source
    assert SOURCE["source"] != line(office, "lane").said.source


def test_a_lane_and_its_windows_are_changed_together(office: Office):
    """Each alone would contradict the other; so does the appeal, which is told elsewhere and named."""
    pre = windows(("24", "hours", "plan_outreach", "any"), lane="pre_denial")
    with pytest.raises(RuleRefused) as refused:
        keep(office, "windows", pre)
    assert (None, "Appeal: Contradicts “before or after the denial”: before a denial there is no appeal.") == (
        refused.value.field,
        refused.value.say,
    )

    keep(office, "blocked_by_appeal", form(blocked_by_appeal=""))
    keep(office, "windows", pre)
    rule = office.ports().rules.payer_by_key(UHC)
    assert ("pre_denial", "plan_outreach") == (rule.lane, rule.windows[0].anchor)


@pytest.mark.parametrize(
    ("name", "told", "field", "said"),
    [
        ("hours", hours(hours_closes="08:00"), "hours-closes", "Must be after opens."),
        ("hours", hours(hours_zone="Mars"), "hours-zone", "Is no IANA time zone."),
        ("hours", hours(hours_days=[]), "hours-days", "Must name weekdays"),
        ("windows", one_window(0), "windows-0-amount", "Must be 0 for"),
        ("windows", windows(EMPTY, ("1", "hours", "plan_outreach", "any")), "windows-1-anchor", "Contradicts"),
        ("phone", form(phone="call us!"), "phone", "Is no telephone number."),
        ("calls_max", form(calls_max="0"), "calls_max", "Must be at least 1"),
        ("states", form(states="texas"), "states", "Must be two capital letters."),
        ("missed_call", form(missed_call="call_back"), "missed_call_business_days", "Belongs to “a missed call”"),
        ("lines_of_business", form(lines_of_business=["medicare_advantage"]), None, "Named: Contradicts"),
        ("phone", form(phone="800-555-0100", verified_on="2026-11-24"), "verified_on", "has not come yet"),
        ("phone", form(phone="800-555-0100", source=""), "source", "needed"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(office: Office, name, told, field, said):
    """The refusals of the rule files, in words, by the field in which it was typed; nothing is kept."""
    with pytest.raises(RuleRefused) as refused:
        keep(office, name, told)

    assert field == refused.value.field and said in refused.value.say
    assert 0 == office.store.rules_version("sandbox")


@pytest.mark.parametrize(("key", "name"), [("nobody", "phone"), (UHC, "colour"), (UHC, "lane"), (UHC, "key")])
def test_there_is_no_such_rule_or_value(office: Office, key: str, name: str):
    """Neither to be shown nor to be changed."""
    with pytest.raises(NoSuchRule):
        keep(office, name, form(), rule=key)
    with pytest.raises(NoSuchRule):
        rules.value_page(office.ports(), key, name, now=office.now)


def test_the_second_of_two_editors_is_told_who_was_first(office: Office):
    """Both saw the rule before any edit; the second sees the first's reason and keeps what was typed."""
    keep(office, "phone", form(phone="800-555-0100"))
    with pytest.raises(RuleMoved) as moved:
        keep(office, "hours", hours(), role=Role.MANAGER, seen=0)
    assert "Test Coordinator changed this rule while you were looking at it" in moved.value.say
    assert SOURCE["why"] in moved.value.say

    keep(office, "hours", hours(), role=Role.MANAGER, seen=1)
    assert ["800-555-0100", "America/Chicago"] == [
        office.ports().rules.payer_by_key(UHC).phone,
        office.ports().rules.payer_by_key(UHC).hours.zone,
    ]


def test_an_edit_of_another_rule_between_reading_and_keeping_is_no_hindrance(office: Office, monkeypatch):
    """Its number is taken, so the edit is tried again on the book as it is then."""
    ports, add_edit, first = office.ports(), SqlStore.add_rule_edit, []

    def overtaken(store, tenant, edit):
        if not first:
            first.append(edit)
            monkeypatch.setattr(SqlStore, "add_rule_edit", add_edit)
            keep(office, "phone", form(phone="800-555-0199"), rule="cigna")
        return add_edit(store, tenant, edit)

    assert 0 == ports.rules.version
    monkeypatch.setattr(SqlStore, "add_rule_edit", overtaken)
    kept = edits.edit_value(ports, UHC, "phone", form(phone="800-555-0100"), seen=0, now=office.now)

    assert (1, 2) == (first[0].number, kept.number)
    assert ["cigna", UHC] == [each.rule for each in office.store.rule_edits("sandbox")]


def test_one_who_is_always_overtaken_is_told_to_try_again(office: Office, monkeypatch):
    """After a few tries it is said; nothing is kept."""

    def taken(store, tenant, edit):
        raise NumberPassed

    monkeypatch.setattr(SqlStore, "add_rule_edit", taken)
    with pytest.raises(NumberPassed, match="changed at this very moment"):
        keep(office, "phone", form(phone="800-555-0100"))


def test_taken_back_is_a_new_edit_and_every_version_stays(office: Office):
    """To an earlier edit with its own source, or to what the files say; each with who and why."""
    keep(office, "phone", form(phone="800-555-0100"))
    keep(office, "phone", form(phone="800-555-0101", source="Another letter"))
    put_back(office, "phone", 1)
    assert ("800-555-0100.", SOURCE["source"], "It was wrong.") == (
        line(office, "phone").said.sentence,
        line(office, "phone").said.source,
        line(office, "phone").said.why,
    )

    put_back(office, "phone", 0, why="Not theirs at all.")
    page = rules.rule_page(office.ports(), UHC, now=office.now)
    assert (False, None) == (line(office, "phone").said.known, line(office, "phone").edit)
    assert [4, 3, 2, 1] == [each.edit.number for each in page.past]
    assert ("800-555-0100.", "what the rule files say") == (page.past[0].before, page.past[0].after)
    assert [EditKind.BACK, EditKind.SET, EditKind.SET, EditKind.SET] == [each.edit.kind for each in page.past]


def test_what_is_put_back_must_be_there_and_say_why(office: Office):
    """No such edit, another value's edit, no reason, a page that is behind."""
    keep(office, "phone", form(phone="800-555-0100"))
    keep(office, "calls_max", form(calls_max="2"))
    for number in (2, 99, -1):
        with pytest.raises(NoSuchRule):
            put_back(office, "phone", number)
    with pytest.raises(RuleRefused, match=r"needed"):
        put_back(office, "phone", 0, why=" ")
    with pytest.raises(RuleMoved):
        edits.put_back(office.ports(), UHC, "phone", 0, form(), seen=1, now=office.now)

    assert 2 == office.store.rules_version("sandbox")


def test_a_payer_is_added_filled_in_and_taken_out(office: Office):
    """A key of its own; its values are told one by one; a key is never given again."""
    added = add(office, names="OHP\nOwn Health", identifiers="123 urn:oid:9", states="TX")
    keep(office, "phone", form(phone="800-555-0100"), rule=added.rule)
    rule = office.ports().rules.payer_by_key("own_health_plan")
    assert (("OHP", "Own Health"), (("urn:oid:9", "123"),), ("TX",)) == (rule.called, rule.identifiers, rule.states)
    assert ("800-555-0100", SOURCE["source"]) == (rule.phone, rule.source)
    assert rules.rule_page(office.ports(), rule.key, now=office.now).is_added

    put_back(office, PAYER, 0, rule=rule.key)
    assert None is office.ports().rules.payer_by_key(rule.key)
    assert "own_health_plan_2" == add(office).rule


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"payer": " "}, "payer"),
        ({"payer": "x" * 121}, "payer"),
        ({"payer": "–"}, "names"),
        ({"payer": "UHC"}, "names"),
        ({"payer": "Own", "states": "Texas"}, "states"),
        ({"payer": "Own", "identifiers": "123"}, "identifiers"),
        ({"payer": "Own", "grade": ""}, "grade"),
    ],
)
def test_a_payer_without_a_name_or_with_anothers_is_refused(office: Office, told: dict, field: str):
    """Named by the field; nothing is kept."""
    with pytest.raises(RuleRefused) as refused:
        add(office, **told)

    assert (field, 0) == (refused.value.field, office.store.rules_version("sandbox"))


def test_a_shipped_payer_cannot_be_taken_out(office: Office):
    """Only what was added here."""
    with pytest.raises(RuleRefused, match="no payer that was added here"):
        put_back(office, PAYER, 0)


def test_the_list_is_searched_and_filtered(office: Office):
    """By payer, other names, programme; old, edited here, unknown."""
    keep(office, "phone", form(phone="800-555-0100"))

    assert ["uhc_ma", "uhc_mn_hospital", "uhc_general"] == listed(office, search="unitedhealthcare")
    assert ["uhc_ma"] == [key for key in listed(office, search="UHC medicare advantage") if key != "uhc_mn_hospital"]
    assert [] == listed(office, search="nobody here")
    assert ([UHC], []) == (listed(office, "edited"), listed(office, "stale"))
    assert {"cigna", "evicore"} <= set(listed(office, "unknown")) and UHC not in listed(office, "unknown")
    office.now = at_noon("2028-01-01")
    assert 32 == len(listed(office, "stale"))


def test_a_case_is_told_which_rule_counts_and_what_changed_since(office: Office):
    """The choice with its reasons; edits since it was opened; and looking at it is audited as any view of the case."""
    case = bring(office, "open", payer=PUBLISHER[1])
    office.push(hours=1)
    keep(office, "phone", form(phone="800-555-0100"))
    found = rules.rule_of_case(office.ports(), case.id, now=office.now)

    assert (UHC, ["Telephone"]) == (found.choice.rule.key, [each.label for each in found.since])
    assert "The plan's payer is UnitedHealthcare, known by name." in found.choice.because
    assert ("sandbox|coordinator", "see_case", case.id, "Patient/p1") in office.audited()
    assert not found.is_behind, "a telephone number moves no clock"


def test_an_unknown_payer_is_adopted_by_its_name_or_added(office: Office):
    """What the case calls it fills the form; all values of an unknown payer are assumptions."""
    case = bring(office, "open")
    found = rules.rule_of_case(office.ports(), case.id, now=office.now)
    assert (None, True) == (found.choice.rule, len(found.others) > 30)
    assert not any(each.said.known for each in found.page.lines)
    names = rules.names_of_case(office.ports(), case.id, now=office.now)
    assert "Payer Test" == names["payer"]

    told = office.ports().rules.told("cigna")["names"]
    keep(office, "names", form(names="\n".join([*told, names["names"]])), rule="cigna")
    assert "cigna" == rules.rule_of_case(office.ports(), case.id, now=office.now).choice.rule.key


def test_an_edit_that_would_end_open_cases_at_once_is_asked_about(office: Office):
    """A slip in a number must not lose a window: it says how many, and is taken when that is so."""
    bring(office, "open", payer=PUBLISHER[1], notes=())
    office.now += timedelta(days=3)
    with pytest.raises(RuleRefused) as asked:
        keep(office, "windows", one_window(1, verified_on="2026-11-25"))
    assert ("sure", True) == (asked.value.field, "over at once in 1 open case." in asked.value.say)
    assert 0 == office.store.rules_version("sandbox")

    keep(office, "windows", one_window(10, verified_on="2026-11-25"))
    keep(office, "windows", one_window(1, verified_on="2026-11-25", sure="yes"))
    assert 2 == office.store.rules_version("sandbox")


def test_the_form_of_every_value_of_every_kind_of_rule_is_there(office: Office):
    """Each can be opened, with what the rule says in it."""
    for key in (UHC, "cohere_humana", "regence_rx", "wellpoint_nj"):
        for name in FORMS:
            page = rules.value_page(office.ports(), key, name, now=office.now)
            assert page.fields and page.lines and page.told.keys() >= {each.name for each in page.fields}
