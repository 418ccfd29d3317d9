"""The tabs, and what stands behind More: few enough to be read at once, and no page that nobody finds."""

import pytest

from app.core.people import Role
from tests.fakes.office import detected
from tests.web.markup import read
from tests.web.routes import HTML, PAGES
from tests.web.visit import Site, Visit, shown

MOST_TABS = 6  # what fits beside a name at 400 pixels in one line
EVERY_ROLE = pytest.mark.parametrize("role", Role)


def anchors(visit: Visit, path: str, under: str) -> dict[str, str]:
    """Return the links below one element of a page, by name or tag: where each leads to, and its words."""
    tree = read(shown(visit.get(path)))
    (root,) = [each for each in tree.all() if under in (each.tag, each.attributes.get("id"))]
    return {each.attributes["href"].removeprefix(visit.path("")): each.text for each in root.all("a")}


def marked(visit: Visit, path: str) -> dict[str, str]:
    """Return which tabs are marked on a page, and as what."""
    (header,) = read(shown(visit.get(path))).all("header")
    return {each.text: each.attributes["aria-current"] for each in header.all("a") if "aria-current" in each.attributes}


@EVERY_ROLE
@pytest.mark.parametrize("patient", [None, "Patient/p1"], ids=["worklist", "chart"])
def test_tabs_are_few_and_each_opens(site: Site, role: Role, patient: str | None):
    """No tab and no line behind More leads this role to a refusal."""
    detected(site.office)
    visit = site.visit(role, patient=patient)
    tabs, behind = anchors(visit, "more", "header"), anchors(visit, "more", "more")

    assert len(tabs) <= MOST_TABS
    assert {200} <= {visit.get(path).status_code for path in (*tabs, *behind)} <= {200, 303}
    assert ("Published times" in behind.values()) == (role in (Role.COORDINATOR, Role.MANAGER))
    assert ("Learn" in behind.values()) == (role is not Role.DELEGATE)


def test_every_page_of_the_office_is_found_from_the_tabs(site: Site):
    """A page about no case that neither the tabs nor More nor one of these pages leads to would be known to nobody."""
    case = detected(site.office)
    visit = site.visit(Role.MANAGER)
    ahead = {*anchors(visit, "more", "header"), *anchors(visit, "more", "more")}
    found = {each.partition("?")[0] for path in ahead for each in anchors(visit, path, "main")} | ahead
    office = {each.at(case).partition("?")[0] for each in PAGES if not each.case and each.kind == HTML}
    counted = {"learn/cases", "learn/payer"}  # behind a figure that needs cases

    assert office - counted - {""} <= {each.partition("?")[0] for each in found}


@pytest.mark.parametrize(
    ("path", "tab"),
    [
        ("worklist", {"Worklist": "page"}),
        ("more", {"More": "page"}),
        ("rules/calls", {"More": "true"}),
        ("calendars", {"More": "true"}),
        ("copies", {"More": "true"}),
        ("learn/definitions", {"Learn": "true"}),
    ],
)
def test_one_tab_is_marked_wherever_one_is(site: Site, path: str, tab: dict[str, str]):
    """Whoever went behind a tab sees behind which."""
    assert tab == marked(site.visit(Role.COORDINATOR), path)


def test_a_chart_leads_back_to_itself(site: Site):
    """From the rule book or from Learn back to this patient's cases without the browser's own button."""
    detected(site.office)
    visit = site.visit(Role.CLINICIAN, patient="Patient/p1")

    assert {"More": "true"} == marked(visit, "rules") == marked(visit, "learn")
    assert "This chart" == anchors(visit, "rules", "header")[""]
