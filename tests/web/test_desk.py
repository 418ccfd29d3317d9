"""The payer's page: no sign-in, no cookie, no PHI, no script needed; reading changes nothing, and it answers once."""

import re

import pytest

from app.core.case import CaseState
from app.flow.inbox import inbox
from tests.fakes.office import detected
from tests.web.markup import faults_of_page, read
from tests.web.visit import BASE, HOST, Site, shown

PHI = ("Synthetic", "1960", "MRN", "X1", "Lumbar", "fusion", "not shown")


def offer(site: Site, count: int = 3):
    """Return a case with its first times offered, and the path of the link."""
    case = detected(site.office)
    visit = site.visit()
    boxes = [each for each in read(shown(visit.get(f"cases/{case.id}/offers"))).all("input")]
    times = [each.attributes["value"] for each in boxes if each.attributes.get("name") == "slot"]
    form = {"slot": times[:count], "hours": "24", "version": str(case.version)}
    made = visit.post(f"cases/{case.id}/offers", form)
    assert 200 == made.status_code
    return case, re.search(r"https://parley\.example(/p/[0-9a-f]+)", shown(made))[1]


def ask(site: Site, path: str, form: dict | None = None, **headers):
    """Ask as the payer's browser: no cookie, nothing but the address."""
    http = site.app.test_client()
    method = "POST" if form is not None else "GET"
    return http.open(path, method=method, data=form, base_url=BASE, headers=headers)


def faults(page) -> list[str]:
    """Return what breaks the rules of pages; a form token guards a cookie, and here is none."""
    return [each for each in faults_of_page(shown(page)) if not each.startswith("no token in the form")]


def times_of(page) -> list[str]:
    """Return the ids that the page's buttons carry."""
    return [
        each.attributes["value"] for each in read(shown(page)).all("button") if each.attributes.get("name") == "time"
    ]


def test_the_page_says_nothing_of_the_patient_and_leads_nowhere(site: Site):
    """Case number and times; framed by nobody, kept by nobody, its address sent to nobody."""
    case, path = offer(site)
    page = ask(site, path)

    assert (200, []) == (page.status_code, faults(page))
    assert case.number in shown(page)
    assert [] == [word for word in PHI if word in shown(page)]
    assert ("no-store", "no-referrer", "noindex") == (
        page.headers["Cache-Control"],
        page.headers["Referrer-Policy"],
        page.headers["X-Robots-Tag"],
    )
    assert "Set-Cookie" not in page.headers
    assert "ehr.example" not in page.headers["Content-Security-Policy"]


def test_a_mail_scanner_changes_nothing(site: Site):
    """GET and HEAD, a hundred times: the case, the link and the inbox are as they were."""
    case, path = offer(site)
    before = site.office.case(case.id)
    for _ in range(10):
        ask(site, path)
        site.app.test_client().head(path, base_url=BASE)
        for more in ("/pick", "/propose"):
            assert 405 == ask(site, path + more).status_code

    assert before == site.office.case(case.id)
    assert () == inbox(site.office.ports(), show="all", now=site.office.now)


def test_one_press_books(site: Site):
    """Without script; the page then tells the time, also when it is opened again or pressed twice."""
    case, path = offer(site)
    chosen = times_of(ask(site, path))[1]
    pressed = [ask(site, f"{path}/pick", {"time": chosen, "reviewer": "Dr Peer Example"}) for _ in range(2)]

    assert CaseState.BOOKED == site.office.case(case.id).state
    for page in (*pressed, ask(site, path)):
        assert "Your call is booked" in shown(page)
        assert [] == faults(page)


def test_other_times_are_proposed(site: Site):
    """Thanked for; they wait in our inbox. What cannot be read is shown again as typed."""
    _, path = offer(site)
    wrong = ask(
        site, f"{path}/propose", {"day0": "2026-11-24", "start0": "10:00", "end0": "09:00", "zone": "America/Chicago"}
    )
    assert (422, True) == (wrong.status_code, 'value="2026-11-24"' in shown(wrong))
    right = ask(
        site, f"{path}/propose", {"day0": "2026-11-24", "start0": "09:00", "end0": "10:00", "zone": "America/Chicago"}
    )

    assert "Thank you" in shown(right)
    assert 1 == len(inbox(site.office.ports(), show="new", now=site.office.now))
    assert 410 == ask(site, path).status_code


@pytest.mark.parametrize("path", ["/p/none", "/p/%00", "/p/" + "f" * 64, "/p/..%2f..", "/p/" + "x" * 4000])
def test_a_stranger_learns_nothing(site: Site, path: str):
    """Unknown, forged, overlong: the same words as for a link that is over."""
    offer(site)
    page = ask(site, path)

    assert page.status_code in (404, 410)
    if page.status_code == 410:
        assert "This link is over" in shown(page)


@pytest.mark.parametrize("time", ["", "none", "0" * 32, "'; DROP TABLE cases;--"])
def test_a_forged_time_books_nothing(site: Site, time: str):
    """Only what was held for this payer can be picked."""
    case, path = offer(site)
    page = ask(site, f"{path}/pick", {"time": time})

    assert (409, CaseState.HELD) == (page.status_code, site.office.case(case.id).state)
    assert 3 == len(times_of(page))


def test_hostile_words_of_the_payer_are_words(site: Site):
    """Whatever the staff type about themselves is data on our pages."""
    case, path = offer(site)
    hostile = "<script>alert(1)</script>" * 50
    ask(
        site,
        f"{path}/pick",
        {"time": times_of(ask(site, path))[0], "reviewer": hostile, "name": hostile, "number": hostile},
    )
    visit = site.visit()
    (message,) = inbox(site.office.ports(), show="all", now=site.office.now)
    for page in (visit.get(f"inbox/{message.id}"), visit.get("inbox?show=all"), visit.get(f"cases/{case.id}")):
        assert "<script>alert" not in shown(page)


def test_only_who_may_book_offers_times(site: Site):
    """Nothing chosen is said; a forged form makes no link."""
    case = detected(site.office)
    nothing = site.visit().post(f"cases/{case.id}/offers", {"version": str(case.version), "hours": "24"})
    assert (422, True) == (nothing.status_code, "Choose the times to offer." in shown(nothing))
    forged = site.visit().post(f"cases/{case.id}/offers", {"hours": "24"}, token=None)
    assert 400 <= forged.status_code < 500
    assert [] == site.office.rows("payer_links")
    assert HOST in BASE
