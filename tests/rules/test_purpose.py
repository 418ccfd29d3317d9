"""What a call is for is told before it is asked for (product F9)."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.denial import Lane
from app.core.rulebook.purpose import purpose_of
from app.edges.rulebook import RuleBook

BOOK = RuleBook.load(Path(__file__).parents[2] / "app" / "rules")


@pytest.mark.parametrize(
    ("key", "lane", "said", "asks"),
    [
        ("uhc_general", Lane.POST_DENIAL, "may overturn", None),
        ("uhc_general", Lane.INFORMATIONAL, "informs only", None),
        ("bcbsnc", Lane.INFORMATIONAL, "not meant to overturn", "Provider Courtesy Review"),
        ("regence_med", Lane.POST_DENIAL, "not meant to overturn", "reconsideration"),
        ("evicore", Lane.POST_DENIAL, "is not known", "only explains"),
        ("cigna", Lane.POST_DENIAL, "is not known", "Ask it when scheduling"),
        (None, None, "is not known", "Ask it when scheduling"),
    ],
)
def test_each_payers_call_says_what_it_can_do(key, lane, said, asks):
    """Facts C, effect; of a payer nobody knows it is to be asked, and no other payer's word is used."""
    purpose = purpose_of(BOOK.payer_by_key(key), lane)

    assert said in purpose.said
    assert (asks is None, True) == (purpose.ask is None, (asks or "") in (purpose.ask or ""))


def test_what_a_site_writes_is_said():
    """A coordinator's own words for the payer's scheduler stand in the place of ours."""
    rule = replace(BOOK.payer_by_key("regence_med"), when_asking="Ask for the second-level desk.")

    assert "Ask for the second-level desk." == purpose_of(rule, None).ask
