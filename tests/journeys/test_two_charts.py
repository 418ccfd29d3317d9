"""Two charts side by side in one browser: both live, and nothing of one ever lands on the other."""

import re
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import expect

from tests.journeys.guest import Form, Guest, LoopbackJar
from tests.journeys.steps import book_best_slot, heard
from tests.journeys.town import await_true

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("two_charts"), pytest.mark.timeout(240)]
SIDES = {"left": "lumbar-fusion", "right": "infliximab-step"}
# A hundred writes a side; each that carries a mark carries its number.
WRITES = tuple(enumerate(("attempt", "window", "attempt", "window", "attempt", "window", "book", "cancel") * 12))
WRITES += tuple(enumerate(("attempt", "window", "attempt", "window"), start=len(WRITES)))


class Side(Guest):
    """One frame's launch, spoken to with the browser's own cookies; both sides share one jar, as in the browser."""

    def __init__(self, town, name: str, http, landed: str) -> None:
        self.town, self.name, self.http, self.app = town, name, http, town.app
        self.base = "/".join(landed.split("/")[:5]) + "/"
        self.case_url = landed.partition("?")[0]

    def form_for(self, kind: str, number: int):
        """Return the form of one write, filled in with this side's mark."""
        mark = f"{self.name} {number}"
        if kind == "book":
            return self.form(self.get(f"{self.case_url}/slots"), "Book", nth=number)
        if kind == "cancel":
            form = self.form(self.get(self.case_url), "Cancel the call")
            form.fields["reason"] = mark
            return form
        if kind == "attempt":
            form = self.form(self.get(f"{self.case_url}/call"), "Keep attempt")
            form.fields |= {"direction": "ours", "reached": "voicemail", "result": "message_left", "note": mark}
            return form
        form = self.form(self.get(self.case_url), "Keep window")
        day = (self.town.now() + timedelta(days=2 + number % 5)).date().isoformat()
        end = f"16:{number % 60:02}" if number < 60 else f"15:{number % 60:02}"
        form.fields |= {"day": day, "start": "09:00", "end": end, "told_by": mark, "channel": "phone"}
        return form

    def write(self, form, kind: str):
        """Send the form; a time that the EHR still holds for a call just cancelled is refused, so take the next one."""
        answer = self.send(form)
        for nth in range(5):
            if kind == "book" and answer.status_code == 409:
                answer = self.send(self.form(answer, "Book", nth=nth))
        return answer

    @property
    def case(self):
        """Return the case as the app keeps it."""
        return self.town.case(SIDES[self.name])


def said(answer) -> str:
    """Return what a page answers, for a failure's message."""
    return f"{answer.status_code} {re.findall(r'<strong>(.*?)</strong>', answer.text)}"


@pytest.fixture(scope="module")
def charts(browser, town):
    """The EHR's page with two charts, in one browser window."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto(f"{town.ehr}/charts?user=coordinator&left={SIDES['left']}&right={SIDES['right']}")
    for name in SIDES:
        expect(page.frame_locator(f"iframe[name={name}]").locator("#case h1")).to_be_visible()
    yield page
    context.close()


@pytest.fixture(scope="module")
def sides(charts, town):
    """Both launches of the page, with the cookies that the browser holds."""
    http = requests.Session()
    http.cookies = LoopbackJar()
    for each in charts.context.cookies():
        http.cookies.set(each["name"], each["value"], domain=each["domain"], path=each["path"])
    return {name: Side(town, name, http, charts.frame(name=name).url) for name in SIDES}


def test_clicks_in_two_frames_by_turns_stay_with_their_own_patients(charts, town):
    """Book left, book right, take over left, take over right, in real frames: each strip, case and EHR its own."""
    frames = {name: charts.frame_locator(f"iframe[name={name}]") for name in SIDES}
    for frame in frames.values():
        book_best_slot(frame)
    for frame in frames.values():
        heard(frame, "Booked. The EHR is being told.")
    for frame in frames.values():
        frame.get_by_role("button", name="Own", exact=True).click()
    for name, frame in frames.items():
        heard(frame, "You own this case now.")
        expect(frame.locator(".strip")).to_contain_text(town.case(SIDES[name]).patient.name)
    for patient in SIDES.values():
        case = town.case(patient)
        (appointment,) = town.await_written("Appointment", patient)
        assert case.booking.interval.start.isoformat()[:16] == appointment["start"][:16]
        assert case.clinician.reference in str(appointment["participant"])
    for frame in frames.values():
        frame.get_by_text("Cancel it").click()
        frame.get_by_label("Why", exact=True).fill("clicked")
        frame.get_by_role("button", name="Cancel the call for").click()
        heard(frame, "Cancelled; the time is free again.")


def test_two_hundred_interleaved_writes_reach_the_right_patients(sides, town):
    """Both forms are opened before either is sent, 100 times: each write is where it was meant to be, app and EHR."""
    before = {name: len(town.written("Appointment", patient)) for name, patient in SIDES.items()}
    for number, kind in WRITES:
        forms = {name: side.form_for(kind, number) for name, side in sides.items()}
        for name, form in forms.items():
            answer = sides[name].write(form, kind)
            assert 200 == answer.status_code, f"{kind} {name} {number}: {said(answer)}"
            assert sides[name].case_url == answer.url.partition("?")[0]
    for name, side in sides.items():
        assert [f"{name} {n}" for n, kind in WRITES if kind == "attempt"] == [each.note for each in side.case.attempts]
        told = {each.told_by for each in side.case.windows if each.channel == "phone"}
        assert {f"{name} {n}" for n, kind in WRITES if kind == "window"} == told
        assert "cancelled" == side.case.booking.state
    await_true(lambda: all(town.is_settled(patient) for patient in SIDES.values()), seconds=60)
    for name, patient in SIDES.items():
        mine = town.written("Appointment", patient)[before[name] :]
        assert {"cancelled"} == {each["status"] for each in mine}
        assert {True} == {sides[name].case.clinician.reference in str(each["participant"]) for each in mine}
        assert [kind for _, kind in WRITES].count("book") == len(mine)
    everything = town.written("Appointment")
    assert len(everything) == sum(len(town.written("Appointment", patient)) for patient in SIDES.values())


def test_a_form_of_one_chart_sent_under_the_other_is_refused(sides):
    """Another launch's token, another patient's case, another launch's cookie: refused, and nothing changed."""
    left, right = sides["left"], sides["right"]
    versions = [left.case.version, right.case.version]
    form, other = left.form_for("attempt", 99), right.form_for("attempt", 99)

    foreign_token = left.send(other, csrf_token=form.fields["csrf_token"])
    assert 400 == foreign_token.status_code

    path = form.action.partition("/cases/")[2]
    other_patient = right.send(Form(f"cases/{path}", other.fields | {"version": form.fields["version"]}))
    assert 409 == other_patient.status_code
    assert "opened from another patient" in other_patient.text

    right_id = right.base.rstrip("/").rpartition("/")[2]
    right_only = [each for each in left.http.cookies if right_id[:8] in each.name]
    left.http.cookies = LoopbackJar()
    for cookie in right_only:
        left.http.cookies.set(cookie.name, cookie.value, domain=cookie.domain, path="/")
    assert 401 == left.send(form).status_code
    assert versions == [left.case.version, right.case.version]
