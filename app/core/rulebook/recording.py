"""
Whether a call may be recorded: never by Parley; by other means only as the states at both ends allow.

A guard and its words, no recorder: notes are typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

# The states, the District of Columbia and the territories: a setting that names none of them was mistyped.
PLACES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR"
    " PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI".split()
)
NEVER = "Parley does not record or transcribe calls: what is typed is all that is kept."


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Whose consent a state asks for before a call is recorded: one party's, or all parties'. cites: its law."""

    state: str
    consent: str  # one | all
    source: str
    verified_on: date
    grade: str
    cites: str | None = None
    note: str | None = None


ConsentRules = Mapping[str, ConsentRule]  # by state


@dataclass(frozen=True, slots=True)
class Recording:
    """What the call's page says of recording. rule: of our own state, None where it is not asked for or not known."""

    words: tuple[str, ...]
    rule: ConsentRule | None = None


def recording_of(rules: ConsentRules, *, ours: str | None, theirs: str | None = None) -> Recording:
    """
    Return what to say of recording a call. ours: our state, None where the site shows no such rule; theirs: the payer's

    errs: strict: a state that is not known asks for everybody's consent, and the stricter end holds
    """
    if ours is None:
        return Recording((NEVER,))
    rule = rules.get(ours)
    here = _words(ours, rule)
    needs_all = rule is None or rule.consent == "all" or _asks_all(rules, theirs)
    if rule is not None and rule.consent == "all":
        then = "Nobody records it by other means unless everybody on the call has said yes."
    elif needs_all:
        at = f"the payer's end, {theirs}," if theirs in rules else "the payer's end, which is not known,"
        at = at if rule is not None else "it"
        then = f"Since {at} may ask for everybody's consent, nobody records it by other means unless all have said yes."
    else:
        then = "Whoever would record it by other means asks your own counsel first."
    return Recording((NEVER, here, then), rule)


def _asks_all(rules: ConsentRules, state: str | None) -> bool:
    return state is None or state not in rules or rules[state].consent == "all"


def _words(state: str, rule: ConsentRule | None) -> str:
    if rule is None:
        return f"What {state} asks for before a call is recorded is not in the rule book."
    whose = "everybody's consent" if rule.consent == "all" else "the consent of one who is on the call"
    return f"{state} asks for {whose}{f' ({rule.cites})' if rule.cites else ''}.{f' {rule.note}' if rule.note else ''}"
