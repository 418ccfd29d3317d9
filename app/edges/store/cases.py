"""
The cases: one row of what the worklist shows and filters by, and beside it the whole case as a JSON document.

The two are apart so that counting 50,000 rows never reads 50,000 documents. The document is the truth; the row is
derived from it at every save.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.core.afterwards import authorization_of
from app.core.case import Case, CaseMoved, CaseState, KnownDenial, NoSuchCase, NumberTaken, act_by
from app.core.learn.odds import decided_call
from app.edges.store.columns import UtcDateTime, metadata, plain
from app.errors import BadInput

COUNTED = ("state", "next_kind", "waits_on", "owner_key", "next_due_at", "last_safe_at", "call_at")
cases = Table(
    "cases",
    metadata,
    Column("tenant", String, nullable=False),
    Column("id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", String, nullable=False),
    Column("denial_reference", String, nullable=False),
    Column("state", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("route", String, nullable=False),
    Column("lane", String),
    Column("patient", String, nullable=False),
    Column("patient_name", String, nullable=False),
    Column("payer_key", String),
    Column("payer_name", String, nullable=False),
    Column("service_label", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("reason_kind", String),
    Column("service_key", String),
    Column("diagnosis_key", String),
    Column("result", String),  # of a call that was held, by which like cases are judged; None before
    Column("decided_at", UtcDateTime),
    Column("search_text", String, nullable=False),  # numbers, payer, service, folded; never the patient's name
    Column("last_safe_at", UtcDateTime),
    Column("sort_at", UtcDateTime, nullable=False),  # core.case.act_by, or the end of time: an index sorts either alike
    Column("next_kind", String, nullable=False),
    Column("next_text", String, nullable=False),
    Column("next_due_at", UtcDateTime),
    Column("waits_on", String, nullable=False),
    Column("owner_key", String),
    Column("owner_name", String),
    Column("clinician", String),
    Column("clinician_name", String),
    Column("call_at", UtcDateTime),  # start of the live booking
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("look_at", UtcDateTime),  # when time alone changes what it owes; None: it does not
    Column("asked_of", String),  # the payer that is asked how the request stands, while it waits there
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "denial_reference"),
    UniqueConstraint("tenant", "number"),
    Index(None, "tenant", "is_open", "sort_at", "opened_at", "id"),
    Index(None, "tenant", "is_open", "updated_at", "id"),
    Index(None, "tenant", "patient"),
    Index(None, "tenant", "asked_of"),
    Index(None, "tenant", "call_at"),
    Index(None, "tenant", "result"),
    Index(None, "tenant", "look_at"),
    # All that the worklist's counts ask of an open case, so that they are read off the index alone.
    Index("ix_cases_counted", "tenant", "is_open", *COUNTED),
)
case_documents = Table(
    "case_documents",
    metadata,
    Column("tenant", String, nullable=False),
    Column("id", String, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "id"], ["cases.tenant", "cases.id"]),
)

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
# The stage whose turn it is, by state; a case that no call can win stays in the first (see stage_of).
STAGES = {
    CaseState.OPEN: "windows",
    CaseState.REQUESTED: "windows",
    CaseState.OFFERED: "slots",
    CaseState.HELD: "book",
    CaseState.BOOKED: "call",
    CaseState.MISSED: "slots",
    CaseState.CONNECTED: "outcome",
    CaseState.DECIDED: "outcome",
    CaseState.CONFIRMED: "outcome",
    CaseState.LAPSED: "outcome",
    CaseState.WITHDRAWN: "outcome",
    CaseState.REROUTED: "outcome",
    CaseState.CLOSED: "learn",
}
CALL_ROUTES = frozenset({"p2p", "review_modified", "ask_reason"})

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Case)


def stage_of(case: Case) -> str:
    """Return the stage whose turn it is: detect windows slots book brief call outcome learn."""
    if case.state == CaseState.OPEN and not case.windows and case.routing.route.value not in CALL_ROUTES:
        return "detect"
    if case.state == CaseState.OPEN and case.windows:
        return "slots"
    return STAGES[case.state]


def read_case(connection: Connection, tenant: str, case_id: str) -> Case:
    """Return the case; raises NoSuchCase, also for another tenant's."""
    found = _read(connection, cases.c.tenant == tenant, cases.c.id == case_id)
    if not found:
        raise NoSuchCase
    return found[0]


def read_case_of_denial(connection: Connection, tenant: str, denial_reference: str) -> Case | None:
    """Return the case of this denial ("ClaimResponse/ID"), None when it has none."""
    found = _read(connection, cases.c.tenant == tenant, cases.c.denial_reference == denial_reference)
    return found[0] if found else None


def read_cases_of_patient(connection: Connection, tenant: str, patient: str) -> tuple[Case, ...]:
    """Return the patient's cases ("Patient/ID"), the most urgent first, closed ones last."""
    return _read(connection, cases.c.tenant == tenant, cases.c.patient == patient)


def read_open_cases(connection: Connection, tenant: str, *, after: str, limit: int) -> tuple[Case, ...]:
    """Return open cases in the order of their ids, those after this one."""
    wanted = (cases.c.tenant == tenant, cases.c.is_open == true(), cases.c.id > after)
    return read_cases_among(connection, tenant, select(cases.c.id).where(*wanted).order_by(cases.c.id).limit(limit))


def read_cases_to_look_at(connection: Connection, tenant: str, *, now: datetime, limit: int) -> tuple[Case, ...]:
    """Return cases for which time alone has changed what they owe, the longest due first."""
    due = (cases.c.tenant == tenant, cases.c.look_at <= now)
    return read_cases_among(connection, tenant, select(cases.c.id).where(*due).order_by(cases.c.look_at).limit(limit))


def read_cases_among(connection: Connection, tenant: str, ids: Select[tuple[str]]) -> tuple[Case, ...]:
    """Return the tenant's cases whose ids a query gives, in the order of their ids."""
    mine = (case_documents.c.tenant == tenant, case_documents.c.id.in_(ids))
    query = select(case_documents.c.document).where(*mine).order_by(case_documents.c.id)
    return tuple(_decoder.decode(document) for document in connection.scalars(query))


def check_still_among(connection: Connection, case: Case, among: int) -> None:
    """Raise CaseMoved when the patient has more cases now than a new one was compared with: it may be one of them."""
    mine = (cases.c.tenant == case.tenant) & (cases.c.patient == plain(case.patient.reference))
    if connection.scalar(select(func.count()).select_from(cases).where(mine)) != among:
        known = read_case_of_denial(connection, case.tenant, case.denial.reference)
        raise KnownDenial(known.id) if known else CaseMoved


def insert_case(connection: Connection, case: Case) -> None:
    """Add a new case; raises KnownDenial when its denial has one, NumberTaken when its number is another's."""
    document = encode(case, what="case")
    try:
        with connection.begin_nested():
            connection.execute(insert(cases).values(_row(case)))
    except IntegrityError as error:
        known = read_case_of_denial(connection, case.tenant, case.denial.reference)
        if known is not None:
            raise KnownDenial(known.id) from error
        raise NumberTaken from error
    connection.execute(insert(case_documents).values(tenant=case.tenant, id=case.id, document=document))


def update_case(connection: Connection, case: Case, *, seen: int) -> None:
    """Replace the case whose version is still `seen`; raises CaseMoved when it is not, NoSuchCase when it is gone."""
    document = encode(case, what="case")
    mine = (cases.c.tenant == case.tenant) & (cases.c.id == case.id)
    changed = connection.execute(update(cases).where(mine, cases.c.version == seen).values(_row(case)))
    if changed.rowcount == 0:
        if connection.execute(select(cases.c.id).where(mine)).first() is None:
            raise NoSuchCase
        raise CaseMoved
    same = (case_documents.c.tenant == case.tenant) & (case_documents.c.id == case.id)
    connection.execute(update(case_documents).where(same).values(document=document))


def encode(value: Any, *, what: str) -> str:
    """Return the value as JSON text; raises BadInput for text that is not Unicode (half of a surrogate pair)."""
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError as error:
        raise BadInput(f"This {what} holds characters that are not Unicode.", next="Correct them at the source.") from (
            error
        )


def _read(connection: Connection, *where: Any) -> tuple[Case, ...]:
    joined = cases.join(
        case_documents, (cases.c.tenant == case_documents.c.tenant) & (cases.c.id == case_documents.c.id)
    )
    order = (cases.c.is_open.desc(), cases.c.sort_at, cases.c.opened_at, cases.c.id)
    query = select(case_documents.c.document).select_from(joined).where(*where).order_by(*order)
    return tuple(_decoder.decode(document) for document in connection.scalars(query))


def about_of(case: Case) -> dict[str, Any]:
    """Return what Learn groups the case by (core.learn.GROUPS)."""
    return {
        "payer": plain(case.payer_name),
        "reason": plain(case.routing.reason or case.routing.reason_kind or ""),
        "clinician": plain(case.clinician.name) if case.clinician else None,
        "service": plain(case.service_label),
        "lane": case.routing.lane.value if case.routing.lane else None,
    }


def _row(case: Case) -> dict[str, Any]:
    booking = case.booking if case.booking and case.booking.is_live else None
    about = about_of(case)
    return {
        "tenant": case.tenant,
        "id": case.id,
        "version": case.version,
        "number": case.number,
        "denial_reference": plain(case.denial.reference),
        "state": case.state.value,
        "stage": stage_of(case),
        "is_open": is_open(case),
        "route": case.routing.route.value,
        "lane": about["lane"],
        "patient": plain(case.patient.reference),
        "patient_name": plain(case.patient.name),
        "payer_key": case.payer_key,
        "payer_name": about["payer"],
        "service_label": about["service"],
        "reason": about["reason"],
        **_counted_by(case),
        "search_text": plain(_search_text(case)),
        "look_at": case.look_at,
        "last_safe_at": case.last_safe_at,
        "sort_at": act_by(case) or END_OF_TIME,
        "next_kind": case.next_action.kind,
        "next_text": plain(case.next_action.text),
        "next_due_at": case.next_action.due_at,
        "waits_on": case.next_action.waits_on,
        "owner_key": case.owner_key,
        "owner_name": plain(case.owner_name),
        "clinician": plain(case.clinician.reference) if case.clinician else None,
        "clinician_name": about["clinician"],
        "call_at": booking.interval.start if booking else None,
        "opened_at": case.opened_at,
        "updated_at": case.updated_at,
        "asked_of": case.payer_key if case.is_pended and case.request else None,
    }


def is_open(case: Case) -> bool:
    """Whether a case stands among those to be worked on; a closed one does while it owes something all the same."""
    return case.state is not CaseState.CLOSED or case.next_action.kind in ("authorization", "read_letter")


def _search_text(case: Case) -> str:
    known = authorization_of(case)
    number = known.number if known is not None and known.number else ""
    return f"{case.number} {case.payer_name} {case.service_label} {number}".strip().casefold()


def _counted_by(case: Case) -> dict[str, Any]:
    """Return what history is counted by (edges.store.tallies)."""
    decided = decided_call(case)
    return {
        "reason_kind": case.routing.reason_kind,
        "service_key": plain(case.service_key),
        "diagnosis_key": plain(case.diagnosis_key),
        "result": decided.result if decided else None,
        "decided_at": decided.recorded_at if decided else None,
    }
