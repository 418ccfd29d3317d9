"""Every sentence of the brief opens where it stands in the chart: the words marked, nothing of them in the address."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.people import Role
from tests.fakes.office import Office, detected
from tests.flow.test_brief import a_condition
from tests.flow.test_unsent import a_note
from tests.web.hostile import CANARY, PAYLOADS
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.visit import Site, shown

THERAPY = "15 of 16 physical therapy visits attended over 8 weeks. <img src=x onerror=alert(1)>"
TEXT = f"Leg pain on the left.\n\n{THERAPY}\n\nNo relief."


def a_case(office: Office):
    """Return a case whose chart holds a problem and a note with markup of its own in it."""
    case = detected(office)
    office.ehr.charts["Patient/p1"] = {
        "Condition/c1": a_condition("c1", "Slipped vertebra"),
        "DocumentReference/n1": a_note(TEXT),
    }
    return case


def marks(site: Site, case, **more) -> list:
    """Return the marks of the brief as it is shown."""
    visit = site.visit(Role.CLINICIAN, **more)
    page = read(shown(visit.get(f"cases/{case.id}/brief")))
    return visit, [each for each in page.all("a") if "/brief/source" in each.attributes.get("href", "")]


def text_marked(root) -> str:
    """Return the marked words of a page."""
    return " ".join(each.text for each in root.all("mark"))


def test_each_mark_opens_the_very_words_that_its_sentence_rests_on(site: Site):
    """All marks of the page lead to a page of their own on which something is marked."""
    case = a_case(site.office)
    visit, found = marks(site, case)
    seen = ""
    for each in found:
        html = shown(visit.get(each.attributes["href"]))
        assert [] == faults_of_page(html)
        assert text_marked(read(html))
        seen += text_marked(read(html))

    assert "15 of 16 physical therapy visits attended over 8 weeks." in seen
    assert "Slipped vertebra" in seen


def test_each_sentence_opens_all_that_it_rests_on_by_itself(site: Site):
    """The words of a sentence lead to the same sources as its marks together; by keyboard they are links like any."""
    case = a_case(site.office)
    visit, _ = marks(site, case)
    page = read(shown(visit.get(f"cases/{case.id}/brief")))
    said = [each for each in page.all("a") if each.attributes.get("class") == "brief__said"]

    assert any("15 of 16 physical therapy visits" in each.text for each in said)
    for each in said:
        assert text_marked(read(shown(visit.get(each.attributes["href"]))))


def test_in_place_the_source_alone_comes_and_takes_the_place_beside(site: Site):
    """With htmx the part alone is swapped into the place that the brief's page keeps for it."""
    visit, (first, *_) = marks(site, a_case(site.office))
    html = shown(visit.get(first.attributes["hx-get"], hx=True))
    (section,) = read(html).children

    assert "#source" == first.attributes["hx-target"] and first.attributes["href"] == first.attributes["hx-get"]
    assert "source" == section.attributes["id"]
    assert [] == faults_of_part(html)


def test_an_address_tells_nothing_of_the_chart(site: Site):
    """Neither the quote nor the resource stands in it; and another session's address opens nothing."""
    case = a_case(site.office)
    _, found = marks(site, case)
    other, others = marks(site, case)
    for each in found:
        address = urlsplit(each.attributes["href"])
        assert not any(word in address.query for word in ("Condition", "n1", "therapy", "Slipped"))
        assert ["at"] == list(parse_qs(address.query))
    query = urlsplit(found[0].attributes["href"]).query
    assert not {urlsplit(each.attributes["href"]).query for each in others} & {query}
    assert "Not in the chart any more" in shown(other.get(f"cases/{case.id}/brief/source?{query}"))


def test_markup_of_the_chart_stays_text(site: Site):
    """A note that holds markup is shown with it, as words."""
    visit, found = marks(site, a_case(site.office))
    pages = [shown(visit.get(each.attributes["href"])) for each in found]

    assert any("&lt;img src=x" in html for html in pages)
    assert not any(read(html).all("img") for html in pages)


def test_what_was_struck_from_the_chart_is_told_to_be_gone(site: Site):
    """The page was made a minute ago; the note was taken out since."""
    case = a_case(site.office)
    visit, found = marks(site, case)
    site.office.ehr.charts["Patient/p1"] = {}
    for each in found:
        html = shown(visit.get(each.attributes["href"]))
        assert "Not in the chart any more" in html
        assert "therapy visits" not in html


def test_each_resource_that_was_opened_is_audited_by_name(site: Site):
    """Who read what of whom, beside the opening of the brief itself."""
    case = a_case(site.office)
    visit, found = marks(site, case)
    before = len(site.office.audited())
    for each in found:
        visit.get(each.attributes["href"])
    acts = [entry[1:] for entry in site.office.audited()[before:]]

    assert ("see_source DocumentReference/n1", case.id, "Patient/p1") in acts
    assert ("see_source Condition/c1", case.id, "Patient/p1") in acts


def test_an_ehr_that_is_away_is_told_in_the_place_of_the_source(site: Site):
    """The brief stays as it is; beside it stands what happened."""
    visit, (first, *_) = marks(site, a_case(site.office))
    site.office.ehr.go_away()
    answer = visit.get(first.attributes["hx-get"], headers={"HX-Request": "true", "HX-Target": "source"})
    (section,) = read(shown(answer)).children

    assert (503, "source") == (answer.status_code, section.attributes["id"])


@pytest.mark.parametrize("name", PAYLOADS)
def test_an_attack_in_the_chart_is_words_where_its_source_is_opened(site: Site, name: str):
    """In a note, a problem's name and a document's title: no element, no attribute, no address of its own."""
    case, words = detected(site.office), PAYLOADS[name]
    evil = a_note(f"{THERAPY}\n\n{words}", type={"text": f"Summary {words}"})
    problem = a_condition("c1", f"Slipped vertebra {words}")
    site.office.ehr.charts["Patient/p1"] = {"Condition/c1": problem, "DocumentReference/n1": evil}
    visit, found = marks(site, case)
    assert found
    for each in found:
        html = shown(visit.get(each.attributes["href"]))
        assert [] == faults_of_page(html)
        assert not read(html).all("img", "svg", "math", "iframe", "noscript", "mtext")
        assert not [one for one in read(html).all() if CANARY in one.tag or CANARY in str(one.attributes)]
