"""All ports of one piece of work, and what is bound to the site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.core.brief.facts import Evidence
from app.core.brief.opened import Opened
from app.core.brief.packet import Packet
from app.core.brief.paper import Paper
from app.core.brief.payers_copy import PayersCopy
from app.core.brief.sending import Document
from app.core.learn.scorecard import Scorecard
from app.core.outcome.appeal import Appeal
from app.core.people import Clinician, User
from app.core.plan import Solver
from app.core.slots import Habits
from app.core.windows.form import RequestForm
from app.flow.ports.calendars import Accounts, Calendars
from app.flow.ports.detect import Asks, Inquiries, Sources
from app.flow.ports.ehr import Doors, Ehr
from app.flow.ports.literature import Literature, LiteratureShelf
from app.flow.ports.publish import Publications, Publishing
from app.flow.ports.reminders import Notices, Reminders
from app.flow.ports.rules import Policies, Rules
from app.flow.ports.store import Store
from app.flow.ports.talk import Talks
from app.flow.ports.windows import Channels, Feeds, FeedTimes, Links, Messages, PayerDesk
from app.flow.ports.wording import Wording, WordingShelf


class Papers(Protocol):
    """The chart read into facts, its documents each alone, and papers as bytes."""

    def chart(
        self, resources: Mapping[str, dict[str, Any]], *, patient: str | None, added: frozenset[str] = frozenset()
    ) -> Any: ...
    def documents(
        self, resources: Mapping[str, dict[str, Any]], *, patient: str | None, added: frozenset[str] = frozenset()
    ) -> tuple[Document, ...]: ...
    def open(
        self,
        resources: Mapping[str, dict[str, Any]],
        evidence: Sequence[Evidence],
        *,
        added: frozenset[str] = frozenset(),
    ) -> tuple[Opened, ...]:
        """Return each cited resource with the quoted words marked; added: as for the chart."""
        ...

    definitions: Any  # what each measure counts, as markup that is safe to show

    def docx(self, brief: Any) -> bytes: ...
    def pdf(self, brief: Any) -> bytes: ...
    def markdown(self, brief: Any) -> bytes: ...
    def packet(self, packet: Packet, form: str) -> bytes:
        """Return it as html | docx | pdf | md; so too what the payer is given."""
        ...

    def payers_copy(self, copy: PayersCopy, form: str) -> bytes: ...
    def call_sheet(self, copy: PayersCopy, form: str) -> bytes: ...
    def note(self, paper: Paper, form: str) -> bytes: ...
    def appeal(self, appeal: Appeal, form: str) -> bytes: ...

    def scorecard(self, card: Scorecard, *, numbers: Mapping[str, str], zone: str, made_at: datetime) -> bytes: ...

    def has_form(self, payer_key: str | None) -> bool: ...
    def form_docx(self, form: RequestForm, *, payer_key: str | None) -> bytes: ...
    def form_pdf(self, form: RequestForm) -> bytes: ...


class Ids(Protocol):
    """Fresh identifiers: `new_id` 128 random bits; `new_number` short, sayable, no PHI."""

    def new_id(self) -> str: ...
    def new_number(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Site:
    """
    What the site decides for itself: its zone, how long a call takes, how much notice a clinician needs, and after how
    many days a denial from outside the EHR that nobody settles is forgotten.

    habits: what every clinician keeps around calls; own_habits: who keeps another, by reference
    publishing: how free times are told to payers, None where they are not; reads_by_itself: whether Parley may read the
    EHR without anybody signed in
    viewer: address at which the EHR shows a resource, "{reference}" in it; "" where it has none
    cover: who of a clinician's practice takes their calls when they cannot, by reference, in the order of asking
    recording_state: whose rule on recording calls is shown, two letters; None where none is
    """

    zone: str
    call_minutes: int = 20
    notice_minutes: int = 30
    arrivals_days: int = 30
    habits: Habits = field(default_factory=Habits)
    own_habits: Mapping[str, Habits] = field(default_factory=dict)
    publishing: Publishing | None = None
    reads_by_itself: bool = False
    cover: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    viewer: str = ""
    recording_state: str | None = None

    def habits_of(self, clinician: Clinician) -> Habits:
        """Return what this clinician keeps around calls."""
        return self.own_habits.get(clinician.reference, self.habits)


@dataclass(frozen=True, slots=True)
class Ports:
    """All that a flow function may touch, bound to one tenant, one user, one token."""

    tenant: str
    user: User
    site: Site
    store: Store
    rules: Rules
    ids: Ids
    payers: PayerDesk
    papers: Papers
    ehr: Ehr
    patient: str | None = None  # the chart this was launched from; nothing of another patient may be touched
    session_id: str | None = None
    acts_for: str | None = None  # key of the user for whom this is done, where no session of theirs is at hand
    calendars: Calendars | None = None  # without it the EHR's calendar is all that is asked
    accounts: Accounts | None = None  # without it nobody connects a calendar
    links: Links | None = None  # without it no times are offered by link
    messages: Messages | None = None  # without it there is no inbox
    sources: Sources | None = None  # without it no file is taken
    inquiries: Inquiries | None = None  # without it no payer is asked
    asks: Asks | None = None
    doors: Doors | None = None  # without it the EHR is asked at every access
    solver: Solver | None = None  # without it a plan is good and not proven
    channels: Channels | None = None  # without it no payer is written to
    reminders: Reminders | None = None  # without it nobody is told of a call
    notices: Notices | None = None
    feeds: Feeds | None = None  # without it no payer publishes in a feed
    feed_times: FeedTimes | None = None
    publications: Publications | None = None  # without it nothing is published
    talks: Talks | None = None  # without it nothing of a call is kept before it is logged
    policies: Policies | None = None  # without it no policy is quoted
    literature: Literature | None = None  # without it PubMed is not asked
    literature_shelf: LiteratureShelf | None = None
    wording: Wording | None = None  # without it every sentence is our own
    wording_shelf: WordingShelf | None = None
