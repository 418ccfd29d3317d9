"""What a payer's reviewer may be bound to on a call, dated and sourced; a state may say otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Duty:
    """
    One duty. say: what it means for who takes the call, in our words; states: of the plan, two letters, empty: any

    source, effective, verified_on, grade: where, from when, when read and how surely, as of every rule
    """

    key: str
    say: str
    states: tuple[str, ...]
    source: str
    effective: date
    verified_on: date
    grade: str  # V | S | G | I
    note: str | None = None


def duties_for(duties: Sequence[Duty], *, state: str | None, today: date) -> tuple[Duty, ...]:
    """
    Return what to tell for a plan of this state, the general first.

    A state's own stands beside the general one: it is an exception, and lifts no more of the duty than it says.
    """
    known = [each for each in duties if each.effective <= today]
    own = (each for each in known if each.states and (state is None or state in each.states))
    return (*(each for each in known if not each.states), *own)
