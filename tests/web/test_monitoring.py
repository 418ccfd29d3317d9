"""What monitoring reads of Learn: the measures of whole hospitals, nobody's name, no small cell."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from app.edges.store.database import StoreDown
from app.edges.store.effects import effects
from tests.fakes.office import CLINICIAN, TENANT, an_answer, book_best, detected, keep_window, log, settle
from tests.web.visit import Site


def scraped(site: Site) -> dict[str, dict[str, float]]:
    """Return {"value" | "cases": {measure: number}} of the office's hospital."""
    text = site.app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).get_data(as_text=True)
    assert CLINICIAN.name not in text and "Payer Test" not in text
    found: dict[str, dict[str, float]] = {"value": {}, "cases": {}}
    for family in text_string_to_metric_families(text):
        for each in family.samples:
            if each.name.startswith("parley_learn_") and each.labels["hospital"] == TENANT:
                found[each.name.removeprefix("parley_learn_")][each.labels["measure"]] = each.value
    return found


def decide(site: Site, count: int, *, won: int) -> None:
    """Bring cases to a decided call."""
    for number in range(count):
        office = site.office
        case = keep_window(office, detected(office, an_answer(f"cr{number}", patient=f"p{number}")))
        settle(office, log(office, book_best(office, case)), result="approved" if number < won else "upheld")


def test_measures_of_a_hospital_are_there_to_be_scraped(site: Site):
    """Twenty-four calls, twelve won: half of them, of twenty-four."""
    decide(site, 24, won=12)
    told = scraped(site)

    assert (0.5, 24) == (told["value"]["overturn"], told["cases"]["overturn"])


def test_small_cells_are_not_there_at_all(site: Site):
    """Twelve calls of which one was lost: the one could be somebody."""
    decide(site, 12, won=11)
    told = scraped(site)

    assert "overturn" not in told["value"] and "overturn" not in told["cases"]
    assert 12 == told["cases"]["offer_to_connect"]


def test_requests_are_still_counted_while_the_database_is_away(site: Site, monkeypatch):
    """Then monitoring is wanted most."""

    def away(*_, **__):
        raise StoreDown()

    monkeypatch.setattr(site.office.store, "learned", away, raising=False)
    site.visit().get("worklist")
    text = site.app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).get_data(as_text=True)

    assert "parley_requests_total" in text
    assert "parley_learn" not in text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_that_is_not_told_of_opens_the_measures_to_nobody(site: Site, header: str):
    """Its own address is inside; who asks through it need not be."""
    asked = {"headers": {header: "198.51.100.7"}, "environ_base": {"REMOTE_ADDR": "10.0.0.9"}}

    assert 404 == site.app.test_client().get("/metrics", **asked).status_code


def test_writes_that_wait_can_be_alerted_on(site: Site):
    """How many, in which state, for how long; gone from it once they are done."""
    office = site.office
    book_best(office, keep_window(office, detected(office, an_answer("cr1", patient="p1"))))
    office.push(minutes=10)

    def told() -> dict[str, float]:
        asked = {"environ_base": {"REMOTE_ADDR": "10.0.0.9"}}
        families = text_string_to_metric_families(
            site.app.test_client().get("/metrics", **asked).get_data(as_text=True)
        )
        return {each.name: each.value for family in families for each in family.samples if "writes" in each.name}

    waiting = told()
    assert waiting["parley_writes"] >= 1
    assert 600 == waiting["parley_writes_oldest_seconds"]
    with office.database.writing() as connection:
        connection.execute(update(effects).values(is_active=False, state="confirmed"))
    assert {} == told()
