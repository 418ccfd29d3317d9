"""The one error of the authorization server: an OAuth error code, a sentence, a status."""

from __future__ import annotations


class OAuthError(Exception):
    """A refusal as RFC 6749 writes it; `description` never holds a token, a code or a person."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        """Keep the code, the sentence and the HTTP status."""
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        """Return the JSON of an error answer."""
        return {"error": self.error, "error_description": self.description}


def only_once(params) -> None:
    """Refuse a repeated parameter (RFC 6749 §3.1, §3.2). params: a MultiDict. raises: OAuthError."""
    for name, values in params.lists():
        if len(values) > 1:
            raise OAuthError("invalid_request", f"{name} is given more than once")


def needed(params, name: str) -> str:
    """Return a parameter that must be there and not blank. raises: OAuthError."""
    value = params.get(name, "")
    if not value.strip():
        raise OAuthError("invalid_request", f"{name} is missing")
    return value
