"""Types of a payer's P2P rule. Every rule is dated and sourced; what the payer does not say is None."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, time

from app.core.denial import Denial

UNITS = ("hours", "business_hours", "calendar_days", "business_days", "appeal_period", "until_decision")
ANCHORS = (
    "denial_posted",
    "letter_date",
    "notice_received",
    "verbal_notice",
    "plan_outreach",
    "discharge",
    "first_attempt",
)
SETTINGS = ("any", "pre_service", "outpatient", "inpatient", "concurrent", "post_discharge")
# What `setting` may be told to be; no window is for a service that is over, and some payers then talk no more.
TOLD_SETTINGS = (*SETTINGS[1:], "post_service")
SPEAKERS = (
    "physician",
    "covering_physician",
    "resident",
    "pa",
    "np",
    "doctoral_degree",
    "licensed_clinician",
    "medical_director",
    "provider",  # the payer names no role
)

# Where a service is a drug, by the code's own system: HCPCS J codes, Q51.. biosimilars; NDC and RxNorm wholly.
_DRUG_SYSTEMS = ("http://hl7.org/fhir/sid/ndc", "http://www.nlm.nih.gov/research/umls/rxnorm")
_HCPCS_SYSTEMS = (
    "https://www.cms.gov/medicare/coding/hcpcsreleasecodesets",
    "http://www.cms.gov/medicare/coding/hcpcsreleasecodesets",
    "https://www.cms.gov/medicare/coding/medhcpcsgeninfo",
    "https://bluebutton.cms.gov/resources/codesystem/hcpcs",
    "urn:oid:2.16.840.1.113883.6.285",
)


@dataclass(frozen=True, slots=True)
class WindowRule:
    """
    How long the P2P may be asked for or held.

    unit: hours elapse; business_hours elapse on business days only; days end at the close of business of the last one,
    day 1 being the next; appeal_period lasts as long as an appeal may be filed, until_decision as long as the payer has
    not decided (amount 0)
    """

    amount: int
    unit: str  # UNITS
    anchor: str  # ANCHORS
    setting: str = "any"  # SETTINGS
    must: str = "complete"  # request | complete within the window


@dataclass(frozen=True, slots=True)
class PayerHours:
    """When the payer answers: local hours in its zone on these weekdays (MO..SU), never on `closed` dates."""

    zone: str
    days: tuple[str, ...]
    opens: time
    closes: time
    closed: Set[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value was read, when, and how surely; `why` is told where a site put it in the place of another."""

    source: str
    verified_on: date
    grade: str  # V seen there | S seen elsewhere | G general knowledge | I inferred
    why: str | None = None


@dataclass(frozen=True, slots=True)
class PayerRule:
    """
    What one payer (or the vendor it delegates to) does about P2P, for these lines of business.

    Every value rests on source, verified_on and grade, unless `evidence` names it: ask evidence_of.
    """

    key: str
    payer: str
    names: tuple[str, ...]  # how sources name it, as matching.plain_name writes it
    identifiers: tuple[tuple[str, str], ...]
    lines_of_business: tuple[str, ...]  # empty: any
    windows: tuple[WindowRule, ...]
    source: str
    verified_on: date
    grade: str  # V | S | G | I
    hours: PayerHours | None = None
    phone: str | None = None
    portal: str | None = None  # https address at which a call is asked for
    channels: tuple[str, ...] = ()  # published | portal | phone | fax | form
    who_may_speak: tuple[str, ...] = ()  # SPEAKERS
    who_calls: str | None = None  # payer | us
    windows_to_offer_min: int | None = None
    lane: str | None = None  # pre_denial | post_denial | informational: fixed by the payer, None when both
    post_denial_informational_for: tuple[str, ...] = ()  # lines of business where a late call changes nothing
    new_information: str | None = None  # required | allowed | written_only | as_appeal | cancels_p2p
    effect: str | None = None  # may_overturn | educational
    when_asking: str = ""  # what to say when a call is scheduled, in our words
    blocked_by_appeal: bool | None = None
    notes: str = ""
    states: tuple[str, ...] = ()  # two letters; empty: any. A plan known to be of another state is another payer
    services: str | None = None  # drugs | medical: the rule is for these only
    vendor: bool = False  # decides for other payers: an answer from it is its own, whoever the plan's payer is
    funding: tuple[str, ...] = ()  # empty: any
    settings: tuple[str, ...] = ()  # a programme for these settings only; then the setting must be known
    reasons: tuple[str, ...] = ()  # a programme for these kinds of reason only; then the kind must be known
    for_payers: tuple[str, ...] = ()  # keys: a vendor's rule that was published for these payers only
    vendors: tuple[str, ...] = ()  # keys of vendors known to decide for this payer
    report: bool = False  # what a hospital told of several payers; no answer's rule, an example to read
    effective: date | None = None  # for answers from this day on
    until: date | None = None  # for answers before this day
    closed: frozenset[date] = frozenset()  # days on which this payer does not work, beside the federal holidays
    verbal_notice_counts: bool | None = None  # a notice by telephone starts the window
    speakers_refused: tuple[str, ...] = ()  # "rn", "staff" or SPEAKERS: turned away by name
    delegate_may_schedule: bool | None = None
    appointment: str | None = None  # ad_hoc | scheduled | mixed
    attempts_by_payer: int | None = None
    missed_call: str | None = None  # counts_as_held | payer_decides | call_back | one_more_day
    missed_call_business_days: int | None = None
    calls_max: int | None = None  # calls for one denial
    reviewer: str | None = None  # physician | pharmacist | same_specialty | same_reviewer_first
    withdraw_allowed: bool | None = None  # the request may be withdrawn before the denial and made anew
    retrospective: bool | None = None  # takes calls when the service is over
    lead_minutes: int | None = None  # how long before a call the payer wants to know of it
    appeal_days: int | None = None  # calendar days from the notice within which a first appeal must be filed
    appeal_by: str | None = None  # provider | provider_expedited | member
    appeals_to: str = ""  # fax, portal or postal address for appeals, as the payer prints it
    evidence: tuple[tuple[str, Evidence], ...] = ()
    called: tuple[str, ...] = ()  # `names` as the rule's file spells them

    @property
    def leaves_grace(self) -> bool:
        """Whether one more call may be had, soon, after the first that we missed."""
        return self.missed_call in ("call_back", "one_more_day")

    def evidence_of(self, name: str) -> Evidence:
        """Return where the value of this name was read."""
        own = next((each for field, each in self.evidence if field == name), None)
        return own or Evidence(self.source, self.verified_on, self.grade)


def service_kind(denial: Denial) -> str:
    """Return "drugs" when a line's service code says so by its own system, else "medical"."""
    codes = (line.service for line in denial.lines if line.service and line.service.code)
    return "drugs" if any(_is_drug((code.system or "").lower(), code.code or "") for code in codes) else "medical"


def _is_drug(system: str, code: str) -> bool:
    """Whether a code of this system names a drug."""
    if system in _DRUG_SYSTEMS:
        return True
    return system in _HCPCS_SYSTEMS and (code.upper().startswith("J") or code.upper().startswith("Q51"))
