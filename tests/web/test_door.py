"""POST /intake: an interface sends payers' answers; the sure ones become cases, the others wait, nothing twice."""

import hashlib
import json
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.errors import Misconfigured
from app.settings import IntakeKey, SmartConfig
from app.settings.values import intake_keys_of
from app.web.door import PER_MINUTE
from app.wire import create_app
from launch.__main__ import main
from tests.fakes.office import TENANT, Office, a_database, a_patient, a_user
from tests.flow.test_arrivals import a_bundle

KEY = "key-of-this-test"


@pytest.fixture
def office(tmp_path):
    """An office whose EHR knows the bundle's patient and another."""
    database = a_database(tmp_path)
    made = Office(database)
    people = [replace(a_patient(each), name=f"Synthetic-{each} Testperson") for each in ("p1", "p2")]
    made.ehr.people = {each.reference: each for each in people}
    yield made
    database.close()


@pytest.fixture
def browser(office: Office):
    """A machine that speaks to this office's app."""
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    settings = SimpleNamespace(
        secret_keys=("k" * 40,),
        smart=SmartConfig(issuers=()),
        base_url="https://parley.example.org",
        proxy_count=0,
        intake_keys=(IntakeKey("house", TENANT, digest),),
    )
    user = replace(a_user(), key=f"{TENANT}|sender:house")
    house = SimpleNamespace(
        settings=settings, clock=lambda: office.now, ports_of_sender=lambda key: office.ports(user=user)
    )
    return create_app(house).test_client()


def send(browser, body: object, *, key: str | None = KEY, kind: str = "application/fhir+json"):
    """Send a body."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return browser.post("/intake", data=data, content_type=kind, headers=headers)


def test_a_sure_denial_becomes_a_case(browser, office: Office):
    """Name and birth date fit one patient of the EHR: the case is open, and the answer says which."""
    answer = send(browser, a_bundle())
    (case,) = office.store.cases_of_patient(TENANT, "Patient/p1")

    assert (202, "opened", case.number) == (
        answer.status_code,
        answer.json["entries"][0]["result"],
        answer.json["entries"][0]["case"],
    )
    assert "entry[0].resource" == answer.json["entries"][0]["path"]
    assert f"{TENANT}|sender:house" == office.story(case)[0].by


def test_sending_again_changes_nothing(browser, office: Office):
    """The same Bundle three times: one id, one case, at its first version."""
    answers = [send(browser, a_bundle()).json for _ in range(3)]

    assert ["opened", "known", "known"] == [each["entries"][0]["result"] for each in answers]
    assert 1 == len({each["id"] for each in answers})
    assert [1] == [each.version for each in office.store.cases_of_patient(TENANT, "Patient/p1")]


def test_an_unmatched_denial_waits_once(browser, office: Office):
    """Nobody of this name and birth date: it waits for a person, once however often it is sent."""
    answers = [send(browser, a_bundle(born="1931-01-01")).json["entries"][0] for _ in range(2)]

    assert [("waiting", "needs a patient")] * 2 == [(each["result"], each["why"]) for each in answers]
    assert (1, 0) == (len(office.store.arrivals(TENANT)), len(office.rows("cases")))


def test_two_patients_that_fit_are_for_a_person(browser, office: Office):
    """Twins by name and birth date: none is guessed."""
    twin = office.ehr.people["Patient/p1"]
    office.ehr.people["Patient/p2"] = replace(twin, reference="Patient/p2")

    assert "waiting" == send(browser, a_bundle()).json["entries"][0]["result"]


def test_an_ehr_that_is_away_loses_no_denial(browser, office: Office):
    """It waits, and is settled when it is sent again."""
    office.ehr.go_away()
    assert "waiting" == send(browser, a_bundle()).json["entries"][0]["result"]
    office.ehr.trouble = None

    assert "opened" == send(browser, a_bundle()).json["entries"][0]["result"]
    assert () == office.store.arrivals(TENANT)


def test_one_bad_entry_hides_no_other(browser, office: Office):
    """A broken entry is named by its path; the answer beside it is taken."""
    bundle = a_bundle()
    bundle["entry"].insert(0, {"resource": {"no": "type"}})
    answer = send(browser, bundle).json

    assert ["entry[0].resource"] == [each["path"] for each in answer["faults"]]
    assert ["opened"] == [each["result"] for each in answer["entries"]]


def test_a_draft_is_no_answer(browser, office: Office):
    """An answer entered in error opens nothing and is told."""
    bundle = deepcopy(a_bundle())
    bundle["entry"][0]["resource"]["status"] = "entered-in-error"
    answer = send(browser, bundle).json

    assert ([], 1, []) == (answer["entries"], len(answer["faults"]), office.rows("cases"))


@pytest.mark.parametrize(
    ("body", "more", "status", "error"),
    [
        (a_bundle(), {"key": None}, 401, "unauthorized"),
        (a_bundle(), {"key": "another"}, 401, "unauthorized"),
        (a_bundle(), {"kind": "text/plain"}, 415, "media_type"),
        (b"{", {}, 422, "unreadable"),
        (b"[]", {}, 422, "unreadable"),
        ({"resourceType": "Patient"}, {}, 422, "unreadable"),
        (b'{"resourceType": "Bundle", "entry": [{"x": NaN}]}', {}, 422, "unreadable"),
        (b" " * (11 * 1_048_576), {}, 413, "too_large"),
        (b"[" * 100_000, {}, 422, "unreadable"),
    ],
    ids=["no key", "another's key", "text", "broken", "a list", "no answer", "NaN", "11 MB", "deep"],
)
def test_a_refusal_is_typed(browser, office: Office, body, more: dict, status: int, error: str):
    """JSON that names the kind and the place; nothing is saved."""
    answer = send(browser, body, **more)

    assert (status, error) == (answer.status_code, answer.json["error"])
    assert ([], []) == (office.rows("cases"), office.rows("arrivals"))


def test_a_refusal_never_repeats_the_content(browser):
    """What stands in the body may be a name."""
    assert "Testperson" not in send(browser, b'{"resourceType": "Bundle", "id": "Testperson" oops').text


def test_one_key_may_not_ask_without_end(browser):
    """The sixty-first in a minute is refused, another key is not."""
    statuses = [send(browser, b"{").status_code for _ in range(PER_MINUTE + 1)]

    assert ([422] * PER_MINUTE, 429) == (statuses[:-1], statuses[-1])
    assert 401 == send(browser, b"{", key="another").status_code


def test_the_printed_key_opens_the_door(capsys):
    """`parley keys --intake` prints a key and the line that lets it in."""
    assert 0 == main(["keys", "--intake", "clearinghouse", "--issuer", "hospital"])
    key, line = (each.partition(": ")[2] for each in capsys.readouterr().out.splitlines())

    (read,) = intake_keys_of(line, {"hospital"})
    assert ("clearinghouse", "hospital") == (read.sender, read.tenant)
    assert hashlib.sha256(key.encode()).hexdigest() == read.digest


@pytest.mark.parametrize("line", ["house hospital", "house hospital abc", f"house elsewhere {'a' * 64}"])
def test_a_wrong_line_of_keys_is_named(line: str):
    """The line's number, never the key."""
    with pytest.raises(Misconfigured, match="line 2"):
        intake_keys_of(f"# senders\n{line}", {"hospital"})
