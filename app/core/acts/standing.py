"""How the case stands with the guards: the calls held and missed, and what an act could still cost."""

from datetime import datetime

from app.core.acts.kinds import CALL, act_kind
from app.core.case import Case, CaseState
from app.core.denial import Decision
from app.core.rulebook.guards import RiskyAct, Standing


def risk_of(case: Case, kind: str) -> RiskyAct | None:
    """Return what the guards must be asked before this act; None where it can cost no call."""
    risk = act_kind(kind).risk
    if risk is RiskyAct.SECOND_REQUEST:
        return risk if is_further_call(case) else None
    return risk if may_lose_call(case) else None


def is_further_call(case: Case) -> bool:
    """Whether a call asked for now is one more than was held or missed, and nobody has gone on with that yet."""
    if not calls_held(case) and not calls_missed(case):
        return False
    told = [each.recorded_at for each in (*case.earlier, case.outcome) if each is not None and each.way == CALL]
    spoken = [each.at for each in case.tries if each.is_held or each.result == "our_no_show"]
    since = max((*told, *spoken))
    kinds = (RiskyAct.SECOND_REQUEST, "ask_for_call")
    return not any(
        each.kind in kinds and each.why and each.taken_back is None and each.at >= since for each in case.acts
    )


def gives_up_call(case: Case, *, now: datetime) -> bool:
    """Whether a call could still be held in its time, so that not holding it gives the right up."""
    ends = standing_of(case).window_ends_at
    return may_lose_call(case) and (ends is None or ends > now)


def may_lose_call(case: Case) -> bool:
    """Whether there is a call to lose: it may still be had, or a person has yet to read what the payer wrote."""
    unread = case.routing.route.value == "human" and case.state is CaseState.OPEN
    return unread or (case.is_call_open and case.state is not CaseState.CONNECTED)


def standing_of(case: Case, *, credential: str | None = None) -> Standing:
    """Return what the guards must know of the case."""
    ends = [each.ends_at for each in case.clocks if each.firm and each.name in ("p2p_window", "offer")]
    return Standing(
        line_of_business=case.coverage.line_of_business,
        pended=case.routing.decision is Decision.PENDED,
        calls_held=calls_held(case),
        calls_missed=calls_missed(case),
        credential=credential,
        window_ends_at=min(ends, default=None),
    )


def calls_held(case: Case) -> int:
    """Return how many calls were held: those with an outcome, and one that was begun since."""
    told = [each for each in (*case.earlier, case.outcome) if each is not None and each.way == CALL]
    held = sum(each.was_held for each in told)
    since = max((each.recorded_at for each in told), default=None)
    spoke = any(each.is_held and (since is None or each.at > since) for each in case.tries)
    return held + spoke


def calls_missed(case: Case) -> int:
    """Return how many booked calls we missed; those that the payer missed cost us none."""
    return len(missed_at(case))


def missed_at(case: Case) -> tuple[datetime, ...]:
    """Return when we missed booked calls."""
    return tuple(each.at for each in case.tries if each.result == "our_no_show")
