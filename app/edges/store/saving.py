"""One save of a case: state, claim on time, effects, events, messages and audit, in the caller's transaction."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.core.case import Case
from app.edges.store import cases
from app.edges.store.audit import append_audit, lock_audit
from app.edges.store.claims import claim_time
from app.edges.store.effects import add_effects
from app.edges.store.events import add_events
from app.edges.store.journeys import keep_journey
from app.edges.store.launches import user_key_of
from app.edges.store.messages import add_message
from app.flow.ports import Saving


def save_one(
    connection: Connection,
    saving: Saving,
    *,
    session_id: str | None,
    acts_for: str | None,
    among: int | None,
    now: datetime,
) -> Case:
    """
    Save one case, and return it with its new version.

    among: with a new case, how many cases its patient had when it was found to be none of them, None to open it anyhow
    raises: CaseMoved, NoSuchCase, SlotTaken, KnownDenial, NumberTaken
    """
    seen = saving.seen
    saved = replace(saving.case, version=1 if seen is None else seen + 1)
    if seen is None:
        if among is not None:
            lock_audit(connection, saved.tenant)  # whoever opens a case of this tenant waits here for its turn
            cases.check_still_among(connection, saved, among)
        cases.insert_case(connection, saved)
    else:
        cases.update_case(connection, saved, seen=seen)
    claim_time(connection, saved, now=now)
    _record(connection, saved, saving, session_id=session_id, acts_for=acts_for, now=now)
    for each in saving.messages:
        add_message(connection, saved.tenant, each)
    return saved


def _record(
    connection: Connection,
    case: Case,
    saving: Saving,
    *,
    session_id: str | None,
    acts_for: str | None,
    now: datetime,
) -> None:
    user_key = acts_for or user_key_of(connection, session_id)
    add_effects(connection, case, saving.effects, session_id=session_id, user_key=user_key, now=now)
    add_events(connection, case, saving.events)
    for each in saving.events:
        append_audit(
            connection,
            case.tenant,
            at=each.at,
            who=each.by,
            act=f"case {each.kind}: {each.audited}" if each.audited else f"case {each.kind}",
            case_id=case.id,
            patient=case.patient.reference,
        )
    keep_journey(connection, case, saving.events)
