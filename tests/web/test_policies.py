"""The pages of the site's policies: put in, read, put in anew, retired; whatever stands in a document is data."""

import io
from urllib.parse import urlsplit

import pytest

from app.core.denial import Quote
from app.core.people import Role
from tests.core.test_policy import DOCUMENT
from tests.edges.test_site_policies import CRITERION, HEAD
from tests.fakes.literature import FakeLiterature
from tests.fakes.office import detected
from tests.web.hostile import CANARY, PAYLOADS
from tests.web.markup import faults_of_page, read
from tests.web.test_rules import inputs, page, wrong
from tests.web.visit import ELSEWHERE, Site, Visit, shown, where_to

FORM = {
    "title": "Spine surgery",
    "payer": "Payer Test",
    "services": "lumbar_fusion",
    "codes": "22612 j17*",
    "number": "SP-014",
    "source": "https://payer.example/sp-014",
    "effective": "2026-03-01",
    "why": "Read on the payer’s site.",
    "form": "markdown",
    "text": DOCUMENT,
}


def put_in(visit: Visit, **changes) -> str:
    """Put a policy in; return its path."""
    answer = visit.post("policies/new", FORM | changes)
    assert 303 == answer.status_code, wrong(read(shown(answer)))
    return where_to(answer)


def test_a_policy_is_put_in_and_read(site: Site):
    """The list says whose it is, for what, from when, by whom; the page shows its own words and its history."""
    visit = site.visit()
    path = put_in(visit)
    listed, root = page(visit, "policies").text, page(visit, path)

    for words in ("Spine surgery", "SP-014", "Payer Test", "Lumbar fusion", "22612, J17*", "1 Mar 2026"):
        assert words in listed
    for words in ("When fusion is covered", "Failure of an adequate trial", "Test Coordinator", FORM["why"]):
        assert words in root.text
    assert "Policies" in page(visit, "rules").text
    assert "Spine surgery" not in page(site.visit(issuer=ELSEWHERE), "policies").text


def test_a_file_is_put_in(site: Site):
    """As a browser sends it."""
    visit = site.visit()
    file = (io.BytesIO(b"Six weeks of physical therapy are required."), "policy.txt")
    answer = visit.post("policies/new", FORM | {"text": "", "file": file}, content_type="multipart/form-data")

    assert 303 == answer.status_code
    assert "Six weeks of physical therapy are required." in page(visit, where_to(answer)).text


def test_a_newer_version_stands_beside_the_older(site: Site):
    """The form shows the newest as it stands, without its text; the second to save the same is told; both are kept."""
    visit = site.visit()
    path = put_in(visit)
    told = inputs(page(visit, f"{path}/anew"), "/anew")
    assert (["Spine surgery"], ["lumbar_fusion"]) == (told["title"], told["services"])
    assert [""] == [each.strip() for each in told["text"]]
    newer = told | {"effective": "2026-10-01", "why": "Changed.", "text": "# New\n\nTwelve weeks are required."}
    newer.pop("file", None)
    assert 303 == visit.post(f"{path}/anew", newer).status_code
    again = visit.post(f"{path}/anew", newer)

    assert 409 == again.status_code and "another version" in read(shown(again)).text
    assert "Twelve weeks" in page(visit, path).text
    older = page(visit, f"{path}?version=1").text
    assert "Failure of an adequate trial" in older and "This is version 1. Today" in older
    assert visit.get(f"{path}?version=9").status_code == visit.get("policies/nothing").status_code >= 400


def test_it_is_retired_with_a_day_and_a_reason(site: Site):
    """Then the list and the page say so; its words stay to be read."""
    visit = site.visit()
    path = put_in(visit)
    refused = visit.post(f"{path}/retire", {"version": "1", "until": "", "why": "x"})
    assert (422, ["until"]) == (refused.status_code, [each for each, _ in wrong(read(shown(refused)))])
    assert [] == faults_of_page(shown(refused))
    assert 303 == visit.post(f"{path}/retire", {"version": "1", "until": "2026-11-01", "why": "Gone."}).status_code

    assert "retired from 1 Nov 2026" in page(visit, "policies").text
    assert "Failure of an adequate trial" in page(visit, path).text


def test_criteria_are_shown_as_the_sites_own(site: Site):
    """Not as the policy's words."""
    visit = site.visit()
    path = put_in(visit, form="toml", text=HEAD + CRITERION, services="")

    text = page(visit, path).text
    assert "Three months of therapy" in text and "nothing of them is quoted" in text


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"title": ""}, "title", "This is needed."),
        ({"services": "", "codes": ""}, "services", "Tick the services"),
        ({"codes": "22612 <b>"}, "codes", "is no code"),
        ({"effective": ""}, "effective", "This is needed."),
        ({"text": ""}, "text", "Paste the policy"),
        ({"form": "toml", "text": HEAD + CRITERION.replace("therap*", "(a+)+")}, "text", "Line 11: criteria[0].asked"),
    ],
    ids=lambda each: str(each)[:30],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(site: Site, change, field, said):
    """The page is as accessible as before, and nothing was kept."""
    answer = site.visit().post("policies/new", FORM | change)
    root = read(shown(answer))
    (found,) = wrong(root)

    assert (422, field) == (answer.status_code, found[0]) and said in found[1]
    assert [] == faults_of_page(shown(answer))
    typed = inputs(root, "policies/new")
    assert all([value] == typed.get(name) for name, value in (FORM | change).items() if name != "text" and value)
    assert () == site.office.policies.versions("sandbox")


def test_who_may_not_change_the_rules_only_reads(site: Site):
    """No form, no link to one; what is sent all the same is refused."""
    path = put_in(site.visit())
    for role in (Role.CLINICIAN, Role.DELEGATE):
        visit = site.visit(role)
        for each in ("policies", path):
            assert "policies/new" not in shown(visit.get(each)) and "/anew" not in shown(visit.get(each))
        got = [visit.get("policies/new"), visit.get(f"{path}/anew"), visit.post("policies/new", FORM)]
        got += [visit.post(f"{path}/anew", FORM), visit.post(f"{path}/retire", {"version": "1"})]
        assert {403} == {each.status_code for each in got}
    assert 1 == len(site.office.policies.versions("sandbox"))


@pytest.mark.parametrize("name", [each for each in PAYLOADS if each not in ("unprintable",)])
def test_what_a_document_holds_is_shown_as_words(site: Site, name: str):
    """Script, forms, styles, links in title and text: nothing of it becomes markup, on any page, the brief's too."""
    visit, attack = site.visit(), PAYLOADS[name]
    text = f"# {attack[:200]}\n\nPhysical therapy {attack} is required.\n\n- {attack}"
    path = put_in(visit, title=f"A {attack}"[:150].replace("\x00", ""), text=text)
    case = detected(site.office)
    for each in ("policies", path, f"{path}/anew", f"cases/{case.id}/brief"):
        answer = visit.get(each)
        assert 200 == answer.status_code and [] == faults_of_page(shown(answer))
        root = read(shown(answer))
        scripts = [one.attributes.get("src", "") for one in root.all("script")]
        assert all("/static/js/" in one for one in scripts)
        assert not [one for one in root.all("img", "iframe", "svg", "object") if CANARY in str(one.attributes)]


def test_the_brief_shows_what_the_policy_says_and_what_was_not_read(site: Site):
    """The quote word for word, where it stands, what it leaves open; a citation that nobody read with its to-do."""
    visit = site.visit()
    words = "Not medically necessary under Medical Policy ZZ-77: six weeks of physical therapy are not shown."
    case = detected(site.office, notes=(Quote(words, "processNote[0].text", "ClaimResponse/cr1"),))
    before = page(visit, f"cases/{case.id}/brief").text
    assert "ZZ-77" in before and "nothing of it is quoted" in before
    put_in(visit)
    root = page(visit, f"cases/{case.id}/brief")
    (quoted,) = [each for each in root.all("blockquote") if "ALL of the following" in each.text]

    assert "Failure of an adequate trial of conservative care" in quoted.text
    assert "The policy does not say how long “adequate trial” is." in root.text
    assert "ZZ-77" in root.text


def test_what_pubmed_found_stands_apart_from_what_is_curated(site: Site):
    """Marked as read by nobody, retracted ones as such; without the setting there is no button."""
    visit, case = site.visit(), detected(site.office)
    assert "Look in PubMed" not in page(visit, f"cases/{case.id}/brief").text
    site.office.literature = site.house.literature = FakeLiterature()
    assert "Look in PubMed" in page(visit, f"cases/{case.id}/brief").text
    answer = visit.post(f"cases/{case.id}/literature")
    assert (303, "said=searched") == (answer.status_code, urlsplit(answer.headers["Location"]).query)
    root = page(visit, f"cases/{case.id}/brief?said=searched")
    assert any(each.attributes.get("role") == "status" for each in root.all("p"))
    assert 400 == visit.post(f"cases/{case.id}/literature", token=None).status_code

    for words in ("Found in PubMed, not curated", "A trial of everything", "Retracted.", "PMID 22222222"):
        assert words in root.text
    site.office.literature.away = True
    site.office.push(days=2)
    answer = site.visit().post(f"cases/{case.id}/literature")
    assert 503 == answer.status_code and "PubMed did not answer." in shown(answer)
