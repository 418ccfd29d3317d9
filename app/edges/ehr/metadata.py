"""What a server says it offers. Kept by the caller; a statement that cannot be read is never taken for an empty one."""

from app.edges.fhir.capability import Capability, read_capability
from app.edges.http import Counterpart, NotFhir, Transport


def fetch_capability(base: str, transport: Transport) -> Capability:
    """
    Return what the server at `base` offers; metadata needs no token.

    raises: NotFhir when the answer is no CapabilityStatement (read as one it would offer nothing, and every write
    would be refused for good), and the errors of app.edges.http
    """
    statement = Counterpart(base, transport).get("metadata")
    if statement.get("resourceType") != "CapabilityStatement":
        raise NotFhir("The EHR did not say what it offers.")
    return read_capability(statement)
