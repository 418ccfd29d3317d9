"""The list on its own page, the brief's and the case's: who gets what, settled in place, refused where typed."""

import pytest

from tests.fakes.office import bring
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.visit import Site, shown, where_to

KEY = "criterion.therapy"
IN_PLACE = {"HX-Request": "true", "HX-Target": "todo"}


@pytest.fixture
def case(site: Site):
    """A booked case whose chart is empty."""
    return bring(site.office, "booked")


def listed(visit, case, where: str = "todo") -> str:
    """Return a page with the list; it keeps the house's rules."""
    html = shown(visit.get(f"cases/{case.id}/{where}"))
    assert [] == faults_of_page(html)
    return html


def item(html: str, key: str):
    """Return the thing of this key on a page."""
    (form,) = [
        each
        for each in read(html).all("form")
        if key in [one.attributes.get("value") for one in each.all("input") if one.attributes.get("name") == "key"]
    ]
    return next(each for each in form.above if each.tag == "li")


def test_the_list_stands_on_the_briefs_page_and_is_asked_for_by_the_cases(site: Site, case):
    """On the case it comes when it is scrolled to; without htmx a link leads to it."""
    visit = site.visit()
    assert item(listed(visit, case), KEY).text
    assert item(listed(visit, case, "brief"), KEY).text
    (place,) = [
        each
        for each in read(shown(visit.get(f"cases/{case.id}"))).all("section")
        if each.attributes.get("id") == "todo"
    ]
    assert [place.attributes["hx-get"]] == [each.attributes["href"] for each in place.all("a")]


def test_a_thing_is_given_settled_and_opened_again(site: Site, case):
    """By form alone: a typed name goes before a chosen one; a settled thing says the word and can be opened again."""
    visit = site.visit()
    answer = visit.post(f"cases/{case.id}/todo", {"key": KEY, "do": "give", "owner": "X", "other": "Cory Example"})
    assert (303, f"cases/{case.id}/todo") == (answer.status_code, where_to(answer))
    assert "Cory Example" in item(listed(visit, case), KEY).text

    visit.post(f"cases/{case.id}/todo", {"key": KEY, "do": "not_needed", "why": "payer has <b>it</b>"})
    html = listed(visit, case)
    assert "not needed: payer has <b>it</b>" in item(html, KEY).text and "&lt;b&gt;it" in html
    visit.post(f"cases/{case.id}/todo", {"key": KEY, "do": "reopen"})
    assert "not needed:" not in item(listed(visit, case), KEY).text


def test_what_cannot_be_kept_is_told_at_its_thing(site: Site, case):
    """Not needed without a word: beside the field, in place; what blocks and what is not missing: above."""
    visit = site.visit()
    answer = visit.post(f"cases/{case.id}/todo", {"key": KEY, "do": "not_needed"}, headers=IN_PLACE)
    html = shown(answer)
    assert (422, []) == (answer.status_code, faults_of_part(html))
    assert "Say in a word why" in item(html, KEY).text
    for form in ({"key": "answer", "do": "done"}, {"key": "criterion.none", "do": "done"}):
        answer = visit.post(f"cases/{case.id}/todo", form)
        assert (422, []) == (answer.status_code, faults_of_page(shown(answer)))
    assert [] == site.office.rows("brief_entries")


def test_the_worklist_leads_to_what_is_to_get(site: Site, case):
    """Once the brief was read: how much, and where."""
    visit = site.visit()
    assert "to get before the call" not in shown(visit.get("worklist"))
    visit.get(f"cases/{case.id}/brief")
    (link,) = [each for each in read(shown(visit.get("worklist"))).all("a") if "to get before the call" in each.text]

    assert 200 == visit.get(link.attributes["href"]).status_code
