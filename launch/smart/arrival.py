"""The way back: the answer is bound to this browser and this launch, the code becomes a token, the token a session."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from app.core.people import Role
from app.edges.http import Counterpart
from app.edges.store.launches import LaunchSession, LaunchTransaction
from app.errors import ParleyError
from app.settings import Issuer
from launch.smart.context import APP_CONTEXT
from launch.smart.departure import asked_scope, binding_cookie
from launch.smart.discovery import SmartServer
from launch.smart.hosts import distrust
from launch.smart.identity import Identity, read_identity
from launch.smart.keys import hash_of
from launch.smart.refusals import BadLaunch, CookieBlocked, EhrRefused, EhrSilent, LaunchSpent, NotTrusted
from launch.smart.sessions import new_secret
from launch.smart.tokens import expiry_of

if TYPE_CHECKING:
    from launch.smart import Smart

KNOWN_ERRORS = {
    "access_denied": "The EHR did not give Parley access.",
    "invalid_scope": "The EHR refused a scope that Parley asked for.",
    "invalid_request": "The EHR did not understand Parley's request.",
    "unauthorized_client": "This EHR does not let Parley's client in.",
    "temporarily_unavailable": "The EHR's sign-in is not available just now.",
}
LONGEST_TOLD = 300

log = structlog.get_logger("parley.smart")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A session that has begun: what the database keeps, the secret for the browser, how long its cookie lives."""

    session: LaunchSession
    secret: str
    cookie_seconds: int
    spent_cookie: str


def arrive(smart: Smart, told: Mapping[str, str], cookies: Mapping[str, str], *, now: datetime) -> Arrival:
    """
    Finish the launch that the EHR's answer belongs to.

    told: the parameters of the callback; cookies: the browser's
    raises: LaunchSpent, CookieBlocked (the launch stays unused), EhrRefused, NotTrusted, EhrSilent, BadLaunch
    """
    state_hash = hash_of(told.get("state", ""))
    transaction = smart.launches.peek(state_hash, now=now)
    if transaction is None:
        raise LaunchSpent()
    issuer = smart.settings.issuer(transaction.issuer)
    binding = cookies.get(binding_cookie(state_hash), "")
    if not hmac.compare_digest(hash_of(binding), transaction.binding_hash):
        raise CookieBlocked(fhir_base=issuer.fhir_base, want=transaction.want)
    server = smart.discovery.server_of(issuer)
    # Used up before the code is: of two answers with one state, one finds it.
    if smart.launches.consume(state_hash, now=now) is None:
        raise LaunchSpent()
    _check_answer(told, issuer, server, allow_loopback=smart.settings.allow_loopback)
    token = _exchange(smart, issuer, server, transaction, told)
    identity = read_identity(
        token.get("id_token"), issuer, server, discovery=smart.discovery, nonce_hash=transaction.nonce, now=now
    )
    if identity.ignored:
        log.warning("fhirUser ignored", issuer=issuer.slug, kind=identity.ignored)
    if token.get("scope") is None:  # RFC 6749 §5.1: then it is what was asked
        token["scope"] = asked_scope(smart, issuer, server, want=transaction.want, launched=transaction.launch_hash)
    secret = new_secret()
    session = _session_of(smart, issuer, token, identity, secret=secret, now=now)
    smart.launches.open(session)
    log.info("launch opened", issuer=issuer.slug, kind="chart" if session.patient else "worklist")
    return Arrival(session, secret, issuer.timeouts.absolute * 60, binding_cookie(state_hash))


def _check_answer(told: Mapping[str, str], issuer: Issuer, server: SmartServer, *, allow_loopback: bool) -> None:
    """Refuse an answer of another server (mix-up, RFC 9207), and one that says no."""
    if told.get("iss", server.issuer if not server.names_itself else None) != server.issuer:
        raise NotTrusted("The answer comes from another sign-in than the one asked (RFC 9207).")
    if "error" not in told:
        return
    uri = told.get("error_uri", "")
    raise EhrRefused(
        KNOWN_ERRORS.get(told["error"], "The EHR refused the launch."),
        code=told["error"],
        told="".join(c for c in told.get("error_description", "") if c.isprintable())[:LONGEST_TOLD],
        more_url=uri if uri and not distrust(uri, issuer, allow_loopback=allow_loopback) else None,
    )


def _exchange(
    smart: Smart, issuer: Issuer, server: SmartServer, transaction: LaunchTransaction, told: Mapping[str, str]
) -> dict[str, Any]:
    code, verifier = told.get("code"), smart.box.unseal(transaction.verifier_encrypted)
    if not code:
        raise BadLaunch("The EHR's answer carries no code.")
    if verifier is None:  # the secret key was changed without leaving the old one as a fallback
        raise LaunchSpent()
    try:
        return smart.handshake.exchange_code(issuer, server, code=code, verifier=verifier)
    except (EhrRefused, EhrSilent, NotTrusted):
        smart.discovery.forget(issuer)
        raise


def _session_of(
    smart: Smart, issuer: Issuer, token: dict[str, Any], identity: Identity, *, secret: str, now: datetime
) -> LaunchSession:
    """Return the session of a token response; the context is kept apart from the token, which changes."""
    context = told if isinstance(told := token.get("fhirContext"), list) else []
    ends_at = now + timedelta(minutes=issuer.timeouts.absolute)
    return LaunchSession(
        id=new_secret(),
        secret_hash=hash_of(secret),
        issuer=issuer.slug,
        user_key=f"{issuer.slug}|{identity.subject}",
        user_name=_name_of(smart, issuer, token, identity),
        role=role_of(issuer, identity).value,
        scopes=token["scope"],
        csrf_secret=new_secret(),
        created_at=now,
        last_seen_at=now,
        idle_expires_at=now + timedelta(minutes=issuer.timeouts.idle),
        expires_at=ends_at,
        fhir_user=identity.fhir_user,
        patient=f"Patient/{token['patient']}" if token.get("patient") else None,
        encounter=f"Encounter/{token['encounter']}" if token.get("encounter") else None,
        fhir_context=(*(each for each in context if isinstance(each, dict)), *_of_task(token.get("appContext"))),
        intent=token["intent"] if isinstance(token.get("intent"), str) else None,
        need_patient_banner=token.get("need_patient_banner") is not False,
        style_url=token["smart_style_url"] if isinstance(token.get("smart_style_url"), str) else None,
        token_box=smart.tokens.sealed(token),
        token_expires_at=expiry_of(token, now=now),
    )


def _of_task(told: object) -> tuple[dict[str, Any], ...]:
    """Return what the Task from which Parley was launched gave back (SMART 2.2): the case's id, kept as context is."""
    return ({"role": APP_CONTEXT, "identifier": {"value": told}},) if isinstance(told, str) and told else ()


def role_of(issuer: Issuer, identity: Identity) -> Role:
    """Return the role by the issuer's map (fhirUser first, then sub), else its default."""
    for who in (identity.fhir_user, identity.subject):
        if who in issuer.roles:
            return Role(issuer.roles[who])
    return Role(issuer.default_role)


def _name_of(smart: Smart, issuer: Issuer, token: dict[str, Any], identity: Identity) -> str:
    """Return the user's name as the EHR's record of them has it, else as the sign-in told it."""
    told = identity.name or identity.subject
    if identity.fhir_user is None:
        return told
    ehr = Counterpart(issuer.fhir_base, smart.transport, token=lambda _: token["access_token"])
    try:
        return display_name(ehr.get(identity.fhir_user)) or told
    except ParleyError:
        return told


def display_name(person: dict[str, Any]) -> str | None:
    """Return the first usable name of a Practitioner (or alike), None without one."""
    names = person.get("name")
    for name in names if isinstance(names, list) else ():
        if not isinstance(name, dict):
            continue
        if isinstance(name.get("text"), str) and name["text"].strip():
            return name["text"].strip()
        words = [*_texts(name.get("prefix")), *_texts(name.get("given")), *_texts([name.get("family")])]
        if words:
            return " ".join([*words, *_texts(name.get("suffix"))])
    return None


def _texts(value: object) -> list[str]:
    return [each.strip() for each in value if isinstance(each, str) and each.strip()] if isinstance(value, list) else []
