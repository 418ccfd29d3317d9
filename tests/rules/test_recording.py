"""Recording is never offered; whose consent a state asks for is told with its source, and strictly where unknown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.rulebook.recording import NEVER, PLACES, recording_of
from app.edges.rulebook import RuleBook
from app.edges.rulebook.recording import load_consent_rules
from app.errors import Misconfigured

RULES = Path(__file__).parents[2] / "app" / "rules"
STATES = RuleBook.load(RULES).recording
TEXT = (RULES / "recording.toml").read_text()


def test_every_state_has_its_source_and_none_claims_to_be_read_at_the_statute():
    """What nobody read there is not graded as if somebody had."""
    assert {"one", "all"} == {each.consent for each in STATES.values()}
    for each in STATES.values():
        assert each.source.startswith("https://") and each.verified_on and each.grade != "V"


def test_every_state_is_named_or_read_as_asking_for_everybody():
    """Fifty states, the District and the territories: none is passed over, and none is lenient by omission."""
    assert 56 == len(PLACES) and set(STATES) < PLACES
    for place in PLACES:
        told = " ".join(recording_of(STATES, ours=place, theirs="TX").words)
        lenient = place in STATES and "one" == STATES[place].consent
        assert place in told and lenient is not ("said yes" in told), place
        assert (place in STATES) is not ("is not in the rule book" in told), place


def test_where_the_site_asks_for_no_rule_only_parleys_own_is_said():
    """Typed notes are the default."""
    assert ((NEVER,), None) == ((told := recording_of(STATES, ours=None)).words, told.rule)


@pytest.mark.parametrize(
    ("ours", "theirs", "says"),
    [
        ("CA", "TX", "unless everybody on the call has said yes"),
        ("TX", "CA", "unless all have said yes"),
        ("TX", None, "unless all have said yes"),
        ("ZZ", "TX", "unless all have said yes"),
        ("TX", "IN", "asks your own counsel first"),
    ],
)
def test_the_stricter_end_holds_and_unknown_is_strict(ours, theirs, says):
    """A call lies in two states."""
    assert says in " ".join(recording_of(STATES, ours=ours, theirs=theirs).words)


@given(st.sampled_from([*STATES, "ZZ"]), st.none() | st.sampled_from([*STATES, "ZZ"]))
def test_no_combination_offers_a_recording(ours, theirs):
    """Parley's own word stands first in all of them, and consent of all is asked wherever either end may want it."""
    found = recording_of(STATES, ours=ours, theirs=theirs)
    lenient = all(each in STATES and STATES[each].consent == "one" for each in (ours, theirs))

    assert NEVER == found.words[0] and 3 == len(found.words)
    assert lenient is not ("said yes" in found.words[2])


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('consent = "all"', 'consent = "some"', "states[0].consent"),
        ("verified_on = 2026-12-01\n", "", "states[0]"),
        ('source = "https://recordphonecall.com/legal', 'source = "somewhere', "states[0].source"),
        ('state = "CT"', 'state = "CA"', "CA twice"),
        ('state = "CA"', 'state = "California"', "two letters"),
    ],
)
def test_a_bad_rule_is_refused_by_its_line(tmp_path, old, new, where):
    """At start, like every other rule."""
    (tmp_path / "recording.toml").write_text(TEXT.replace(old, new, 1))
    with pytest.raises(Misconfigured) as refused:
        load_consent_rules(tmp_path / "recording.toml")

    assert "recording.toml, line" in str(refused.value) and where in str(refused.value)
