"""
An office at work: the real store on SQLite, the real rules and papers, counterparts with a memory, a clock to push.

`bring` takes a denial through the real stages to where a test begins.
"""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import event, select

from app.core.case import Case, OfferedWindow
from app.core.denial import Code, Coverage, DenialLine, Quote
from app.core.interval import Interval
from app.core.outcome import OutcomeForm
from app.core.people import Clinician, Party, Patient, Reviewer, Role, User
from app.edges.papers import PaperMaker
from app.edges.rulebook import RuleBook
from app.edges.rulebook.policies import SitePolicies
from app.edges.rulebook.site import SiteRules
from app.edges.store import Database, SqlAsks, SqlStore, open_database
from app.edges.store.feed_times import SqlFeedTimes
from app.edges.store.links import SqlLinks
from app.edges.store.literature import SqlLiterature
from app.edges.store.messages import SqlMessages
from app.edges.store.policies import SqlPolicies
from app.edges.store.publications import SqlPublications
from app.edges.store.reminders import SqlReminders
from app.edges.store.tables import metadata
from app.edges.store.talks import SqlTalks
from app.edges.store.wordings import SqlWordings
from app.flow import book, call, detect, outcome, slots, tick, windows
from app.flow.ports import DenialFound, Event, Ports, Site
from app.wire import RULES, FileSources
from tests.builders import CLINICIAN, MONDAY, NECESSITY, a_denial
from tests.fakes.ehr import FakeEhr
from tests.fakes.ids import CountingIds
from tests.fakes.literature import FakeLiterature
from tests.fakes.notices import FakeNotices
from tests.fakes.payers import FakeChannels, FakeDesk, FakeFeeds, FakeInquiries
from tests.fakes.wording import FakeWording

TENANT = "sandbox"
ZONE = "America/Chicago"
ACTION, REASON = "https://codesystem.x12.org/005010/306", "https://codesystem.x12.org/external/886"
NOT_CERTIFIED = Code(ACTION, "A3")
EXCLUDED = Code(REASON, "0M")
INVITATION = "A peer-to-peer discussion may be requested within 3 calendar days of this notice at 800-555-0101."
# A payer of the rule book that publishes its times.
PUBLISHER = ("uhc_general", "UnitedHealthcare")
PICTURED = ("cases", "case_documents", "effects", "events", "busy_quanta", "arrivals", "asks", "brief_entries")
STATES = (
    "open", "offered", "held", "booked", "connected", "missed", "decided", "confirmed", "closed", "lapsed", "no_call",
    "upheld",
)  # fmt: skip

SETTLED = {
    "decided": {"final": False},
    "confirmed": {"final": True},
    "closed": {"final": True},
    "upheld": {"result": "upheld", "final": True},
}


@cache
def the_rules() -> RuleBook:
    """Return the rule book, read once."""
    return RuleBook.load(RULES)


@cache
def _empty_database() -> Path:
    path = Path(tempfile.mkdtemp(prefix="parley-empty-")) / "empty.db"
    database = open_database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


def a_database(folder: Path) -> Database:
    """Return a fresh SQLite database with its tables; it need not survive a power cut."""
    database = open_database(f"sqlite:///{shutil.copy(_empty_database(), folder / 'office.db')}")
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return database


def a_user(role: Role = Role.COORDINATOR, *, tenant: str = TENANT) -> User:
    """Return somebody of this role."""
    return User(f"{tenant}|{role.value}", f"Test {role.value.title()}", role, f"Practitioner/{role.value}")


def a_patient(id: str) -> Patient:
    """Return an invented patient whose name tells who it is."""
    return Patient(f"Patient/{id}", f"Synthetic-{id}", "1960-02-03", "female", f"MRN-{id}")


def an_answer(
    id: str = "cr1",
    *,
    patient: str = "p1",
    payer: str = "Payer Test",
    line_of_business: str | None = "commercial",
    clinician: Clinician | None = CLINICIAN,
    reason: Code | None = NECESSITY,
    action: Code = NOT_CERTIFIED,
    encounter: str | None = None,
    **changes,
) -> DenialFound:
    """Return a payer's answer as an EHR gives it: one line denied, unless told otherwise. changes: of the Denial."""
    who = a_patient(patient)
    reasons = (reason,) if reason else ()
    line = DenialLine(1, actions=(action,), reasons=reasons, service_label="Lumbar fusion", quantity_requested=2)
    said = ("Six weeks of therapy not shown.", INVITATION)
    notes = tuple(Quote(text, f"processNote[{n}].text", f"ClaimResponse/{id}") for n, text in enumerate(said))
    base = a_denial(reference=f"ClaimResponse/{id}", patient=who.reference, insurer=Party(payer), lines=(line,))
    denial = replace(base, request=f"Claim/{id}", reference_number=f"REF-{id}", notes=notes, created_on=MONDAY.date())
    denial = replace(denial, **changes)
    coverage = Coverage(f"Coverage/{patient}", Party(payer), line_of_business=line_of_business, member_id="X1")
    return DenialFound(denial, coverage, who, clinician, encounter)


def a_slot(number: int, *, after: float, minutes: int = 20) -> OfferedWindow:
    """Return a time that the payer publishes, `after` hours from Monday's start."""
    start = MONDAY + timedelta(hours=after)
    return OfferedWindow(
        id=f"slot-{number}",
        interval=Interval(start, start + timedelta(minutes=minutes)),
        channel="published",
        slot=f"https://payer.example/fhir/Slot/{number}",
        reviewer=Reviewer(name="Dr Peer Example", specialty="Orthopaedic surgery"),
    )


def empty(database: Database) -> None:
    """Let a database hold nothing but its tables again."""
    _put_back(database, _empty_database())


@dataclass
class Office:
    """All that flow needs, with a memory."""

    database: Database
    now: datetime = MONDAY
    ehr: FakeEhr = field(default_factory=FakeEhr)
    desk: FakeDesk = field(default_factory=FakeDesk)
    inquiries: FakeInquiries = field(default_factory=FakeInquiries)
    channels: FakeChannels = field(default_factory=FakeChannels)
    feeds: FakeFeeds = field(default_factory=FakeFeeds)
    ids: CountingIds = field(default_factory=CountingIds)
    papers: PaperMaker = field(default_factory=PaperMaker)
    site: Site = field(default_factory=lambda: Site(ZONE))
    literature: FakeLiterature | None = None  # off, as with us
    wording: FakeWording | None = None

    def __post_init__(self) -> None:
        self.store, self.asks = SqlStore(self.database), SqlAsks(self.database)
        self.notices = FakeNotices(self.store.case)
        self.feed_times = SqlFeedTimes(self.database)
        self.ehr.staff.setdefault(CLINICIAN.reference, CLINICIAN)
        self.rules = SiteRules(the_rules(), self.store)
        self.policies = SitePolicies(SqlPolicies(self.database), the_rules)

    def push(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)

    def ports(self, role: Role = Role.COORDINATOR, *, tenant: str = TENANT, **changes) -> Ports:
        """Return the ports of a person of this role, from the worklist unless `patient` is given."""
        base = Ports(
            tenant=tenant,
            user=a_user(role, tenant=tenant),
            site=self.site,
            store=self.store,
            rules=self.rules.of(tenant),
            ids=self.ids,
            payers=self.desk,
            papers=self.papers,
            links=SqlLinks(self.database),
            messages=SqlMessages(self.database),
            sources=FileSources(),
            inquiries=self.inquiries,
            asks=self.asks,
            channels=self.channels,
            reminders=SqlReminders(self.database),
            notices=self.notices,
            feeds=self.feeds,
            feed_times=self.feed_times,
            publications=SqlPublications(self.database),
            policies=self.policies,
            literature=self.literature,
            literature_shelf=SqlLiterature(self.database),
            wording=self.wording,
            wording_shelf=SqlWordings(self.database),
            talks=SqlTalks(self.database),
            ehr=self.ehr,
        )
        return replace(base, **changes)

    def case(self, case_id: str, *, tenant: str = TENANT) -> Case:
        """Return a case as it stands."""
        return self.store.case(tenant, case_id)

    def effects(self, case: Case) -> list[str]:
        """Return the kinds of the writes that were asked for, in order."""
        return [each.kind for each in self.store.effects_of(case.tenant, case.id)]

    def events(self, case: Case) -> list[str]:
        """Return the kinds of what happened, in order."""
        return [each.kind for each in self.story(case)]

    def story(self, case: Case) -> tuple[Event, ...]:
        """Return what happened, in order."""
        return self.store.story(case.tenant, case.id)

    def rows(self, table: str) -> list[tuple]:
        """Return a whole table."""
        chosen = metadata.tables[table]
        with self.database.reading() as connection:
            return [tuple(row) for row in connection.execute(select(chosen).order_by(*chosen.primary_key))]

    def audited(self) -> list[tuple[str, str, str | None, str | None]]:
        """Return (who, act, case, patient) of every entry of the audit."""
        columns = list(metadata.tables["audit"].columns.keys())
        wanted = [columns.index(name) for name in ("who", "act", "case_id", "patient")]
        return [tuple(row[each] for each in wanted) for row in self.rows("audit")]

    def photo(self) -> dict[str, list[tuple]]:
        """Return all that is kept of cases: to tell that nothing was changed. The audit of views is not in it."""
        return {name: self.rows(name) for name in PICTURED}


def detected(office: Office, found: DenialFound | None = None, **more) -> Case:
    """Return the case of an answer, as the worker opens it."""
    wanted = found or an_answer(**more)
    office.ehr.tell(wanted)
    detect.detect_denials(office.ports(), patient=wanted.patient.reference, now=office.now)
    return office.store.case_of_denial(TENANT, wanted.denial.reference)


def told_window(*, start: str = "10:00", end: str = "14:00", day: str = "2026-11-23") -> windows.ToldWindow:
    """Return a window as a person typed it, Chicago time; by default an hour from Monday's start."""
    return windows.ToldWindow(day=day, start=start, end=end, zone=ZONE, channel="phone", told_by="Scheduler Example")


def keep_window(office: Office, case: Case, **more) -> Case:
    """Return the case with a told window."""
    told = told_window(**more)
    return windows.capture_told_window(office.ports(), case.id, told, seen=case.version, now=office.now)


def best_slot(office: Office, case: Case) -> book.Wanted:
    """Return the best slot that can be booked now."""
    best = slots.propose_slots(office.ports(), case.id, now=office.now).slots[0]
    return book.Wanted(best.interval.start, best.interval.end)


def book_best(office: Office, case: Case) -> Case:
    """Return the case with its best slot booked."""
    wanted = best_slot(office, case)
    return book.book(office.ports(), case.id, wanted, seen=office.case(case.id).version, now=office.now)


def hold_best(office: Office, case: Case) -> Case:
    """Return the case with its best slot held for four hours."""
    wanted, until = [best_slot(office, case)], office.now + timedelta(hours=4)
    seen = office.case(case.id).version
    return book.hold(office.ports(), case.id, wanted, until=until, waits_on="payer", seen=seen, now=office.now)


def an_attempt(at: datetime, **changes) -> dict:
    """Return an attempt as the form gives it: the reviewer was reached."""
    told = {
        "at": at,
        "direction": "ours",
        "number": "800-555-0101",
        "reached": "reviewer",
        "reached_name": "Dr Peer Example",
        "result": "connected",
        "hold_minutes": 7,
        "note": None,
        "reviewer": Reviewer("Dr Peer Example", "MD", "Internal medicine"),
    }
    return told | changes


def log(office: Office, case: Case, **changes) -> Case:
    """Return the case with one more attempt, now."""
    told = an_attempt(office.now, **changes)
    return call.log(office.ports(), case.id, **told, seen=case.version, now=office.now)


def settle(office: Office, case: Case, **form) -> Case:
    """Return the case with its outcome."""
    told = OutcomeForm(**({"result": "approved", "reference_number": "REF-OUT-1"} | form))
    return outcome.record_outcome(office.ports(), case.id, told, seen=case.version, now=office.now)


_WALKED: dict[str, tuple[Path, Case, datetime, FakeEhr, int]] = {}


def bring(office: Office, to: str, **answer) -> Case:
    """
    Return a case that has gone the real way to the state `to` (STATES). answer: as an_answer.

    The way is walked once a process for each kind of case; a fresh office takes over what the first one came to.
    """
    if office.ids.count:
        return _walk(office, to, **answer)
    name = repr((to, sorted(answer.items()), office.now))
    if name not in _WALKED:
        case = _walk(office, to, **answer)
        path = _empty_database().with_name(f"walked-{len(_WALKED)}.db")
        with closing(sqlite3.connect(office.database.engine.url.database)) as connection:
            connection.execute("VACUUM INTO ?", (str(path),))
        _WALKED[name] = (path, case, office.now, deepcopy(office.ehr), office.ids.count)
        return case
    path, case, office.now, ehr, office.ids.count = _WALKED[name]
    office.ehr.tell(*ehr.answers)
    _put_back(office.database, path)
    return case


def _put_back(database: Database, path: Path) -> None:
    """Let the database hold what another one held; nobody may be at work on it."""
    database.engine.dispose()
    place = Path(database.engine.url.database)
    for stale in place.parent.glob(f"{place.name}-*"):
        stale.unlink()
    shutil.copy(path, place)


def _walk(office: Office, to: str, **answer) -> Case:
    if to == "no_call":
        return detected(office, **({"reason": EXCLUDED, "notes": ()} | answer))
    case = detected(office, **answer)
    if to == "open":
        return case
    if to == "lapsed":
        return _lapse(office, case)
    case = keep_window(office, case)
    if to == "offered":
        return case
    if to == "held":
        return hold_best(office, case)
    case = book_best(office, case)
    office.now = max(office.now, case.booking.interval.end if to != "booked" else office.now)
    if to == "missed":
        return log(office, case, result="payer_no_show", reached="nobody", reviewer=None, reached_name=None)
    if to in ("connected", *SETTLED):
        case = log(office, case)
    if to in SETTLED:
        case = settle(office, case, **SETTLED[to])
    if to == "closed":
        case = outcome.close_case(office.ports(), case.id, seen=case.version, now=office.now)
    return case


def _lapse(office: Office, case: Case) -> Case:
    before = office.now
    office.now = max(clock.ends_at for clock in case.clocks if clock.name == "offer") + timedelta(minutes=1)
    tick.lapse_overdue(office.ports(), now=office.now)
    office.now = max(before, office.now)
    return office.case(case.id)
