"""
Acts outside the call: an appeal filed, information sent, a call asked for.

What each may cost is asked of the guards before it is done. One whose answer is awaited says by when; the case's next
action follows from it (core.next_action).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.afterwards import AFTERWARDS, OF_AN_AUTHORIZATION, is_open_after
from app.core.book import AlreadyBooked, cancel_booking
from app.core.case import Case, CaseState, Clock, TakenAct, TakenBack, move_case
from app.core.denial import Decision
from app.core.effects import Effect
from app.core.people import User
from app.core.rulebook.guards import Forfeit, RiskyAct, Severity, Standing
from app.errors import Refused

CALL = "call"  # the way of an outcome that a call decided


class NotNow(Refused):
    """The case takes no such act where it stands."""

    say = "This cannot be done in this case now."
    next = "Open the case again to see where it stands."


class TakenAlready(Refused):
    """The same was done before, and its answer is still awaited."""

    say = "This was marked as done already."
    next = "Look at the case's history. What was marked by mistake can be taken back there."


class OutcomeFirst(Refused):
    """A call was begun whose outcome nobody has told."""

    say = "A call was held or booked for a time that is over, and its outcome is not recorded."
    next = "Record what came of the call first; then do this."


class AtStake(Refused):
    """
    An act may cost the right to a call, and nobody has said why it is done all the same.

    forfeits: what is lost, the surest first; speaker_asked: nobody has said what the caller is, and the payer minds
    """

    say = "This may cost the right to a call."
    next = "Open the case and do it there: it says what to do instead, and takes a reason."

    def __init__(self, risk: RiskyAct, forfeits: tuple[Forfeit, ...], *, speaker_asked: bool = False) -> None:
        asked = "This payer minds who speaks, and nobody said what the caller is." if speaker_asked else None
        super().__init__(forfeits[0].sentence if forfeits else asked)
        self.risk, self.forfeits, self.speaker_asked = risk, forfeits, speaker_asked


@dataclass(frozen=True, slots=True)
class ActKind:
    """
    One act as people say it. do: on the page that asks; done: on the button and in the history; title: of its answer.

    happened: the kind of the event; risk: what the guards are asked; awaits: an answer is owed
    """

    do: str
    done: str
    happened: str
    title: str = ""
    risk: RiskyAct | None = None
    awaits: bool = True


ACTS: dict[str, ActKind] = {
    "ask_for_call": ActKind(
        "Ask for a call", "A call was asked for", "asked", risk=RiskyAct.SECOND_REQUEST, awaits=False
    ),
    "send_new_information": ActKind(
        "Send information", "The information was sent", "information_sent", "Answer to what was sent",
        RiskyAct.SEND_NEW_INFORMATION,
    ),
    "file_appeal": ActKind("File the appeal", "The appeal was filed", "appealed", "Appeal", RiskyAct.FILE_APPEAL),
    "wait_for_written": ActKind(
        "Wait for the written notice", "We wait for the written notice", "waits", "Written notice",
        RiskyAct.WAIT_FOR_WRITTEN,
    ),
    "ask_reason": ActKind("Ask for the reason", "The payer was asked for the reason", "reason_asked", "Reason told"),
    "resubmit": ActKind(
        "Send the corrected request", "The corrected request was sent", "resubmitted", "Corrected request"
    ),
    "new_request": ActKind("Send a new request", "A new request was sent", "requested_anew", "New request"),
    "benefit_exception": ActKind(
        "Ask for a benefit exception", "A benefit exception was asked for", "exception_asked", "Benefit exception"
    ),
    "network_exception": ActKind(
        "Ask for a network exception", "A network exception was asked for", "exception_asked", "Network exception"
    ),
    "retro_authorization": ActKind(
        "Ask for retrospective authorization", "Retrospective authorization was asked for", "exception_asked",
        "Retrospective authorization",
    ),
    # What follows an outcome (core.afterwards).
    "chase_letter": ActKind(
        "Ask for the written notice", "The written notice was asked for", "letter_chased", awaits=False
    ),
    "dispute_letter": ActKind(
        "Dispute the letter", "The letter was disputed", "letter_disputed", "Corrected letter"
    ),
    "accept_letter": ActKind("Let the letter stand", "The letter stands as written", "letter_accepted", awaits=False),
    "service_scheduled": ActKind(
        "Schedule the service", "The service is scheduled", "service_scheduled", awaits=False
    ),
    "extend_authorization": ActKind(
        "Ask to extend the authorization", "An extension was asked for", "extension_asked", awaits=False
    ),
    "service_done": ActKind("Say that the service was done", "The service was done", "service_done", awaits=False),
}  # fmt: skip
# The act that completes a next action (core.next_action), by its kind.
COMPLETES = {
    "ask_windows": "ask_for_call",
    "send_information": "send_new_information",
    "appeal": "file_appeal",
    "chase": "chase_letter",
    "dispute": "dispute_letter",
    "authorization": "service_scheduled",
    **{kind: kind for kind in ("ask_reason", "resubmit", "new_request")},
    **{kind: kind for kind in ("benefit_exception", "network_exception", "retro_authorization")},
}
# What may be done over and over: more was sent, and asked for again.
_REPEATED = {"ask_for_call", "send_new_information", "chase_letter", "extend_authorization"}
# What leaves a call that was begun as it is.
_BESIDE_A_CALL = {"send_new_information", "wait_for_written"}
# Losing these two means that no call is held any more; the others cost time, a caller, or the next request.
_ENDS_CALL = {"file_appeal", "send_new_information"}


@dataclass(frozen=True, slots=True)
class Instead:
    """What to do in place of an act that may cost the call. where: slots | windows | call | appeal | clinician."""

    words: str
    where: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says of an act. why: why it is done all the same, None where nothing was asked."""

    note: str | None = None
    why: str | None = None


def act_kind(kind: str) -> ActKind:
    """Return an act by its name; raises NotNow for one that there is not."""
    if kind not in ACTS:
        raise NotNow("There is no such act.")
    return ACTS[kind]


def acts_open(case: Case, *, now: datetime) -> tuple[str, ...]:
    """Return the acts that the case takes now, in the order in which they are shown."""
    return tuple(kind for kind in ACTS if refusal_of(case, kind, now=now) is None)


def refusal_of(case: Case, kind: str, *, now: datetime) -> Refused | None:
    """Return what stands against an act in this case, None when nothing does; raises NotNow for one there is not."""
    act_kind(kind)
    if kind in AFTERWARDS:
        return None if is_open_after(case, kind) else NotNow()
    owed = kind == "send_new_information" and case.outcome is not None and case.outcome.in_writing
    won = case.outcome is not None and case.outcome.result == "approved" and not owed
    if case.state is CaseState.CLOSED or won:
        return NotNow()
    booking = case.booking if case.booking is not None and case.booking.is_live else None
    begun = case.state is CaseState.CONNECTED or (booking is not None and booking.interval.start <= now)
    if begun and kind not in _BESIDE_A_CALL:
        return OutcomeFirst()
    if kind == "ask_for_call":
        withdrawn = case.state is CaseState.WITHDRAWN
        return AlreadyBooked() if booking is not None else NotNow() if withdrawn else None
    if kind not in _REPEATED and any(each.kind == kind and each.awaits for each in case.acts):
        return TakenAlready()
    return None


def next_act(case: Case, *, now: datetime) -> str | None:
    """Return the act that completes the case's next action, None where that is no act."""
    kind = COMPLETES.get(case.next_action.kind)
    return kind if kind in acts_open(case, now=now) else None


def risk_of(case: Case, kind: str) -> RiskyAct | None:
    """Return what the guards must be asked before this act; None where it can cost no call."""
    risk = act_kind(kind).risk
    if risk is RiskyAct.SECOND_REQUEST:
        return risk if is_further_call(case) else None
    return risk if may_lose_call(case) else None


def ends_call(kind: str, forfeits: Sequence[Forfeit]) -> bool:
    """Whether with this act no call is held any more, by the rule."""
    return kind in _ENDS_CALL and any(each.severity is Severity.LOSES for each in forfeits)


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


def take_act(
    case: Case,
    kind: str,
    *,
    told: Told,
    forfeits: tuple[Forfeit, ...],
    answer: Clock | None,
    act_id: str,
    by: User,
    seen: int,
    now: datetime,
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with the act done, and what must be told outside.

    forfeits: what the guards say of it; where one says that the call is lost, a booked one is cancelled
    answer: by when its answer is due (core.deadlines.answer_clock)
    raises: NotNow, TakenAlready, OutcomeFirst, AlreadyBooked, AtStake, MoveRefused
    """
    act = act_kind(kind)
    refusal = refusal_of(case, kind, now=now)
    if refusal is not None:
        raise refusal
    if forfeits and not told.why:
        raise AtStake(forfeits[0].act, forfeits)
    ends = ends_call(kind, forfeits) and may_lose_call(case)
    effects: tuple[Effect, ...] = ()
    after = case
    if ends and case.booking is not None and case.booking.is_live:
        after, effects = cancel_booking(case, reason=f"{act.done}: the payer holds no call any more.", by=by, now=now)
    after = _asked_again(after, now=now) if kind == "ask_for_call" else _on_its_way(after, kind, ends=ends)
    taken = TakenAct(
        id=act_id,
        kind=kind,
        at=now,
        by=by.name,
        seen=seen,
        stood=case.state,
        led_to=after.state,
        note=told.note,
        lost=tuple(each.sentence for each in forfeits),
        why=told.why if forfeits else None,
        answer=answer if act.awaits else None,
        ends_call=ends,
        set_aside=case.outcome.id if case.outcome is not None and after.outcome is None else None,
    )
    return replace(after, acts=(*case.acts, taken), updated_at=now), effects


def instead_of(case: Case, forfeits: Sequence[Forfeit]) -> Instead:
    """Return what to do in place of an act with these losses, the first being the surest."""
    first = forfeits[0]
    if first.severity is Severity.ASK_FIRST:
        return Instead(f"Ask {case.payer_name} first, and log what it said", "call")
    if first.act is RiskyAct.SECOND_REQUEST:
        return Instead("File the appeal", "appeal")
    if first.act is RiskyAct.WRONG_CREDENTIAL:
        return Instead("Choose somebody whom the payer takes", "clinician")
    if first.act is RiskyAct.MISSED_WINDOW:
        return Instead("Choose another time", "slots") if case.windows else Instead("Ask for another time", "windows")
    if case.booking is not None and case.booking.is_live:
        return Instead("Hold the booked call first", "call")
    return Instead("Book the call first", "slots") if case.windows else Instead("Ask for the call first", "windows")


def went_on(
    case: Case, forfeits: Sequence[Forfeit], *, why: str | None, act_id: str, by: User, seen: int, now: datetime
) -> Case:
    """Return the case with the note that a step was taken in spite of what it may cost; raises AtStake without why."""
    if not forfeits:
        return case
    if not why:
        raise AtStake(forfeits[0].act, tuple(forfeits))
    taken = TakenAct(
        id=act_id,
        kind=forfeits[0].act.value,
        at=now,
        by=by.name,
        seen=seen,
        stood=case.state,
        led_to=case.state,
        lost=tuple(each.sentence for each in forfeits),
        why=why,
    )
    return replace(case, acts=(*case.acts, taken))


def is_replay(case: Case, kind: str, *, by: User, seen: int) -> bool:
    """Whether this very act, from this very page, is done already: a form that was sent twice."""
    return any((each.kind, each.by, each.seen) == (kind, by.name, seen) for each in case.acts)


def take_back(case: Case, act_id: str, *, why: str, by: User, now: datetime) -> Case:
    """
    Return the case as if the act had not been done; that it was marked, and taken back, stays to be read.

    A booking that the act cancelled is not made again: its time was given back. Raises NotNow.
    """
    act = next((each for each in case.acts if each.id == act_id), None)
    over = case.state is CaseState.CLOSED and (act is None or act.kind not in OF_AN_AUTHORIZATION)
    if act is None or act.kind not in ACTS or act.taken_back is not None or over:
        raise NotNow("This cannot be taken back.")
    if not why.strip():
        raise ReasonOwed()
    undone = replace(act, taken_back=TakenBack(now, by.name, why.strip()))
    acts = tuple(undone if each.id == act_id else each for each in case.acts)
    back = _stood_before(case, act) if act is _mover(case) else case
    return replace(back, acts=acts, updated_at=now)


class ReasonOwed(Refused):
    """A reason was asked for and none was given. `field` names the form's field."""

    say = "Say why."
    next = "Write a few words, then send it again."
    field = "why"


def answered(case: Case, *, now: datetime) -> Case:
    """Return the case after the payer changed its answer: what was awaited has come, and the answer is read anew."""
    acts = tuple(replace(each, answered_at=now) if each.awaits else each for each in case.acts)
    state = CaseState.OPEN if case.state is CaseState.REROUTED else case.state
    return replace(case, acts=acts, state=state)


def _asked_again(case: Case, *, now: datetime) -> Case:
    """Return the case as one that waits for times; the outcome of an earlier call stands behind the next one's."""
    windows = tuple(each for each in case.windows if each.interval.end > now)
    earlier = (*case.earlier, case.outcome) if case.outcome is not None else case.earlier
    asked = replace(case, windows=windows, earlier=earlier, outcome=None)
    offered = any(each.expires_at > now for each in case.holds)  # of ours, which the payer is asked about
    if case.state is CaseState.HELD and (windows or offered):
        return asked
    if windows and case.state is CaseState.OFFERED:
        return asked
    return move_case(asked, CaseState.REQUESTED)


def _on_its_way(case: Case, kind: str, *, ends: bool) -> Case:
    """Return the case on its other path, where no call is left or none was planned."""
    begins = case.state is CaseState.OPEN and not case.is_call_open and kind != "wait_for_written"
    return move_case(case, CaseState.REROUTED) if ends or begins else case


def _mover(case: Case) -> TakenAct | None:
    """Return the act that brought the case where it stands, None when something else did."""
    moves = [each for each in case.acts if each.led_to is not each.stood and each.taken_back is None]
    return moves[-1] if moves and moves[-1].led_to is case.state and case.outcome is None else None


def _stood_before(case: Case, act: TakenAct) -> Case:
    """Return the case in the state before the act; what was booked then is offered again."""
    state = act.stood
    if state in (CaseState.BOOKED, CaseState.HELD):
        state = CaseState.OFFERED if case.windows else CaseState.OPEN
    if case.earlier and case.earlier[-1].id == act.set_aside:
        return replace(case, state=state, outcome=case.earlier[-1], earlier=case.earlier[:-1])
    return replace(case, state=state)
