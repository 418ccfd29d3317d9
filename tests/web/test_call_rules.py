"""The page of the call rules: what counts as broken, from where; figures changed with a source, and put back."""

from app.core.people import Role
from app.core.rulebook.calls import BROKEN
from tests.web.markup import faults_of_page, read
from tests.web.test_rules import inputs, wrong
from tests.web.visit import Site, shown, where_to

SOURCE = {"source": "Contract of 2026", "verified_on": "2026-11-02", "grade": "V", "why": "Ten are agreed."}


def form(site: Site, **changes) -> dict[str, str]:
    """Return the form of the rule of late calls as the browser sends it, with these changes."""
    page = read(shown(site.visit().get("rules/calls/late")))
    sent = {name: value[0] for name, value in inputs(page, "rules/calls/late").items() if name != "csrf_token"}
    return sent | SOURCE | changes


def test_everybody_reads_what_counts_as_broken_and_where_it_was_read(site: Site):
    """A row a rule, its steps with owner and hours, its words on the record, its source; only the office changes it."""
    page = read(shown(site.visit(Role.CLINICIAN, patient="Patient/p1").get("rules/calls")))
    rows = page.all("tr")[1:]

    assert len(BROKEN) == len(rows)
    assert all("verified" in each.text for each in rows)
    late = next(each.text for each in rows if each.text.startswith("The payer called late"))
    assert "more than 5 minutes" in late and "It called late." in late and "coordinator" in late
    assert not [each for each in page.all("a") if each.text == "Change"]
    assert 403 == site.visit(Role.CLINICIAN, patient="Patient/p1").get("rules/calls/late").status_code


def test_a_figure_is_changed_with_its_source_and_counts_at_once(site: Site):
    """Who, when and why stand beside it; the other figures are as they were."""
    answer = site.visit().post("rules/calls/late", form(site, minutes="10"))
    assert "rules/calls" in where_to(answer)
    text = shown(site.visit().get("rules/calls"))

    rule = site.office.ports().rules.calls["late"]
    assert (10, "Contract of 2026") == (rule.minutes, rule.evidence_of("minutes").source)
    assert "more than 10 minutes" in text and "Ten are agreed." in text and "edited here" in text


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(site: Site):
    """No number, no source; a step that would fall due before the one below it is told as a whole."""
    visit = site.visit()
    for changes, field in (({"minutes": "ten"}, "minutes"), ({"source": ""}, "source"), ({"after-1": "x"}, "after-1")):
        answer = visit.post("rules/calls/late", form(site, **changes))
        page = read(shown(answer))
        assert (422, [field]) == (answer.status_code, [name for name, _ in wrong(page)]), changes
        assert [] == faults_of_page(shown(answer))
    answer = visit.post("rules/calls/late", form(site, **{"after-1": "0"}))
    assert 422 == answer.status_code and "fall due before" in shown(answer)

    assert () == site.office.ports().rules.edits


def test_somebody_elses_change_is_not_written_over(site: Site):
    """The second of two who edit the same figures is told."""
    early = form(site, minutes="10")
    site.visit().post("rules/calls/late", form(site, minutes="8"))
    answer = site.visit().post("rules/calls/late", early)

    assert 409 == answer.status_code
    assert 8 == site.office.ports().rules.calls["late"].minutes


def test_figures_are_put_back_with_a_reason(site: Site):
    """They are the file's again, and the history keeps both."""
    visit = site.visit()
    visit.post("rules/calls/late", form(site, minutes="10"))
    page = read(shown(visit.get("rules/calls/late")))
    sent = {name: value[0] for name, value in inputs(page, "rules/calls/late/back").items() if name != "csrf_token"}
    assert 422 == visit.post("rules/calls/late/back", sent | {"why": ""}).status_code
    visit.post("rules/calls/late/back", sent | {"why": "Not agreed after all."})

    assert 5 == site.office.ports().rules.calls["late"].minutes
    assert "Not agreed after all." in shown(visit.get("rules/calls/late"))
    assert 404 == visit.get("rules/calls/tardy").status_code
