"""The EHR: what is read of it, what stands in it, the sessions and tokens through which it is seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.core.brief.sending import Submission
from app.core.denial import Coverage, Denial
from app.core.effects import Effect
from app.core.interval import Interval
from app.core.people import Clinician, Patient, User
from app.errors import ParleyError


@dataclass(frozen=True, slots=True)
class DenialFound:
    """A denial with what the EHR tells around it."""

    denial: Denial
    coverage: Coverage
    patient: Patient
    clinician: Clinician | None
    encounter: str | None = None


@dataclass(frozen=True, slots=True)
class DenialsRead:
    """What a search for denials gave; `problems` are sentences about what could not be read (no PHI)."""

    found: tuple[DenialFound, ...]
    problems: tuple[str, ...] = ()
    supported: bool = True  # False: this EHR does not offer ClaimResponse


@dataclass(frozen=True, slots=True)
class BusyRead:
    """
    A clinician's busy time as one calendar tells it; `verified` False when it could not be read.

    places: where some of it is, by a name that tells places apart
    """

    busy: tuple[Interval, ...]
    verified: bool
    read_at: datetime
    warnings: tuple[str, ...] = ()
    places: Mapping[Interval, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChartRead:
    """The patient's chart as raw resources by "Type/ID", for the brief; `left_out` says what was not read."""

    resources: Mapping[str, dict[str, Any]]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestRead:
    """
    A request (Claim) as the EHR holds it, raw, with what it names by "Type/ID".

    base: of the EHR, under which its references resolve. identifiers: (system, value) under which it was sent
    """

    claim: dict[str, Any]
    beside: Mapping[str, dict[str, Any]]
    base: str
    identifiers: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: the resource's reference and version where it stands."""

    reference: str
    version: str | None = None
    how: str = ""  # created | found | updated | fallback type in words


@dataclass(frozen=True, slots=True)
class Refusal:
    """That an EHR refused a kind of write: type, letter (c u), why in plain words."""

    kind: str
    letter: str
    why: str
    at: datetime


class Refusals(Protocol):
    """
    What EHRs refused, so that the next write need not try.

    under: the circumstances in which it was refused (statement, scopes, site's record); under others it says nothing
    """

    def of(self, tenant: str, under: str, *, since: datetime) -> tuple[Refusal, ...]: ...
    def note(self, tenant: str, under: str, refusal: Refusal) -> None: ...
    def standing(self, tenant: str, *, since: datetime) -> tuple[Refusal, ...]:
        """Return what is remembered of an EHR under whatever circumstances, the latest of each kind."""
        ...

    def forget(self, *, before: datetime) -> int:
        """Forget what is older; return how much that was."""
        ...


class Ehr(Protocol):
    """One EHR seen through one token: a launch session's in a request, a session's or the backend's in the worker."""

    def denials(self, *, patient: str | None, now: datetime) -> DenialsRead: ...
    def patient(self, reference: str) -> Patient: ...
    def patients(self, *, mrn: str | None, name: str | None, birth_date: str | None) -> tuple[Patient, ...]:
        """Return the patients of this record number, or of this name and birth date; at most ten."""
        ...

    def clinicians(self, *, name: str) -> tuple[Clinician, ...]:
        """Return the clinicians of this name or NPI, at most twenty; Permanent where they cannot be looked for."""
        ...

    def clinician(self, reference: str) -> Clinician:
        """Return the clinician at "Practitioner/ID" with their hours; Permanent when there is none."""
        ...

    def busy(self, clinician: Clinician, span: Interval, *, now: datetime) -> BusyRead: ...
    def chart(self, patient: str, *, now: datetime) -> ChartRead: ...
    def request(self, reference: str, *, patient: str) -> RequestRead:
        """Return the request at "Claim/ID" with what it names; Permanent when it is not this patient's."""
        ...

    def sent(self, patient: str, *, about: tuple[str, ...], payers: tuple[str, ...]) -> Submission:
        """Return what went to the payer for the request named in `about`; payers: references of the payer."""
        ...

    def perform(self, effect: Effect, *, seen: bool, wrote: Mapping[str, str], may_send: bool = True) -> Written:
        """
        Make `effect` true in the EHR and return where it stands.

        seen: an earlier try may have reached the EHR, so look before sending. may_send False: only look, and raise
        WriteUnknown when nothing is found (a server's search may lag behind its store; the outbox says when to send).
        """
        ...


class Ehrs(Protocol):
    """EHR access for the worker: by the session that caused the effect, else by the backend's own token."""

    def for_effect(self, tenant: str, session_id: str | None, *, now: datetime) -> Ehr: ...


class Doors(Protocol):
    """What the EHR lately said to a session that asked for a chart: "open", or "unanswered" when it did not answer."""

    def lately(self, session_id: str, patient: str, *, now: datetime) -> str | None: ...
    def note(self, session_id: str, patient: str, *, how: str, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class EhrSession:
    """One launch, as the pages see it; tokens stay behind the session's id."""

    id: str
    tenant: str
    ehr_name: str
    user: User
    patient: str | None  # "Patient/ID" of the chart it was launched from, None on the worklist tab
    encounter: str | None
    opens: tuple[str, ...]  # references named by fhirContext, e.g. "ClaimResponse/ID"; a case's id
    scopes: str
    shows_banner: bool  # the EHR shows whose chart this is
    frame_ancestors: tuple[str, ...]
    zone: str
    style: Mapping[str, str]
    csrf: str
    launched_at: datetime
    expires_at: datetime


class SessionEnded(ParleyError):
    """The session is over, unknown, or not this browser's."""

    say = "This session has ended."
    next = "Open Parley again from the EHR. What you had saved is safe."


class Sessions(Protocol):
    """The launch's sessions. `open` raises SessionEnded; it never says which of its reasons."""

    def open(self, session_id: str, secret: str | None, *, now: datetime, active: bool) -> EhrSession: ...
    def end(self, session_id: str, *, now: datetime) -> None: ...


class Tokens(Protocol):
    """
    Access tokens for the EHR, and for payers by the rule book's key; SignInNeeded when a person must launch again.

    rejected: the token that was just answered with 401; another is fetched, whatever life that one seemed to have
    """

    def of_session(self, session_id: str, *, now: datetime, rejected: str | None = None) -> str: ...
    def of_backend(self, tenant: str, *, now: datetime, rejected: str | None = None) -> str: ...
    def of_payer(self, key: str, *, now: datetime, rejected: str | None = None) -> str: ...
