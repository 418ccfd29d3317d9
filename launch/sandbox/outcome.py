"""OperationOutcomes, and the errors of the FHIR server that become one (R4 §2.36)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

EPIC_CODES = "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369"  # where an epic-like server's numbers live


class FhirError(Exception):
    """A request the server refuses: HTTP status, issue code and a sentence; the body is an OperationOutcome."""

    def __init__(self, status: int, code: str, text: str, *, number: str | None = None, headers: Mapping | None = None):
        super().__init__(text)
        self.status, self.code, self.text, self.number = status, code, text, number
        self.headers = dict(headers or {})

    def body(self) -> dict:
        """Return the OperationOutcome of the answer."""
        return outcome(issue("error", self.code, self.text, number=self.number))


def issue(severity: str, code: str, text: str, *, number: str | None = None) -> dict:
    """Return one issue; number is a vendor's own code for it (Epic numbers every refusal)."""
    details = {"text": text}
    if number:
        details["coding"] = [{"system": EPIC_CODES, "code": number, "display": text}]
    return {"severity": severity, "code": code, "details": details, "diagnostics": text}


def outcome(*issues: dict) -> dict:
    """Return an OperationOutcome of at least one issue."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def not_found(what: str) -> FhirError:
    """Return the 404 of what is not there."""
    return FhirError(404, "not-found", f"{what} is not known here")


def not_supported(what: str, *, status: int = 404) -> FhirError:
    """Return the refusal of what this server does not do."""
    return FhirError(status, "not-supported", f"{what} is not supported by this server")


def invalid(text: str, *, status: int = 400, code: str = "invalid") -> FhirError:
    """Return the refusal of a request that is wrong in itself."""
    return FhirError(status, code, text)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one interaction answers, before HTTP or a batch entry wraps it; raw is a Binary's own bytes."""

    status: int
    body: dict | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: tuple[bytes, str] | None = None
