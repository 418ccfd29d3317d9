"""Every refusal and failure as a page: what happened, what is safe, what to do; no trace, no name, no dead end."""

import logging
from dataclasses import dataclass
from datetime import datetime

import pytest

from app.core.interval import Interval
from app.core.people import Role
from app.errors import BadInput, Misconfigured, Permanent, Temporary
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.routes import OUTCOME, bring_published
from tests.web.visit import Site, shown

ABROAD = {"Sec-Fetch-Site": "cross-site"}
SECRET_WORDS = "Synthetic-p1 born 1960-02-03"


@dataclass(frozen=True)
class Trouble:
    """One way in which a request goes wrong, and how it is told."""

    name: str
    status: int
    heading: str
    todo: str

    def __str__(self) -> str:
        return self.name


TROUBLES = (
    Trouble("ended", 401, "This session has ended.", "Open Parley again from the EHR."),
    Trouble("ended form", 401, "This session has ended.", "What you had saved is safe."),
    Trouble("role", 403, "Your role does not allow this.", "Ask a coordinator"),
    Trouble("closed chart", 403, "The EHR does not let you open this patient's chart.", "Ask for access in the EHR"),
    Trouble("no case", 404, "There is no such case.", "Go back to the worklist"),
    Trouble("no page", 404, "There is no such page here.", "open Parley again from the EHR"),
    Trouble("other chart", 409, "This tab was opened from another patient's chart.", "Nothing was written."),
    Trouble("moved", 409, "Someone changed this case while you were looking at it.", "decide again"),
    Trouble("odd slot", 422, "slot: is not a time of this page", "Choose a time from the list."),
    Trouble("no token", 400, "This form is too old or was not made here.", "Open the page again"),
    Trouble("other site", 409, "This form did not come from this page of Parley.", "Nothing was changed."),
    Trouble("wrong way", 405, "This page cannot be used that way.", "use its buttons"),
    Trouble("too large", 413, "That is too large.", "Send a smaller file."),
    Trouble("ehr away", 503, "The EHR does not answer.", "tried again by itself"),
    Trouble("ehr refuses", 502, "The EHR refuses.", "Ask your administrator"),
    Trouble("unreadable", 422, "Bundle.entry[3]: cannot be read", "Correct the file"),
    Trouble("misconfigured", 500, "issuers: no issuer has this slug", "Correct the setting"),
    Trouble("broken", 500, "Parley broke here.", "tell your administrator"),
)
RAISED = {
    "ehr away": Temporary("The EHR does not answer.", next="Nothing is lost. It is tried again by itself."),
    "ehr refuses": Permanent("The EHR refuses.", next="Ask your administrator whether Parley may do this here."),
    "unreadable": BadInput("cannot be read", path="Bundle.entry[3]"),
    "misconfigured": Misconfigured("issuers", "no issuer has this slug"),
    "broken": RuntimeError(SECRET_WORDS),
}


def meet(site: Site, name: str, case, **how):
    """Run into a trouble; return the answer."""
    here, visit = f"cases/{case.id}", site.visit()
    if name in RAISED:
        visit.get("worklist")
        site.office.ehr.trouble = RAISED[name]
        return site.visit(Role.CLINICIAN, patient="Patient/p1").get(f"{here}/brief", **how)
    if name.startswith("ended"):
        site.house.launches.end(visit.id, now=site.office.now)
        return visit.get(here, **how) if name == "ended" else visit.post(f"{here}/outcome", OUTCOME, **how)
    if name == "closed chart":
        site.office.ehr.closed.add("Patient/p1")
    asked = {
        "role": lambda: site.visit(Role.DELEGATE).post(f"{here}/outcome", OUTCOME, **how),
        "closed chart": lambda: visit.get(here, **how),
        "no case": lambda: visit.get("cases/none", **how),
        "no page": lambda: visit.get("nowhere", **how),
        "other chart": lambda: site.visit(patient="Patient/p2").get(here, **how),
        "moved": lambda: visit.post(f"{here}/own", {"version": "0"}, **how),
        "odd slot": lambda: visit.post(f"{here}/book/move", {"version": "1", "slot": "noon"}, **how),
        "no token": lambda: visit.post(f"{here}/own", token=None, **how),
        "other site": lambda: visit.post(f"{here}/own", headers=ABROAD, **how),
        "wrong way": lambda: visit.post(f"{here}/detect", **how),
        "too large": lambda: visit.post(f"{here}/call", {"note": "x" * 1_100_000}, **how),
    }
    return asked[name]()


@pytest.fixture
def as_served(site: Site):
    """The app as a server runs it: it does not raise what it should tell."""
    before = site.app.config["TESTING"]
    site.app.testing = False
    yield site
    site.app.testing = before


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_trouble_is_told_in_words_with_what_to_do(as_served: Site, trouble: Trouble):
    """The status, a heading that says what happened, what to do next, the house's rules; nobody's name, no trace."""
    case = bring_published(as_served.office, "booked")
    answer = meet(as_served, trouble.name, case)

    html = shown(answer)
    assert (trouble.status, []) == (answer.status_code, faults_of_page(html))
    (heading,) = read(html).all("h1")
    assert trouble.heading == heading.text
    assert trouble.todo in read(html).text
    for word in ("Traceback", "Error", "werkzeug", "site-packages", ".py", "Synthetic", "1960", "MRN"):
        assert word not in html


@pytest.mark.parametrize("trouble", [each for each in TROUBLES if each.name != "too large"], ids=str)
def test_trouble_in_a_part_comes_as_a_part(as_served: Site, trouble: Trouble):
    """htmx puts an error where the part stood: no second page with its own bar and main inside the first."""
    case = bring_published(as_served.office, "booked")
    answer = meet(as_served, trouble.name, case, hx=True)

    html = shown(answer)
    assert (trouble.status, []) == (answer.status_code, faults_of_part(html))
    assert trouble.heading in read(html).text
    assert trouble.todo in read(html).text
    assert [] == read(html).all("html", "body", "main", "header")


def test_the_way_back_from_trouble_is_open(as_served: Site):
    """Whatever went wrong inside a live session, its page leads back to the start of that session."""
    case = bring_published(as_served.office, "booked")
    for name in ("no case", "no page", "broken"):
        answer = meet(as_served, name, case)
        (link,) = [each for each in read(shown(answer)).all("a") if "Back to the start" in each.text]
        assert "/".join(answer.request.path.split("/")[:3]) + "/" == link.attributes["href"]


def test_what_broke_is_logged_by_kind_and_place_alone(as_served: Site, capsys, caplog):
    """An exception's words may be a patient's; the log says which kind and where, no more (reliability I7)."""
    case = bring_published(as_served.office, "booked")
    caplog.set_level(logging.DEBUG)
    meet(as_served, "broken", case)

    told = capsys.readouterr().out + caplog.text
    assert "RuntimeError" in told
    assert "Synthetic" not in told
    assert "1960" not in told


def test_an_ehr_that_is_away_stops_only_what_reads_it(as_served: Site):
    """Worklist, case, log, outcome, denial and clocks work while the EHR is down (reliability I11)."""
    case = bring_published(as_served.office, "booked")
    as_served.office.ehr.go_away()
    visit = as_served.visit()
    here = f"cases/{case.id}"
    for path in ("worklist", here, f"{here}/detect", f"{here}/windows", f"{here}/call", f"{here}/outcome", "learn"):
        assert 200 == visit.get(path).status_code, path
    assert "your access to this chart could not be checked" in shown(visit.get(here))
    version = str(as_served.office.case(case.id).version)
    assert 303 == visit.post(f"{here}/outcome", OUTCOME | {"version": version}).status_code
    assert 303 == visit.get("").status_code
    assert "could not be read just now" in shown(visit.get("worklist?said=unread"))


def test_a_payer_that_is_away_is_told_on_the_page(as_served: Site):
    """The times known before stand there, with the sentence that they could not be read again."""
    case = bring_published(as_served.office, "offered")
    as_served.office.desk.go_away()
    for path in ("", "/windows", "/slots"):
        html = shown(as_served.visit().get(f"cases/{case.id}{path}"))
        assert "The payer does not answer. Call it, or try again later." in html


def test_an_unread_calendar_is_said_before_and_asked_about_at_the_click(as_served: Site):
    """Not verified in words; a click without the tick is refused with what to do; with it, booked."""
    office = as_served.office
    case = bring_published(office, "offered")
    office.ehr.unreadable.add(case.clinician.reference)
    visit = as_served.visit()
    page = read(shown(visit.get(f"cases/{case.id}/slots")))
    assert "not verified" in page.text
    (form,) = [each for each in page.all("form") if "/book" in each.attributes["action"]][:1]
    told = {each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input")}
    plain = {name: value for name, value in told.items() if name in ("slot", "version")}

    refused = visit.post(f"cases/{case.id}/book", plain)
    assert (409, []) == (refused.status_code, office.effects(case))
    assert "Look at the calendar yourself, then book and say that you did" in shown(refused)
    assert 303 == visit.post(f"cases/{case.id}/book", plain | {"accept_unverified": "yes"}).status_code


def test_who_came_second_is_told_what_is_free_next(as_served: Site):
    """The slot was taken meanwhile: 409, why, and the next times with their buttons; nothing was booked."""
    office = as_served.office
    case = bring_published(office, "offered")
    visit = as_served.visit()
    page = read(shown(visit.get(f"cases/{case.id}/slots")))
    form = next(each for each in page.all("form") if "/book" in each.attributes["action"])
    told = {each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input")}
    start, _, end = told["slot"].partition("/")

    office.ehr.calendars[case.clinician.reference] = [
        Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    ]
    for hx in (False, True):
        answer = visit.post(f"cases/{case.id}/book", {k: told[k] for k in ("slot", "version")}, hx=hx)
        html = shown(answer)
        assert (409, []) == (answer.status_code, faults_of_part(html) if hx else faults_of_page(html))
        assert "no longer free" in html
        offered = [
            each.attributes.get("value") for each in read(html).all("input") if each.attributes["name"] == "slot"
        ]
        assert offered
        assert told["slot"] not in offered
    assert [] == office.effects(case)


def test_answers_that_could_not_be_read_are_told_where_a_launch_lands(as_served: Site):
    """One bad answer hides only itself, and says so (reliability I13): in the chart and on the worklist."""
    office = as_served.office
    bring_published(office, "open")
    office.ehr.problems = ("One of the payers' answers could not be read (item[0]).",)
    chart = as_served.visit(Role.CLINICIAN, patient="Patient/p1")
    landed = chart.get("")
    assert (200, True) == (landed.status_code, office.ehr.problems[0] in read(shown(landed)).text)
    assert "Lumbar fusion" in shown(landed)

    desk = as_served.visit()
    answer = desk.post("detect")
    assert "Not every answer of the payers could be taken over" in shown(desk.get(answer.headers["Location"]))


def test_an_ehr_without_payers_answers_says_so(as_served: Site):
    """In plain words, in the chart and after “Look for new denials”; never as if there were none."""
    as_served.office.ehr.supported = False
    chart = as_served.visit(Role.CLINICIAN, patient="Patient/p1")
    assert "does not show payers' answers" in read(shown(chart.get(""))).text

    desk = as_served.visit()
    for answer in (desk.post("detect"), desk.get("")):
        assert "does not show payers' answers" in read(shown(desk.get(answer.headers["Location"]))).text


def test_a_session_of_an_issuer_that_was_taken_out_has_ended(as_served: Site):
    """An EHR removed from the configuration ends its sessions instead of breaking them."""
    visit = as_served.visit(issuer="removed")

    assert 401 == visit.get("worklist").status_code
