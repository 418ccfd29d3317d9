"""What a payer's call is for, told before one is asked for: it may overturn, or it only explains (product F9)."""

from dataclasses import dataclass

from app.core.denial import Lane
from app.core.rulebook.payers import PayerRule


@dataclass(frozen=True, slots=True)
class Purpose:
    """said: what the call can do; ask: what to say when it is scheduled, None where nothing needs saying."""

    said: str
    ask: str | None = None


def purpose_of(rule: PayerRule | None, lane: Lane | None) -> Purpose:
    """
    Return what a call of this payer can do, and what to ask for when scheduling it.

    rule: None for a payer nobody knows; lane: of the case, as a call after the denial may inform only
    source: app/rules/payers, effect and when_asking; facts C.1 for what is not known
    """
    told = (rule.when_asking or None) if rule is not None else None
    effect = rule.effect if rule is not None else None
    if effect == "educational":
        said = "This call explains the denial; it is not meant to overturn it."
        return Purpose(said, told or "When scheduling, ask whether a reconsideration can be opened.")
    if lane is Lane.INFORMATIONAL:
        return Purpose("This call informs only: after this denial it changes nothing.", told)
    if effect == "may_overturn":
        return Purpose("This call may overturn the denial.", told)
    said = "Whether this call may overturn the denial is not known."
    return Purpose(said, told or "Ask it when scheduling.")
