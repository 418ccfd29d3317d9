"""
When a counterpart is away: what waits is not tried one by one, until one try finds it back.

A counterpart that gives no answer to several different writes in a row is away. From then on one write at a time asks
whether it is back, ever more seldom; all others wait without a try of theirs being counted. One write that always
fails says nothing of the counterpart: the same write twice in a row counts once.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from app.core.effects import AskPayer, Effect, TellClinician, TellPayer, WriteEvent

AT_ONCE = 4  # exchanges with one counterpart, of all workers together: it has others to serve
AWAY_AFTER = 5  # different writes in a row
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=5)
EHR = "ehr"


def goes_to(effect: Effect) -> str:
    """Return whom an effect is for, within its hospital: all that is for the same waits together."""
    if isinstance(effect, TellPayer):
        return f"payer {urlsplit(effect.payer_slot).netloc}"
    if isinstance(effect, AskPayer):
        return effect.channel
    if isinstance(effect, WriteEvent):
        return f"calendar {effect.clinician.reference}"
    if isinstance(effect, TellClinician):
        return EHR if effect.way == "ehr" else effect.way
    return EHR


def pause_after(misses: int, asked_seconds: float | None = None) -> timedelta:
    """
    Return how long a counterpart is left alone after so many writes in a row without an answer.

    asked_seconds: as it asked itself; a whole hospital waits on nobody's word for longer than five minutes
    """
    doubled = _FIRST_PAUSE * 2 ** min(max(misses - AWAY_AFTER, 0), 10)
    return min(max(doubled, timedelta(seconds=min(max(asked_seconds or 0.0, 0.0), 86_400.0))), _LONGEST_PAUSE)
