"""The button of the language model is there only where the site has one; what it said is named as its words."""

from tests.fakes.wording import FakeWording
from tests.flow.test_wording import a_case
from tests.web.test_rules import page
from tests.web.visit import Site


def test_a_brief_is_said_more_smoothly_and_taken_back(site: Site):
    """By a press each; the page says how many sentences are the model's, and whose facts they hold."""
    visit, case = site.visit(), a_case(site.office)
    assert "more smoothly" not in page(visit, f"cases/{case.id}/brief").text
    site.office.wording = site.house.wording = FakeWording()
    assert "All sentences are our own." in page(visit, f"cases/{case.id}/brief").text
    assert 303 == visit.post(f"cases/{case.id}/wording").status_code
    said = page(visit, f"cases/{case.id}/brief").text
    assert "as model-of-the-tests said" in said and "Every fact and every source is as it was." in said
    for path in ("wording", "wording/back"):
        assert 400 == visit.post(f"cases/{case.id}/{path}", token=None).status_code
    assert 303 == visit.post(f"cases/{case.id}/wording/back").status_code

    assert "All sentences are our own." in page(visit, f"cases/{case.id}/brief").text
