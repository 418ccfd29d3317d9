"""What a form's answer is: where it goes when it is taken, and what is kept of it when it is not."""

from urllib.parse import urlsplit

import pytest

from app.core.people import Role
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.routes import ATTEMPT, CHANGES, OUTCOME, WINDOW, Change, bring_published
from tests.web.visit import Site, shown, where_to

EVERY_CHANGE = pytest.mark.parametrize("change", CHANGES, ids=str)


def fields(html: str) -> dict[str, str]:
    """Return what stands in the fields of a page's forms, by name; the token left out."""
    found: dict[str, str] = {}
    for each in read(html).all("input", "select", "textarea"):
        name, given = each.attributes.get("name", ""), each.attributes
        if each.tag == "textarea":
            found[name] = each.text
        elif each.tag == "select":
            chosen = [option for option in each.all("option") if "selected" in option.attributes]
            found[name] = chosen[0].attributes.get("value", "") if chosen else ""
        elif given.get("type") not in ("radio", "checkbox") or "checked" in given:
            found.setdefault(name, given.get("value", ""))
    return found


@EVERY_CHANGE
@pytest.mark.parametrize("hx", [False, True], ids=["form", "htmx"])
def test_a_change_is_answered_by_going_where_it_shows(site: Site, change: Change, hx: bool):
    """303, so that reloading changes nothing twice; htmx follows it to the part it swaps."""
    hx = hx and change.part != ""
    case = bring_published(site.office, change.state)
    visit = site.visit()
    answer = visit.post(change.at(case), change.told(site.office, case), hx=hx)
    if change.leads_to is None:
        assert (200, []) == (answer.status_code, faults_of_page(shown(answer)))
        return

    assert 303 == answer.status_code
    assert where_to(answer).startswith(change.leads_to)
    page = visit.get(answer.headers["Location"], hx=hx)
    assert 200 == page.status_code
    told = read(shown(page)).all()
    assert [each.text for each in told if each.attributes.get("role") == "status"], "the page says what was done"
    shows = (change.part if hx else "case") if change.case else change.leads_to
    root = next(each for each in told if each.attributes.get("id") == shows)
    assert hx == (root.parent.tag == "")


@EVERY_CHANGE
def test_a_change_without_script_carries_no_text_in_its_address(site: Site, change: Change):
    """What was done is said from a closed list: no typed word stands in a URL (reliability I7)."""
    case = bring_published(site.office, change.state)
    answer = site.visit().post(change.at(case), change.told(site.office, case))
    if change.leads_to is not None:
        query = urlsplit(answer.headers["Location"]).query
        assert query.partition("=")[0] == "said"
        assert query.partition("=")[2].isalpha()


REFUSED = {
    "windows": (WINDOW, {"start": "14:00", "end": "10:00"}, "end"),
    "windows over": (WINDOW, {"day": "2026-11-20"}, None),
    "call": (ATTEMPT, {"reached": "nobody"}, "reached"),
    "call minutes": (ATTEMPT, {"hold_minutes": "seven"}, "hold_minutes"),
    "call instant": (ATTEMPT, {"at": "yesterday"}, "at"),
    "outcome": (OUTCOME, {"result": "partial"}, "result"),
    "outcome line": (OUTCOME, {"result": "modified", "line_1": "modified", "quantity_1": "many"}, "quantity_1"),
    "outcome number": (OUTCOME, {"result": "modified", "line_1": "modified", "quantity_1": "nan"}, "quantity_1"),
    "outcome infinite": (OUTCOME, {"result": "modified", "line_1": "modified", "quantity_1": "1e999"}, "quantity_1"),
    "outcome instant": (OUTCOME, {"held_at": "soon"}, "held_at"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("hx", [False, True], ids=["form", "htmx"])
def test_what_was_typed_survives_a_refusal(site: Site, what: str, hx: bool):
    """422, the reason beside its field, every other word as typed, nothing kept; the form can be sent again."""
    case = bring_published(site.office, "booked")
    form, wrong, field = REFUSED[what]
    typed = form | wrong | {"version": str(case.version)}
    before = site.office.photo()
    visit = site.visit()
    answer = visit.post(f"cases/{case.id}/{what.partition(' ')[0]}", typed, hx=hx)

    html = shown(answer)
    assert (422, before) == (answer.status_code, site.office.photo())
    assert [] == (faults_of_part(html) if hx else faults_of_page(html))
    assert "Not saved." in html or "This window is already over." in html
    stands = fields(html)
    assert typed == {name: stands.get(name) for name in typed}
    if field:
        beside = [each for each in read(html).all() if each.attributes.get("id") == f"wrong-{field}"]
        assert 1 == len(beside), "the reason stands beside its field"


@pytest.mark.parametrize("what", ["windows", "call", "outcome"])
@pytest.mark.parametrize("hx", [False, True], ids=["form", "htmx"])
def test_what_was_typed_survives_somebody_elses_change(site: Site, what: str, hx: bool):
    """The case moved while a long form was filled in: it is told, the words stay, and sending it again succeeds."""
    case = bring_published(site.office, "booked")
    form = {"windows": WINDOW, "call": ATTEMPT, "outcome": OUTCOME}[what]
    seen = str(case.version)
    other = site.visit(Role.MANAGER)
    assert 303 == other.post(f"cases/{case.id}/own", {"version": seen}).status_code
    visit = site.visit()
    answer = visit.post(f"cases/{case.id}/{what}", form | {"version": seen}, hx=hx)

    html = shown(answer)
    assert 409 == answer.status_code
    assert "Someone changed this case while you were looking at it." in html
    assert [] == (faults_of_part(html) if hx else faults_of_page(html))
    stands = fields(html)
    assert form == {name: stands.get(name) for name in form}
    again = visit.post(f"cases/{case.id}/{what}", form | {"version": stands["version"]})
    assert 303 == again.status_code


ODD = ["²", "٣", "-1", "1e3", "9" * 5000, "0x10", " ", "null", "1\x00", "\ud800".encode("utf-8", "surrogatepass")]


@pytest.mark.parametrize("value", ODD, ids=[ascii(each)[:12] for each in ODD])
def test_an_odd_number_is_refused_and_breaks_nothing(site: Site, value):
    """Digits of other scripts, superscripts and five thousand nines come through a form: told, never a 500."""
    case = bring_published(site.office, "booked")
    visit = site.visit()
    text = value if isinstance(value, str) else "x"
    version = str(case.version)
    got = [
        visit.post(f"cases/{case.id}/own", {"version": value}),
        visit.post(f"cases/{case.id}/call", ATTEMPT | {"version": version, "hold_minutes": value}),
        visit.post(
            f"cases/{case.id}/outcome", OUTCOME | {"version": version, "line_1": "modified", "quantity_1": value}
        ),
        visit.post(f"cases/{case.id}/outcome", OUTCOME | {"version": version, f"line_{text}": "approved"}),
        visit.post(f"cases/{case.id}/book/move", {"version": version, "slot": value}),
        visit.get("worklist", query_string={"page": value}),
        visit.get("worklist", query_string={"show": value, "q": value}),
    ]

    assert all(each.status_code < 500 for each in got), [each.status_code for each in got]
