"""The rule book's pages: every value with its source, a form for each, what is wrong beside its field."""

import re

import pytest
from sqlalchemy import event

from app.core.people import Role
from app.core.rulebook.fields import FORMS
from tests.fakes.office import PUBLISHER, bring
from tests.rule_edits import SOURCE, UHC, add, an_edit, form, hours, keep, one_window, windows
from tests.web.hostile import CANARY, PAYLOADS
from tests.web.markup import Node, faults_of_page, read
from tests.web.visit import ELSEWHERE, Site, Visit, shown, where_to

TWICE = ("2", "hours", "letter_date", "any")
PHONE = f"rules/{UHC}/values/phone"
TOLD = SOURCE | {"phone": "800-555-0100", "version": "0"}


def page(visit: Visit, path: str, *, status: int = 200) -> Node:
    """Return a page that keeps the house's rules."""
    answer = visit.get(path)
    assert status == answer.status_code, path
    assert [] == faults_of_page(shown(answer)), path
    return read(shown(answer))


def inputs(root: Node, action: str) -> dict[str, str | list[str]]:
    """Return what a browser would send of the form whose address ends so."""
    (found,) = [each for each in root.all("form") if each.attributes["action"].endswith(action)]
    told: dict[str, list[str]] = {}
    for each in found.all("input", "textarea", "select"):
        name, kind = each.attributes.get("name"), each.attributes.get("type")
        if kind in ("radio", "checkbox") and "checked" not in each.attributes:
            continue
        value = each.attributes.get("value", "")
        if each.tag == "textarea":
            value = "".join(each.texts)
        if each.tag == "select":
            options = each.all("option")
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            value = chosen[0].attributes["value"]
        told.setdefault(name, []).append(value)
    return told


def wrong(root: Node) -> list[tuple[str, str]]:
    """Return (field, words) of each sentence beside a field."""
    found = [each for each in root.all("p") if each.attributes.get("class") == "field__wrong"]
    return [(each.attributes["id"].removeprefix("wrong-"), each.text) for each in found]


def test_the_tab_leads_everybody_to_the_list(site: Site):
    """Coordinator, clinician in a chart, delegate: all read it."""
    for visit in (site.visit(), site.visit(Role.CLINICIAN, patient="Patient/p1"), site.visit(Role.DELEGATE)):
        bar = page(visit, "rules").all("nav")[0]
        (tab,) = [each for each in bar.all("a") if each.text == "More"]
        assert "true" == tab.attributes["aria-current"]
        assert "Rules" in [each.text for each in page(visit, "more").all("a")]


def test_the_list_says_what_matters_of_each_rule(site: Site):
    """A row a rule; unknown is said; filters count under the search; what is not there is said."""
    root = page(site.visit(), "rules?q=UnitedHealthcare")
    rows = [each.text for each in root.all("tr")][1:]
    assert 3 == len(rows)
    assert any("3 business days from the posting of the denial (inpatient)" in each for each in rows)
    assert any("unknown" in each for each in rows)
    assert ["3", "0", "0", "1"] == [
        each.text for each in root.all("span") if each.attributes.get("class") == "filters__count"
    ]

    assert "No rule here matches" in page(site.visit(), "rules?q=nobody").text
    assert "Nothing was changed here" in page(site.visit(), "rules?show=edited").text
    assert 33 == len(page(site.visit(), "rules?show=nonsense").all("tr"))


def test_a_rule_is_shown_value_by_value_with_its_sources(site: Site):
    """Source as text and as a link that takes nothing along; when, how surely; what is assumed where not."""
    root = page(site.visit(), f"rules/{UHC}")
    (row,) = [each for each in root.all("tr") if each.text.startswith("Who may speak")]
    (link,) = [each for each in row.all("a") if each.attributes.get("target")]

    assert "A provider (no role is named)." in row.text
    assert "verified 21 Nov 2026 · seen at the source itself" in row.text
    assert link.text == link.attributes["href"] == "http://uhcprovider.com/en/claims-payments-billing/appeals.html"
    assert "noopener noreferrer" == link.attributes["rel"]
    (unknown,) = [each for each in root.all("li") if "Telephone:" in each.text]
    assert "Use the number on the notice." in unknown.text and "unknown." in unknown.text
    (caution,) = [each for each in root.all("p") if "Our own caution, inferred, after" in each.text]
    assert "verified 21 Nov 2026" in caution.text and "https://www.formsresource.center" in caution.text


@pytest.mark.parametrize(
    "source", ["javascript:alert(1)", "ftp://x.example", "http://", "//x.example/a", "https:x", "http://[", "a letter"]
)
def test_only_a_web_address_becomes_a_link(site: Site, source: str):
    """A source may be a paper in a drawer, or an attack: it is text then."""
    keep(site.office, "phone", form(phone="800-555-0100", source=source))
    root = page(site.visit(), f"rules/{UHC}")

    assert source in root.text
    assert source not in [each.attributes.get("href") for each in root.all("a")]


@pytest.mark.parametrize("payload", [each for each in PAYLOADS if each not in ("unprintable", "long", "many words")])
def test_whatever_is_typed_is_shown_as_words(site: Site, payload: str):
    """An editor's words, in the rule and in its history: no element, no attribute, no address comes of them."""
    words = PAYLOADS[payload][:500]
    keep(site.office, "notes", form(notes=words, source=words, why=words))
    keep(site.office, "names", form(names=f"UHC\n{' '.join(words.split())[:120]}", why=words))
    for path in (f"rules/{UHC}", f"rules/{UHC}/values/notes", f"rules/{UHC}/values/names", f"rules?q={CANARY}"):
        for each in page(site.visit(), path).all():
            acting = {name: value for name, value in each.attributes.items() if name not in ("value", "href")}
            assert CANARY not in each.tag and CANARY not in str(acting), (path, each.tag)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.DELEGATE])
def test_who_may_not_change_it_is_offered_nothing_and_refused(site: Site, role: Role):
    """No link to a form; the forms and what they send are refused."""
    visit = site.visit(role)
    for path in ("rules", f"rules/{UHC}"):
        assert not re.findall(r'href="[^"]*/(values|new)', shown(visit.get(path)))
    got = [visit.get(PHONE), visit.get("rules/new"), visit.post(PHONE, TOLD), visit.post("rules/new", TOLD)]
    got += [visit.post(f"{PHONE}/back", {"to": "0", "why": "x"}), visit.get("cases/x/rule/name?rule=cigna")]

    assert {403} == {each.status_code for each in got}
    assert 0 == site.office.store.rules_version("sandbox")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MANAGER])
def test_a_value_is_put_in_and_counts_at_once(site: Site, role: Role):
    """Back on the rule's page it is said, with who and why; the list counts it as edited here."""
    visit = site.visit(role)
    answer = visit.post(PHONE, TOLD)
    assert (303, f"rules/{UHC}") == (answer.status_code, where_to(answer))
    root = page(visit, f"rules/{UHC}?said=kept")

    assert "Kept. It counts from now on" in root.text
    (row,) = [each for each in root.all("tr") if each.text.startswith("Telephone")]
    for words in ("800-555-0100.", "edited here", f"Test {role.value.title()}", SOURCE["why"], "20 Nov 2026"):
        assert words in row.text
    assert "Unknown." in root.all("s")[0].text
    assert "edited here" in page(visit, "rules?show=edited").text
    assert "edited here" not in page(site.visit(issuer=ELSEWHERE), f"rules/{UHC}").text


@pytest.mark.parametrize("name", FORMS)
def test_every_form_sent_back_as_it_stands_changes_nothing(site: Site, name: str):
    """What the form shows is what the rule says: sent back with a source it is the same value, looked up again."""
    visit = site.visit()
    for key in (UHC, "wellpoint_nj", "molina_wa", "cohere_humana"):
        path = f"rules/{key}/values/{name}"
        told = inputs(page(visit, path), f"/values/{name}") | SOURCE
        before = site.office.ports().rules.told(key)
        answer = visit.post(path, told)
        assert 303 == answer.status_code, (key, wrong(read(shown(answer))))
        assert before == site.office.ports().rules.told(key)
        (edit,) = [each for each in site.office.store.rule_edits("sandbox") if each.rule == key]
        assert (edit.values, True) == (edit.before, edit.values.keys() <= set(FORMS[name]))


@pytest.mark.parametrize(
    ("name", "told", "field", "said"),
    [
        ("phone", form(phone="call us"), "phone", "Is no telephone number."),
        ("calls_max", form(calls_max="many"), "calls_max", "Give a whole number."),
        ("effect", form(effect="magic"), "effect", "none of the choices"),
        ("channels", form(channels=["phone", "pigeon"]), "channels", "none of the choices"),
        ("blocked_by_appeal", form(blocked_by_appeal="perhaps"), "blocked_by_appeal", "none of the choices"),
        ("states", form(states="Texas"), "states", "two capital letters"),
        ("identifiers", form(identifiers="123"), "identifiers", "numbering system"),
        ("effective", form(effective="2026-12-01", until="2026-11-01"), "until", "after effective"),
        ("hours", hours(hours_closes="07:00"), "hours-closes", "Must be after opens."),
        ("hours", hours(hours_zone="Mars"), "hours-zone", "no IANA time zone"),
        ("hours", hours(hours_days=[]), "hours-days", "weekdays"),
        ("hours", hours(closed="Thanksgiving"), "closed", "Give a day"),
        ("windows", one_window(0), "windows-0-amount", "Must be 0 for"),
        ("windows", windows(("1", "hours", "plan_outreach", "any")), "windows-0-anchor", "before or after the denial"),
        ("windows", windows(TWICE, TWICE), "windows-1-unit", "an earlier window"),
        ("notes", form(notes="x" * 2001), "notes", "At most 2000"),
        ("phone", form(phone="800-555-0100", source=" "), "source", "This is needed."),
        ("phone", form(phone="800-555-0100", verified_on="2026-12-24"), "verified_on", "not come yet"),
        ("phone", form(phone="800-555-0100", grade="Z"), "grade", "none of the choices"),
        ("phone", form(phone="800-555-0100", why=""), "why", "This is needed."),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(site: Site, name, told, field, said):
    """Each kind of field; the page is as accessible as before, and nothing was kept."""
    answer = site.visit().post(f"rules/{UHC}/values/{name}", told | {"version": "0"})
    root = read(shown(answer))
    (found,) = wrong(root)

    assert (422, field) == (answer.status_code, found[0]) and said in found[1]
    assert [] == faults_of_page(shown(answer))
    typed = inputs(root, f"/values/{name}")
    kept = {each: value for each, value in told.items() if each != "grade" and "".join(value).strip()}
    same = {each: [one.strip() for one in typed.get(each, [])] for each in kept}
    chosen = {"effect", "channels", "blocked_by_appeal"}  # a choice that is none cannot be shown as chosen
    assert {each: value for each, value in kept.items() if each not in chosen} == {
        each: value for each, value in same.items() if each not in chosen
    }
    assert 0 == site.office.store.rules_version("sandbox")


def test_a_contradiction_with_another_value_is_told_above_the_form(site: Site):
    """It is in no field of this form, so it names the value."""
    told = form(lines_of_business=["medicare_advantage"], version="0")
    answer = site.visit().post(f"rules/{UHC}/values/lines_of_business", told)
    (alert,) = [each for each in read(shown(answer)).all("p") if each.attributes.get("role") == "alert"]

    assert 422 == answer.status_code
    assert "Named: Contradicts uhc ma: UnitedHealthcare for the same plans." in alert.text


def test_the_second_of_two_editors_is_told_and_keeps_what_was_typed(site: Site):
    """The first one's name and reason, the form as typed, and the new version in it: sent again it is taken."""
    visit = site.visit(Role.MANAGER)
    keep(site.office, "calls_max", form(calls_max="2", why="They say two."))
    answer = visit.post(PHONE, TOLD)
    root = read(shown(answer))

    assert 409 == answer.status_code and [] == faults_of_page(shown(answer))
    assert "Test Coordinator changed this rule while you were looking at it: They say two." in root.text
    again = inputs(root, "/values/phone")
    assert (["1"], ["800-555-0100"]) == (again["version"], again["phone"])
    assert 303 == visit.post(PHONE, again).status_code


def test_a_value_is_put_back_from_its_history(site: Site):
    """An earlier version or the rule files; each asks why; the refusal opens the fold and says so."""
    visit = site.visit()
    keep(site.office, "phone", form(phone="800-555-0100"))
    keep(site.office, "phone", form(phone="800-555-0101", source="Another letter"))
    root = page(visit, PHONE)
    assert ["Put this back", "Put back what the rule files say"] == [each.text for each in root.all("summary")]

    refused = visit.post(f"{PHONE}/back", {"to": "1", "why": " ", "version": "2"})
    assert (422, "back-1") == (refused.status_code, wrong(read(shown(refused)))[0][0])
    assert [] == faults_of_page(shown(refused))
    answer = visit.post(f"{PHONE}/back", {"to": "1", "why": "The first was right.", "version": "2"})
    assert (303, f"rules/{UHC}") == (answer.status_code, where_to(answer))
    assert "800-555-0100" == site.office.ports().rules.payer_by_key(UHC).phone
    assert "Taken back." in page(visit, f"rules/{UHC}?said=back").text

    late = visit.post(f"{PHONE}/back", {"to": "0", "why": "Not theirs.", "version": "2"})
    assert 409 == late.status_code and "changed this rule" in shown(late)
    assert 303 == visit.post(f"{PHONE}/back", {"to": "0", "why": "Not theirs.", "version": "3"}).status_code
    assert None is site.office.ports().rules.payer_by_key(UHC).phone


@pytest.mark.parametrize("to", ["99", "x", "", "-1"])
def test_there_is_nothing_else_to_put_back(site: Site, to: str):
    """An edit that is none of this value's: not found, nothing kept."""
    keep(site.office, "calls_max", form(calls_max="2"))
    answer = site.visit().post(f"{PHONE}/back", {"to": to, "why": "x", "version": "1"})

    assert (404, 1) == (answer.status_code, site.office.store.rules_version("sandbox"))


@pytest.mark.parametrize(
    "path", ["rules/nobody", "rules/nobody/values/phone", f"rules/{UHC}/values/colour", f"rules/{UHC}/values/lane"]
)
def test_an_unknown_rule_or_value_is_not_found(site: Site, path: str):
    """With the frame of the launch and a way back."""
    assert page(site.visit(), path, status=404).all("nav")


def test_a_payer_is_added_from_a_case_and_taken_out_again(site: Site):
    """The form is filled with what the case calls it; then its rule counts for the case; then it is gone."""
    case = bring(site.office, "open")
    visit = site.visit()
    root = page(visit, f"cases/{case.id}/rule")
    assert "Payer Test is in no rule, by name or by number." in root.text
    told = inputs(page(visit, f"rules/new?case={case.id}"), "/rules/new")
    assert (["Payer Test"], ["Payer Test"]) == (told["payer"], told["names"])

    answer = visit.post("rules/new", told | SOURCE)
    assert (303, "rules/payer_test") == (answer.status_code, where_to(answer))
    assert "Payer Test (every plan)" in page(visit, f"cases/{case.id}/rule").text
    rule = page(visit, "rules/payer_test?said=added")
    assert "Take this payer out again" in rule.text
    gone = visit.post("rules/payer_test/values/payer/back", {"to": "0", "why": "A slip.", "version": "1"})
    assert (303, "rules") == (gone.status_code, where_to(gone))
    assert 404 == visit.get("rules/payer_test").status_code


def test_taking_a_payer_out_asks_why(site: Site):
    """Beside its field, on the rule's own page."""
    add(site.office)
    answer = site.visit().post("rules/own_health_plan/values/payer/back", {"to": "0", "version": "1"})

    assert (422, [("why", "This is needed. Not saved.")]) == (answer.status_code, wrong(read(shown(answer))))
    assert [] == faults_of_page(shown(answer))


def test_an_unknown_payer_is_known_by_another_name_from_now_on(site: Site):
    """Chosen from the list, its form comes with the name added; saved, the case's rule is that one."""
    case = bring(site.office, "open")
    visit = site.visit()
    answer = visit.get(f"cases/{case.id}/rule/name?rule=vaya")
    assert (303, "rules/vaya/values/names") == (answer.status_code, where_to(answer))
    told = inputs(page(visit, f"rules/vaya/values/names?case={case.id}"), "/values/names")
    assert "Vaya\nVaya Total Care\nPayer Test" == told["names"][0]

    assert 303 == visit.post("rules/vaya/values/names", told | SOURCE).status_code
    assert "Vaya Health (Medicaid · NC) is not for this case: the line of business is commercial." in shown(
        visit.get(f"cases/{case.id}/rule")
    )


def test_another_patients_chart_fills_no_form(site: Site):
    """The name of a payer is taken from a case that this launch may see, and no other."""
    case = bring(site.office, "open")
    visit = site.visit(patient="Patient/p2")

    assert {409} == {visit.get(each.format(case.id)).status_code for each in ("rules/new?case={}", "cases/{}/rule")}
    assert 409 == visit.get(f"rules/cigna/values/names?case={case.id}").status_code


def test_a_cases_rule_says_which_why_and_what_would_change_it(site: Site):
    """From the case a link; on it the reasons, the facts, the clocks by it, and every value with its source."""
    case = bring(site.office, "offered", payer=PUBLISHER[1])
    visit = site.visit()
    (link,) = [
        each for each in page(visit, f"cases/{case.id}").all("a") if each.attributes.get("href", "").endswith("/rule")
    ]
    root = page(visit, link.attributes["href"])

    for words in (
        "The plan's payer is UnitedHealthcare, known by name.",
        "This rule is for every plan of this payer.",
        "Were the line of business Medicare Advantage: UnitedHealthcare (Medicare Advantage).",
        "Setting not known",
        "The call: 3 business days from the posting of the denial (inpatient)",
    ):
        assert words in root.text
    assert "Synthetic-p1" in root.all("strong")[0].text


def test_a_case_that_is_not_counted_again_yet_says_so(site: Site):
    """The rule was changed a moment ago; and what was changed since the case was opened is told."""
    case = bring(site.office, "open", payer=PUBLISHER[1], notes=())
    site.office.push(minutes=1)
    keep(site.office, "windows", one_window(1))
    root = page(site.visit(), f"cases/{case.id}/rule")

    assert "counted again within a minute" in root.text
    assert "changed since the case was opened" in root.text


def test_an_edit_that_ends_open_cases_is_asked_about_on_the_form(site: Site):
    """How many, and a box to say that it is so; then it is taken."""
    bring(site.office, "open", payer=PUBLISHER[1], notes=())
    site.office.push(days=3)
    visit, path = site.visit(), f"rules/{UHC}/values/windows"
    told = one_window(1, verified_on="2026-11-25") | {"version": "0"}
    answer = visit.post(path, told)
    assert (422, "sure") == (answer.status_code, wrong(read(shown(answer)))[0][0])
    assert [] == faults_of_page(shown(answer))

    assert 303 == visit.post(path, inputs(read(shown(answer)), "/values/windows") | {"sure": "yes"}).status_code


def test_an_edit_that_does_not_fit_any_more_is_named(site: Site):
    """On the list, on the rule's page and beside the edit: not used, and why."""
    site.office.store.add_rule_edit("sandbox", an_edit(1, name="windows", values={"lane": "pre_denial"}))
    visit = site.visit()

    (notice,) = [each for each in page(visit, "rules").all("p") if each.attributes.get("class") == "notice"]
    assert "not used" in notice.text and UHC in notice.text
    assert "it does not fit the rule book as it is now" in page(visit, f"rules/{UHC}").text


def test_the_worklist_never_asks_for_the_rules(site: Site):
    """Its page costs no question to the rule book, however many edits there are; a case's page asks once."""
    case = bring(site.office, "offered", payer=PUBLISHER[1])
    keep(site.office, "phone", form(phone="800-555-0100"))
    visit, asked = site.visit(), []
    visit.get(f"cases/{case.id}")
    listening = (site.office.database.engine, "before_cursor_execute")
    listener = lambda *told: asked.append(told[2]) if "rule_edits" in told[2] else None  # noqa: E731
    event.listen(*listening, listener)
    try:
        visit.get("worklist")
        assert [] == asked
        visit.get(f"cases/{case.id}")
        assert 1 == len(asked)
    finally:
        event.remove(*listening, listener)
