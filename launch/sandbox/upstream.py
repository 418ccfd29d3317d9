"""Another FHIR server behind our token checks: requests go on to it, its absolute URLs come back as ours."""

import json

import requests

from launch.sandbox.access import Access
from launch.sandbox.call import Call
from launch.sandbox.capability import security_of
from launch.sandbox.outcome import Answer, FhirError, not_supported
from launch.sandbox.search_parameters import parameters_of
from launch.sandbox.store import COMPARTMENT, Store

TIMEOUT = (5, 30)  # seconds to connect, to read
SENT = ("accept", "content-type", "if-match", "if-none-exist", "if-none-match", "prefer")
RETURNED = ("ETag", "Location", "Last-Modified")
LETTERS = {"POST": "c", "PUT": "u", "PATCH": "u", "DELETE": "d"}
CHUNK = 50


class SeedFailed(Exception):
    """The other server did not take our resources; carries the first few as `Type/id: status`."""


class Upstream:
    """One other server. base: its FHIR base; here: ours, which replaces it in every body and header."""

    def __init__(self, base: str, here: str) -> None:
        self.base, self.here = base.rstrip("/"), here
        self.session = _session()

    def metadata(self, oauth: dict[str, str]) -> dict:
        """Return its CapabilityStatement, with our authorization endpoints instead of its own."""
        statement = self._send("GET", "/metadata").body or {}
        for rest in statement.get("rest", ()):
            rest["security"] = security_of(oauth)
        return statement

    def answer(self, call: Call, access: Access) -> Answer:
        """Check scopes and compartment, pass the call on, check what comes back."""
        if not call.parts:
            raise not_supported("a Bundle, or a search over all types, through this server")
        kind = call.parts[0]
        letter = _letter(call)
        limit = access.require(kind, letter)
        if limit is not None and letter in "cu" and isinstance(call.body, dict):
            access.check_write(call.body, limit)
        if limit is not None and letter in "ud":
            access.check_write(self._send("GET", "/" + "/".join(call.parts[:2])).body or {}, limit)
        answer = self._send(call.method, "/" + "/".join(call.parts), call, _narrowed(call, kind, letter, limit))
        if answer.body is None or answer.status >= 400 or letter not in "rs":
            return answer
        return Answer(answer.status, _seen(answer.body, access, limit), answer.headers)

    def _send(self, method: str, path: str, call: Call | None = None, pairs: tuple = ()) -> Answer:
        headers = {name: call.headers[name] for name in SENT if name in call.headers} if call else {}
        headers.setdefault("accept", "application/fhir+json")
        body = self._there(json.dumps(call.body)).encode() if call and call.body is not None else None
        form = None
        if call and call.parts[-1:] == ("_search",):
            form, pairs = [(name, self._there(value)) for name, value in pairs], ()
        query = [(name, self._there(value)) for name, value in pairs]
        url = self.base + path
        try:
            got = self.session.request(
                method, url, params=query, data=form or body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise FhirError(502, "transient", "the FHIR server behind this one did not answer") from error
        return self._answer(got)

    def _answer(self, got: requests.Response) -> Answer:
        headers = {name: self._ours(got.headers[name]) for name in RETURNED if name in got.headers}
        if not got.content:
            return Answer(got.status_code, None, headers)
        if "json" not in got.headers.get("Content-Type", ""):
            return Answer(got.status_code, None, headers, (got.content, got.headers.get("Content-Type", "text/plain")))
        return Answer(got.status_code, json.loads(self._ours(got.content.decode("utf-8"))), headers)

    def _ours(self, text: str) -> str:
        return text.replace(self.base, self.here)

    def _there(self, text: str) -> str:
        return text.replace(self.here, self.base)


def _session() -> requests.Session:
    """Return a session that no proxy of the machine stands in: the other server is a neighbour."""
    session = requests.Session()
    session.trust_env = False
    return session


def _letter(call: Call) -> str:
    if call.method == "GET":
        return "s" if len(call.parts) == 1 else "r"
    return "s" if call.parts[-1] == "_search" else LETTERS[call.method]


def _narrowed(call: Call, kind: str, letter: str, limit: str | None) -> tuple:
    """Add the patient to a search that a patient/ scope allows, where the type knows the parameter."""
    if letter != "s" or limit is None:
        return call.pairs
    name = "_id" if kind == "Patient" else "patient"
    asked = {key.partition(":")[0] for key, _ in call.pairs}
    if name in asked or name not in parameters_of(kind):
        return call.pairs
    return (*call.pairs, (name, limit if name == "_id" else f"Patient/{limit}"))


def _seen(body: dict, access: Access, limit: str | None) -> dict:
    """Refuse a resource, and leave out a Bundle's entries, that the token may not see."""
    kind = body.get("resourceType")
    if kind != "Bundle":
        in_compartment = kind in COMPARTMENT or kind == "Patient"
        return access.check_read(body, limit) if in_compartment else body
    entries = [entry for entry in body.get("entry", ()) if _entry_seen(entry, access)]
    return {
        **{name: value for name, value in body.items() if name != "entry"},
        **({"entry": entries} if entries else {}),
    }


def _entry_seen(entry: dict, access: Access) -> bool:
    resource = entry.get("resource") or {}
    return resource.get("resourceType") in (None, "OperationOutcome") or access.may_see(resource)


# -- filling it ----------------------------------------------------------------------------------------------
def seed_upstream(store: Store, base: str) -> int:
    """
    Put every resource of the store on another server, ids kept, and return how many.

    By PUT one after another; what is refused so goes again in Bundles of type batch.
    raises: SeedFailed
    """
    base, session = base.rstrip("/"), _session()
    resources = [resource for kind in store.types() for resource in store.all(kind)]
    left = [resource for resource in resources if _put(session, base, resource) >= 300]
    refused = [line for at in range(0, len(left), CHUNK) for line in _batch(session, base, left[at : at + CHUNK])]
    if refused:
        raise SeedFailed("; ".join(refused[:5]))
    return len(resources)


def _put(session: requests.Session, base: str, resource: dict) -> int:
    url = f"{base}/{resource['resourceType']}/{resource['id']}"
    return session.put(
        url, json=_bare(resource), headers={"Content-Type": "application/fhir+json"}, timeout=TIMEOUT
    ).status_code


def _bare(resource: dict) -> dict:
    return {name: value for name, value in resource.items() if name != "meta"}


def _batch(session: requests.Session, base: str, resources: list[dict]) -> list[str]:
    entries = [
        {"resource": _bare(one), "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in resources
    ]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    got = session.post(base, json=bundle, headers={"Content-Type": "application/fhir+json"}, timeout=TIMEOUT)
    if got.status_code >= 300:
        return [f"Bundle: {got.status_code}"]
    answers = [entry.get("response", {}).get("status", "") for entry in got.json().get("entry", ())]
    if len(answers) != len(resources):
        return [f"Bundle: {len(answers)} answers to {len(resources)} entries"]
    pairs = zip(resources, answers, strict=True)
    return [f"{one['resourceType']}/{one['id']}: {status}" for one, status in pairs if not status.startswith("2")]
