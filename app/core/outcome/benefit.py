"""Whether what a reviewer said on the call is a matter of the plan's benefit, which no talk of need can win."""

from app.core.case import Case
from app.core.denial import Quote
from app.core.detect.words import reasons_in, said_in
from app.core.outcome.form import HELD
from app.core.rulebook.denials import DenialRules

_BENEFIT = frozenset({"benefit", "eligibility"})
_OF_NEED = frozenset({"clinical", "experimental"})


def is_of_benefit(case: Case, rules: DenialRules) -> bool:
    """
    Return whether the reviewer's words give the plan's benefit as the reason, and none of need.

    errs: to need, whose appeal has a clock; a person may choose the exception all the same
    """
    outcome = case.outcome
    if outcome is None or outcome.result not in HELD or outcome.result == "approved":
        return False
    told = (outcome.reviewer_reason, outcome.criterion, outcome.next_step)
    quotes = [Quote(each, "reviewer") for each in told if each]
    said = {each.cue.reason_kind for each in reasons_in(said_in(quotes, rules)) if not each.cue.weak}
    return bool(said & _BENEFIT) and not said & _OF_NEED
