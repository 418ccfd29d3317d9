"""No call needed, as it is shown: while the chart is read; an offer, a warning, a question, nothing; a failure."""

import pytest

from app.core.people import Role
from app.flow.learn import worth_of
from tests.fakes.office import Office, an_answer, bring, detected
from tests.flow.test_learn import decided
from tests.flow.test_unsent import a_note, chart
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.visit import Site, shown


def part(site: Site, case, **more):
    """Return the part as htmx gets it, read; it keeps the house's rules."""
    html = shown(
        site.visit(**more).get(f"cases/{case.id}/unsent", headers={"HX-Request": "true", "HX-Target": "unsent"})
    )
    assert [] == faults_of_part(html)
    return read(html)


def words(node) -> str:
    """Return what a part says, in one line."""
    return " ".join(node.text.split())


def an_offer(office: Office, payer: str = "UnitedHealthcare", **more):
    """Return a case whose chart holds a summary that was not sent."""
    case = detected(office, payer=payer, **more)
    chart(office, a_note())
    return case


def test_the_case_shows_that_the_chart_is_being_looked_through(site: Site):
    """The page does not wait for the chart: the part asks for itself, and without htmx a link leads to it."""
    case = an_offer(site.office)
    site.office.ehr.asked.clear()
    html = shown(site.visit(Role.CLINICIAN, patient="Patient/p1").get(f"cases/{case.id}"))
    (section,) = [each for each in read(html).all("section") if each.attributes.get("id") == "unsent"]

    assert ("load", "this", "true") == tuple(
        section.attributes[name] for name in ("hx-trigger", "hx-target", "aria-busy")
    )
    assert [section.attributes["hx-get"]] == [each.attributes["href"] for each in section.all("a")]
    assert "chart" not in {what for what, _ in site.office.ehr.asked}


def test_an_offer_names_the_document_its_words_and_the_rule(site: Site):
    """Which document, what it says, that it was not sent, how the payer takes it, by which source; one way to act."""
    root = part(site, an_offer(site.office))
    said = words(root)

    assert "Send it, no call needed" in said
    assert "15 of 16 physical therapy visits attended over 8 weeks." in said
    assert "Not sent, as far as can be told." in said
    assert "Written 2026-11-20, after the request of 2026-11-13." in said
    assert "DocumentReference/n1" in said and "verified" in said
    assert ["rule", "send_new_information"] == [each.attributes["href"].rpartition("/")[2] for each in root.all("a")]


def test_at_a_payer_that_cancels_the_call_it_is_a_warning(site: Site):
    """The loss is told first, with its source; sending is never the button that stands out."""
    root = part(site, an_offer(site.office, "Priority Health"))
    (section,) = [each for each in root.all("section") if each.attributes.get("id") == "unsent"]
    (button,) = [each for each in root.all("a") if "button" in each.attributes.get("class", "")]
    said = words(root)

    assert "unsent--danger" in section.attributes["class"]
    assert said.index("Do not send it now: it would cost the call") < said.index("15 of 16 physical therapy")
    assert "cancels the call" in said and "verified 2026-11-21" in said
    assert "no call needed" not in said.lower()
    assert "button--quiet" in button.attributes["class"]


def test_at_an_unknown_payer_it_is_to_be_asked_first(site: Site):
    """Another payer's rule is never borrowed."""
    said = words(part(site, an_offer(site.office, "Payer Test")))

    assert "It could be sent: ask Payer Test first" in said
    assert "no call needed" not in said.lower()


def test_nothing_to_send_is_one_calm_line(site: Site):
    """An empty chart, words that name nothing, no words at all: each says why, and there is no button."""
    office = site.office
    told = {
        "silent": detected(office, an_answer("cr1", payer="UnitedHealthcare")),
        "unnamed": detected(office, an_answer("cr2", payer="UnitedHealthcare", notes=(), disposition=None)),
    }
    roots = {name: part(site, case) for name, case in told.items()}

    assert "No document that UnitedHealthcare lacks answers what it found missing." in words(roots["silent"])
    assert "The payer gave no reason in words" in words(roots["unnamed"])
    assert [] == [each for root in roots.values() for each in root.all("a")]


def test_what_could_not_be_read_is_said_and_can_be_read_again(site: Site):
    """A search that failed may hide the answer: "none" is never said of what was not read."""
    case = detected(site.office, payer="UnitedHealthcare")
    site.office.ehr.left_out = ("DocumentReference: the EHR does not answer",)
    root = part(site, case)

    assert "Not every document of the chart could be read" in words(root)
    assert "No document that was read and that UnitedHealthcare lacks" in words(root)
    assert ["unsent"] == [each.attributes["href"].rpartition("/")[2] for each in root.all("a")]


def test_an_ehr_that_is_away_fails_in_its_part_alone(site: Site):
    """The case stays on the page; the part says what happened."""
    case = an_offer(site.office)
    visit = site.visit(Role.CLINICIAN, patient="Patient/p1")
    site.office.ehr.go_away()
    answer = visit.get(f"cases/{case.id}/unsent", headers={"HX-Request": "true", "HX-Target": "unsent"})
    (section,) = [each for each in read(shown(answer)).children if each.tag == "section"]

    assert (503, "unsent") == (answer.status_code, section.attributes["id"])
    assert "The EHR does not answer." in section.text
    assert [] == faults_of_part(shown(answer))


@pytest.mark.parametrize("payer", ["UnitedHealthcare", "Priority Health", "Payer Test"])
def test_the_page_of_its_own_keeps_the_rules(site: Site, payer: str):
    """Without htmx the same stands on a page with one heading and a way back."""
    case = an_offer(site.office, payer)
    answer = site.visit().get(f"cases/{case.id}/unsent")

    assert (200, []) == (answer.status_code, faults_of_page(shown(answer)))


@pytest.mark.parametrize("role", list(Role))
def test_the_way_to_send_it_leads_to_the_page_that_asks_the_rule(site: Site, role: Role):
    """Each role that sees the offer gets to the act's page, which says what it costs before anything is done."""
    case = an_offer(site.office, "Priority Health")
    visit = site.visit(role)
    links = read(shown(visit.get(f"cases/{case.id}/unsent", headers={"HX-Request": "true"}))).all("a")
    (link,) = [each for each in links if "button" in each.attributes.get("class", "")]
    answer = visit.get(link.attributes["href"])

    assert 200 == answer.status_code
    assert "cancels the call" in shown(answer)
    assert "send_new_information" not in [each.kind for each in site.office.case(case.id).acts]


@pytest.mark.parametrize("state", ["decided", "closed", "no_call"])
def test_a_case_past_it_does_not_ask_for_the_chart(site: Site, state: str):
    """No part that loads, and on its own page one line."""
    case = bring(site.office, state)
    visit = site.visit()

    assert 'id="unsent"' not in shown(visit.get(f"cases/{case.id}"))
    assert "past the point" in shown(visit.get(f"cases/{case.id}/unsent"))


def test_a_hostile_note_is_words(site: Site):
    """What a chart says is data."""
    case = detected(site.office, payer="UnitedHealthcare")
    chart(site.office, a_note("Physical therapy for 9 weeks <script>alert(1)</script>.", type={"text": "<b>Note</b>"}))
    html = shown(site.visit().get(f"cases/{case.id}/unsent"))

    assert "&lt;script&gt;alert(1)" in html and "&lt;b&gt;Note" in html
    assert "<script>alert" not in html


def test_history_is_one_sentence_with_its_interval(site: Site):
    """n, how many, the interval, what is alike, and where it is defined; to a delegate nothing of it."""
    decided(site.office, won=4, lost=2)
    case = detected(site.office, an_answer("new", patient="new"))
    html = shown(site.visit().get(f"cases/{case.id}"))
    (told,) = [each for each in read(html).all("p") if each.attributes.get("id") == "worth"]

    assert (
        "Own history: of 6 calls like it 4 overturned the denial, 67 % (95 % interval 30 % to 90 %). Alike in payer, "
        "kind of reason, service, after the denial. Payer Test approved the same service on 4 of 6 calls after "
        "the denial since November 2026: 4 as asked, 0 in part or modified. What is counted"
    ) == words(told)
    assert ["definitions"] == [each.attributes["href"].rpartition("/")[2] for each in told.all("a")]
    assert 'id="worth"' not in shown(site.visit(Role.DELEGATE).get(f"cases/{case.id}"))


def test_too_few_is_said_without_a_percentage(site: Site):
    """Below five the number of cases is told, and no share."""
    decided(site.office, won=2, lost=1)
    case = detected(site.office, an_answer("new", patient="new"))
    html = shown(site.visit().get(f"cases/{case.id}"))
    (told,) = [each for each in read(html).all("p") if each.attributes.get("id") == "worth"]

    assert "too few to say, n = 3." in words(told)
    assert "%" not in told.text
    assert worth_of(site.office.ports(), case, now=site.office.now).odds.share.value is None


def test_the_worklist_tells_how_calls_like_a_rows_went(site: Site):
    """In the row, beside why it was denied; nothing stands there where too few are alike."""
    decided(site.office, won=4, lost=2)
    detected(site.office, an_answer("new", patient="new"))
    rows = [each for each in read(shown(site.visit().get("worklist"))).all("tr") if "data-row" in each.attributes]
    told = {words(row) for row in rows if "like it overturned" in row.text}

    assert 1 == len(told)
    assert "4 of 6 like it overturned, 30 % to 90 %" in told.pop()
