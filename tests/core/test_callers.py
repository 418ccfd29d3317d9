"""A colleague stands in where that is known to be right; what is not known is asked, and said."""

from dataclasses import replace
from datetime import date

import pytest

from app.core.people import Clinician
from app.core.rulebook.guards import Forfeit, RiskyAct, Severity
from app.core.slots.callers import as_cover, stand_in

OWN = Clinician("Practitioner/1", "Dr Own", "America/Chicago", specialty="Orthopaedic surgery", credential="physician")
COVER = Clinician("Practitioner/2", "Dr Cover", "America/Chicago", (), "orthopaedic  Surgery", None, "physician")


def a_loss(severity: Severity) -> Forfeit:
    """Return what a rule says of a caller."""
    return Forfeit(RiskyAct.WRONG_CREDENTIAL, "It may be turned away.", severity, "rule", "source", date.min, "V")


def test_a_colleague_of_the_specialty_whom_the_payer_takes_stands_in():
    """A physician who did not order the service covers for who did."""
    found = stand_in(as_cover(COVER), OWN, ())

    assert ("covering_physician", True) == (found.clinician.credential, found.allowed)
    assert "covers for Dr Own, same specialty" in found.because
    assert "np" == as_cover(replace(COVER, credential="np")).credential


@pytest.mark.parametrize(
    ("colleague", "losses"),
    [(replace(COVER, specialty="Internal medicine"), ()), (COVER, (a_loss(Severity.LOSES),))],
)
def test_another_specialty_or_a_caller_who_is_turned_away_never_stands_in(colleague, losses):
    """The time would go on."""
    assert stand_in(colleague, OWN, losses) is None


@pytest.mark.parametrize(
    ("colleague", "losses", "said"),
    [
        (replace(COVER, specialty=None), (), "same specialty"),
        (replace(COVER, credential=None), (), "is a physician"),
        (COVER, (a_loss(Severity.ASK_FIRST),), "It may be turned away."),
        (COVER, (a_loss(Severity.MAY_LOSE),), "It may be turned away."),
    ],
)
def test_what_is_not_known_is_asked_first(colleague, losses, said):
    """Not allowed, with what to ask."""
    found = stand_in(colleague, OWN, losses)

    assert not found.allowed and said in found.because
