"""Parley's own client at payers: signed in by the payer's server, not by the EHR's, and told in words about payers."""

from dataclasses import replace

import pytest

from app.core.effects import SignInNeeded
from app.edges.http import Limits, Transport
from app.settings import PayerEndpoint, PayerInquiry
from launch.smart import Smart
from launch.smart.refusals import PayerShut, PayerSilent

UHC = "/payer/unitedhealthcare"
QUICK = Limits(total_seconds=3, read_seconds=2)


def with_payers(world, *payers: PayerEndpoint):
    """Return the launch's facade of a site with these payers."""
    smart = type(world.settings.smart)(issuers=world.settings.smart.issuers, payers=payers)
    transport = Transport(allow_loopback=True, limits=QUICK)
    return Smart(replace(world.settings, smart=smart), world.database, transport, clock=lambda: world.now)


def a_payer(world, **changes) -> PayerEndpoint:
    """Return the sandbox's payer that can be asked, as a site configures it."""
    told = {"fhir_base": f"{world.ehr_base}{UHC}/fhir", "client_id": "parley-at-payers"} | changes
    return PayerEndpoint("uhc_general", inquire=PayerInquiry(**told))


@pytest.fixture
def world(new_world, database):
    """A world whose payers know Parley."""
    made = new_world()
    made.database = database
    return made


def token(world, smart, **more) -> str:
    """Return a token for the payer."""
    return smart.tokens.of_payer("uhc_general", now=world.now, **more)


def tokens_asked(world):
    """Return the requests to the payer's token endpoint."""
    return world.recorder.of(f"{UHC}/auth/token")


def test_a_payers_token_comes_from_the_payers_own_sign_in(world):
    """Found by its smart-configuration, signed for its token endpoint, with the scopes of the record; kept a while."""
    smart = with_payers(world, a_payer(world))
    first = token(world, smart)
    world.pass_time(seconds=239)
    assert first == token(world, smart)
    world.pass_time(seconds=1)
    assert first != token(world, smart)

    asked = tokens_asked(world)
    assert (2, "client_credentials", "system/Claim.rs system/ClaimResponse.rs") == (
        len(asked),
        asked[0].form["grant_type"],
        asked[0].form["scope"],
    )
    assert [] == world.token_requests, "the EHR is not asked"


def test_a_token_endpoint_that_is_given_is_not_looked_for(world):
    """Payers without a smart-configuration are configured with it."""
    known = f"{world.ehr_base}{UHC}/auth/token"
    smart = with_payers(world, a_payer(world, token_endpoint=known))

    assert token(world, smart)
    assert [] == [each for each in world.recorder.requests if "well-known" in each.path and "payer" in each.path]


def test_a_token_endpoint_on_another_host_is_not_trusted(world):
    """What the payer's configuration names must lie on its own host or a pinned one; nothing is sent there."""
    told = b'{"token_endpoint": "https://elsewhere.example/token"}'
    world.recorder.instead = lambda seen: (200, "application/json", told) if "well-known" in seen.path else None
    with pytest.raises(PayerShut, match="The payer's token_endpoint lies on a host that is not pinned"):
        token(world, with_payers(world, a_payer(world)))


def test_a_client_that_is_not_let_in_is_told_with_the_payers_code(world):
    """An administrator's task, said as one; the person is sent to the telephone meanwhile."""
    with pytest.raises(PayerShut, match=r"The payer did not let Parley in \(invalid_client\)") as caught:
        token(world, with_payers(world, a_payer(world, client_id="unknown")))

    assert "Call the payer" in caught.value.next


@pytest.mark.parametrize("where", ["well-known", "auth/token"])
def test_a_sign_in_that_does_not_answer_is_the_payers(world, where):
    """Silent discovery or a silent token endpoint: tried again by itself; no word of the EHR."""
    world.recorder.instead = lambda seen: (503, "text/plain", b"") if where in seen.path else None
    with pytest.raises(PayerSilent) as caught:
        token(world, with_payers(world, a_payer(world)))

    assert "EHR" not in caught.value.say + caught.value.next
    assert caught.value.say.startswith("The payer's ")


def test_a_refused_token_is_fetched_anew_once_a_minute(world):
    """As at the EHR."""
    smart = with_payers(world, a_payer(world))
    first = token(world, smart)
    world.pass_time(seconds=61)
    second = token(world, smart, rejected=first)
    with pytest.raises(SignInNeeded):
        token(world, smart, rejected=second)

    assert (True, 2) == (first != second, len(tokens_asked(world)))


def test_a_payers_token_lies_encrypted(world):
    """A core dump holds no bearer."""
    smart = with_payers(world, a_payer(world))

    assert token(world, smart) not in repr(vars(smart.tokens._payers._kept))
