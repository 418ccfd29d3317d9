"""
Google and Microsoft as parties that a person signs in at, with no more than is needed: calendars listed, events kept.

source: Google, "OAuth 2.0 for web server applications" and "Choose Calendar API scopes"; Microsoft identity platform,
"OAuth 2.0 authorization code flow" and Graph's permissions reference (Calendars.ReadWrite, offline_access)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.edges.calendars.discovery import FoundCalendar
from app.edges.calendars.google import google_endpoint
from app.edges.calendars.graph import graph_endpoint
from app.edges.calendars.listing import list_google, list_graph
from app.edges.http import Endpoint, Transport
from app.edges.http.endpoint import Token
from app.settings import GoogleCalendars, MicrosoftCalendars, Settings

_GOOGLE = "https://www.googleapis.com/auth/"
_NEEDS_GOOGLE = (f"{_GOOGLE}calendar.events", f"{_GOOGLE}calendar.calendarlist.readonly")


@dataclass(frozen=True, slots=True)
class Provider:
    """
    One of them. kind: of its calendars; needs: the scopes that must be granted; more: what its sign-in wants beside

    endpoint: its interface, spoken to with a token. calendars: those a signed-in person has there
    """

    kind: str
    who: str
    client_id: str
    secret: str = field(repr=False)
    authorize: str
    token: str
    revoke: str | None
    needs: tuple[str, ...]
    more: Mapping[str, str]
    endpoint: Callable[[Transport, Token], Endpoint]
    calendars: Callable[[Endpoint], tuple[FoundCalendar, ...]]
    asks: tuple[str, ...] = ()  # beyond what is needed: offline access, where that is a scope

    @property
    def scope(self) -> str:
        """Return the scope that is asked for."""
        return " ".join((*self.needs, *self.asks))

    def lacks(self, granted: str) -> bool:
        """Whether a needed scope was not granted: both let a person untick one, and Graph tells them in short."""
        told = {each.rpartition("/")[2].lower() for each in granted.split()}
        return not {each.rpartition("/")[2].lower() for each in self.needs} <= told


def providers_of(settings: Settings) -> dict[str, Provider]:
    """Return those that the site has a client at, by kind."""
    found = {}
    if (google := settings.smart.calendars.google) is not None:
        found["google"] = _google(google, settings.calendar_secrets["google"])
    if (microsoft := settings.smart.calendars.microsoft) is not None:
        found["graph"] = _microsoft(microsoft, settings.calendar_secrets["microsoft"])
    return found


def _google(client: GoogleCalendars, secret: str) -> Provider:
    return Provider(
        kind="google",
        who="Google",
        client_id=client.client_id,
        secret=secret,
        authorize=client.authorize_endpoint,
        token=client.token_endpoint,
        revoke=client.revoke_endpoint,
        needs=_NEEDS_GOOGLE,
        # Without consent asked for anew, a second sign-in brings no refresh token.
        more={"access_type": "offline", "prompt": "consent"},
        endpoint=lambda transport, token: google_endpoint(transport, token, base=client.api_base),
        calendars=list_google,
    )


def _microsoft(client: MicrosoftCalendars, secret: str) -> Provider:
    login = f"{client.login_base.rstrip('/')}/{client.directory}/oauth2/v2.0"
    return Provider(
        kind="graph",
        who="Microsoft",
        client_id=client.client_id,
        secret=secret,
        authorize=f"{login}/authorize",
        token=f"{login}/token",
        revoke=None,  # the identity platform has no such address
        needs=("Calendars.ReadWrite",),
        asks=("offline_access",),
        more={"prompt": "select_account"},
        endpoint=lambda transport, token: graph_endpoint(transport, token, base=client.api_base),
        calendars=list_graph,
    )
