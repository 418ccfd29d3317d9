"""What `parley check` asks of Google and Microsoft: whether they know Parley's client, and what to register there."""

from collections.abc import Iterator

from app.edges.http import Transport
from app.settings import Settings
from launch.calendars.consent import Consent
from launch.calendars.providers import Provider, providers_of
from launch.calendars.refusals import ConsentRefused, ProviderSilent
from launch.check.finding import FAULT, GOOD, NOTE, WARNING, Finding

ABOUT = "Calendars"
CALLBACK = "/calendars/callback"
_NOT_LET_IN = ("invalid_client", "unauthorized_client")


def calendar_findings(settings: Settings) -> Iterator[Finding]:
    """Yield what there is to say of calendars outside the EHR."""
    consent = Consent(Transport(allow_loopback=settings.allow_loopback), redirect_uri=f"{settings.base_url}{CALLBACK}")
    providers = providers_of(settings)
    for provider in providers.values():
        yield _asked(provider, consent)
    typed = "published files and CalDAV servers" if settings.smart.calendars.typed else ""
    offered = [each for each in (*(provider.who for provider in providers.values()), typed) if each]
    yield Finding(NOTE, ABOUT, f"clinicians may connect: {', '.join(offered) or 'none'}")


def _asked(provider: Provider, consent: Consent) -> Finding:
    """Fetch a token for a code that nobody gave: a client that is known is refused for the code alone."""
    try:
        consent.exchange_code(provider, code="parley-check", verifier="0" * 43)
    except ConsentRefused as error:
        if error.code in _NOT_LET_IN:
            next = f"Correct client_id and PARLEY_{_name(provider)}_SECRET."
            return Finding(FAULT, ABOUT, f"{provider.who} does not know Parley's client ({error.code})", next)
    except ProviderSilent as error:
        return Finding(WARNING, ABOUT, error.say, "Look whether its addresses can be reached from here.")
    register = f"Register the redirect address {consent.redirect_uri} and the scopes {provider.scope}."
    return Finding(GOOD, ABOUT, f"{provider.who} knows Parley's client", register)


def _name(provider: Provider) -> str:
    return "GOOGLE" if provider.kind == "google" else "MICROSOFT"
