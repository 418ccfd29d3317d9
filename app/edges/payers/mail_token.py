"""
The token by which a mailbox of Exchange Online or Gmail is opened: client credentials, kept until it is nearly over.

source: RFC 6749 §4.4; such servers take no password over IMAP (SASL XOAUTH2)
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from app.core.effects import SignInNeeded
from app.edges.http import Endpoint, NotAuthorised, NotFhir, Rejected, Transport

WHO = "The sign-in for the mailbox"
_EARLY = timedelta(minutes=5)
_NEXT = "Messages stay in the mailbox; tell your administrator (mail.inbox, PARLEY_IMAP_PASSWORD)."


class MailToken:
    """Gives the token that opens a mailbox. secret: of the client; scope: what is asked for"""

    def __init__(
        self,
        endpoint: str,
        transport: Transport,
        *,
        client_id: str,
        secret: str,
        scope: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._url, self._clock = endpoint, clock
        self._endpoint = Endpoint(endpoint, transport, who=WHO, setting="smart-config.json mail.inbox.token_endpoint")
        told = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": scope}
        self._body = urlencode(told).encode()
        self._kept: tuple[str, datetime] | None = None

    def __call__(self) -> str:
        """Return a token that is good for a while yet. raises: Down, NotAuthorised, NotFhir"""
        now = self._clock()
        if self._kept is None or now >= self._kept[1]:
            self._kept = self._asked(now)
        return self._kept[0]

    def _asked(self, now: datetime) -> tuple[str, datetime]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            told = self._endpoint.ask("POST", self._url, body=self._body, headers=headers).json()
        except (SignInNeeded, Rejected) as error:
            raise NotAuthorised(f"{WHO} does not let Parley in.", next=_NEXT) from error
        token, seconds = told.get("access_token"), told.get("expires_in", 3600)
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise NotFhir(f"{WHO} answered something else than a token.", next=_NEXT)
        return token, now + timedelta(seconds=min(seconds, 86_400)) - _EARLY
