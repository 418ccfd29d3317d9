"""
Drain the outbox: perform what is due, and decide from each error what comes next.

    SignInNeeded     waiting   until the person signs in again
    WriteUnknown     unknown   looked up after 5 s, 30 s, 2 min; sent again only when three looks found nothing
                     dead      after a day of looks: a person looks, and what follows goes on
                     dead      of a mail or text message, which cannot be looked up: a person's, never sent again
    Overtaken        void      of a notice whose call was moved or has begun: it is told to nobody
    other Temporary  queued    tried again, ever later; after a day and 100 tries dead: a person's task
    Permanent        rejected  a person's task
    our own fault    as WriteUnknown when something may have been sent, else as Temporary

The figures are those of reliability A20: a server's search may lag half a minute behind its store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.core.effects import (
    GIVEN_UP,
    AskPayer,
    Effect,
    Overtaken,
    SignInNeeded,
    TellClinician,
    TellPayer,
    WriteEvent,
    WriteUnknown,
)
from app.core.reminders import check_still_so
from app.errors import ParleyError, Permanent, Temporary
from app.flow.calendars import write_event
from app.flow.ports import Calendars, DueEffect, Ehrs, LeaseLost, Missed, Notices, Outbox, PayerDesk, Written

MAX_TRIES = 100
GIVE_UP_AFTER = timedelta(hours=24)  # an EHR may be away for a night
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 300.0  # an outbox of thousands is through ten minutes after an outage
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0
SIGN_IN_PAUSE = timedelta(minutes=5)  # a backend token may have been set up meanwhile
LOOK_AGAIN_SECONDS = (5.0, 25.0, 90.0)
LONGEST_LOOK_SECONDS = 3600.0
SETTLED = timedelta(minutes=2)
LOOKS = 2  # in vain, before the third may send
UNKNOWN_TOO_LONG = timedelta(minutes=15)
MOST_LOOKS = 20  # and a day, then a person looks: what follows on the same target would wait for ever
BY_HAND = "Look into the calendar and put it right by hand."
MAYBE_SENT = "It is not known whether this message reached the payer. Ask the payer, or send it anew."
MAYBE_TOLD = "It is not known whether this reached them. Tell them yourself; it is not sent again."
MAYBE_EARLIER = "It is not known whether an earlier try reached them; if it did, tell them yourself."
INTO_EHR = "Write it in the EHR yourself."
_INSTEAD: dict[type, str] = {
    AskPayer: "Call the payer, or use its portal.",
    TellPayer: "Call the payer and tell it yourself.",
    TellClinician: "Tell them yourself.",
    WriteEvent: BY_HAND,
}
NEVER_KNOWN = "After a day of looking it is still not known whether this was written."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PutBack:
    """What becomes of an effect that was not written: its state, the sentence for people, when it is due again."""

    state: str
    say: str
    due_at: datetime


def drain(
    outbox: Outbox,
    ehrs: Ehrs,
    payers: PayerDesk,
    calendars: Calendars | None = None,
    notices: Notices | None = None,
    *,
    now: Callable[[], datetime],
    jitter: Callable[[], float],
    limit: int = 200,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """
    Perform due effects, one lease at a time, until none is left, `limit` were tried, or `stopped` says so.

    Returns how many were tried.

    jitter: gives a number in [0, 1); it spreads retries so that a whole worklist does not knock at once.
    """
    tried = 0
    while tried < limit and not stopped():
        leased = outbox.lease(now=now(), limit=1)
        if not leased:
            break
        try:
            _settle(leased[0], outbox, ehrs, payers, calendars, notices, now=now, jitter=jitter)
        except LeaseLost:
            log.info("lease lost", effect=leased[0].id, kind=_kind(leased[0]))
        tried += 1
    return tried


def may_send(due: DueEffect, *, now: datetime) -> bool:
    """Whether this try may send, or must only look: after a send in doubt, two looks and two minutes come first."""
    if due.doubt_since is None:
        return True
    return not _is_posted(due.effect) and due.looks >= LOOKS and now - due.doubt_since >= SETTLED


def decide_next(error: Exception, due: DueEffect, *, sent: bool, now: datetime, jitter: Callable[[], float]) -> PutBack:
    """
    Return what becomes of an effect whose try raised `error`.

    sent: whether this try had been marked as begun. An effect in doubt stays unknown whatever else goes wrong, save
    for a refusal of a new send: to be refused a look says nothing of the write.
    """
    say = _say(error, due)
    if isinstance(error, SignInNeeded):
        return PutBack("waiting", say, now + SIGN_IN_PAUSE)
    if isinstance(error, Overtaken) and due.doubt_since is None:
        return PutBack("void", say, now)
    if isinstance(error, Overtaken) and may_send(due, now=now):
        return PutBack("dead", f"{error.say} {MAYBE_EARLIER}", now)
    if isinstance(error, Permanent) and may_send(due, now=now):
        return PutBack("rejected", say, now)
    answered = isinstance(error, Temporary) and not isinstance(error, WriteUnknown)
    in_doubt = due.doubt_since is not None or (sent and not answered)
    if in_doubt and _is_posted(due.effect):
        return PutBack("dead", MAYBE_SENT if isinstance(due.effect, AskPayer) else MAYBE_TOLD, now)
    if in_doubt and due.attempts >= MOST_LOOKS and due.first_sent_at and now - due.first_sent_at >= GIVE_UP_AFTER:
        return PutBack("dead", _say_never_known(due.effect), now)
    if in_doubt:
        return PutBack("unknown", _say_unknown(say, due, now=now), _look_again_at(error, due, now=now))
    if due.attempts >= MAX_TRIES and now - due.created_at >= GIVE_UP_AFTER:
        return PutBack("dead", _say_given_up(error, due), now)
    return PutBack("queued", say, now + _pause(error, due, jitter=jitter))


def _say(error: Exception, due: DueEffect) -> str:
    """Return what is said of an error: of a refusal by a clinician's calendar, what can be done about that."""
    if not isinstance(error, ParleyError):
        return "Parley itself failed at this write."
    by_hand = isinstance(due.effect, WriteEvent) and not isinstance(error, SignInNeeded | WriteUnknown)
    return f"{error.say} {BY_HAND if by_hand else error.next}"


def _settle(
    due: DueEffect,
    outbox: Outbox,
    ehrs: Ehrs,
    payers: PayerDesk,
    calendars: Calendars | None,
    notices: Notices | None,
    *,
    now: Callable[[], datetime],
    jitter: Callable[[], float],
) -> None:
    sent = False
    try:
        perform = _performer(due, outbox, ehrs, payers, calendars, notices, now=now())
        sends = may_send(due, now=now())
        outbox.mark_sent(due, now=now(), sends=sends)
        sent = True
        written = perform(sends)
    except LeaseLost:
        raise
    except Exception as error:  # the worker's one net: whatever one write does, the others go on
        back = decide_next(error, due, sent=sent, now=now(), jitter=jitter)
        log.warning("effect put back", effect=due.id, kind=_kind(due), state=back.state, error=type(error).__name__)
        missed = Missed(_asked_pause(error)) if _is_away(error) else None
        outbox.put_back(due, state=back.state, say=back.say, due_at=back.due_at, now=now(), missed=missed)
        return
    outbox.confirm(due, written, now=now())
    log.info("effect confirmed", effect=due.id, kind=_kind(due), how=written.how)


def _is_away(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, says that nobody answered there."""
    while error is not None and not getattr(error, "is_away", False):
        error = error.__cause__
    return error is not None


def _performer(
    due: DueEffect,
    outbox: Outbox,
    ehrs: Ehrs,
    payers: PayerDesk,
    calendars: Calendars | None,
    notices: Notices | None,
    *,
    now: datetime,
) -> Callable[[bool], Written]:
    """Return what performs the effect, once the token is there; raises SignInNeeded, Overtaken where it must not."""
    overtaken = None
    if notices is not None and isinstance(due.effect, TellClinician):
        try:
            check_still_so(due.effect, notices.standing(due.tenant, due.case_id), now=now)
        except Overtaken as error:
            if due.doubt_since is None or due.effect.way != "ehr":
                raise
            overtaken = error  # whether an earlier try arrived is still to be found out
        if due.effect.way != "ehr":
            return lambda sends: notices.perform(due.effect, seen=due.seen, may_send=sends)
    if isinstance(due.effect, TellPayer | AskPayer):
        return lambda sends: payers.perform(due.effect, seen=due.seen, may_send=sends)
    if isinstance(due.effect, WriteEvent):
        return lambda sends: write_event(calendars, due.tenant, due.effect, now=now, seen=due.seen, may_send=sends)
    ehr = ehrs.for_effect(due.tenant, due.session_id, now=now)
    wrote = outbox.wrote(due.tenant, due.case_id)

    def perform(sends: bool) -> Written:
        try:
            return ehr.perform(due.effect, seen=due.seen, wrote=wrote, may_send=sends and overtaken is None)
        except WriteUnknown:
            if overtaken is not None and sends:
                raise overtaken from None
            raise

    return perform


def _pause(error: Exception, due: DueEffect, *, jitter: Callable[[], float]) -> timedelta:
    doubled = FIRST_PAUSE_SECONDS * 2 ** min(due.attempts, 20)
    seconds = jitter() * min(doubled, LONGEST_PAUSE_SECONDS)
    return timedelta(seconds=max(seconds, _asked_pause(error), 0.5))


def _look_again_at(error: Exception, due: DueEffect, *, now: datetime) -> datetime:
    looks = 0 if may_send(due, now=now) else due.looks + 1
    plain = LOOK_AGAIN_SECONDS[min(looks, len(LOOK_AGAIN_SECONDS) - 1)]
    patient = min(2.0 ** max(due.attempts - 4, 0), LONGEST_LOOK_SECONDS)
    return now + timedelta(seconds=max(plain, patient, _asked_pause(error)))


def _asked_pause(error: Exception) -> float:
    asked = getattr(error, "retry_after_seconds", None)
    return min(max(asked or 0.0, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def _say_unknown(say: str, due: DueEffect, *, now: datetime) -> str:
    if due.first_sent_at is None or now - due.first_sent_at < UNKNOWN_TOO_LONG:
        return say
    return "It is still not known whether this was written. Look for it where it belongs; Parley keeps looking too."


def _say_given_up(error: Exception, due: DueEffect) -> str:
    """Return what is said of a write that nobody tries any more: what an error promises of the next try is void."""
    why = error.say if isinstance(error, ParleyError) else "Parley itself failed at this write."
    return f"{GIVEN_UP}{due.attempts} tries. {why} {_INSTEAD.get(type(due.effect), INTO_EHR)}"


def _say_never_known(effect: Effect) -> str:
    if isinstance(effect, AskPayer | TellPayer):
        return f"{NEVER_KNOWN} Ask the payer."
    if isinstance(effect, TellClinician):
        return MAYBE_TOLD
    if isinstance(effect, WriteEvent):
        return f"{NEVER_KNOWN} {BY_HAND}"
    return f"{NEVER_KNOWN} Look in the EHR; if it is not there, write it yourself."


def _is_posted(effect: Effect) -> bool:
    """Whether an effect goes out as mail or text message: nobody can be asked what became of it."""
    asked = isinstance(effect, AskPayer) and not effect.traceable
    return asked or (isinstance(effect, TellClinician) and effect.way != "ehr")


def _kind(due: DueEffect) -> str:
    return type(due.effect).__name__
