"""Batch and transaction: each entry is a call of its own; a transaction's entries stand or fall together."""

import json
import uuid
from urllib.parse import parse_qsl, urlsplit

from launch.sandbox.access import Access
from launch.sandbox.call import Call
from launch.sandbox.interactions import Interactions
from launch.sandbox.outcome import Answer, FhirError, invalid, not_supported

ORDER = ("DELETE", "POST", "PUT", "PATCH", "GET")  # R4 §3.1.0.11.2
HEADERS = {"ifMatch": "if-match", "ifNoneExist": "if-none-exist", "ifNoneMatch": "if-none-match"}


def process(server: Interactions, call: Call, access: Access) -> Answer:
    """Answer a Bundle posted to the base. raises: FhirError, for a transaction that of the entry that failed"""
    bundle = call.body
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise invalid("a Bundle is needed")
    entries = bundle.get("entry", [])
    if not all(isinstance(entry, dict) and isinstance(entry.get("request"), dict) for entry in entries):
        raise invalid("every entry has a request")
    kind = bundle.get("type")
    if kind == "batch" and server.profile.batch:
        answers = [_one(server, _call_of(entry, call), access) for entry in entries]
    elif kind == "transaction" and server.profile.transaction:
        answers = _together(server, entries, call, access)
    else:
        raise not_supported(f"a Bundle of type {kind}", status=400)
    made = {"resourceType": "Bundle", "type": f"{kind}-response", "entry": [_entry(answer) for answer in answers]}
    return Answer(200, made)


def _one(server: Interactions, call: Call, access: Access) -> Answer:
    try:
        return server.answer(call, access)
    except FhirError as error:
        return Answer(error.status, error.body())


def _together(server: Interactions, entries: list[dict], call: Call, access: Access) -> list[Answer]:
    answers: dict[int, Answer] = {}
    with server.store.transaction():
        entries, reserved = _resolved(server, entries, call, access)
        pending = frozenset(f"{_type_of(entry)}/{key}" for entry, key in zip(entries, reserved, strict=True) if key)
        for number in sorted(range(len(entries)), key=lambda n: ORDER.index(_verb(entries[n]))):
            one = _call_of(entries[number], call, reserved=reserved[number], pending=pending)
            try:
                answers[number] = server.answer(one, access)
            except FhirError as error:
                raise FhirError(error.status, error.code, f"entry {number}: {error.text}") from error
    return [answers[number] for number in range(len(entries))]


def _resolved(
    server: Interactions, entries: list[dict], call: Call, access: Access
) -> tuple[list[dict], list[str | None]]:
    """Return the entries with urn:uuid references replaced, and the id promised to each create."""
    targets: dict[str, str] = {}
    reserved: list[str | None] = []
    for entry in entries:
        key = None
        if _verb(entry) == "POST" and "/" not in entry["request"]["url"]:
            kind, condition = _type_of(entry), entry["request"].get("ifNoneExist")
            conditional = condition and server.profile.conditional_create
            found = server.existing(call, access, kind, condition) if conditional else None
            key = None if found else str(uuid.uuid4())
            if str(entry.get("fullUrl", "")).startswith("urn:"):
                targets[entry["fullUrl"]] = f"{kind}/{found['id'] if found else key}"
        reserved.append(key)
    return [_replaced(entry, targets) for entry in entries], reserved


def _replaced(node, targets: dict[str, str]):
    """Return a copy in which every string that is one of the urns is the reference it stands for."""
    if isinstance(node, dict):
        return {name: _replaced(value, targets) for name, value in node.items()}
    if isinstance(node, list):
        return [_replaced(item, targets) for item in node]
    return targets.get(node, node) if isinstance(node, str) else node


def _verb(entry: dict) -> str:
    verb = entry["request"].get("method")
    if verb not in ORDER or not isinstance(entry["request"].get("url"), str):
        raise invalid("request.method and request.url are needed")
    return verb


def _type_of(entry: dict) -> str:
    return entry["request"]["url"].partition("?")[0].strip("/").partition("/")[0]


def _call_of(entry: dict, outer: Call, *, reserved: str | None = None, pending: frozenset[str] = frozenset()) -> Call:
    verb = _verb(entry)
    url = urlsplit(entry["request"]["url"].removeprefix(outer.base + "/"))
    headers = {header: entry["request"][name] for name, header in HEADERS.items() if name in entry["request"]}
    if "prefer" in outer.headers:
        headers["prefer"] = outer.headers["prefer"]
    return Call(
        verb,
        tuple(part for part in url.path.split("/") if part),
        outer.base,
        tuple(parse_qsl(url.query, keep_blank_values=True)),
        headers,
        json.loads(json.dumps(entry["resource"])) if "resource" in entry else None,
        reserved,
        pending,
    )


def _entry(answer: Answer) -> dict:
    response = {"status": str(answer.status)}
    for name, header in (("location", "Location"), ("etag", "ETag")):
        if header in answer.headers:
            response[name] = answer.headers[header]
    body = answer.body
    if body and body.get("resourceType") == "OperationOutcome":
        return {"response": response | {"outcome": body}}
    return {"response": response} | ({"resource": body} if body else {})
