"""The way out: who launches us is checked, the launch is remembered, the browser goes to the EHR's sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.edges.store.launches import LaunchTransaction
from app.settings import Issuer
from launch.smart.discovery import SmartServer
from launch.smart.keys import hash_of
from launch.smart.refusals import BadLaunch, UnknownIssuer
from launch.smart.scopes import scopes_for
from launch.smart.sessions import new_secret

if TYPE_CHECKING:
    from launch.smart import Smart

LAUNCH_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and the cookie that ties the EHR's answer to this browser."""

    url: str
    cookie: str
    binding: str


def depart(smart: Smart, *, iss: str, launch: str | None, want: str, now: datetime) -> Departure:
    """
    Begin a launch for want = chart | worklist; launch is None when a person opened us outside the EHR.

    raises: UnknownIssuer, before anything is asked of anyone; EhrSilent, NotTrusted, BadLaunch
    """
    issuer = smart.settings.issuer_of(iss)
    if issuer is None:
        raise UnknownIssuer()
    server = smart.discovery.server_of(issuer)
    if launch is None and server.capabilities and "launch-standalone" not in server.capabilities:
        raise BadLaunch("This EHR opens apps from its own screens only.")
    state, nonce, verifier, binding = (new_secret() for _ in range(4))
    transaction = LaunchTransaction(
        id=new_secret()[:22],
        state_hash=hash_of(state),
        issuer=issuer.slug,
        nonce=hash_of(nonce),
        verifier_encrypted=smart.box.seal(verifier),
        binding_hash=hash_of(binding),
        launch_hash=hash_of(launch) if launch else None,
        want=want,
        created_at=now,
        expires_at=now + LAUNCH_LIFE,
    )
    scope = asked_scope(smart, issuer, server, want=want, launched=launch)
    url = smart.handshake.authorize_url(
        issuer, server, scope=scope, state=state, nonce=nonce, verifier=verifier, launch=launch
    )
    smart.launches.begin(transaction)
    return Departure(url, binding_cookie(transaction.state_hash), binding)


def asked_scope(smart: Smart, issuer: Issuer, server: SmartServer, *, want: str, launched: str | None) -> str:
    """Return the scope that a launch asks for; launched: the launch value or its hash, None for a standalone launch."""
    capability = smart.discovery.capability_of(issuer)
    return scopes_for(want, issuer, server, capability=capability, ehr_launch=launched is not None)


def binding_cookie(state_hash: str) -> str:
    """Return the name of one launch's cookie: two under way in one browser do not overwrite each other."""
    return f"__Secure-parley-tx-{state_hash[:16]}"
