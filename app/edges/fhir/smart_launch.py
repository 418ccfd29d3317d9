"""
A Task that opens Parley: what the EHR needs to launch it from somebody's work list.

We write: code.coding launch-app-ehr, input smartonfhir-application (our launch URL) and smartonfhir-appcontext (the
case's id; no PHI), which the token response gives back as `appContext`.
source: SMART App Launch 2.2, "Task profile for launch SMART applications" (experimental)
"""

from typing import Any

_CODES = "http://hl7.org/fhir/smart-app-launch/CodeSystem/smart-codes"


def opens_parley(task: dict[str, Any], *, launch_url: str | None, case_id: str) -> dict[str, Any]:
    """Return the Task so that an EHR can launch Parley from it; as it is where the launch URL is not known."""
    if launch_url is None:
        return task
    code = task["code"]
    coding = [*code.get("coding", ()), {"system": _CODES, "code": "launch-app-ehr"}]
    told = [
        {"type": _type("smartonfhir-application"), "valueUrl": launch_url},
        {"type": _type("smartonfhir-appcontext"), "valueString": case_id},
    ]
    return {**task, "code": {**code, "coding": coding}, "input": told}


def case_of_key(key: str) -> str:
    """Return the case's id out of an effect's key ("tenant/case/what/number")."""
    return key.split("/")[1]


def _type(code: str) -> dict[str, Any]:
    return {"coding": [{"system": _CODES, "code": code}]}
