"""What stands in a patient's record, read for the EHR's own pages; never through a client's token."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from launch.sandbox.config import SandboxConfig
from launch.sandbox.store import Store

WRITTEN_BACK = ("Appointment", "DocumentReference", "Communication")
CASE_TYPES = ("ClaimResponse", "Claim")
MOST_PAGES = 20
WHEN = {"Appointment": "start", "DocumentReference": "date", "Communication": "sent"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource in a patient's record."""

    resource: dict
    written: bool  # through the API since the sandbox started, not part of the story

    @property
    def when(self) -> str:
        """Return the instant it is about, as the resource has it; "" when it has none."""
        return self.resource.get(WHEN[self.resource["resourceType"]], "")

    @property
    def told(self) -> str:
        """Return its own short text: description, type or category."""
        resource = self.resource
        for concept in (resource.get("type"), *(resource.get("category") or [])):
            if words := concept_words(concept):
                return resource.get("description") or words
        return resource.get("description") or ""


class Record:
    """Reads the sandbox's store, or the server that stands in for it."""

    def __init__(self, store: Store, config: SandboxConfig) -> None:
        """Remember what the stories brought, to tell it from what is written later."""
        self._store = store
        self._upstream = config.fhir_upstream
        self._brought = {(kind, found["id"]) for kind in WRITTEN_BACK for found in store.all(kind)}

    def all(self, kind: str) -> list[dict]:
        """Return all resources of a type. raises: requests.RequestException when the upstream cannot be read."""
        return self._from_upstream(kind) if self._upstream else self._store.all(kind)

    def find(self, kind: str, key: str) -> dict | None:
        """Return one resource, or None."""
        return next((found for found in self.all(kind) if found["id"] == key), None)

    def of_patient(self, kind: str, patient: str) -> list[dict]:
        """Return the resources of a type that name the patient."""
        return [found for found in self.all(kind) if f"Patient/{patient}" in _references(found)]

    def written_back(self, patient: str) -> list[Entry]:
        """
        Return appointments, documents and messages about the patient, those written through the API first.

        One that names no patient counts when it names a claim of the patient: a call between two clinicians does so.
        """
        about = {f"Patient/{patient}"}
        about |= {f"{kind}/{found['id']}" for kind in CASE_TYPES for found in self.of_patient(kind, patient)}
        entries = [
            Entry(found, (kind, found["id"]) not in self._brought)
            for kind in WRITTEN_BACK
            for found in self.all(kind)
            if about & _references(found)
        ]
        return sorted(entries, key=lambda entry: (not entry.written, entry.resource["resourceType"], entry.when))

    def _from_upstream(self, kind: str) -> list[dict]:
        url, params, found = f"{self._upstream}/{kind}", {"_count": "200"}, {}
        for _ in range(MOST_PAGES):
            answer = requests.get(url, params=params, timeout=10)
            answer.raise_for_status()
            bundle = answer.json()
            for entry in bundle.get("entry", []):
                if entry["resource"]["resourceType"] == kind:
                    found[entry["resource"]["id"]] = entry["resource"]
            url = next((link["url"] for link in bundle.get("link", []) if link["relation"] == "next"), None)
            if not url:
                return list(found.values())
            params = None
        raise requests.RequestException(f"more than {MOST_PAGES} pages of {kind}")


def concept_words(concept: dict | None) -> str:
    """Return a CodeableConcept's text, display or code; "" when it has none."""
    concept = concept or {}
    coding = (concept.get("coding") or [{}])[0]
    return concept.get("text") or coding.get("display") or coding.get("code") or ""


def person_name(patient: dict) -> str:
    """Return a patient's name in one line; the id when there is none."""
    name = (patient.get("name") or [{}])[0]
    return name.get("text") or " ".join([*name.get("given", []), name.get("family", "")]).strip() or patient["id"]


def record_number(patient: dict) -> str:
    """Return the medical record number: the identifier typed MR, else the first."""
    numbers = patient.get("identifier") or []
    typed = [number for number in numbers if _type_code(number) == "MR"]
    return next((number.get("value", "") for number in typed + numbers), "")


def _type_code(number: dict) -> str:
    """Return the type code of an identifier; "" when it has none."""
    return ((number.get("type") or {}).get("coding") or [{}])[0].get("code", "")


def _references(node) -> set[str]:
    """Collect every relative reference anywhere in a resource; an absolute one by its last two parts."""
    if isinstance(node, list):
        return set().union(*map(_references, node))
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(_references, node.values()))
    if isinstance(node.get("reference"), str):
        parts = node["reference"].split("/_history/")[0].split("/")
        found.add("/".join(parts[-2:]))
    return found
