"""What stands before a step that may burn a right: the case's rule asked, and what is lost kept with who went on."""

from datetime import datetime

from app.core.acts import AtStake, Told, act_kind, risk_of, standing_of, take_act, went_on
from app.core.case import Case, Clock
from app.core.deadlines import answer_clock
from app.core.effects import Effect
from app.core.rulebook.guards import Forfeit, RiskyAct, minds_who_speaks, what_is_lost
from app.core.rulebook.payers import service_kind
from app.flow.cases import event
from app.flow.ports import Event, Ports


def weigh(
    ports: Ports, case: Case, risk: RiskyAct | None, *, credential: str | None = None, now: datetime
) -> tuple[Forfeit, ...]:
    """Return what this would lose by the rule of the case's payer; of an unknown payer, what must be asked first."""
    if risk is None:
        return ()
    return what_is_lost(
        risk,
        standing=standing_of(case, credential=credential),
        rule=ports.rules.payer_by_key(case.payer_key),
        calendar=ports.rules.calendar,
        now=now,
    )


def weigh_speaker(
    ports: Ports, case: Case, credential: str | None, *, forfeits: tuple[Forfeit, ...] = (), now: datetime
) -> tuple[Forfeit, ...]:
    """
    Return `forfeits` with what is lost by who speaks; asks who it is where that is not known and the payer minds.

    A physician may be sent to a payer of whom nothing is known: that is what its cautious reading says.
    """
    rule = ports.rules.payer_by_key(case.payer_key)
    if credential is None:
        if minds_who_speaks(rule):
            raise AtStake(RiskyAct.WRONG_CREDENTIAL, forfeits, speaker_asked=True)
        return forfeits
    if rule is None and credential == "physician":
        return forfeits
    return (*forfeits, *weigh(ports, case, RiskyAct.WRONG_CREDENTIAL, credential=credential, now=now))


def go_on(
    ports: Ports, case: Case, forfeits: tuple[Forfeit, ...], *, why: str | None, seen: int, now: datetime
) -> tuple[Case, tuple[Event, ...]]:
    """Return the case with the note of who went on in spite of a loss, and its event; raises AtStake without why."""
    if not forfeits:
        return case, ()
    noted = went_on(case, forfeits, why=why, act_id=ports.ids.new_id(), by=ports.user, seen=seen, now=now)
    return noted, went_on_event(ports, forfeits, why=why, at=now)


def asked_for_call(
    ports: Ports, case: Case, *, note: str, channel: str, why: str | None, seen: int, now: datetime
) -> tuple[Case, tuple[Effect, ...], tuple[Event, ...]]:
    """Return the case with the call asked for by this channel, its effects and events; raises AtStake without why."""
    forfeits = weigh(ports, case, risk_of(case, "ask_for_call"), now=now)
    asked, effects = take_act(
        case,
        "ask_for_call",
        told=Told(note=note, why=why),
        forfeits=forfeits,
        answer=None,
        act_id=ports.ids.new_id(),
        by=ports.user,
        seen=seen,
        now=now,
    )
    happened = event(ports, "asked", at=now, act="ask_for_call", channel=channel)
    return asked, effects, (happened, *went_on_event(ports, forfeits, why=why, at=now))


def went_on_event(ports: Ports, forfeits: tuple[Forfeit, ...], *, why: str | None, at: datetime) -> tuple[Event, ...]:
    """Return what is kept of going on in spite of a loss: the kind for Learn, the words in the audit alone."""
    if not forfeits:
        return ()
    first = forfeits[0]
    data = {"act": first.act.value, "severity": first.severity.value, "rule": first.rule}
    told = f"{first.act.value} ({first.severity.value}, rule {first.rule or 'unknown'}): {why}"
    return (event(ports, "went_on", at=at, audited=told, **data),)


def answer_of(ports: Ports, case: Case, kind: str, *, urgent: bool | None, now: datetime) -> Clock | None:
    """Return by when the answer is due, None for an act that awaits none."""
    if not act_kind(kind).awaits:
        return None
    return answer_clock(
        kind,
        plan=case.coverage,
        running=case.clocks,
        rule=ports.rules.payer_by_key(case.payer_key),
        calendar=ports.rules.calendar,
        site_zone=ports.site.zone,
        urgent=urgent,
        service=service_kind(case.denial),
        now=now,
    )
