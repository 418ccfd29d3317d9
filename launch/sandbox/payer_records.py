"""
What payers know of the requests that were sent to them: whose they are, and what is told to whoever asks.

The desk beside it knows no patient; a request does, so its records stand apart and are told to signed-in clients only.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from launch.sandbox.outcome import FhirError

ASKED_FOR = ("patient", "insurer", "provider", "insurance", "created", "priority", "type")


@dataclass(frozen=True, slots=True)
class Known:
    """
    One request in a payer's own files.

    number: (system, value) under which it was sent; patient, member: as the plan knows them
    answers: ClaimResponses in the order in which they are told, one a question; the last one from then on
    """

    payer: str
    number: tuple[str, str]
    patient: dict
    member: str
    answers: tuple[dict, ...]


class Records:
    """All payers' files. Thread-safe."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[str, str]], Known] = {}
        self._times_asked: dict[tuple[str, tuple[str, str]], int] = {}
        self._lock = threading.Lock()

    def keep(self, resources: list[dict], later: dict | None = None) -> None:
        """
        Put what was sent and answered into the files.

        resources: of one chart. later: the ClaimResponse that is told from the second question on
        """
        with self._lock:
            for known in _known_in(resources, later):
                self._known[known.payer, known.number] = known

    def forget(self) -> None:
        """Forget who has asked; the files stay."""
        with self._lock:
            self._times_asked.clear()

    def look_up(self, payer: str, question: dict) -> tuple[Known, dict] | None:
        """
        Return the request that a question is about, and what is told of it now; None when it is not in the files.

        raises: FhirError 400 for a question that is not one
        """
        claim, patient, coverage = _asked(question)
        numbers = [(each.get("system", ""), each.get("value", "")) for each in claim.get("identifier", [])]
        with self._lock:
            for number in numbers:
                known = self._known.get((payer, number))
                if known is None or not _is_member(known, patient, coverage):
                    continue
                before = self._times_asked.get((payer, number), 0)
                self._times_asked[payer, number] = before + 1
                return known, known.answers[min(before, len(known.answers) - 1)]
        return None


def _known_in(resources: list[dict], later: dict | None) -> Iterator[Known]:
    kinds = {kind: [r for r in resources if r["resourceType"] == kind] for kind in ("Claim", "ClaimResponse")}
    patient = next(r for r in resources if r["resourceType"] == "Patient")
    coverage = next(r for r in resources if r["resourceType"] == "Coverage")
    for claim in kinds["Claim"]:
        name = f"Claim/{claim['id']}"
        only = len(kinds["Claim"]) == 1
        answers = [r for r in kinds["ClaimResponse"] if only or r.get("request", {}).get("reference") == name]
        number = claim["identifier"][0]
        yield Known(
            payer=claim["insurer"]["reference"].partition("/")[2],
            number=(number["system"], number["value"]),
            patient=patient,
            member=coverage["subscriberId"],
            answers=(*answers, *((later,) if later else ())),
        )


def _asked(question: dict) -> tuple[dict, dict, dict]:
    """Return the Claim, its Patient and its Coverage; raises FhirError 400."""
    if question.get("resourceType") != "Bundle" or question.get("type") != "collection":
        raise FhirError(400, "structure", "an inquiry is a Bundle of type collection")
    if not question.get("identifier", {}).get("value") or not question.get("timestamp"):
        raise FhirError(400, "required", "the Bundle needs its identifier and its timestamp")
    entries = [each for each in question.get("entry", []) if isinstance(each.get("resource"), dict)]
    by_url = {each.get("fullUrl", ""): each["resource"] for each in entries}
    claim = entries[0]["resource"] if entries else {}
    if claim.get("resourceType") != "Claim" or claim.get("use") != "preauthorization":
        raise FhirError(400, "structure", "the first entry is the Claim that is asked about")
    if missing := [name for name in ASKED_FOR if not claim.get(name)]:
        raise FhirError(400, "required", f"Claim.{missing[0]} is missing")
    base = entries[0].get("fullUrl", "").rpartition("/Claim/")[0]
    patient = _resolved(claim["patient"], base, by_url, "Patient")
    return claim, patient, _resolved(claim["insurance"][0].get("coverage", {}), base, by_url, "Coverage")


def _resolved(pointer: dict, base: str, by_url: dict[str, dict], kind: str) -> dict:
    reference = pointer.get("reference", "")
    found = by_url.get(reference) or by_url.get(f"{base}/{reference}")
    if found is None or found.get("resourceType") != kind:
        raise FhirError(400, "required", f"the Bundle does not hold the {kind} that the Claim names")
    return found


def _is_member(known: Known, patient: dict, coverage: dict) -> bool:
    """Whether the question is about the member whose request it is: number and birth date both."""
    return coverage.get("subscriberId") == known.member and patient.get("birthDate") == known.patient["birthDate"]
