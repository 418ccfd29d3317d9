"""A thread-safe FHIR store in memory, with versions, and an index by type and by patient.

Stored resources are never changed in place: every write stores a new dict. So a snapshot is cheap, a page
of a search stays as it was, and `scan` may hand out the stored dicts (read them, never write into them).
"""

import copy
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC

from launch.sandbox.outcome import FhirError, not_found

# Elements that put a resource into a patient's compartment (R4 CompartmentDefinition/patient, what we store of it).
COMPARTMENT: dict[str, tuple[str, ...]] = {
    "Appointment": ("participant.actor",),
    "AllergyIntolerance": ("patient",),
    "CarePlan": ("subject",),
    "CareTeam": ("subject",),
    "Claim": ("patient",),
    "ClaimResponse": ("patient",),
    "Communication": ("subject", "sender", "recipient"),
    "CommunicationRequest": ("subject", "sender", "recipient"),
    "Condition": ("subject",),
    "Coverage": ("beneficiary", "subscriber", "policyHolder"),
    "Device": ("patient",),
    "DiagnosticReport": ("subject",),
    "DocumentReference": ("subject",),
    "Encounter": ("subject",),
    "ExplanationOfBenefit": ("patient",),
    "Goal": ("subject",),
    "Immunization": ("patient",),
    "MedicationAdministration": ("subject",),
    "MedicationDispense": ("subject",),
    "MedicationRequest": ("subject",),
    "MedicationStatement": ("subject",),
    "Observation": ("subject",),
    "Procedure": ("subject",),
    "Provenance": ("target",),
    "QuestionnaireResponse": ("subject",),
    "RelatedPerson": ("patient",),
    "ServiceRequest": ("subject",),
    "Task": ("for",),
}


def walk(node, path: str) -> Iterator:
    """Yield every leaf of a dotted path, through lists; nothing where an element is absent."""
    head, _, rest = path.partition(".")
    for item in node if isinstance(node, list) else (node,):
        value = item.get(head) if isinstance(item, dict) else None
        if value is None:
            continue
        if rest:
            yield from walk(value, rest)
        elif isinstance(value, list):
            yield from value
        else:
            yield value


def patients_of(resource: dict) -> frozenset[str]:
    """Return the ids of the patients in whose compartment a resource stands; empty for a Slot, a Practitioner…"""
    kind = resource.get("resourceType")
    if kind == "Patient":
        return frozenset((resource["id"],)) if "id" in resource else frozenset()
    found = set()
    for path in COMPARTMENT.get(kind, ()):
        for leaf in walk(resource, path):
            parts = str(leaf.get("reference", "")).split("/") if isinstance(leaf, dict) else []
            if "Patient" in parts[:-1]:
                found.add(parts[parts.index("Patient") + 1])
    return frozenset(found)


class Store:
    """Resources by type and id, every version kept. Raises FhirError 404, 410, 409/412."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self.lock = threading.RLock()
        self._now: dict[str, dict[str, dict]] = {}
        self._past: dict[tuple[str, str], tuple[dict, ...]] = {}
        self._of_patient: dict[tuple[str, str], dict[str, None]] = {}

    # -- reading ---------------------------------------------------------------------------------------------
    def read(self, kind: str, key: str) -> dict:
        """Return a copy of the newest version; 404 when never known, 410 when deleted."""
        return copy.deepcopy(self.stored(kind, key))

    def stored(self, kind: str, key: str) -> dict:
        """Return the newest version itself: do not write into it."""
        found = self._now.get(kind, {}).get(key)
        if found is None and (kind, key) in self._past:
            raise FhirError(410, "deleted", f"{kind}/{key} was deleted")
        if found is None:
            raise not_found(f"{kind}/{key}")
        return found

    def knows(self, kind: str, key: str) -> bool:
        """Tell whether it stands here now."""
        return key in self._now.get(kind, {})

    def vread(self, kind: str, key: str, version: str) -> dict:
        """Return one version; 404 when there is no such version, 410 when that version is the deletion."""
        for past in self._past.get((kind, key), ()):
            if past["meta"]["versionId"] == version:
                if past.get("_deleted"):
                    raise FhirError(410, "deleted", f"{kind}/{key} was deleted in version {version}")
                return copy.deepcopy(past)
        raise not_found(f"{kind}/{key}/_history/{version}")

    def history(self, kind: str, key: str) -> tuple[dict, ...]:
        """Return every version, newest first; a deletion is {"_deleted": true, "meta": …}."""
        if (kind, key) not in self._past:
            raise not_found(f"{kind}/{key}")
        return tuple(reversed(self._past[kind, key]))

    def all(self, kind: str) -> list[dict]:
        """Return copies of every resource of a type, oldest first."""
        return copy.deepcopy(self.scan(kind))

    def scan(self, kind: str, patient: str | None = None) -> list[dict]:
        """Return the stored resources of a type (of one patient, by index), oldest first: do not write into them."""
        with self.lock:
            known = self._now.get(kind, {})
            if patient is None:
                return list(known.values())
            return [known[key] for key in self._of_patient.get((kind, patient), ())]

    def types(self) -> list[str]:
        """Return the types of which something stands here."""
        return sorted(kind for kind, known in self._now.items() if known)

    # -- writing ---------------------------------------------------------------------------------------------
    def put(self, resource: dict) -> dict:
        """Load a resource as it is, keeping its id and its meta.lastUpdated; a new version where one stands."""
        return self._write(copy.deepcopy(resource), stamp=False)

    def create(self, resource: dict, *, key: str | None = None) -> dict:
        """Store under a new id (or the one reserved for it) and return a copy."""
        return self._write({**copy.deepcopy(resource), "id": key or str(uuid.uuid4())})

    def update(self, resource: dict, if_match: str | None = None, *, stale: int = 412) -> dict:
        """Store a new version. if_match: the versionId the writer saw; another one answers `stale` (412 or 409)."""
        with self.lock:
            now = self._now.get(resource["resourceType"], {}).get(resource["id"])
            if if_match is not None and (now is None or now["meta"]["versionId"] != if_match):
                raise FhirError(stale, "conflict", f"version {if_match} is not the current one")
            return self._write(copy.deepcopy(resource))

    def delete(self, kind: str, key: str) -> None:
        """Delete; later reads answer 410. Deleting twice is quiet, deleting the unknown is 404."""
        with self.lock:
            if (kind, key) not in self._past:
                raise not_found(f"{kind}/{key}")
            if not self.knows(kind, key):
                return
            for patient in patients_of(self._now[kind].pop(key)):
                self._of_patient[kind, patient].pop(key, None)
            tomb = {"resourceType": kind, "id": key, "_deleted": True, "meta": self._meta(kind, key, {})}
            self._past[kind, key] = (*self._past[kind, key], tomb)

    def _write(self, resource: dict, *, stamp: bool = True) -> dict:
        kind, key = resource["resourceType"], resource["id"]
        with self.lock:
            loaded = {} if stamp else resource.get("meta", {})
            resource["meta"] = {**resource.get("meta", {}), **self._meta(kind, key, loaded)}
            old = self._now.setdefault(kind, {}).get(key)
            self._now[kind][key] = resource
            self._past[kind, key] = (*self._past.get((kind, key), ()), resource)
            patients = patients_of(resource)
            for patient in patients:
                self._of_patient.setdefault((kind, patient), {}).setdefault(key)
            for patient in patients_of(old) - patients if old else ():
                self._of_patient[kind, patient].pop(key, None)
        return copy.deepcopy(resource)

    def _meta(self, kind: str, key: str, loaded: dict) -> dict:
        stamp = self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        version = str(len(self._past.get((kind, key), ())) + 1)
        return {"versionId": version, "lastUpdated": loaded.get("lastUpdated", stamp)}

    # -- all or nothing --------------------------------------------------------------------------------------
    def snapshot(self) -> tuple:
        """Return everything as it stands, for `restore`; cheap, as stored resources never change."""
        with self.lock:
            now = {kind: dict(known) for kind, known in self._now.items()}
            index = {where: dict(keys) for where, keys in self._of_patient.items()}
            return now, dict(self._past), index

    def restore(self, snapshot: tuple) -> None:
        """Put everything back as a snapshot has it."""
        now, past, index = snapshot
        with self.lock:
            self._now = {kind: dict(known) for kind, known in now.items()}
            self._past = dict(past)
            self._of_patient = {where: dict(keys) for where, keys in index.items()}

    @contextmanager
    def transaction(self):
        """Hold the store; put everything back as it was when the block raises."""
        with self.lock:
            before = self.snapshot()
            try:
                yield self
            except BaseException:
                self.restore(before)
                raise
