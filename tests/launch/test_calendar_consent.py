"""OAuth with Microsoft, at a server nobody here wrote; and the address that providers come back to holds out."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from app.edges.http import Transport
from app.settings import Calendars, MicrosoftCalendars, Settings, SmartConfig
from launch.calendars.consent import Consent
from launch.calendars.providers import Provider, providers_of
from launch.calendars.refusals import ConsentRefused, ProviderSilent
from launch.smart.sessions import new_secret
from tests.edges.calendars.servers import emulator
from tests.web.oauth_like import CLIENT, SECRET
from tests.web.own_calendars import CALLBACK
from tests.web.visit import BASE, make_site

REDIRECT = f"{BASE}{CALLBACK}"


@pytest.fixture(scope="module")
def microsoft(tmp_path_factory) -> Provider:
    """The emulator's Microsoft, as a provider; it has no directory in its addresses."""
    with emulator(tmp_path_factory.mktemp("microsoft"), "microsoft") as origin:
        base = f"{origin}/oauth2/v2.0"
        yield replace(a_provider(), authorize=f"{base}/authorize", token=f"{base}/token")


def a_provider() -> Provider:
    """Return Microsoft as a site sets it up."""
    calendars = Calendars(microsoft=MicrosoftCalendars(CLIENT))
    settings = Settings(SmartConfig((), calendars=calendars), BASE, "", (), {}, None)
    return providers_of(replace(settings, calendar_secrets={"microsoft": SECRET}))["graph"]


def sign_in(address: str) -> dict[str, str]:
    """Choose the first account; return what the browser brings back."""
    page = requests.get(address, timeout=20).text
    form = {name: value.replace("&amp;", "&") for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    path = "/oauth2/v2.0/authorize/callback"
    answer = requests.post(f"{origin}{path}", data=form, allow_redirects=False, timeout=20)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


@pytest.mark.node
def test_code_is_worth_its_verifier_and_each_refresh_token_one_use(microsoft: Provider):
    """State comes back, another verifier is refused, and what was renewed once is renewed no more."""
    consent = Consent(Transport(allow_loopback=True), redirect_uri=REDIRECT)
    state, verifier = new_secret(), new_secret()
    address = consent.authorize_url(microsoft, state=state, verifier=verifier)
    told = sign_in(address)
    assert told["state"] == state
    with pytest.raises(ConsentRefused) as refused:
        consent.exchange_code(microsoft, code=told["code"], verifier=new_secret())
    assert refused.value.code == "invalid_grant"

    token = consent.exchange_code(microsoft, code=sign_in(address)["code"], verifier=verifier)
    fresh = consent.refresh(microsoft, refresh_token=token["refresh_token"])
    assert fresh["access_token"] != token["access_token"]
    assert fresh["refresh_token"] != token["refresh_token"]
    with pytest.raises(ConsentRefused):
        consent.refresh(microsoft, refresh_token=token["refresh_token"])
    consent.refresh(microsoft, refresh_token=fresh["refresh_token"])


def test_sign_in_asks_for_no_more_than_is_needed():
    """Calendars, and access that lasts; nothing of mail, people or profiles."""
    asked = dict(
        parse_qsl(
            urlsplit(
                Consent(Transport(), redirect_uri=REDIRECT).authorize_url(
                    a_provider(), state="s", verifier=new_secret()
                )
            ).query
        )
    )

    assert asked["scope"].split() == ["Calendars.ReadWrite", "offline_access"]
    assert (asked["redirect_uri"], asked["code_challenge_method"]) == (REDIRECT, "S256")
    assert a_provider().lacks("User.Read")
    assert not a_provider().lacks("https://graph.microsoft.com/Calendars.ReadWrite openid")


def test_provider_inside_the_network_is_not_spoken_to():
    """Whatever the configuration's hosts for the EHR are: this transport knows none of them."""
    consent = Consent(Transport(), redirect_uri=REDIRECT)
    with pytest.raises(ProviderSilent):
        consent.refresh(replace(a_provider(), token="https://10.0.0.8/token"), refresh_token="x")


def test_callback_is_not_knocked_at_for_ever(tmp_path):
    """Sixty a minute from one address; a parameter that stands twice is no answer."""
    site = make_site(tmp_path)
    http = site.app.test_client()
    assert http.get(f"{CALLBACK}?state=a&state=b", base_url=BASE).status_code == 400
    found = [http.get(CALLBACK, query_string={"state": "x"}, base_url=BASE).status_code for _ in range(70)]
    site.office.database.close()

    assert (found[0], found[-1], set(found)) == (400, 429, {400, 429})
