"""What a server says it does and what a token was granted: said is not done, but what is not said is not asked for."""

import pytest

from app.edges.ehr import fetch_capability
from app.edges.ehr.scopes import read_scopes
from app.edges.fhir.capability import read_capability
from app.edges.fhir.operation_outcome import explain_outcome, warns_of_more
from app.edges.http import NotFhir, Transport
from tests.edges.ehr_server import serve
from tests.edges.wire import answer, wire


def test_a_statement_is_read_tolerantly():
    """What cannot be read is not offered; the rest is."""
    statement = {
        "rest": [
            "junk",
            {"mode": "client", "resource": [{"type": "Task", "interaction": [{"code": "create"}]}]},
            {
                "mode": "server",
                "interaction": [{"code": "batch"}, 7],
                "resource": [
                    {
                        "type": "Slot",
                        "interaction": [{"code": "search-type"}, {"code": "odd"}],
                        "searchParam": [{"name": "start"}, {}],
                    },
                    {"type": 5},
                ],
            },
        ]
    }
    read = read_capability(statement)

    assert (True, True, False) == (read.batch, read.searches_by("Slot", "start"), read.offers("Task", "c"))
    assert not read.searches_by("Slot", "status")


def test_metadata_that_is_something_else_is_refused():
    """A login page or another resource is no statement; nothing is assumed from it."""
    with wire(answer(200, {"resourceType": "Patient"})) as server, pytest.raises(NotFhir):
        fetch_capability(server.base, Transport(allow_loopback=True))


@pytest.mark.parametrize(
    "text, kind, letter, allowed, beyond",
    [
        ("patient/Observation.rs", "Observation", "s", True, False),
        ("patient/Observation.r", "Observation", "s", False, False),
        ("user/*.read", "Slot", "s", True, True),
        ("patient/*.write", "Communication", "c", True, False),
        ("user/Appointment.cu", "Appointment", "u", True, True),
        ("user/Appointment.cu launch openid", "Appointment", "s", False, False),
        ("system/*.*", "Claim", "d", True, True),
        ("user/Observation.rs?category=lab", "Observation", "r", True, True),
        ("user/Observation.sr", "Observation", "r", False, False),
        ("", "Patient", "r", False, False),
    ],
)
def test_scopes_say_what_is_granted(text, kind, letter, allowed, beyond):
    """SMART v1 and v2; patient/ scopes do not reach beyond the patient."""
    scopes = read_scopes(text)

    assert (allowed, beyond) == (scopes.allow(kind, letter), scopes.allow(kind, letter, beyond_patient=True))


@pytest.mark.parametrize(
    "profile, offered",
    [
        ("full", {"ClaimResponse.s", "Appointment.c", "Appointment.u", "DocumentReference.c", "Communication.c"}),
        ("epic-like", {"DocumentReference.c", "Communication.c"}),
        ("oracle-like", {"Appointment.c", "DocumentReference.c", "Communication.c"}),
    ],
)
def test_the_three_profiles_offer_what_their_statements_say(profile, offered):
    """Epic books no appointment, Oracle and Epic know no ClaimResponse (smart.md §0)."""
    asked = {"ClaimResponse.s", "Appointment.c", "Appointment.u", "DocumentReference.c", "Communication.c"}
    with serve(profile) as server:
        capability = fetch_capability(server.base, Transport(allow_loopback=True))

    assert offered == {each for each in asked if capability.offers(*each.split("."))}
    assert (profile == "full") == capability.of("Communication").conditional_create


def _numbered(number: str) -> dict:
    return {"details": {"coding": [{"code": number}]}}


@pytest.mark.parametrize(
    "issue, told",
    [
        (
            {"code": "required", "expression": ["Appointment.participant"]},
            ("something that is needed is missing: Appointment.participant", None),
        ),
        ({"code": "Ann has no coverage", "diagnostics": "Ann Canary"}, ("", None)),
        (
            {"code": "processing", "expression": ["Patient where name = 'Ann'"]},
            ("it could not be processed there", None),
        ),
        ({"code": "security", **_numbered("4131")}, ("access is not given, no. 4131", "denied")),
        (
            {"code": "too-costly", "details": {"coding": [{"code": "4135"}]}},
            ("it is too much at once, no. 4135", "tomorrow"),
        ),
        (
            {"code": "duplicate", "details": {"coding": [{"code": "59141"}]}},
            ("it stands there already, no. 59141", "duplicate"),
        ),
        ("junk", ("", None)),
    ],
)
def test_a_refusal_is_explained_without_the_servers_own_words(issue, told):
    """Codes in our words, paths and vendors' numbers are told; diagnostics may quote the patient and are not (I7)."""
    assert told == explain_outcome({"resourceType": "OperationOutcome", "issue": [issue]})


def test_nothing_found_is_no_warning():
    """Epic wraps "no results" as warning 4101; nothing is kept back by that."""
    empty = {"issue": [{"severity": "warning", "details": {"coding": [{"code": "4101"}]}}]}
    masked = {"issue": [{"severity": "warning", "details": {"coding": [{"code": "4119"}]}}]}

    assert (False, True) == (warns_of_more(empty), warns_of_more(masked))
