"""Drafts of calls, as every stage that tells of a call gets at them: read, changed, logged once, forgotten."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from app.core.acts import CALL
from app.core.call import call_message
from app.core.call.phone import numbers_of
from app.core.call.problems import NO_SHOWS
from app.core.call.talk import Known, Talk, attempt_of, known_of, reviewer_in, spend, type_words, words_of
from app.core.case import Attempt, Case, CaseState
from app.core.outcome.draft import kept_as, names_in, words_kept, words_left
from app.core.windows.message import Message
from app.core.windows.told import is_told
from app.flow.cases import payer_zone
from app.flow.entries import became, entry_events
from app.flow.ports import Event, Ports, TalkMoved
from app.flow.problems import begun, broken_by, log_by_rules

TRIES = 5


def draft_of(ports: Ports, case_id: str) -> Talk:
    """Return the user's draft of this case's call; a fresh one where nothing was typed or tapped."""
    kept = ports.talks.of(ports.tenant, case_id, ports.user.key) if ports.talks else None
    return kept or Talk(case_id, ports.user.key, ports.ids.new_id())


def known_call(ports: Ports, case: Case, *, now: datetime) -> Known:
    """Return what the forms of this case's call begin with."""
    return known_of(case, draft_of(ports, case.id), now=now)


def timed_call(ports: Ports, case: Case, *, now: datetime) -> Known | None:
    """Return what the log's form begins with: the call that was timed and is in no log yet; None where none was."""
    talk = draft_of(ports, case.id)
    # The reviewer as typed alone: whom the booking names may not have been reached.
    return replace(known_of(case, talk, now=now), reviewer=reviewer_in(talk.words)) if talk.presses else None


def meant_of(ports: Ports, case: Case) -> dict[str, str]:
    """Return what stands in a draft's fields before anything is typed: the booked number and reviewer, if known."""
    booking = case.booking if case.booking is not None and case.booking.is_live else None
    known = numbers_of(case, ports.rules.payer_by_key(case.payer_key))
    first = next((f"{each.number} ext. {each.extension}" if each.extension else each.number for each in known), "")
    number = (booking.number if booking else None) or first
    return {"number": number, **words_of(booking.reviewer if booking else None)}


def change_draft(ports: Ports, case_id: str, change: Callable[[Talk], Talk], *, now: datetime) -> Talk:
    """Keep the draft changed; decide again where another device kept something in between."""
    for left in reversed(range(TRIES)):
        talk = draft_of(ports, case_id)
        changed = change(talk)
        if ports.talks is None or (changed == talk and talk.version):
            return changed
        try:
            return ports.talks.keep(ports.tenant, changed, now=now)
        except TalkMoved:
            if not left:
                raise
    raise AssertionError("unreachable")


def log_draft(
    ports: Ports, case: Case, talk: Talk, *, now: datetime
) -> tuple[Case, tuple[Event, ...], tuple[Message, ...]]:
    """Return the case with the draft's call logged, once, with what happened and what the inbox keeps of it."""
    if is_told(case, talk.call_id):
        return case, (), ()
    direction = "theirs" if case.booking and case.booking.is_live and case.booking.who_calls == "payer" else "ours"
    ours = case.booking.clinician if case.booking and case.booking.is_live else case.clinician
    whom = {"direction": direction, "clinician": ours.name if ours else None}
    attempt = attempt_of(talk, meant=meant_of(ports, case), by=ports.user, now=now, **whom)
    return log_entry(ports, case, attempt, now=now)


def log_entry(
    ports: Ports, case: Case, attempt: Attempt, *, now: datetime
) -> tuple[Case, tuple[Event, ...], tuple[Message, ...]]:
    """Return the case with a call in its log, with what happened and what the inbox keeps of it."""
    logged = log_by_rules(ports, case, attempt, now=now)
    happened = entry_events(ports, case, logged, logged.attempts[-1])
    message = call_message(logged, attempt, zone=payer_zone(ports, case), now=now)
    return logged, happened, (message,)


def missed_told(
    ports: Ports, case: Case, reason: str | None, *, now: datetime
) -> tuple[Case, tuple[Event, ...], tuple[Message, ...]]:
    """
    Return the case with the no-show in its log that its outcome tells of and nobody logged; else as it is.

    Its rules are broken and its ladder begins as with any other; the state is the outcome's to change.
    """
    booking = case.booking
    if reason not in NO_SHOWS or booking is None or not booking.is_live or now < booking.interval.start:
        return case, (), ()
    start = booking.interval.start
    told = Attempt(ports.ids.new_id(), start, ports.user.name, "ours", None, "nobody", None, reason, booked_at=start)
    told = replace(told, problems=broken_by(ports, case, told, now=now))
    logged = begun(ports, replace(case, attempts=(*case.attempts, told)), told.id, told.problems, now=now)
    happened = (*entry_events(ports, case, case, told), *became(ports, case, CaseState.MISSED, told))
    return logged, happened, (call_message(logged, told, zone=payer_zone(ports, case), now=now),)


def spend_draft(ports: Ports, case_id: str, *, connected: bool, now: datetime) -> None:
    """Let the draft keep its words alone: its call was logged. A call that failed leaves room for the next."""
    next_id = ports.ids.new_id()

    def spent(talk: Talk) -> Talk:
        left = spend(talk, connected=connected)
        return left if connected else replace(left, call_id=next_id)

    if ports.talks is not None and ports.talks.of(ports.tenant, case_id, ports.user.key) is not None:
        change_draft(ports, case_id, spent, now=now)


def keep_outcome(
    ports: Ports, case: Case, way: str, typed: Mapping[str, str], shown: Mapping[str, str], *, now: datetime
) -> Talk:
    """
    Keep what was typed in the outcome's form; the case itself does not change.

    typed: by field, with every line's; shown: by field the stamp of what this device was shown there
    """
    names = {name: kept_as(way, name) for name in names_in(case, way) if name in typed}
    words = {kept: typed[name] for name, kept in names.items()}
    stamps = {kept: shown[name] for name, kept in names.items() if name in shown}

    def change(talk: Talk) -> Talk:
        return type_words(talk, words, stamps, names=words, now=now)

    return change_draft(ports, case.id, change, now=now)


def forget_outcome(ports: Ports, case_id: str, way: str, *, now: datetime) -> None:
    """Forget what was typed in the form of this way: it was recorded, or given up. With a call's goes its draft."""
    if way == CALL:
        forget_draft(ports, case_id)
    elif words_kept(draft_of(ports, case_id), way):
        change_draft(ports, case_id, lambda talk: replace(talk, words=words_left(talk, way)), now=now)


def forget_draft(ports: Ports, case_id: str) -> None:
    """Forget the user's draft: its outcome was recorded."""
    if ports.talks is not None:
        ports.talks.drop(ports.tenant, case_id, ports.user.key)
