"""By which way a payer is best asked for a call, and why."""

from dataclasses import replace

import pytest

from app.core.case import CaseState, Hold
from app.core.interval import Interval
from app.core.windows.ask import PayerChannel
from app.core.windows.ways import WAYS, ways_to_ask, wishes_of
from tests.builders import CLINICIAN, MONDAY, a_case, hours
from tests.fakes.office import the_rules

BOOK = the_rules()
MAIL = PayerChannel("message", "p2p@payer.example", confidential=False)


def kinds(key: str | None, channel: PayerChannel | None = None, *, open_now: bool = True, case=None) -> list[str]:
    """Return the ways to ask the payer of this key."""
    found = ways_to_ask(
        case or a_case(), BOOK.payer_by_key(key), (channel,) if channel else (), open_now=open_now, now=MONDAY
    )
    return [each.kind for each in found]


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (None, ["phone"]),
        ("molina_wa", ["phone"]),
        ("bcbssc", ["portal", "phone"]),
        ("evicore", ["portal", "phone"]),
        ("regence_med", ["portal", "phone"]),
    ],
)
def test_the_way_is_the_rule_books(key: str | None, wanted: list[str]):
    """A form or a portal works at any hour; a payer of which nothing is known is called."""
    assert wanted == kinds(key)


def test_a_payer_that_is_written_to_is_written_to_first():
    """It goes at once and is kept; times of ours go with it where the payer wants them."""
    assert ["message", "phone"] == kinds("molina_wa", MAIL)
    assert ["fax", "phone"] == kinds("molina_wa", replace(MAIL, kind="fax"))
    assert ["link", "message", "portal", "phone"] == kinds("regence_med", MAIL)


def test_times_that_are_held_already_are_not_offered_twice():
    """The request that names them goes next."""
    start = MONDAY + hours(24)
    hold = Hold("h1", Interval(start, start + hours(0.5)), CLINICIAN, None, None, start, "payer", MONDAY, "Coordinator")

    assert "message" == kinds("regence_med", MAIL, case=a_case(state=CaseState.HELD, holds=(hold,)))[0]


def test_with_little_time_left_the_telephone_goes_first():
    """Only a call is answered at once; where nobody answers it helps nothing."""
    late = a_case(last_safe_at=MONDAY + hours(2))

    assert "phone" == kinds("regence_med", MAIL, case=late)[0]
    assert "link" == kinds("regence_med", MAIL, case=late, open_now=False)[0]


def test_what_a_payer_wants_of_a_request_is_told_before_it_is_asked():
    """BCBS South Carolina hears no call without new information, and speaks to physicians; an unknown payer is told."""
    told = dict(wishes_of(BOOK.payer_by_key("bcbssc")))

    assert "A physician." == told["Who may speak"] and "New information" in told
    assert () == wishes_of(None)
    assert dict(wishes_of(BOOK.payer_by_key("regence_med")))["Times to offer"].startswith("Offer 2 times")


def test_every_way_says_why_and_there_always_is_one():
    """A recommendation without its reason is not followed."""
    for rule in (None, *BOOK.payers):
        for channels in ((), (MAIL,), (MAIL, replace(MAIL, kind="fax"))):
            found = ways_to_ask(a_case(), rule, channels, open_now=True, now=MONDAY)
            assert found and all(each.because.endswith(".") and each.kind in WAYS for each in found)
            assert len(found) == len({each.kind for each in found})
