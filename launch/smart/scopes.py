"""Which scopes are asked at which launch: the least that the pages use, in the form that the server reads."""

from collections.abc import Mapping

from app.edges.fhir.capability import Capability
from app.settings import Issuer
from launch.smart.discovery import SmartServer

# Letters of "cruds" by type. Each is used by app/edges/ehr; a test holds the two together.
_READ = dict.fromkeys(
    "Coverage Claim ClaimResponse ExplanationOfBenefit Condition Observation DiagnosticReport Procedure "
    "MedicationRequest MedicationStatement MedicationDispense MedicationAdministration AllergyIntolerance "
    "Encounter ServiceRequest".split(),
    "rs",
)
_FOLLOWED = {"Medication": "r", "Binary": "r"}  # what charts point to
_WRITTEN = {"DocumentReference": "crus", "Communication": "crus", "Task": "crus"}
_FORM = {"QuestionnaireResponse": "crus"}  # where the site installed our Questionnaire
_CHART = {"Patient": "r", **_READ, **_FOLLOWED, **_WRITTEN}
# A call is a meeting of two clinicians: its Appointment has no patient participant, so no patient/ scope covers it.
_PRACTICE = {
    "Practitioner": "rs",
    "PractitionerRole": "rs",
    "Organization": "r",
    "Schedule": "rs",
    "Slot": "rs",
    "Appointment": "crus",
}
_BACKEND = {
    "Patient": "rs",
    **dict.fromkeys("Coverage Claim ClaimResponse ExplanationOfBenefit".split(), "rs"),
    **{"Practitioner": "r", "PractitionerRole": "rs", "Organization": "r"},
}


def scopes_for(
    want: str, issuer: Issuer, server: SmartServer, *, capability: Capability | None, ehr_launch: bool
) -> str:
    """
    Return the scope parameter for want = chart | worklist | backend; the site's own template goes before all.

    capability: types that the FHIR server does not offer are not asked for (one vendor refuses the whole launch over
        one unknown type); None leaves nothing out
    A patient/ scope obliges the EHR to choose a patient, so the worklist asks none. No wildcards: one vendor refuses
    them. source: SMART App Launch 2.2, scopes and launch context
    """
    template = getattr(issuer.scopes, want)
    if template:
        return template
    if want == "backend":
        return " ".join(_written("system", _BACKEND, server, capability))
    asked = ["launch"] if ehr_launch else ["launch/patient"] if want == "chart" else []
    asked += ["openid", "fhirUser"]
    if issuer.refresh == "online" and server.has_online_access:
        asked.append("online_access")
    if issuer.refresh == "offline":
        asked.append("offline_access")
    chart = _CHART if issuer.profile.questionnaire_response == "off" else {**_CHART, **_FORM}
    if want == "chart":
        asked += _written("patient", chart, server, capability)
        asked += _written("user", _PRACTICE, server, capability)
    else:
        asked += _written("user", {**chart, "Patient": "rs", **_PRACTICE}, server, capability)
    return " ".join(asked)


def _written(context: str, wanted: Mapping[str, str], server: SmartServer, capability: Capability | None) -> list[str]:
    """Return one scope a type in v2 letters (c r u d s, in that order), or v1 read and write apart."""
    asked = []
    for kind, letters in wanted.items():
        offered = _offered(kind, letters, capability)
        if server.has_v2_scopes:
            asked += [f"{context}/{kind}.{offered}"] if offered else []
            continue
        if set(offered) & set("rs"):
            asked.append(f"{context}/{kind}.read")
        if set(offered) & set("cu"):
            asked.append(f"{context}/{kind}.write")
    return asked


def _offered(kind: str, letters: str, capability: Capability | None) -> str:
    """Return those of the letters that the server offers; a patch needs the update scope."""
    if capability is None:
        return letters
    offered = capability.of(kind).letters
    if "p" in offered:
        offered |= {"u"}
    if kind == "Task" and "c" not in offered:
        return ""  # ours alone are read there, so there is nothing to read where none can be written
    return "".join(letter for letter in letters if letter in offered)
