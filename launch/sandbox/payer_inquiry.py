"""
Claim/$inquire at a payer: how a request stands, told to clients that signed in there.

Each payer signs clients in itself (SMART backend services) and answers in the shape of its PAS version.
Source: HL7 Da Vinci PAS IG, OperationDefinition Claim-inquiry: 2.0.1 returns a Bundle, 2.1 and 2.2 Parameters
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, jsonify, request

from launch.sandbox.client_auth import ALGS, ClientAuth
from launch.sandbox.config import Client, SandboxConfig
from launch.sandbox.exchange import Exchange
from launch.sandbox.grants import Unauthorized
from launch.sandbox.keys import ClientKeys
from launch.sandbox.outcome import FhirError, issue, outcome
from launch.sandbox.payer_desk import Payer
from launch.sandbox.payer_records import Known
from launch.sandbox.payer_roster import DESKS, Desk
from launch.sandbox.refusals import OAuthError
from launch.sandbox.tokens import Tokens

FHIR_JSON = "application/fhir+json"
TYPES = frozenset({"Claim", "ClaimResponse"})
MEMBER = "http://sandbox.example/plan-member"


@dataclass(frozen=True, slots=True)
class Door:
    """A payer's sign-in, as the token endpoint needs it: where it stands, whom it knows, what time it is."""

    base: str
    clients: tuple[Client, ...]
    config: SandboxConfig

    @property
    def token_url(self) -> str:
        """Return the token endpoint: `aud` of a client's assertion."""
        return f"{self.base}/auth/token"

    def wall(self):
        """Return real time, by which assertions are checked."""
        return self.config.wall()

    def client(self, client_id: str | None) -> Client | None:
        """Return the registered client of that id, or None."""
        return next((client for client in self.clients if client.client_id == client_id), None)


def add_inquiries(blueprint: Blueprint, payer: Payer, config: SandboxConfig) -> None:
    """Add token endpoint, its description and the operation for every payer that can be asked."""
    for desk in DESKS:
        if desk.inquiry is not None:
            door = Door(f"{config.ehr_base}/payer/{desk.slug}", config.payer_clients, config)
            tokens = Tokens(config.clock, access_life=timedelta(seconds=config.access_seconds), rotate=True)
            auth = ClientAuth(door, keys=ClientKeys(config.wall))
            exchange = Exchange(config, auth=auth, tokens=tokens, key=None, types=TYPES)
            _add_sign_in(blueprint, desk, door, exchange)
            _add_operation(blueprint, desk, payer, tokens, door)


def _add_sign_in(blueprint: Blueprint, desk: Desk, door: Door, exchange: Exchange) -> None:
    @blueprint.get(f"/{desk.slug}/fhir/.well-known/smart-configuration", endpoint=f"sign-in-{desk.slug}")
    def configuration() -> Response:
        """Tell where tokens are given; there is nobody to send a browser for."""
        return jsonify(
            token_endpoint=door.token_url,
            token_endpoint_auth_methods_supported=["private_key_jwt"],
            token_endpoint_auth_signing_alg_values_supported=list(ALGS),
            grant_types_supported=["client_credentials"],
            scopes_supported=[f"system/{kind}.rs" for kind in sorted(TYPES)],
            capabilities=["client-confidential-asymmetric", "permission-v2"],
        )

    @blueprint.post(f"/{desk.slug}/auth/token", endpoint=f"token-{desk.slug}")
    def token() -> tuple[Response, int]:
        """Give a token to a registered client."""
        try:
            answer, status = exchange.token(request.form, authorization=request.headers.get("Authorization")), 200
        except OAuthError as error:
            answer, status = error.body(), error.status
        response = jsonify(answer)
        response.headers["Cache-Control"] = "no-store"
        return response, status


def _add_operation(blueprint: Blueprint, desk: Desk, payer: Payer, tokens: Tokens, door: Door) -> None:
    @blueprint.post(f"/{desk.slug}/fhir/Claim/$inquire", endpoint=f"inquire-{desk.slug}")
    def inquire() -> Response:
        """Say how a request stands."""
        _let_in(tokens, request.headers.get("Authorization", ""), realm=door.base)
        question = request.get_json(force=True, silent=True)
        if not isinstance(question, dict):
            raise FhirError(400, "structure", "the body is not a JSON object")
        found = payer.records.look_up(desk.slug, question)
        response = jsonify(_answer(desk, found, at=payer.clock.now().isoformat()))
        response.content_type = FHIR_JSON
        return response


def _let_in(tokens: Tokens, authorization: str, *, realm: str) -> None:
    scheme, _, given = authorization.partition(" ")
    try:
        grant = tokens.grant_of(given.strip() if scheme.lower() == "bearer" else "")
    except Unauthorized as error:
        challenge = f'Bearer realm="{realm}", error="invalid_token", error_description="{error.reason}"'
        raise FhirError(401, "login", error.reason, headers={"WWW-Authenticate": challenge}) from error
    if not grant.allows("Claim", "s"):
        raise FhirError(403, "forbidden", "the token does not allow to look for requests")


def _answer(desk: Desk, found: tuple[Known, dict] | None, *, at: str) -> dict:
    """Return what is told, in the shape of the payer's PAS version."""
    if desk.inquiry == "2.0.1":
        nothing = outcome(issue("information", "not-found", "no request of this number is known for this member"))
        return _bundle(desk, [nothing] if found is None else _resources(desk, *found), at=at)
    held = [] if found is None else [{"name": "return", "resource": _bundle(desk, _resources(desk, *found), at=at)}]
    return {"resourceType": "Parameters", **({"parameter": held} if held else {})}


def _bundle(desk: Desk, resources: list[dict], *, at: str) -> dict:
    entries = [
        {"fullUrl": f"http://sandbox.example/{desk.slug}/{r['resourceType']}/{r.get('id', 'none')}", "resource": r}
        for r in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": at, "entry": entries}


def _resources(desk: Desk, known: Known, answer: dict) -> list[dict]:
    """Return the answer with whom and what it names, under the payer's own ids."""
    system, value = known.number
    mine = {"reference": f"Patient/member-{known.member}"}
    told = {**answer, "id": f"{desk.slug}-{known.member}", "patient": mine}
    told |= {"insurer": {"reference": f"Organization/{desk.slug}"}}
    told.pop("requestor", None)
    told.pop("request", None)
    # PAS 2.0.1 gives the request's own number back as the answer's; later versions name the request.
    if desk.inquiry == "2.0.1":
        told["identifier"] = [{"system": system, "value": value}]
    else:
        told["request"] = {"identifier": {"system": system, "value": value}}
    name = {each: known.patient["name"][0][each] for each in ("family", "given")}
    member = {
        "resourceType": "Patient",
        "id": f"member-{known.member}",
        "identifier": [{"system": MEMBER, "value": known.member}],
        "name": [name],
        "birthDate": known.patient["birthDate"],
        "gender": known.patient["gender"],
    }
    return [told, member, {"resourceType": "Organization", "id": desk.slug, "active": True, "name": desk.name}]
