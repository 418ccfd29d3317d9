"""What the bearer of a token may see and write: scopes by type, and the patient's compartment."""

from dataclasses import dataclass

from launch.sandbox.outcome import FhirError, not_found
from launch.sandbox.store import COMPARTMENT, patients_of

WORDS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}


@dataclass(frozen=True, slots=True)
class Access:
    """One caller. grant: what the token may do (see grants.Grant); None lets anyone read, nobody write."""

    grant: object = None

    @property
    def user(self) -> str | None:
        """Return the fhirUser, "Practitioner/x", or None."""
        return getattr(self.grant, "user", None)

    @property
    def reader(self) -> tuple:
        """Return who this is, so that nobody turns the pages of another's search."""
        return (getattr(self.grant, "client_id", None), self.user, getattr(self.grant, "patient", None))

    def require(self, kind: str, letter: str) -> str | None:
        """Return the patient to whom access is limited, or None; 403 when no scope allows the interaction."""
        if self.grant is None:
            if letter in "rs":
                return None
            raise self._forbidden(kind, letter)
        if not self.grant.allows(kind, letter):
            raise self._forbidden(kind, letter)
        return self.grant.compartment(kind, letter)

    def may_see(self, resource: dict) -> bool:
        """Tell whether a resource may come along as an include."""
        kind = resource["resourceType"]
        if self.grant is None:
            return True
        for letter in "rs":
            if self.grant.allows(kind, letter):
                limit = self.grant.compartment(kind, letter)
                if limit is None or kind not in COMPARTMENT | {"Patient": ()} or limit in patients_of(resource):
                    return True
        return False

    def check_read(self, resource: dict, limit: str | None) -> dict:
        """Return the resource; 404 when it lies in another patient's compartment, as if it were not there."""
        kind = resource["resourceType"]
        inside = kind not in COMPARTMENT and kind != "Patient"
        if limit is None or inside or limit in patients_of(resource):
            return resource
        raise not_found(f"{kind}/{resource['id']}")

    def check_write(self, resource: dict, limit: str | None) -> None:
        """Refuse, with patient/ scopes only, whatever does not stand in that patient's compartment alone."""
        if limit is not None and patients_of(resource) != {limit}:
            raise FhirError(403, "forbidden", "this token may write for the patient in context only")

    def _forbidden(self, kind: str, letter: str) -> FhirError:
        text = f"the token's scopes do not allow {WORDS[letter]} of {kind}"
        return FhirError(403, "forbidden", text, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'})
