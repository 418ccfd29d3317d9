"""
SMART launches as rows: the transaction between authorize and callback, and the session that comes of it.

Only hashes of what a browser or an EHR holds are kept; token and verifier come encrypted from launch/smart and are
bytes here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, LargeBinary, String, Table, Text

from app.edges.store.columns import UtcDateTime, metadata

launch_transactions = Table(
    "launch_transactions",
    metadata,
    Column("id", String, primary_key=True),
    Column("state_hash", String, nullable=False, unique=True),
    Column("issuer", String, nullable=False),
    Column("nonce", String, nullable=False),
    Column("verifier_encrypted", LargeBinary, nullable=False),
    Column("binding_hash", String, nullable=False),
    Column("launch_hash", String),
    Column("want", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
)
launch_sessions = Table(
    "launch_sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("secret_hash", String, nullable=False),
    Column("issuer", String, nullable=False),
    Column("user_key", String, nullable=False),
    Column("user_name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("fhir_user", String),
    Column("patient", String),
    Column("encounter", String),
    Column("fhir_context", Text, nullable=False),
    Column("intent", String),
    Column("need_patient_banner", Boolean, nullable=False),
    Column("style_url", String),
    Column("scopes", String, nullable=False),
    Column("token_box", LargeBinary),
    Column("token_expires_at", UtcDateTime),
    Column("refreshing_until", UtcDateTime),
    Column("csrf_secret", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("idle_expires_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime),
    Index(None, "user_key"),
)


@dataclass(frozen=True, slots=True)
class LaunchTransaction:
    """One way to the authorization server and back; `want` is what to open afterwards. issuer: its slug."""

    id: str
    state_hash: str
    issuer: str
    nonce: str
    verifier_encrypted: bytes
    binding_hash: str
    want: str
    created_at: datetime
    expires_at: datetime
    launch_hash: str | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LaunchSession:
    """
    One launch, and all that came with it. issuer: its slug; user_key: "issuer-slug|subject"; patient "Patient/ID".

    token_box: encrypted tokens, None once the session has ended. fhir_context: as the token response gave it.
    """

    id: str
    secret_hash: str
    issuer: str
    user_key: str
    user_name: str
    role: str
    scopes: str
    csrf_secret: str
    created_at: datetime
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    fhir_user: str | None = None
    patient: str | None = None
    encounter: str | None = None
    fhir_context: tuple[dict[str, Any], ...] = ()
    intent: str | None = None
    need_patient_banner: bool = True
    style_url: str | None = None
    token_box: bytes | None = None
    token_expires_at: datetime | None = None
    refreshing_until: datetime | None = None
    ended_at: datetime | None = None

    def is_live(self, *, now: datetime) -> bool:
        """Whether pages may still be shown under it."""
        return self.ended_at is None and now < self.idle_expires_at and now < self.expires_at
