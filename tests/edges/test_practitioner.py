"""What a clinician is to a payer, read from degrees and taxonomy; what nothing says is not guessed."""

import pytest

from app.core.rulebook.guards import CREDENTIALS
from app.edges.fhir.practitioner import credential_of, read_clinician
from tests.edges.ehr_server import NOW, serve

NUCC = "http://nucc.org/provider-taxonomy"
DEGREE = "http://terminology.hl7.org/CodeSystem/v2-0360"


def person(*suffixes: str, qualified: str | None = None, text: str | None = None) -> dict:
    """Return a Practitioner with these suffixes and one qualification."""
    name = {"family": "Do", "given": ["Pa"], "text": "Pa Do", "suffix": list(suffixes)}
    coding = [{"system": DEGREE, "code": qualified}] if qualified else []
    code = {"coding": coding} | ({"text": text} if text else {})
    return {"resourceType": "Practitioner", "name": [name]} | ({"qualification": [{"code": code}]} if code else {})


def role(code: str | None = None, *, element: str = "specialty", system: str = NUCC) -> list[dict]:
    """Return one PractitionerRole with this code."""
    return [{element: [{"coding": [{"system": system, "code": code}]}]}] if code else []


@pytest.mark.parametrize(
    ("practitioner", "roles", "credential"),
    [
        (person("MD"), role(), "physician"),
        (person("D.O."), role(), "physician"),
        (person("M.D., Ph.D."), role(), "physician"),
        (person("RN", "PA-C"), role(), "pa"),
        (person("MSN", "FNP-BC"), role(), "np"),
        (person("DNP", "NP"), role(), "np"),
        (person("DNP"), role(), "doctoral_degree"),
        (person("RN"), role(), "rn"),
        (person(qualified="MD"), role(), "physician"),
        (person(text="PA"), role(), "pa"),
        (person(), role("207XS0117X"), "physician"),
        (person(), role("363A00000X", element="code"), "pa"),
        (person(), role("363LF0000X"), "np"),
        (person(), role("163W00000X"), "rn"),
        (person("MD"), role("390200000X"), "resident"),
        (person("MD"), role("363A00000X"), "physician"),
        (person(), role("207XS0117X", system="urn:other"), None),
        (person("Jr.", "III"), role(), None),
        (person(), role(), None),
    ],
)
def test_degrees_and_taxonomy_tell_what_somebody_is(practitioner, roles, credential):
    """The surer word first; a given name that looks like a degree is none, a code without its system says nothing."""
    assert credential == credential_of(practitioner, roles)
    assert credential is None or credential in CREDENTIALS


@pytest.mark.parametrize("odd", [None, 7, "MD", [None], {"text": 3}, [{"code": {"coding": "MD"}}], [{"code": [7]}]])
def test_what_cannot_be_read_says_nothing(odd):
    """Bent resources are no reason to fail, and no reason to guess."""
    assert credential_of({"name": odd, "qualification": odd}, [{"specialty": odd, "code": odd}]) in (None, "physician")


def test_an_ended_role_makes_nobody_anything():
    """Only active roles count, as for hours and specialty."""
    roles = [each | {"active": False} for each in role("207XS0117X")]

    assert read_clinician(person(), reference="Practitioner/1", roles=roles, zone="UTC", hours=()).credential is None


def test_the_ehrs_clinicians_are_known_for_what_they_are():
    """Through the FHIR client: whoever takes a call of the demo's patients is a physician."""
    with serve("full", stories=True) as server:
        found = server.ehr().denials(patient=None, now=NOW).found
        known = {each.clinician.credential for each in found if each.clinician is not None}

    assert {"physician"} == known
