"""Abbreviations spelled out for searching: one meaning each, and none inside a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.shorthand import spell_out


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("CTA to r/o PE", "CTA to rule out pulmonary embolism"),
        ("Exertional CP x 6 wks", "Exertional chest pain x 6 weeks"),
        ("nl renal fxn, w/o fx", "normal renal function, without fracture"),
        ("walks w/ cane, w/L5 pain", "walks with  cane, with L5 pain"),
        ("Psych eval done", "psychological evaluation done"),
        ("PE: lungs clear", "PE: lungs clear"),  # here it is the physical examination
        ("John Doe, sob story", "John Doe, sob story"),
        ("HEP B negative", "HEP B negative"),
        ("HEP x 8 wk", "home exercise program x 8 weeks"),
        ("Taxed evaluators, mosaic, intx", "Taxed evaluators, mosaic, intx"),
        ("PT for 6 weeks", "PT for 6 weeks"),
    ],
)
def test_an_abbreviation_is_spelled_out_where_it_has_one_meaning(written, meant):
    """What may be a name, a word or something else stays as it stands."""
    assert spell_out(written) == meant


@given(st.text(max_size=200))
def test_spelling_out_is_total_and_settles(text):
    """Any text is taken, and a text that was spelled out is not spelled out into something else."""
    once = spell_out(text)

    assert spell_out(spell_out(once)) == spell_out(once)
