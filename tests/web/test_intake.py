"""The intake pages: a file or a form becomes a case, what is wrong stands beside its field, nothing needs script."""

import io
import json
import re
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from app.flow.ports import EhrSession
from app.settings import SmartConfig
from app.wire import create_app
from tests.fakes.office import TENANT, ZONE, Office, a_database, a_patient, a_user, an_answer, detected
from tests.flow.test_arrivals import LETTER, a_bundle

CSRF = "csrf-of-this-test"
SID = "s" * 32
TYPED = {
    "mrn": "MRN-p1",
    "payer": "Example Health Plan",
    "service": "Lumbar fusion",
    "denied_on": "2026-11-20",
    "reason": "Not medically necessary.",
    "phone": "800-555-0101",
}


class OneSession:
    """One launch that is always there."""

    def __init__(self, session: EhrSession) -> None:
        self.session = session

    def open(self, session_id: str, secret: str | None, *, now, active: bool) -> EhrSession:
        """Return it."""
        return self.session


def a_session(office: Office, patient: str | None = None) -> EhrSession:
    """Return a coordinator's launch: the worklist tab, or one patient's chart."""
    return EhrSession(
        SID, TENANT, "EHR", a_user(), patient, None, (), "", False, (), ZONE, {}, CSRF, office.now, office.now
    )


def pages_of(office: Office, patient: str | None = None) -> FlaskClient:
    """Return a browser in a launch of this office's app."""
    settings = SimpleNamespace(
        secret_keys=("k" * 40,),
        smart=SmartConfig(issuers=()),
        base_url="https://parley.example.org",
        proxy_count=0,
    )
    house = SimpleNamespace(
        settings=settings,
        sessions=OneSession(a_session(office, patient)),
        clock=lambda: office.now,
        ports_for=lambda session: office.ports(patient=session.patient, session_id=None),
    )
    app = create_app(house)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the token itself is tested with the launch
    return app.test_client()


@pytest.fixture
def office(tmp_path):
    """An office whose EHR knows two patients."""
    database = a_database(tmp_path)
    made = Office(database)
    made.ehr.people = {each.reference: each for each in (a_patient("p1"), a_patient("p2"))}
    yield made
    database.close()


def send(browser: FlaskClient, path: str, follow: bool = False, **form):
    """Post a form."""
    return browser.post(f"/s/{SID}{path}", data=form, base_url="https://parley.example.org", follow_redirects=follow)


def upload(browser: FlaskClient, name: str, data: bytes, follow: bool = True):
    """Upload a file and see where it leads."""
    return send(browser, "/intake/file", follow, file=(io.BytesIO(data), name))


def cases(office: Office) -> list:
    """Return the cases of both patients."""
    return [c for each in ("p1", "p2") for c in office.store.cases_of_patient(TENANT, f"Patient/{each}")]


def test_the_page_offers_both_ways(office: Office):
    """A form with the needed fields and a file, each field labelled, none needing script."""
    page = pages_of(office).get(f"/s/{SID}/intake").text

    labelled = set(re.findall(r'for="([^"]+)"', page))
    assert {"f-mrn", "f-payer", "f-service", "f-denied_on", "f-reason", "f-phone", "f-file"} <= labelled
    assert 1 == page.count("<h1")
    assert page.index('id="f-mrn"') < page.index('id="f-payer"') < page.index('id="f-phone"')


def test_typing_asks_whose_it_is_then_opens_the_case(office: Office):
    """The first step names the patient as the EHR does and saves nothing; the second opens the case."""
    browser = pages_of(office)
    asked = send(browser, "/intake/typed", **TYPED)
    assert (200, True, []) == (asked.status_code, "Open a case for Synthetic-p1" in asked.text, cases(office))
    assert 'value="Lumbar fusion"' in asked.text

    done = send(browser, "/intake/typed", **TYPED, patient="Patient/p1")
    (case,) = cases(office)
    assert (303, f"/s/{SID}/cases/{case.id}?said=opened") == (done.status_code, done.headers["Location"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("denied_on", "2027-01-01"), ("phone", "ask for Jim"), ("payer", ""), ("mrn", "MRN-nobody"), ("mrn", "")],
)
def test_what_is_wrong_stands_beside_its_field(office: Office, field: str, value: str):
    """422, the message under the field, what was typed kept, nothing saved."""
    answer = send(pages_of(office), "/intake/typed", **(TYPED | {field: value}))

    assert (422, []) == (answer.status_code, cases(office))
    assert f'id="wrong-{field}"' in answer.text
    assert "Not medically necessary." in answer.text


def test_a_letter_shows_what_was_read_and_waits(office: Office):
    """Each field with its quote and how sure; not found is said; the address names no patient."""
    browser = pages_of(office)
    shown = upload(browser, "letter.txt", LETTER.replace("Testperson", "").encode())

    assert "medically necessary" in shown.text and "verbatim" in shown.text
    assert "REF-778812" in shown.text
    assert row_of(shown.text, "Payer").startswith("Example Health Plan derived, letter, characters 0–")
    assert "not found" == row_of(shown.text, "Service")
    assert re.fullmatch(rf"/s/{SID}/intake/[0-9a-z-]+", shown.request.path)
    assert [] == cases(office)


def test_a_letter_is_taken_in_for_the_patient_who_is_found(office: Office):
    """Upload, find, say whose it is: one case, and the waiting list is empty."""
    browser = pages_of(office)
    letter = LETTER.replace("Synthetic-p1 Testperson", "Synthetic-p1")
    place = upload(browser, "letter.txt", letter.encode()).request.path.removeprefix(f"/s/{SID}")
    found = send(browser, f"{place}/find", mrn="MRN-p1")
    assert "Synthetic-p1" in found.text and 'value="Patient/p1"' in found.text

    assert 303 == send(browser, f"{place}/settle", patient="Patient/p1").status_code
    assert ["REF-778812"] == [each.denial.reference_number for each in cases(office)]
    assert "needs a patient" not in browser.get(f"/s/{SID}/intake").text


def test_the_wrong_patient_is_stopped_in_words(office: Office):
    """The payer's birth date is another: the page says which of the two facts differ and saves nothing."""
    browser = pages_of(office)
    data = json.dumps(a_bundle(born="1971-01-01")).encode()
    place = upload(browser, "a.json", data).request.path.removeprefix(f"/s/{SID}")
    answer = send(browser, f"{place}/settle", patient="Patient/p1", sworn="yes")

    assert (409, True, []) == (answer.status_code, "the birth date differs" in answer.text, cases(office))


def test_two_candidates_are_shown_as_two_buttons(office: Office):
    """A doubt is a question with every answer named, and the answer is kept."""
    first = detected(office, an_answer("cr1", payer="Example Health Plan", reference_number="REF-778812"))
    second = detected(office, an_answer("cr2", payer="Example Health Plan", reference_number="REF-778812"))
    browser = pages_of(office)
    letter = LETTER.replace("Synthetic-p1 Testperson", "Synthetic-p1")
    place = upload(browser, "letter.txt", letter.encode()).request.path.removeprefix(f"/s/{SID}")
    asked = send(browser, f"{place}/settle", patient="Patient/p1")
    assert 409 == asked.status_code
    assert all(each.number in asked.text for each in (first, second))

    done = send(browser, f"{place}/settle", patient="Patient/p1", choice=second.id)
    assert f"/s/{SID}/cases/{second.id}?said=joined" == done.headers["Location"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("scan.exe", b"MZ"), ("a.json", b'{"resourceType"'), ("a.pdf", b"%PDF-1.4 broken"), ("a.txt", b"  ")],
)
def test_a_file_that_is_not_read_says_so_beside_the_field(office: Office, name: str, data: bytes):
    """422 and words, nothing waits."""
    answer = upload(pages_of(office), name, data)

    assert (422, []) == (answer.status_code, office.rows("arrivals"))
    assert 'id="wrong-file"' in answer.text


def test_ten_megabytes_are_taken_here_and_eleven_are_not(office: Office):
    """The wall of one megabyte stands for every other page."""
    browser = pages_of(office)
    filler = " " * (2 * 1_048_576)
    taken = upload(browser, "a.json", (json.dumps(a_bundle()) + filler).encode())
    too_large = upload(browser, "a.json", b" " * (11 * 1_048_576))
    elsewhere = send(browser, "/intake/typed", **(TYPED | {"reason": "x" * (2 * 1_048_576)}))

    assert (200, 413, 413) == (taken.status_code, too_large.status_code, elsewhere.status_code)


def test_from_a_chart_only_its_patient_can_be_meant(office: Office):
    """No search, no others' arrivals; a form that names another patient is refused."""
    upload(pages_of(office), "letter.txt", LETTER.encode())
    browser = pages_of(office, "Patient/p1")
    page = browser.get(f"/s/{SID}/intake").text

    assert 'id="f-mrn"' not in page
    assert 409 == send(browser, "/intake/typed", **TYPED, patient="Patient/p2").status_code
    assert "Open a case for Synthetic-p1" in send(browser, "/intake/typed", **TYPED).text


def test_html_in_a_letter_is_shown_as_words(office: Office):
    """A payer's text is data."""
    hostile = LETTER.replace("because it is", "because <script>alert(1)</script> it is")
    shown = upload(pages_of(office), "letter.txt", hostile.encode()).text

    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown


BARE = """Example Health Plan
Reference number: REF-778812

Your request was denied because it is not medically necessary.
"""


def bring(browser: FlaskClient, letter: str = BARE) -> str:
    """Upload a letter and return its page's place."""
    return upload(browser, "letter.txt", letter.encode()).request.path.removeprefix(f"/s/{SID}")


def row_of(page: str, field: str) -> str:
    """Return what the page says of one field, without tags."""
    found = re.search(rf'<th scope="row">{field}</th>(.*?)</tr>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_each_field_says_from_which_words_or_that_it_was_not_found(office: Office):
    """Quoted with its place; what was not found has a field to type it in, and what was read has none."""
    browser = pages_of(office)
    page = browser.get(f"/s/{SID}{bring(browser)}").text

    assert re.fullmatch(r"REF-778812 verbatim, letter, characters \d+–\d+", row_of(page, "Payer’s number"))
    assert "not found" == row_of(page, "Clinician who asked") == row_of(page, "Call possible until")
    assert 'name="provider"' in page and 'name="until_day"' in page
    assert 'name="reference"' not in page and 'name="payer"' not in page


def test_what_is_typed_is_shown_as_typed_by_a_person(office: Office):
    """It comes back in its field, so that a slip can be corrected, and reaches the case."""
    browser = pages_of(office)
    place = bring(browser)
    form = {"provider": "Alex Morgan", "until_day": "2026-11-25", "until_time": "16:30", "line_of_business": "medicaid"}
    page = send(browser, f"{place}/complete", follow=True, **form).text

    assert "What you typed is kept" in page
    assert "Alex Morgan typed by a person" == row_of(page, "Clinician who asked")
    assert "Wed 25 Nov 16:30 CST typed by a person" == row_of(page, "Call possible until")
    assert "Medicaid typed by a person" == row_of(page, "Line of business")
    assert 'value="Alex Morgan"' in page and 'value="16:30"' in page
    send(browser, f"{place}/settle", patient="Patient/p1", sworn="yes")
    (case,) = cases(office)
    assert ("Alex Morgan", "medicaid") == (case.denial.provider_name, case.coverage.line_of_business)


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", "ask for Jim"), ("until_day", "soon"), ("denied_on", "2099-01-01"), ("line_of_business", "gold")],
)
def test_what_is_typed_wrong_is_told_beside_its_field(office: Office, field: str, value: str):
    """422, what else was typed is kept in the form, nothing saved."""
    browser = pages_of(office)
    place = bring(browser)
    answer = send(browser, f"{place}/complete", **{"provider": "Alex Morgan", field: value})

    assert (422, True) == (answer.status_code, f'id="wrong-{field}"' in answer.text)
    assert 'value="Alex Morgan"' in answer.text
    assert "not found" == row_of(answer.text, "Clinician who asked")


def test_what_was_read_cannot_be_typed_over(office: Office):
    """Also not by who makes up the field: told on top, for the page has no field to tell it beside."""
    browser = pages_of(office)
    place = bring(browser)
    answer = send(browser, f"{place}/complete", payer="Other Plan")

    assert (422, True) == (answer.status_code, "is not typed over" in answer.text)
    assert row_of(answer.text, "Payer").startswith("Example Health Plan")


def test_who_waits_is_told_until_when(office: Office):
    """On the list and on its page, from the first day; in the last week it stands out."""
    browser = pages_of(office)
    place = bring(browser)
    assert "Forgotten on Wed 23 Dec if nobody settles it" in browser.get(f"/s/{SID}{place}").text
    assert "forgotten Wed 23 Dec unless settled" in browser.get(f"/s/{SID}/intake").text
    office.push(days=24)

    assert "<strong>forgotten Wed 23 Dec</strong> unless settled" in browser.get(f"/s/{SID}/intake").text


def test_html_that_is_typed_is_shown_as_words(office: Office):
    """What is typed is data here too."""
    browser = pages_of(office)
    place = bring(browser)
    page = send(browser, f"{place}/complete", follow=True, provider="<script>x</script>").text

    assert "<script>x" not in page and "&lt;script&gt;x" in page
