"""Scopes: in the form the server reads, no wider than what is used, nothing that it does not offer."""

import ast
import re
from pathlib import Path

import pytest

from app.edges.ehr import chart, writeback
from app.edges.ehr.scopes import read_scopes
from app.edges.fhir.capability import Capability, Offered
from app.settings import Issuer, Scopes
from launch.smart.discovery import SmartServer
from launch.smart.scopes import scopes_for

WANTS = ("chart", "worklist", "backend")
V2 = re.compile(r"(patient|user|system)/[A-Z][A-Za-z]+\.c?r?u?d?s?")
V1 = re.compile(r"(patient|user|system)/[A-Z][A-Za-z]+\.(read|write)")


def server(*capabilities, scopes=()):
    """Return a server with these capabilities."""
    return SmartServer("t", "a", "i", "j", None, frozenset(capabilities), frozenset(scopes))


def asked(want, *, told=None, capability=None, ehr_launch=True, **issuer):
    """Return the scopes of a launch, as a list."""
    record = Issuer(slug="x", fhir_base="https://ehr.example", client_id="parley", auth="public", **issuer)
    told = told or server("permission-v2")
    return scopes_for(want, record, told, capability=capability, ehr_launch=ehr_launch).split()


@pytest.mark.parametrize("want", WANTS)
@pytest.mark.parametrize(("told", "form"), [(server("permission-v2"), V2), (server(), V1)], ids=["v2", "v1"])
def test_each_scope_is_well_formed(want, told, form):
    """v2 exactly when the server says permission-v2, letters in order, no wildcard, each once (X-8)."""
    scopes = asked(want, told=told)
    clinical = [each for each in scopes if "/" in each]

    assert clinical
    assert [] == [each for each in clinical if not form.fullmatch(each)]
    assert len(set(scopes)) == len(scopes)


def test_contexts_are_those_of_the_launch():
    """A patient/ scope obliges the EHR to choose a patient; a user's launch never asks system/ (SMART 2.2)."""

    def contexts(want):
        return {each.partition("/")[0] for each in asked(want) if "/" in each}

    assert {"patient", "user"} == contexts("chart")
    assert {"user"} == contexts("worklist")
    assert {"system"} == contexts("backend")


@pytest.mark.parametrize(
    ("want", "ehr_launch", "first"),
    [
        ("chart", True, ["launch", "openid", "fhirUser"]),
        ("worklist", True, ["launch", "openid", "fhirUser"]),
        ("chart", False, ["launch/patient", "openid", "fhirUser"]),
        ("worklist", False, ["openid", "fhirUser"]),
    ],
)
def test_the_launch_scope_goes_with_the_launch(want, ehr_launch, first):
    """X-7: the scope `launch` exactly in an EHR launch; a standalone chart asks for a patient."""
    assert first == [each for each in asked(want, ehr_launch=ehr_launch) if "/" not in each or each == "launch/patient"]


ONLINE = server("permission-v2", "permission-online")


@pytest.mark.parametrize(
    ("refresh", "told", "expected"),
    [
        ("online", ONLINE, {"online_access"}),
        ("online", server(scopes=["online_access"]), {"online_access"}),
        ("online", server("permission-v2", "permission-offline"), set()),
        ("offline", server(), {"offline_access"}),
        ("none", ONLINE, set()),
    ],
)
def test_refreshing_is_asked_as_the_site_says(refresh, told, expected):
    """online_access only where it is advertised (Epic does not know it); offline only by the site's will."""
    assert expected == {each for each in asked("chart", told=told, refresh=refresh) if each.endswith("_access")}


@pytest.mark.parametrize("want", WANTS)
def test_the_sites_own_template_goes_before_all(want):
    """Some sites must list their scopes word for word."""
    template = Scopes(**{want: "launch openid fhirUser user/Patient.read"})

    assert "launch openid fhirUser user/Patient.read".split() == asked(want, scopes=template)


def test_nothing_is_asked_that_the_server_does_not_offer():
    """Types absent from the CapabilityStatement are left out, writes only where it creates them (smart.md §1.5)."""
    offers = {"Patient": "r", "Coverage": "s", "DocumentReference": "rsc", "Appointment": "rsp", "Task": "rs"}
    capability = Capability({kind: Offered(frozenset(letters)) for kind, letters in offers.items()})

    assert {"patient/Patient.r", "patient/Coverage.s", "patient/DocumentReference.crs", "user/Appointment.rus"} == {
        each for each in asked("chart", capability=capability) if "/" in each
    }
    assert {
        "patient/Patient.read",
        "patient/Coverage.read",
        "patient/DocumentReference.read",
        "patient/DocumentReference.write",
        "user/Appointment.read",
        "user/Appointment.write",
    } == {each for each in asked("chart", capability=capability, told=server()) if "/" in each}


def test_all_that_the_chart_and_the_write_back_use_is_asked():
    """The types that app/edges/ehr reads and writes, and the scopes, are two lists of one thing."""
    granted = read_scopes(" ".join(asked("chart")))
    read = {
        *chart.TYPES,
        "ClaimResponse",
        "ExplanationOfBenefit",
        "PractitionerRole",
        "Schedule",
        "Slot",
        "Appointment",
    }

    assert [] == sorted(each for each in read if not granted.allow(each, "s"))
    assert [] == sorted(each for each in ("Medication", "Binary", "Patient", "Claim") if not granted.allow(each, "r"))
    written = [("Appointment", "cu"), ("Task", "cu"), ("DocumentReference", "cu"), ("Communication", "c")]
    assert [] == [(kind, each) for kind, letters in written for each in letters if not granted.allow(kind, each)]
    assert granted.allow("Appointment", "s", beyond_patient=True)


def test_nothing_is_asked_that_no_code_uses():
    """F6, minimum necessary: every type asked for is named in the code that talks to the EHR."""
    named = set()
    for folder in (Path(chart.__file__).parent, Path(writeback.__file__).parents[1] / "fhir"):
        for path in folder.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    named |= set(re.findall(r"\b[A-Z][A-Za-z]+\b", node.value))
    kinds = {each.partition("/")[2].partition(".")[0] for want in WANTS for each in asked(want) if "/" in each}

    assert set() == kinds - named
