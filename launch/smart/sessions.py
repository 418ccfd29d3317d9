"""Sessions: one a launch, in the database; the browser holds its id in the URL, its secret in a path-scoped cookie."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from app.core.people import Role, User
from app.edges.store.launches import Launches, LaunchSession
from app.errors import Misconfigured
from app.flow.ports import EhrSession, SessionEnded
from app.settings import Issuer, Settings
from launch.smart.context import APP_CONTEXT
from launch.smart.hosts import inside
from launch.smart.keys import hash_of

TOUCH_AFTER = timedelta(seconds=15)  # a page is many requests; each need not write


class SmartSessions:
    """The launch's sessions (ports.Sessions). revoke: tells the EHR to forget a session's tokens, if it listens."""

    def __init__(
        self,
        settings: Settings,
        launches: Launches,
        *,
        styles: Callable[[str | None, Issuer], Mapping[str, str]],
        revoke: Callable[[LaunchSession], None],
    ) -> None:
        self._settings, self._launches, self._styles, self._revoke = settings, launches, styles, revoke

    def open(self, session_id: str, secret: str | None, *, now: datetime, active: bool) -> EhrSession:
        """
        Return the session that id and secret both name.

        active: a person acts; background polling must not keep an abandoned screen alive
        raises: SessionEnded for every reason alike
        """
        found = self._launches.session(session_id) if session_id and secret else None
        if found is None or not hmac.compare_digest(found.secret_hash, hash_of(secret or "")):
            raise SessionEnded()
        if not found.is_live(now=now):
            raise SessionEnded()
        try:
            issuer = self._settings.issuer(found.issuer)
        except Misconfigured as error:  # taken out of the configuration while the session was open
            raise SessionEnded() from error
        if active and now - found.last_seen_at >= TOUCH_AFTER:
            self._launches.touch(session_id, now=now, idle=timedelta(minutes=issuer.timeouts.idle))
        return self._view(found, issuer)

    def end(self, session_id: str, *, now: datetime) -> None:
        """End the session, forget its tokens, and ask the EHR to forget them too."""
        found = self._launches.session(session_id)
        self._launches.end(session_id, now=now)
        if found is not None and found.ended_at is None:
            self._revoke(found)

    def _view(self, found: LaunchSession, issuer: Issuer) -> EhrSession:
        return EhrSession(
            id=found.id,
            tenant=found.issuer,
            ehr_name=issuer.display or issuer.slug,
            user=User(found.user_key, found.user_name, Role(found.role), found.fhir_user),
            patient=found.patient,
            encounter=found.encounter,
            opens=_opens(found, issuer),
            scopes=found.scopes,
            shows_banner=not found.need_patient_banner and issuer.banner == "auto",
            frame_ancestors=issuer.frame_ancestors,
            zone=issuer.zone,
            style=self._styles(found.style_url, issuer),
            csrf=found.csrf_secret,
            launched_at=found.created_at,
            expires_at=found.expires_at,
        )


def _opens(found: LaunchSession, issuer: Issuer) -> tuple[str, ...]:
    """
    Return what the launch asks to open, and the case that a Task of ours named.

    Of fhirContext: references within this EHR in the role "launch", which is also no role.
    """
    told = (each.get("identifier") for each in found.fhir_context if each.get("role") == APP_CONTEXT)
    cases = tuple(str(each["value"]) for each in told if isinstance(each, dict) and each.get("value"))
    references = (
        inside(each.get("reference"), issuer.fhir_base)
        for each in found.fhir_context
        if each.get("role", "launch") == "launch"
    )
    return (*(each for each in references if each), *cases)


def new_secret() -> str:
    """Return 256 random bits as text for a URL or a cookie."""
    return secrets.token_urlsafe(32)
