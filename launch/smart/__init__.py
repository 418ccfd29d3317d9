"""
SMART App Launch 2.2, the app's side: who may launch us, the handshake, sessions and tokens.

Issuers come from smart-config.json only; secrets from the environment; tokens never leave the server. Everything a
browser holds is one cookie a launch, scoped to that launch's path.

    departure   /launch: who launches us, what is asked of the EHR
    arrival     /callback: code, token, who it is, session
    discovery   what an EHR says of itself        handshake   OAuth, by Authlib over the house's Transport
    identity    the id_token                      hosts       which addresses may be used
    sessions, tokens   ports.Sessions, ports.Tokens        backend   tokens of Parley's own
"""

from collections.abc import Callable
from datetime import datetime

from app.edges.http import Transport
from app.edges.store.database import Database
from app.edges.store.launches import Launches
from app.settings import Settings
from launch.smart.discovery import Discovery
from launch.smart.handshake import Handshake
from launch.smart.keys import Box, SigningKeys
from launch.smart.routes import smart_blueprint
from launch.smart.sessions import SmartSessions
from launch.smart.styles import Styles
from launch.smart.tokens import SmartTokens

__all__ = ["Smart"]


class Smart:
    """All of it, wired: `.blueprint` for the app, `.sessions` and `.tokens` for the pages and the worker."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        transport: Transport,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self.settings, self.clock, self.transport = settings, clock, transport
        self.launches = Launches(database)
        self.box = Box(settings.secret_keys)
        self.keys = SigningKeys.read(settings.signing_keys_path) if settings.signing_keys_path else None
        self.discovery = Discovery(transport, allow_loopback=settings.allow_loopback, clock=clock)
        self.handshake = Handshake(settings, transport, self.keys, clock=clock)
        self.tokens = SmartTokens(settings, self.launches, self.box, self.discovery, self.handshake)
        styles = Styles(transport, allow_loopback=settings.allow_loopback)
        self.sessions = SmartSessions(settings, self.launches, styles=styles, revoke=self.tokens.revoke)
        self.blueprint = smart_blueprint(self, per_minute=settings.launches_a_minute)
