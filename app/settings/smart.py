"""What smart-config.json may say, as documented in docs/smart-config.md; it holds no secrets."""

from dataclasses import dataclass, field

import msgspec


class Scopes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked at each kind of launch; None leaves it to what the server offers."""

    chart: str | None = None
    worklist: str | None = None
    backend: str | None = None


class Timeouts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes a session may lie idle, and live at most."""

    idle: int = 15
    absolute: int = 600


class Sync(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes between looks at the EHR, and the most requests a second."""

    denials_min: int = 30
    calendar_min: int = 10
    reconcile_cron: str | None = None
    max_rps: float = 5.0


class DocumentProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a note is written. `type` a LOINC code."""

    type: str = "34748-4"
    category: str = "clinical-note"
    mime: str | tuple[str, ...] = ""  # "" lets the text decide its character set; several where the EHR takes them
    needs_encounter: bool = False
    needs_period: bool = False


class CommunicationProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a message is written."""

    category: str = "notification"
    sender: str | None = None
    recipient_group: str | None = None
    needs_patient: bool = False
    calendar_file: str = "auto"


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What this site's EHR takes, beyond what its CapabilityStatement says."""

    appointment: str = "generic"
    slot_type: str = ""
    call_document: str = ""
    document: DocumentProfile = msgspec.field(default_factory=DocumentProfile)
    communication: CommunicationProfile = msgspec.field(default_factory=CommunicationProfile)
    questionnaire_response: str = "off"
    task: str = "auto"
    viewer: str = ""


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Clinicians' hours where the EHR tells none: days MO..SU, local times "HH:MM"."""

    days: tuple[str, ...] = ("MO", "TU", "WE", "TH", "FR")
    start: str = "08:00"
    end: str = "17:00"


class Publishing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the clinicians' office is, and how their free times are told to payers that read them."""

    phone: str
    line: str
    city: str
    state: str
    postal_code: str
    name: str = ""
    days: int = 14
    notice_hours: int = 24
    every_min: int = 10


class CallHabits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept around calls: minutes free before and after, on the way; hours for calls, hours without any."""

    prepare_minutes: int = 0
    wrap_up_minutes: int = 0
    travel_minutes: int = 0
    protected: tuple[Hours, ...] = ()
    clinic: tuple[Hours, ...] = ()


class ClinicianRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a site tells of one clinician; `calls` None: as everybody."""

    covered_by: tuple[str, ...] = ()
    calls: CallHabits | None = None


class Issuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One EHR that may launch us."""

    slug: str
    fhir_base: str
    client_id: str
    auth: str
    display: str = ""
    kind: str = "generic"
    alg: str = "ES384"
    kid: str | None = None
    backend_client_id: str | None = None
    pinned_hosts: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    scopes: Scopes = msgspec.field(default_factory=Scopes)
    refresh: str = "online"
    nonce: str = "require"
    cookieless: bool = False
    banner: str = "auto"
    timeouts: Timeouts = msgspec.field(default_factory=Timeouts)
    sync: Sync = msgspec.field(default_factory=Sync)
    profile: Profile = msgspec.field(default_factory=Profile)
    overrides: dict[str, bool] = msgspec.field(default_factory=dict)
    roles: dict[str, str] = msgspec.field(default_factory=dict)
    default_role: str = "delegate"
    zone: str = "UTC"
    hours: Hours = msgspec.field(default_factory=Hours)
    call_minutes: int = 20
    notice_minutes: int = 30
    calls: CallHabits = msgspec.field(default_factory=CallHabits)
    clinicians: dict[str, ClinicianRecord] = msgspec.field(default_factory=dict)
    arrivals_days: int = 30
    publishing: Publishing | None = None
    recording_state: str | None = None

    @property
    def who(self) -> str:
        """Return how it is named in sentences."""
        return "The EHR"


class PayerInquiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a payer says how a request stands (PAS Claim/$inquire), and Parley's backend client there."""

    fhir_base: str
    client_id: str
    alg: str = "ES384"
    kid: str | None = None
    token_endpoint: str | None = None
    pinned_hosts: tuple[str, ...] = ()
    scopes: str = "system/Claim.rs system/ClaimResponse.rs"
    every_min: int = 60
    per_minute: int = 10


class PayerMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a payer takes messages; `certificate` names a PEM file, beside smart-config.json or by its whole path."""

    to: str
    certificate: str | None = None
    senders: tuple[str, ...] = ()


class PayerFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feed in which a payer publishes its reviewers' times; `url` may come from PARLEY_FEED_URL_<KEY> instead."""

    kind: str
    url: str | None = None
    every_min: int = 5
    user: str | None = None
    hosts: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    zone: str | None = None
    opaque_is_busy: bool = False
    words: tuple[str, ...] = ()


class PayerFax(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a payer takes faxes; `confidential`: the site has made sure who reads them there."""

    to: str
    attention: str = ""
    confidential: bool = False
    senders: tuple[str, ...] = ()


class PayerEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a payer of the rule book publishes its reviewers' slots, says how a request stands, takes messages."""

    key: str
    slots_base: str | None = None
    books: bool = False
    feed: PayerFeed | None = None
    inquire: PayerInquiry | None = None
    message: PayerMessage | None = None
    fax: PayerFax | None = None


class MailInbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The site's mailbox, in which payers' answers are read; `issuer` gets what names no case."""

    host: str
    user: str
    port: int = 993
    security: str = "implicit"
    folder: str = "INBOX"
    ca_file: str | None = None
    issuer: str | None = None
    token_endpoint: str | None = None
    client_id: str = ""
    scope: str = ""


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The site's mail server, through which payers are written to."""

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    user: str | None = None
    ca_file: str | None = None
    inbox: MailInbox | None = None


class Sms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The service that takes text messages to clinicians (docs/text-messages.md)."""

    url: str
    sender: str = ""


class Fax(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How faxes go out: by a service at `url`, or by a gateway that takes mail."""

    name: str
    number: str
    phone: str
    url: str | None = None
    user: str | None = None
    body: str = "json"
    gateway: str | None = None


class Hook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service that tells us of what came by fax or message, at /hooks/NAME; `issuer` gets what names no case."""

    name: str
    channel: str
    issuer: str | None = None


class GoogleCalendars(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parley's OAuth client at Google, through which clinicians connect their calendars."""

    client_id: str
    api_base: str = "https://www.googleapis.com/calendar/v3"
    authorize_endpoint: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token_endpoint: str = "https://oauth2.googleapis.com/token"  # noqa: S105 an address
    revoke_endpoint: str = "https://oauth2.googleapis.com/revoke"


class MicrosoftCalendars(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parley's OAuth client at Microsoft; other bases for a national cloud."""

    client_id: str
    directory: str = "organizations"
    login_base: str = "https://login.microsoftonline.com"
    api_base: str = "https://graph.microsoft.com/v1.0"


class Calendars(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which calendars outside the EHR clinicians may connect. typed: by an address of theirs (ICS, CalDAV)."""

    typed: bool = True
    google: GoogleCalendars | None = None
    microsoft: MicrosoftCalendars | None = None


class Literature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PubMed may be asked for publications; email, tool: who asks, as NCBI wants to be told."""

    email: str
    tool: str = "parley"
    url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An OpenAI-compatible address, up to and with its version, and the model that says sentences more smoothly."""

    url: str
    model: str


class SmartConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    issuers: tuple[Issuer, ...]
    payers: tuple[PayerEndpoint, ...] = ()
    client_name: str = "Parley"
    mail: Mail | None = None
    hooks: tuple[Hook, ...] = ()
    fax: Fax | None = None
    sms: Sms | None = None
    calendars: Calendars = msgspec.field(default_factory=Calendars)
    literature: Literature | None = None
    wording: Wording | None = None


@dataclass(frozen=True, slots=True)
class IntakeKey:
    """Who may send denials to POST /intake, for which issuer; `digest` SHA-256 of the key, in hex."""

    sender: str
    tenant: str
    digest: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a payer's feed lies and what opens it: a password of its user, a bearer key without one. Both secret."""

    url: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
