"""The worklist's rows are kept as they were drawn: never another launch's, never an old one."""

from datetime import timedelta

from app.web.rows import DrawnRows
from tests.builders import MONDAY
from tests.fakes.office import a_user, bring
from tests.web.markup import read
from tests.web.visit import Site, Visit


def rows(visit: Visit) -> str:
    """Return the rows of the page, as they are sent."""
    return visit.get("worklist").get_data(as_text=True).partition("<tbody>")[2].partition("</tbody>")[0]


def test_what_changed_is_drawn_anew(site: Site):
    """Whoever takes a case over sees it as theirs at once, and everybody else whose it is."""
    case = bring(site.office, "open")
    mine, theirs = site.visit(), site.visit(user_key="another", user_name="Another Person")
    assert "Own</button>" in rows(mine) and "Own</button>" in rows(theirs)

    token = {"version": case.version, "from": "worklist", "csrf_token": mine.token}
    assert 303 == mine.post(f"cases/{case.id}/own", token).status_code

    assert "Own</button>" not in rows(mine) and ">me</td>" in rows(mine).replace("\n", "")
    assert a_user().name in rows(theirs)


def test_time_alone_changes_what_a_row_says(site: Site):
    """A time that runs short, and one that is over, say so though nobody touched the case."""
    bring(site.office, "open")
    visit = site.visit(expires_at=MONDAY + timedelta(days=90), idle_expires_at=MONDAY + timedelta(days=90))
    before = rows(visit)
    site.office.now += timedelta(days=20)

    assert "Overdue" not in before
    assert "Overdue" in rows(visit)


def test_no_row_leads_into_another_launch(site: Site):
    """Addresses hold the launch; two people of one hospital see the same case, each in their own."""
    bring(site.office, "open")
    one, other = site.visit(), site.visit()
    for visit, alien in ((one, other), (other, one), (one, other)):
        assert visit.id in rows(visit)
        assert alien.id not in rows(visit)


def test_the_page_is_the_same_kept_or_not(site: Site):
    """What was kept is what would be drawn."""
    for state in ("open", "requested", "offered"):
        bring(site.office, state, reference=f"ClaimResponse/{state}")
    visit = site.visit()
    kept = [rows(visit), rows(visit)]
    site.app.extensions["parley.rows"] = DrawnRows()

    assert [rows(visit)] * 2 == kept


def test_one_press_owns_the_case_it_stands_beside(site: Site):
    """All rows share one form: each button names its case's address and the version that was seen."""
    case = bring(site.office, "open")
    root = read(site.visit().get("worklist").get_data(as_text=True))
    (button,) = [each for each in root.all("button") if "data-own" in each.attributes]
    (form,) = [each for each in root.all("form") if each.attributes.get("id") == button.attributes["form"]]

    assert button.attributes["formaction"].endswith(f"/cases/{case.id}/own")
    assert str(case.version) == button.attributes["value"] and "version" == button.attributes["name"]
    assert "post" == form.attributes["method"]
    assert {"csrf_token", "from"} == {each.attributes["name"] for each in form.all("input")}


def test_the_longest_unseen_launch_is_forgotten():
    """What is kept has a bound."""
    kept = DrawnRows()
    for number in range(100):
        kept.of(number)["case"] = None

    assert {} == kept.of(3)
    assert {} != kept.of(99)
