"""Whether a call can still change the decision: by line of business, by the payer's rule, by the payer's own words."""

from dataclasses import replace

from app.core.denial import Coverage, Decision, Lane, Path
from app.core.detect.line import CLINICAL, Routed
from app.core.detect.words import Said
from app.core.rulebook.payers import PayerRule

MEDICARE_ADVANTAGE = "medicare_advantage"
CALLS = frozenset({Path.P2P, Path.ASK_REASON, Path.HUMAN, Path.REVIEW_MODIFIED, Path.ADDITIONAL_INFORMATION})


def gate_call(line: Routed, coverage: Coverage | None, payer: PayerRule | None, refusal: Said | None) -> Routed:
    """Return the line with a call that can change nothing turned into the step that can."""
    if line.route is not Path.P2P or line.decision is Decision.PENDED:
        return line
    why = _too_late(coverage, payer)
    if refusal is not None:
        why = f'The payer wrote "{refusal.words}", so there is no call to ask for: appeal.'
    return replace(line, route=Path.APPEAL, because=(*line.because, why)) if why else line


def lane_of(lead: Routed, route: Path, coverage: Coverage | None, payer: PayerRule | None) -> Lane | None:
    """Return the lane of a whole answer by its leading line; None where no call is in question."""
    if lead.decision is Decision.PENDED:
        return Lane.PRE_DENIAL
    if lead.decision in (Decision.APPROVED, Decision.CANCELLED, Decision.UNKNOWN):
        return None
    if _too_late(coverage, payer) is not None and (route in CALLS or lead.reason_kind in CLINICAL):
        return Lane.INFORMATIONAL
    if route not in CALLS:
        return None
    educational = payer is not None and payer.effect == "educational"
    return Lane.INFORMATIONAL if educational else Lane.POST_DENIAL


def _too_late(coverage: Coverage | None, payer: PayerRule | None) -> str | None:
    """Return why a call after the decision changes nothing, None when it may."""
    line = coverage.line_of_business if coverage else None
    if payer is not None:
        if line is not None and line in payer.post_denial_informational_for:
            return f"{payer.payer}: after the decision a call only informs; ask for a reconsideration."
        if payer.lane == Lane.PRE_DENIAL:
            return f"{payer.payer} holds the call before the decision only; what is left is the appeal."
        if line == MEDICARE_ADVANTAGE and payer.lane == Lane.POST_DENIAL and line in payer.lines_of_business:
            return None
    if line == MEDICARE_ADVANTAGE:
        return "Medicare Advantage: after the decision only a reconsideration can change it; a call informs."
    return None
