"""Why a launch did not come about; each a sentence for the person and what to do."""

from app.errors import Permanent, Refused, Temporary


class UnknownIssuer(Refused):
    """The launch names an EHR that is not registered here; nothing was sent to it."""

    say = "This EHR is not registered with Parley."
    next = "Ask your administrator to add it to smart-config.json."


class BadLaunch(Refused):
    """The launch lacks what a launch must carry."""

    say = "This is not a complete launch."
    next = "Open Parley from the EHR again."


class LaunchSpent(Refused):
    """The answer of the EHR was used before, is unknown, or came too late."""

    say = "This launch has been used already or has expired."
    next = "Open Parley from the EHR again. Nothing was lost."


class CookieBlocked(Refused):
    """
    The browser did not bring the cookie that binds this answer to this browser.

    fhir_base, want: what to open in a window of its own instead
    """

    say = "The browser did not keep Parley's cookie, so this launch cannot be tied to you."
    next = "Open Parley in a window of its own, or allow cookies for Parley here and open it from the EHR again."

    def __init__(self, *, fhir_base: str, want: str) -> None:
        super().__init__()
        self.fhir_base, self.want = fhir_base, want


class EhrRefused(Refused):
    """The EHR's authorization server said no. `code`: its OAuth error code; `told`, `more_url`: its own words on it."""

    next = "Open Parley from the EHR again; if it stays, show this to your administrator."

    def __init__(self, say: str, *, code: str = "", told: str = "", more_url: str | None = None) -> None:
        super().__init__(say)
        self.code, self.told, self.more_url = code, told, more_url


class NotTrusted(Permanent):
    """What the EHR answered does not hold: a signature, an issuer, an address, a missing element."""

    next = "Nobody was signed in. Show this to your administrator."


class EhrSilent(Temporary):
    """The EHR's authorization server does not answer. `unsent`: nothing of the request can have arrived."""

    is_away = True
    say = "The EHR's sign-in does not answer."
    next = "Wait a minute and open Parley again."

    def __init__(self, say: str | None = None, *, unsent: bool = False) -> None:
        super().__init__(say)
        self.unsent = unsent


class BackendRefused(Temporary):
    """The EHR does not let Parley's backend client in; an administrator puts that right, then it works by itself."""

    next = "Ask your administrator to look at the backend client's registration (parley check)."


class PayerShut(Temporary):
    """A payer does not let Parley's client in; an administrator puts that right, then it works by itself."""

    next = "Call the payer meanwhile, and have your administrator look at Parley's client there (parley check)."


class PayerSilent(Temporary):
    """A payer's sign-in does not answer."""

    next = "It is tried again by itself. If it cannot wait, call the payer."


class TokenBusy(Temporary):
    """Another process is refreshing this token and has not come back."""

    say = "The session at the EHR is being renewed."
    next = "Wait a few seconds and try again."
