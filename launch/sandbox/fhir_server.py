"""The FHIR server as Flask serves it: HTTP in and out, tokens, content types; every error an OperationOutcome."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request

from launch.sandbox.access import Access
from launch.sandbox.bundles import process
from launch.sandbox.call import Call
from launch.sandbox.capability import capability_statement
from launch.sandbox.grants import Unauthorized
from launch.sandbox.interactions import Interactions
from launch.sandbox.outcome import Answer, FhirError, invalid, not_supported
from launch.sandbox.profiles import Profile, profile_named, read_only
from launch.sandbox.searchset import Searches
from launch.sandbox.store import Store
from launch.sandbox.upstream import Upstream

FHIR_JSON = "application/fhir+json"
JSON_TYPES = (FHIR_JSON, "application/json")
PATCH_JSON = "application/json-patch+json"
FORM = "application/x-www-form-urlencoded"
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PUBLISHED = ("Slot", "Schedule", "Location", "HealthcareService")
MOST_BYTES = 30_000_000
SEEN_CLIENT, SEEN_PATIENT = "sandbox.client", "sandbox.patient"  # in the WSGI environ, for the request log


def fhir_blueprint(store: Store, config, grant_of: Callable[[str | None], object]) -> Blueprint:
    """
    Return the EHR's FHIR API, mounted at /fhir.

    config: SandboxConfig; grant_of: the Authorization header → Grant, raises Unauthorized
    """
    profile = profile_named(config.profile)
    base = f"{config.ehr_base}/fhir"
    oauth = {name: f"{config.ehr_base}/auth/{name}" for name in ("authorize", "token", "introspect", "revoke")}

    def statement() -> dict:
        if config.fhir_upstream:
            return Upstream(config.fhir_upstream, base).metadata(oauth)
        return capability_statement(profile, base=base, oauth=oauth, at=config.clock.now())

    def access() -> Access:
        try:
            grant = grant_of(request.headers.get("Authorization"))
        except Unauthorized as error:
            challenge = f'Bearer realm="{base}", error="invalid_token", error_description="{error.reason}"'
            raise FhirError(401, "login", error.reason, headers={"WWW-Authenticate": challenge}) from error
        request.environ[SEEN_CLIENT], request.environ[SEEN_PATIENT] = grant.client_id, grant.patient
        return Access(grant)

    server = Interactions(store, profile, Searches(config.clock))
    upstream = Upstream(config.fhir_upstream, base) if config.fhir_upstream else None
    return _blueprint("fhir", "/fhir", server, access=access, statement=statement, base=lambda: base, upstream=upstream)


def public_fhir_blueprint(
    store: Store, clock, types: tuple[str, ...] = PUBLISHED, *, name: str, url_prefix: str
) -> Blueprint:
    """Return a read-only FHIR API without tokens: what a payer publishes. name: of the blueprint, once per app."""
    profile = read_only(tuple(types))

    def base() -> str:
        below = request.view_args.get("rest", "")
        return request.base_url.removesuffix("/" + below).rstrip("/") if below else request.base_url.rstrip("/")

    def statement() -> dict:
        return capability_statement(profile, base=base().removesuffix("/metadata"), oauth=None, at=clock.now())

    server = Interactions(store, profile, Searches(clock))
    return _blueprint(name, url_prefix, server, access=Access, statement=statement, base=base, upstream=None)


def _blueprint(name: str, prefix: str, server: Interactions, *, access, statement, base, upstream) -> Blueprint:
    blueprint = Blueprint(name, __name__, url_prefix=prefix)

    @blueprint.route("", defaults={"rest": ""}, methods=VERBS, strict_slashes=False, provide_automatic_options=False)
    @blueprint.route("/<path:rest>", methods=VERBS, strict_slashes=False, provide_automatic_options=False)
    def fhir(rest: str, **_given) -> Response:
        """Answer any FHIR request; a refusal is an OperationOutcome."""
        parts = tuple(part for part in rest.split("/") if part)
        if request.method == "OPTIONS":
            return _response(Answer(204))
        try:
            _check_accept(server.profile)
            if parts == ("metadata",) and request.method in ("GET", "HEAD"):
                return _response(Answer(200, statement()))
            who = access()
            call = _call(parts, base(), server.profile)
            if upstream is not None:
                return _response(upstream.answer(call, who))
            if not parts and request.method == "POST":
                if not server.profile.batch and not server.profile.transaction:
                    raise not_supported("a Bundle")
                return _response(process(server, call, who))
            return _response(server.answer(call, who))
        except FhirError as error:
            return _refusal(error, server.profile)

    return blueprint


def _check_accept(profile: Profile) -> None:
    """Refuse what asks for anything but JSON; a Binary may be asked for in its own format."""
    asked = request.args.get("_format") or request.headers.get("Accept") or "*/*"
    fits = any(word in asked for word in ("json", "*/*", "application/*"))
    if not fits and "/Binary/" not in request.path:
        raise FhirError(406, "not-supported", "this server speaks JSON only")


def _call(parts: tuple[str, ...], base: str, profile: Profile) -> Call:
    method = "GET" if request.method == "HEAD" else request.method
    headers = {name.lower(): value for name, value in request.headers.items()}
    pairs = tuple(parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True))
    if method in ("GET", "DELETE"):
        return Call(method, parts, base, pairs, headers)
    if (request.content_length or 0) > MOST_BYTES:
        raise FhirError(413, "too-long", "the body is too large")
    mime, data = request.mimetype, request.get_data()
    if parts[-1:] == ("_search",):
        if mime != FORM:
            raise FhirError(415, "not-supported", f"_search takes {FORM}")
        form = tuple(parse_qsl(data.decode("utf-8", "replace"), keep_blank_values=True))
        return Call(method, parts, base, form if profile.form_only else pairs + form, headers)
    wanted = (PATCH_JSON,) if method == "PATCH" else JSON_TYPES
    if mime not in wanted:
        raise FhirError(415, "not-supported", f"the body must be {' or '.join(wanted)}")
    return Call(method, parts, base, pairs, headers, _parsed(data))


def _parsed(data: bytes) -> object:
    def no_constant(_word: str) -> None:
        raise ValueError("NaN and Infinity are not JSON")

    try:
        return json.loads(data.decode("utf-8"), parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise invalid("the body is not JSON", code="structure") from error


def _response(answer: Answer) -> Response:
    if answer.raw:
        response = Response(answer.raw[0], answer.status, content_type=answer.raw[1])
    else:
        text = "" if answer.body is None else json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
        response = Response(text, answer.status, content_type=f"{FHIR_JSON}; charset=utf-8")
    for name, value in answer.headers.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = (
        "Authorization, Content-Type, Accept, Prefer, If-Match, If-None-Match, If-None-Exist"
    )
    response.headers["Access-Control-Allow-Methods"] = ", ".join(VERBS)
    response.headers["Access-Control-Expose-Headers"] = "ETag, Location, Last-Modified"
    return response


def _refusal(error: FhirError, profile: Profile) -> Response:
    if error.status == 406 and profile.unacceptable_empty:
        return _response(Answer(406, None, error.headers))
    body = error.body()
    if not profile.numbered:
        body["issue"][0]["details"].pop("coding", None)
    return _response(Answer(error.status, body, error.headers))
