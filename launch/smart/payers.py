"""Parley's own client at payers' FHIR endpoints: SMART backend services, by the same means as at the EHRs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.errors import Misconfigured
from app.settings import PayerEndpoint, Settings
from launch.smart.backend import ClientTokens
from launch.smart.discovery import Discovery, SmartServer
from launch.smart.handshake import Handshake
from launch.smart.keys import Box
from launch.smart.refusals import EhrRefused, EhrSilent, NotTrusted, PayerShut, PayerSilent


@dataclass(frozen=True, slots=True)
class PayerClient:
    """One payer as a party to sign in to (hosts.Party). token_endpoint: None when its own configuration tells it."""

    slug: str
    fhir_base: str
    pinned_hosts: tuple[str, ...]
    backend_client_id: str
    alg: str
    kid: str | None
    token_endpoint: str | None
    scopes: str
    who: str = "The payer"


def payer_client(payer: PayerEndpoint) -> PayerClient:
    """Return the client of a payer that can be asked; raises Misconfigured for one that cannot."""
    told = payer.inquire
    if told is None:
        raise Misconfigured(f"payers {payer.key}", "has no inquire")
    return PayerClient(
        slug=f"payer {payer.key}",  # no issuer's slug has a space
        fhir_base=told.fhir_base,
        pinned_hosts=told.pinned_hosts,
        backend_client_id=told.client_id,
        alg=told.alg,
        kid=told.kid,
        token_endpoint=told.token_endpoint,
        scopes=told.scopes,
    )


class PayerTokens:
    """Tokens for payers, by the rule book's key."""

    def __init__(self, settings: Settings, box: Box, discovery: Discovery, handshake: Handshake) -> None:
        self._clients = {each.key: payer_client(each) for each in settings.smart.payers if each.inquire is not None}
        self._discovery, self._handshake, self._kept = discovery, handshake, ClientTokens(box)

    def of_payer(self, key: str, *, now: datetime, rejected: str | None = None) -> str:
        """Return a token with life left; raises PayerShut, PayerSilent, SignInNeeded (see ClientTokens)."""
        client = self._clients[key]
        return self._kept.token_for(client.slug, lambda: self._fetch(client), now=now, rejected=rejected)

    def _fetch(self, client: PayerClient) -> dict[str, Any]:
        try:
            return ask_token(client, self._discovery, self._handshake)
        except EhrSilent as error:
            raise PayerSilent(error.say) from error
        except NotTrusted as error:
            raise PayerShut(error.say) from error
        except EhrRefused as error:
            self._discovery.forget(client)
            raise PayerShut(error.say) from error


def ask_token(client: PayerClient, discovery: Discovery, handshake: Handshake) -> dict[str, Any]:
    """Return the token response of a payer; raises EhrRefused, EhrSilent, NotTrusted, worded for the payer."""
    known = client.token_endpoint
    server = SmartServer(known) if known is not None else discovery.server_of(client)
    return handshake.backend_token(client, server, scope=client.scopes)
