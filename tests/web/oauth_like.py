"""
An OAuth server before a calendar's interface, as strict as the two we meet: PKCE, one use a code, rotation, revocation.

source: RFC 6749, RFC 7636; Google's and Microsoft's guides to the code flow
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from tests.edges.calendars.json_server import Asked, Told

CLIENT, SECRET = "parley-client", "the-secret-of-the-client"
LIFE_SECONDS = 3600


@dataclass
class OAuthLike:
    """Tokens for one person's calendars. rotates: each refresh brings a new refresh token and ends the old."""

    calendars: Callable[[Asked], Told]
    rotates: bool = False
    granted: str | None = None  # in place of what is asked
    keeps: bool = True  # gives a refresh token
    silent: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access: set[str] = field(default_factory=set)
    refresh: dict[str, str] = field(default_factory=dict)  # token → scope
    renewed: int = 0

    def sign_in(self, address: str) -> dict[str, str]:
        """Let the person say yes at the address; return what the browser brings back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def take_back(self) -> None:
        """End every token, as a person does on their account's page."""
        self.access.clear()
        self.refresh.clear()

    def __call__(self, asked: Asked) -> Told:
        """Answer one request: the token and revocation addresses, else the calendar's for a good bearer."""
        if asked.path[-1] == "token":
            return Told(503) if self.silent else self.token(asked.body)
        if asked.path[-1] == "revoke":
            self.take_back()
            return Told(200)
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.access:
            return Told(401, {"error": {"code": 401, "message": "Invalid Credentials", "errors": []}})
        return self.calendars(asked)

    def token(self, form: dict[str, str]) -> Told:
        """Give tokens for a code or a refresh token."""
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return Told(401, {"error": "invalid_client"})
        if form["grant_type"] == "refresh_token":
            scope = self.refresh.get(form["refresh_token"])
            if scope is None:
                return Told(400, {"error": "invalid_grant"})
            self.renewed += 1
            if self.rotates:
                del self.refresh[form["refresh_token"]]
            return self.give(scope, keeps=self.rotates)
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        told = (form.get("redirect_uri"), challenge)
        if asked is None or told != (asked["redirect_uri"], asked["code_challenge"]):
            return Told(400, {"error": "invalid_grant"})
        return self.give(asked["scope"] if self.granted is None else self.granted, keeps=self.keeps)

    def give(self, scope: str, *, keeps: bool) -> Told:
        """Return a token response."""
        access = secrets.token_urlsafe(16)
        self.access.add(access)
        body = {"access_token": access, "token_type": "Bearer", "expires_in": LIFE_SECONDS, "scope": scope}
        if keeps:
            body["refresh_token"] = secrets.token_urlsafe(16)
            self.refresh[body["refresh_token"]] = scope
        return Told(200, body)
