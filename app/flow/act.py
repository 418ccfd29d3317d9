"""Act: what was done outside the call is marked, after the payer's rule was asked what it costs."""

from dataclasses import dataclass
from datetime import datetime

from app.core.acts import ActKind, Told, act_kind, ends_call, is_replay, refusal_of, risk_of, take_act, take_back
from app.core.afterwards import EXTENDED
from app.core.case import Case, TakenAct
from app.core.effects import Effect
from app.core.outcome.extended import retold
from app.core.people import Act
from app.core.rulebook.guards import Forfeit
from app.errors import Refused
from app.flow.cases import case_for, event, save_case, steady
from app.flow.guards import answer_of, weigh, went_on_event
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class Look:
    """An act before it is done: the case, the act, what it may cost, and what stands against it."""

    case: Case
    kind: str
    act: ActKind
    forfeits: tuple[Forfeit, ...]
    refusal: Refused | None
    ends_call: bool  # whether a booked call is cancelled with it


def look(ports: Ports, case_id: str, kind: str, *, now: datetime) -> Look:
    """Say what an act would cost; nothing is done."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    refusal = refusal_of(case, kind, now=now)
    forfeits = () if refusal else weigh(ports, case, risk_of(case, kind), now=now)
    return Look(case, kind, act_kind(kind), forfeits, refusal, ends_call(kind, forfeits))


@steady
def take(
    ports: Ports,
    case_id: str,
    kind: str,
    told: Told,
    *,
    seen: int,
    now: datetime,
    since: datetime | None = None,
    urgent: bool | None = None,
) -> Case:
    """
    Mark an act as done, or raise what it may cost (AtStake); the same form sent twice does it once.

    since: when it was done, where that was before now; urgent: whether a quick answer was asked for, None where nobody
    said, and then it is as the request was
    """
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    if is_replay(case, kind, by=ports.user, seen=seen):
        return case
    forfeits = weigh(ports, case, risk_of(case, kind), now=now)
    done, effects = take_act(
        case,
        kind,
        told=told,
        forfeits=forfeits,
        answer=answer_of(ports, case, kind, urgent=case.denial.urgent if urgent is None else urgent, now=since or now),
        act_id=ports.ids.new_id(),
        by=ports.user,
        seen=seen,
        now=now,
    )
    happened = event(ports, act_kind(kind).happened, at=since or now, act=kind, **_filed(done.acts[-1]))
    events = [happened, *went_on_event(ports, forfeits, why=told.why, at=now)]
    return save_case(ports, done, seen=seen, effects=effects, events=events, now=now)


def _filed(act: TakenAct) -> dict[str, str]:
    """Return what the event of an appeal tells of its filing, and by what its answer names it."""
    filing = act.filing
    if filing is None:
        return {}
    number = f"confirmation {filing.number}" if filing.number else ""
    return {"filed_on": filing.on.isoformat(), "filed_way": filing.way, "entry_of": act.id, "audited": number}


@steady
def undo(ports: Ports, case_id: str, act_id: str, *, why: str, seen: int, now: datetime) -> Case:
    """Take a mark back, with the reason."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    back = take_back(case, act_id, why=why, by=ports.user, now=now)
    kind = next(each.kind for each in case.acts if each.id == act_id)
    happened = event(ports, "taken_back", at=now, audited=f"{kind}: {why}", act=kind)
    effects: tuple[Effect, ...] = ()
    if kind == EXTENDED:  # the EHR's note says the older days again
        back, effects = retold(back, by=ports.user, zone=ports.site.zone, now=now)
    return save_case(ports, back, seen=seen, effects=effects, events=[happened], now=now)
