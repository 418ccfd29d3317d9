"""The Store port over one database: each save is one transaction of state, time, effects, events and audit."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.core.brief.entries import Entry
from app.core.case import Case
from app.core.detect.person import ToldAnswer
from app.core.effects import Effect
from app.core.interval import Interval
from app.core.learn import Counted
from app.core.learn.counted import Place
from app.core.learn.lessons import MedianAt, Middles, Sums
from app.core.learn.odds import History
from app.core.learn.upstream import Requested
from app.core.people import User
from app.core.rulebook.edits import RuleEdit
from app.core.windows.message import Message
from app.edges.store import arrivals, brief_entries, brief_gaps, cases, learned, rule_edits
from app.edges.store.audit import AuditCheck, append_audit, check_audit
from app.edges.store.catch_up import catch_up, is_whole
from app.edges.store.claims import read_promised
from app.edges.store.database import Database
from app.edges.store.effects import read_states, settle_by_hand
from app.edges.store.events import read_journey, read_journeys, read_story
from app.edges.store.saving import save_one
from app.edges.store.tallies import KeptHistory
from app.edges.store.worklist import read_worklist
from app.flow.ports import Arrival, EffectState, Event, JourneyEvent, Promised, Saving, WorklistPage


class SqlStore:
    """Implements flow.ports.Store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._history = KeptHistory(database)

    def case(self, tenant: str, case_id: str) -> Case:
        """Return the case; raises NoSuchCase, also for another tenant's."""
        with self._database.reading() as connection:
            return cases.read_case(connection, tenant, case_id)

    def case_of_denial(self, tenant: str, denial_reference: str) -> Case | None:
        """Return the case of this denial ("ClaimResponse/ID"), None when it has none."""
        with self._database.reading() as connection:
            return cases.read_case_of_denial(connection, tenant, denial_reference)

    def cases_of_patient(self, tenant: str, patient: str) -> tuple[Case, ...]:
        """Return the patient's cases ("Patient/ID"), the most urgent first, closed ones last."""
        with self._database.reading() as connection:
            return cases.read_cases_of_patient(connection, tenant, patient)

    def save(
        self,
        case: Case,
        *,
        effects: Sequence[Effect] = (),
        events: Sequence[Event] = (),
        messages: Sequence[Message] = (),
        seen: int | None,
        session_id: str | None = None,
        acts_for: str | None = None,
        among: int | None = None,
        now: datetime,
    ) -> Case:
        """
        Save all of it or nothing, and return the case with its new version.

        seen: the version that the decision was made on, None for a new case. The live booking claims its time, any
        other gives it back. Effects go to the outbox once per key; each event is also an entry of the audit.
        messages: of ours, which the inbox keeps beside the case.
        among: with a new case, how many cases its patient had when it was found to be none of them.
        Raises CaseMoved, NoSuchCase, SlotTaken, KnownDenial, NumberTaken, StoreDown.
        """
        saving = Saving(case, seen, effects, events, messages)
        whose = {"session_id": session_id, "acts_for": acts_for}
        saved = self._database.write(lambda connection: save_one(connection, saving, among=among, now=now, **whose))
        self._forget_history(saved)
        return saved

    def save_together(
        self, savings: Sequence[Saving], *, session_id: str | None = None, acts_for: str | None = None, now: datetime
    ) -> tuple[Case, ...]:
        """Save several known cases in one transaction, as save: all of them or none."""
        whose = {"session_id": session_id, "acts_for": acts_for}
        in_order = sorted(savings, key=lambda each: each.case.id)  # so that two who save the same never wait in a ring

        def work(connection: Connection) -> dict[str, Case]:
            return {each.case.id: save_one(connection, each, among=None, now=now, **whose) for each in in_order}

        saved = self._database.write(work)
        for each in saved.values():
            self._forget_history(each)
        return tuple(saved[each.case.id] for each in savings)

    def _forget_history(self, saved: Case) -> None:
        if saved.outcome is not None:
            self._history.forget(saved.tenant)

    def worklist(
        self,
        tenant: str,
        *,
        user_key: str,
        show: str,
        search: str,
        now: datetime,
        limit: int,
        offset: int,
        today_ends_at: datetime | None = None,
    ) -> WorklistPage:
        """Return one page of one filter (see worklist.read_worklist); raises BadInput for an unknown filter."""
        with self._database.reading() as connection:
            return read_worklist(
                connection,
                tenant,
                user_key=user_key,
                show=show,
                search=search,
                now=now,
                limit=limit,
                offset=offset,
                today_ends_at=today_ends_at,
            )

    def promised(self, tenant: str, *, clinician: str, span: Interval, but_case: str, now: datetime) -> Promised:
        """Return what all cases but this one have booked or hold, whether the EHR has been told of it or not."""
        with self._database.reading() as connection:
            return read_promised(connection, tenant, clinician=clinician, span=span, but_case=but_case, now=now)

    def add_arrival(self, tenant: str, arrival: Arrival, *, again: bool = True) -> Arrival:
        """Keep a denial that waits for a person; return it, or the one of this name that is there already."""
        return self._database.write(lambda connection: arrivals.add_arrival(connection, tenant, arrival, again=again))

    def arrival(self, tenant: str, arrival_id: str) -> Arrival:
        """Return a denial that waits; raises NoSuchArrival."""
        with self._database.reading() as connection:
            return arrivals.read_arrival(connection, tenant, arrival_id)

    def arrivals(self, tenant: str) -> tuple[Arrival, ...]:
        """Return the denials that wait for a person, the oldest first."""
        with self._database.reading() as connection:
            return arrivals.read_waiting(connection, tenant)

    def complete_arrival(self, tenant: str, arrival_id: str, told: ToldAnswer) -> None:
        """Keep a waiting denial as a person completed it; raises NoSuchArrival."""
        self._database.write(lambda connection: arrivals.complete_arrival(connection, tenant, arrival_id, told))

    def drop_arrivals(self, tenant: str, *, before: datetime) -> tuple[str, ...]:
        """Forget the waiting denials that came before then; return their ids."""
        return self._database.write(lambda connection: arrivals.drop_arrivals(connection, tenant, before=before))

    def settle_arrival(self, tenant: str, name: str, *, state: str, case_id: str | None) -> None:
        """Say what became of the denial of this name: settled or dropped; what it said is forgotten here."""
        self._database.write(
            lambda connection: arrivals.settle_arrival(connection, tenant, name, state=state, case_id=case_id)
        )

    def open_cases(self, tenant: str, *, after: str, limit: int) -> tuple[Case, ...]:
        """Return open cases in the order of their ids, those after this one ("" for the first)."""
        with self._database.reading() as connection:
            return cases.read_open_cases(connection, tenant, after=after, limit=limit)

    def cases_to_look_at(self, tenant: str, *, now: datetime, limit: int) -> tuple[Case, ...]:
        """Return cases for which time alone has changed what they owe (Case.look_at)."""
        with self._database.reading() as connection:
            return cases.read_cases_to_look_at(connection, tenant, now=now, limit=limit)

    def rules_version(self, tenant: str) -> int:
        """Return the number of the tenant's latest edit of the rule book, 0 for none."""
        with self._database.reading() as connection:
            return rule_edits.read_version(connection, tenant)

    def rule_edits(self, tenant: str) -> tuple[RuleEdit, ...]:
        """Return the tenant's edits of the rule book, the oldest first."""
        with self._database.reading() as connection:
            return rule_edits.read_edits(connection, tenant)

    def add_rule_edit(self, tenant: str, edit: RuleEdit) -> None:
        """Keep an edit with its entry in the audit; raises NumberPassed when its number is not the next one."""
        act = f"rule {edit.kind.value} {edit.rule} {edit.name} #{edit.number}"

        def work(connection: Connection) -> None:
            rule_edits.insert_edit(connection, tenant, edit)
            append_audit(connection, tenant, at=edit.at, who=edit.by, act=act, case_id=None, patient=None)

        self._database.write(work)

    def brief_entries(self, tenant: str, case_id: str) -> tuple[Entry, ...]:
        """Return what people added to the case's brief by hand, the oldest first."""
        with self._database.reading() as connection:
            return brief_entries.read_entries(connection, tenant, case_id)

    def add_brief_entry(self, case: Case, entry: Entry) -> None:
        """Keep a step with its entry in the audit; raises EntryPassed when its number is not the next one."""
        why = entry.told.get("reason")  # of what was let in all the same: the audit must say it
        act = f"brief {entry.kind.value} {entry.thing}" + (f": {why}" if why else "")
        audited = {"act": act, "case_id": case.id}

        def work(connection: Connection) -> None:
            brief_entries.insert_entry(connection, case.tenant, case.id, entry)
            patient = case.patient.reference
            append_audit(connection, case.tenant, at=entry.at, who=entry.by, patient=patient, **audited)

        self._database.write(work)

    def note_gaps(
        self,
        tenant: str,
        case_id: str,
        to_get: int,
        *,
        rule: str | None = None,
        lacked: frozenset[str] | None = None,
        at: datetime,
    ) -> None:
        """Keep what the brief lacked before the call when it was read just now, and what the request had lacked."""

        def work(connection: Connection) -> None:
            brief_gaps.note_gaps(connection, tenant, case_id, to_get, rule=rule, lacked=lacked, at=at)

        self._database.write(work)

    def requests_decided(self, tenant: str) -> tuple[Requested, ...]:
        """Return what was lacked by the requests of decided calls, counted by likeness."""
        with self._database.reading() as connection:
            return brief_gaps.read_requests(connection, tenant)

    def effects_of(self, tenant: str, case_id: str) -> tuple[EffectState, ...]:
        """Return where each effect of the case stands, in the order in which they were asked for."""
        with self._database.reading() as connection:
            return read_states(connection, tenant, case_id)

    def done_by_hand(self, case: Case, key: str, *, by: User, unknown_before: datetime, now: datetime) -> None:
        """Keep, with its entry in the audit, that a person did in the EHR what this write could not; raises NotLeft."""

        def work(connection: Connection) -> None:
            settle_by_hand(connection, case, key, by=by, unknown_before=unknown_before, now=now)
            about = {"case_id": case.id, "patient": case.patient.reference}
            append_audit(connection, case.tenant, at=now, who=by.key, act=f"did by hand {key}", **about)

        self._database.write(work)

    def history(self, tenant: str, *, now: datetime) -> History:
        """Return how calls have gone; at most a minute old."""
        return self._history.of(tenant, now=now)

    def journey(self, tenant: str, *, cases: Sequence[str] | None = None) -> tuple[JourneyEvent, ...]:
        """Return the events of the tenant, of these cases alone where told, in order of time."""
        with self._database.reading() as connection:
            return read_journey(connection, tenant, cases)

    def journeys_of_payer(self, tenant: str, payer: str) -> Iterator[tuple[JourneyEvent, ...]]:
        """Yield the events of each case of a payer, case by case."""
        with self._database.snapshot() as connection:
            yield from read_journeys(connection, tenant, learned.ids_of_payer(tenant, payer))

    def catch_up(self, tenant: str) -> int:
        """Count the cases that are not counted as Learn counts now; return how many, most of the time none."""
        with self._database.reading() as connection:
            if is_whole(connection, tenant):
                return 0
        return catch_up(self._database, tenant)

    def learned(
        self,
        tenant: str,
        wanted: Callable[[Sums], Sequence[MedianAt]],
        *,
        place: Place | None = None,
        grouped: Sequence[str] | None = None,
    ) -> tuple[Sums, Middles]:
        """
        Return what the cases come to in every place, or in one, and the values of the medians wanted of these.

        grouped: the measures that are wanted group by group, None for all
        """
        self.catch_up(tenant)
        with self._database.snapshot() as connection:
            sums = learned.read_sums(connection, tenant, place, grouped=grouped)
            return sums, learned.read_middles(connection, tenant, wanted(sums))

    def names_in(self, tenant: str, group: str) -> tuple[str, ...]:
        """Return the names there are in a group of Learn."""
        self.catch_up(tenant)
        with self._database.reading() as connection:
            return learned.read_names(connection, tenant, group)

    def counted(self, tenant: str) -> Iterator[Counted]:
        """Yield every case as it counts."""
        self.catch_up(tenant)
        with self._database.snapshot() as connection:
            yield from learned.read_counted(connection, tenant)

    def behind(
        self, tenant: str, number: int, place: Place, *, now: datetime, limit: int
    ) -> tuple[tuple[Counted, ...], int]:
        """Return the cases that a measure (its place in MEASURES) counts, the latest first, and how many there are."""
        self.catch_up(tenant)
        with self._database.snapshot() as connection:
            return learned.read_behind(connection, tenant, number, place, now=now, limit=limit)

    def story(self, tenant: str, case_id: str) -> tuple[Event, ...]:
        """Return the events of one case, oldest first."""
        with self._database.reading() as connection:
            return read_story(connection, tenant, case_id)

    def audit(self, tenant: str, *, at: datetime, who: str, act: str, case_id: str | None, patient: str | None) -> None:
        """Add one entry to the tenant's chain; a view that cannot be recorded raises StoreDown and is not shown."""
        self._database.write(
            lambda connection: append_audit(
                connection, tenant, at=at, who=who, act=act, case_id=case_id, patient=patient
            )
        )

    def check_audit(self, tenant: str) -> AuditCheck:
        """Read the tenant's whole chain and say where it is broken, if anywhere."""
        with self._database.reading() as connection:
            return check_audit(connection, tenant)
