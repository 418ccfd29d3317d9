"""What the payer said, in our words, each piece with where it stood in the source; and where it leads."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.core.people import Party, Reviewer


class Decision(StrEnum):
    """What was decided, for a line or for the whole answer."""

    APPROVED = "approved"
    PARTIAL = "partial"
    MODIFIED = "modified"
    DENIED = "denied"
    MIXED = "mixed"
    PENDED = "pended"
    CANCELLED = "cancelled"
    ERROR = "error"
    CONFLICT = "conflict"
    NOT_PRIOR_AUTH = "not_prior_auth"
    UNKNOWN = "unknown"


class Path(StrEnum):
    """Where a denial goes next (`route` in the file command)."""

    P2P = "p2p"
    ASK_REASON = "ask_reason"
    REVIEW_MODIFIED = "review_modified"
    APPEAL = "appeal"
    RESUBMIT = "resubmit"
    ADDITIONAL_INFORMATION = "additional_information"
    BENEFIT_EXCEPTION = "benefit_exception"
    NETWORK_EXCEPTION = "network_exception"
    RETRO_AUTHORIZATION = "retro_authorization"
    NEW_REQUEST = "new_request"
    WAIT = "wait"
    NONE = "none"
    CLOSED = "closed"
    HUMAN = "human"


class Lane(StrEnum):
    """Whether a call can still change the first decision."""

    PRE_DENIAL = "pre_denial"
    POST_DENIAL = "post_denial"
    INFORMATIONAL = "informational"


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its system; a code without one is never interpreted."""

    system: str | None
    code: str | None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Words verbatim from a source: `reference` "Type/ID", `path` the element inside it."""

    text: str
    path: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one field of a denial comes from; `how` sure: verbatim in the source | derived | typed by a person."""

    field: str
    how: str
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A P2P invitation found in the payer's words; None where the words do not say."""

    deadline_at: datetime | None
    phone: str | None
    reference: str | None
    quote: str


@dataclass(frozen=True, slots=True)
class DenialLine:
    """One line of the payer's answer, joined to the request's line by `sequence` (0 = the whole answer)."""

    sequence: int
    actions: tuple[Code, ...] = ()  # review action codes (X12 306) and other decision codes
    reasons: tuple[Code, ...] = ()  # reason codes (X12 886, CARC, RARC, other)
    notes: tuple[Quote, ...] = ()  # processNotes linked by noteNumber, reason texts
    service: Code | None = None  # from Claim.item, the ClaimResponse does not carry it
    service_label: str | None = None
    diagnoses: tuple[Code, ...] = ()
    quantity_requested: float | None = None
    quantity_approved: float | None = None
    authorization_number: str | None = None
    reference_number: str | None = None  # the number the payer quotes on the phone
    categories: tuple[Code, ...] = ()  # adjudication categories that are no review action; some payers decide by them
    added: tuple[Code, ...] = ()  # actions of the addItem that the payer put in place of this line
    unit: str | None = None  # of the quantity, as the request words it


@dataclass(frozen=True, slots=True)
class Denial:
    """A payer's answer to a prior authorization request as read from one source, before any decision of ours."""

    reference: str  # "ClaimResponse/ID" in the EHR; from elsewhere "told:" and a digest, the same each time
    use: str | None
    status: str | None
    outcome: str | None
    created_at: datetime | None
    patient: str | None  # "Patient/ID"
    insurer: Party
    request: str | None = None  # "Claim/ID"
    continues: tuple[str, ...] = ()  # earlier requests that its request takes up, "Claim/ID": an appeal, a correction
    identifiers: tuple[tuple[str | None, str], ...] = ()
    lines: tuple[DenialLine, ...] = ()
    actions: tuple[Code, ...] = ()  # header adjudication
    notes: tuple[Quote, ...] = ()  # every processNote
    disposition: Quote | None = None
    errors: tuple[Code, ...] = ()
    information_requested: bool = False
    reviewer: Reviewer | None = None
    human_reviewed: bool | None = None
    urgent: bool | None = None
    authorization_number: str | None = None
    reference_number: str | None = None
    ordering: str | None = None  # "Practitioner/ID" or "PractitionerRole/ID" from the request
    warnings: tuple[str, ...] = ()  # what could not be read, by path, without content
    reasons: tuple[Code, ...] = ()  # header adjudication
    categories: tuple[Code, ...] = ()  # header adjudication
    follow_ups: tuple[Code, ...] = ()  # what the sender of an error asks for (X12 889)
    created_on: date | None = None  # the day of created_at as its writer wrote it, in the writer's own zone
    in_words: bool = False  # a letter or a bare text: its words alone say what was decided
    invitations: tuple[Quote, ...] = ()  # words that speak of a call and of nothing else
    appeals: tuple[Quote, ...] = ()  # words of a letter that tell of the right to appeal
    already_given: Quote | None = None  # the words by which a letter denies a service that was already given
    origins: tuple[Origin, ...] = ()  # where its fields come from, for sources other than FHIR
    authorized_from: date | None = None  # the days in which what was authorized may be used, both included
    authorized_until: date | None = None
    provider_name: str | None = None  # who asked, as a source outside the EHR names them: suggested, never taken


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of the plan. line_of_business: commercial, medicare_advantage, medicaid, marketplace, None
    unknown; funding: fully_insured, self_insured, public, None unknown; state: two letters."""

    reference: str | None
    payer: Party
    line_of_business: str | None = None
    funding: str | None = None
    state: str | None = None
    member_id: str | None = None
    plan: str | None = None


class Way(StrEnum):
    """How a denial came to us; in the order in which a way's word is taken before another's."""

    EHR = "ehr"
    INQUIRY = "inquiry"  # asked of the payer (PAS Claim/$inquire)
    SENT = "sent"  # sent to us by an interface
    FILE = "file"
    LETTER = "letter"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Telling:
    """One denial as one way told it. `by`: who brought it; `because`: why it was taken for the same denial."""

    way: Way
    denial: Denial
    coverage: Coverage
    at: datetime
    by: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class LineRouting:
    """Where one line goes, and why."""

    sequence: int
    decision: Decision
    route: Path
    codes: tuple[Code, ...]
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """Where the whole answer goes. `because` best reason first; `missing` facts that would settle it."""

    decision: Decision
    route: Path
    lane: Lane | None
    lines: tuple[LineRouting, ...]
    because: tuple[str, ...]
    missing: tuple[str, ...] = ()
    offer: Offer | None = None
    reason: str | None = None  # 3-6 words for the worklist
    reason_kind: str | None = None  # clinical, experimental, benefit, administrative, ...
