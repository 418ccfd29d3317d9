"""How one sandbox is set up: where it listens, whom it knows, which EHR it plays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from launch.sandbox.clock import Clock

PROFILES = ("full", "epic-like", "oracle-like")
AUTHS = ("public", "client_secret_basic", "private_key_jwt")


def wall_now() -> datetime:
    """Return the machine's own time, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Client:
    """A registered SMART client."""

    client_id: str
    auth: str  # "public" | "client_secret_basic" | "private_key_jwt"
    redirect_uris: tuple[str, ...]
    launch_urls: tuple[str, ...] = ()  # the first for a chart, the last for the worklist
    secret: str | None = None
    jwks_uri: str | None = None
    scopes: tuple[str, ...] = ()  # the most it may be granted; () = anything the server supports
    backend: bool = False  # client_credentials allowed

    def __post_init__(self) -> None:
        """Refuse a registration that could never authenticate."""
        if self.auth not in AUTHS:
            raise ValueError(f"{self.client_id}: auth is one of {', '.join(AUTHS)}")
        if self.auth == "client_secret_basic" and not self.secret:
            raise ValueError(f"{self.client_id}: client_secret_basic needs a secret")
        if self.auth == "private_key_jwt" and not self.jwks_uri:
            raise ValueError(f"{self.client_id}: private_key_jwt needs a jwks_uri")


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """
    One EHR and payer in a box.

    clock: the sandbox's own time, which can be pushed; tokens, codes and stories follow it.
    wall: real time. JWTs that cross to another machine are stamped and checked by it, or a pushed
    clock would put every id_token in the app's future and every assertion in our past.
    """

    ehr_base: str = "http://localhost:8571"
    app_base: str = "http://127.0.0.1:8572"
    profile: str = "full"  # full | epic-like | oracle-like
    clients: tuple[Client, ...] = ()  # () = default_clients(app_base)
    payer_clients: tuple[Client, ...] = ()  # of the payers that can be asked; () = the demo's
    clock: Clock = field(default_factory=Clock)
    control: bool = False  # mounts the test controls, shows the clock's buttons
    fhir_upstream: str | None = None  # another FHIR server to stand behind our scope checks
    load_stories: bool = True
    access_seconds: int = 600  # life of an access token
    wall: Callable[[], datetime] = wall_now

    def __post_init__(self) -> None:
        """Refuse a profile nobody plays, and bases that would make two spellings of one URL."""
        if self.profile not in PROFILES:
            raise ValueError(f"profile is one of {', '.join(PROFILES)}")
        if self.ehr_base.endswith("/") or self.app_base.endswith("/"):
            raise ValueError("ehr_base and app_base have no slash at the end")
        if not self.clients:
            object.__setattr__(self, "clients", default_clients(self.app_base))
        if not self.payer_clients:
            jwks_uri = f"{self.app_base}/.well-known/jwks.json"
            asking = Client("parley-at-payers", "private_key_jwt", redirect_uris=(), jwks_uri=jwks_uri, backend=True)
            object.__setattr__(self, "payer_clients", (asking,))

    @property
    def fhir_base(self) -> str:
        """Return the FHIR base: `iss` of a launch, `aud` of an authorization."""
        return f"{self.ehr_base}/fhir"

    @property
    def issuer(self) -> str:
        """Return the issuer of id_tokens."""
        return f"{self.ehr_base}/auth"

    @property
    def token_url(self) -> str:
        """Return the token endpoint: `aud` of a client's assertion."""
        return f"{self.ehr_base}/auth/token"

    def client(self, client_id: str | None) -> Client | None:
        """Return the registered client of that id, or None."""
        return next((client for client in self.clients if client.client_id == client_id), None)


def default_clients(app_base: str) -> tuple[Client, ...]:
    """Return the demo's registrations: the same app with each way to authenticate, and its backend service."""
    urls = {
        "redirect_uris": (f"{app_base}/callback",),
        "launch_urls": (f"{app_base}/launch", f"{app_base}/launch/worklist"),
    }
    jwks_uri = f"{app_base}/.well-known/jwks.json"
    return (
        Client("parley-demo", "private_key_jwt", jwks_uri=jwks_uri, **urls),
        Client("parley-public", "public", **urls),
        Client("parley-basic", "client_secret_basic", secret="sandbox-only-secret", **urls),  # noqa: S106
        Client("parley-backend", "private_key_jwt", redirect_uris=(), jwks_uri=jwks_uri, backend=True),
    )
