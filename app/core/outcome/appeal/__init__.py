"""
The appeal: a packet made of what the record holds already, and of the few things that a person must choose.

Brief, contact log and outcome give every sentence; nothing is typed for it twice, and nothing is guessed: what is not
known is owed, by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.core.brief import Brief
from app.core.brief.booked import told_at
from app.core.brief.own import OwnSentence
from app.core.brief.packet import Packet
from app.core.brief.words import split_sentences
from app.core.case import Case, Clock, Outcome
from app.core.denial import Decision
from app.core.outcome.appeal.choice import LEVELS, Choice
from app.core.outcome.appeal.lines import appealable_lines, appealed_lines, decided_of, is_won
from app.core.outcome.appeal.notice import Address, addresses_in, appeal_words
from app.core.rulebook.payers import PayerRule

__all__ = ["Address", "Appeal", "Deadline", "appeal_of", "level_of", "lines_of"]

# Of a clinician's own sentences those that argue for the patient; how we are weak and what we may be asked is ours.
_ARGUING = ("Answer", "Story", "Why now")


@dataclass(frozen=True, slots=True)
class Deadline:
    """
    By when it must be filed. shown: as it is printed, with its zone; day: that day there; said: why, in full

    rule: the same in a sentence, as the payer is told it; source: where that was read
    sure: the clock rests on known facts, or a person read it from the notice
    """

    shown: str
    day: date
    said: str
    rule: str
    source: str
    sure: bool
    ends_at: datetime | None = None

    def is_over(self, *, zone: str, now: datetime) -> bool:
        """Whether that time is past."""
        return self.ends_at <= now if self.ends_at else self.day < now.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """
    The appeal of one case. packet: with a brief of the appealed lines alone; lines: () means the whole answer

    addresses: where it goes, the chosen one alone where one was chosen; is_late: its time is over
    appeal_by: who may file it by the payer's rule (rulebook.payers), None where nobody knows
    is_one_person: False where denial and chart, from files, name their patient differently
    """

    case: Case
    packet: Packet
    choice: Choice
    lines: tuple[int, ...]
    level: str
    deadline: Deadline | None
    addresses: tuple[Address, ...]
    is_won: bool
    is_late: bool
    zone: str
    made_at: datetime
    appeal_by: str | None = None
    is_one_person: bool = True

    @property
    def brief(self) -> Brief:
        """The brief of the appealed lines."""
        return self.packet.brief

    @property
    def payer(self) -> str | None:
        """The payer by name, None where nobody names it."""
        return self.case.coverage.payer.name or self.case.denial.insurer.name

    @property
    def is_pended(self) -> bool:
        """Whether the payer still owes its first decision."""
        return self.case.routing.decision is Decision.PENDED and decided_of(self.case) is None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What came of calls and earlier appeals, the oldest first."""
        return tuple(each for each in (*self.case.earlier, self.case.outcome) if each is not None)

    @property
    def own(self) -> tuple[OwnSentence, ...]:
        """The clinician's own signed sentences that argue for the patient."""
        return tuple(each for each in self.brief.own if each.place in _ARGUING)

    @property
    def is_answered(self) -> bool:
        """Whether the payer's reason is answered: by the chart, or by a clinician under their name."""
        return self.brief.answered or any(each.place == "Answer" for each in self.own)


def appeal_of(
    case: Case, packet: Packet, choice: Choice, *, rule: PayerRule | None, zone: str, now: datetime
) -> Appeal:
    """
    Return the appeal as it stands.

    packet: of a brief of the lines that lines_of gives; rule: the payer's, None when the payer is unknown
    zone: in which days are told, the payer's where it is known
    """
    level = choice.level or level_of(case)
    deadline = _deadline(case, choice, level=level, zone=zone)
    return Appeal(
        case=case,
        packet=packet,
        choice=choice,
        lines=lines_of(case, choice),
        level=level,
        deadline=deadline,
        addresses=_addresses(case, choice, rule),
        appeal_by=rule.appeal_by if rule else None,
        is_won=is_won(case),
        is_late=deadline is not None and deadline.is_over(zone=zone, now=now),
        zone=zone,
        made_at=now,
    )


def lines_of(case: Case, choice: Choice) -> tuple[int, ...]:
    """Return the lines that are appealed: as chosen, as far as they are still in dispute, else as the record tells."""
    chosen = tuple(n for n in appealable_lines(case) if n in (choice.lines or ()))
    return chosen or appealed_lines(case)


def level_of(case: Case) -> str:
    """Return which level comes next: one for each appeal that was decided, then the review outside the plan."""
    told = (each for each in (*case.earlier, case.outcome) if each is not None)
    return list(LEVELS)[min(sum(each.way == "file_appeal" for each in told), len(LEVELS) - 1)]


def _deadline(case: Case, choice: Choice, *, level: str, zone: str) -> Deadline | None:
    if choice.due_on is not None and choice.at is not None:
        at = choice.at.astimezone(ZoneInfo(zone))
        said = f"Read by {choice.by} on {at:%Y-%m-%d}."
        return Deadline(choice.due_on.isoformat(), choice.due_on, said, "As given in:", choice.where, True)
    clock = _clock(case.clocks)
    if clock is None or level != "first":
        return None  # the clock of law counts from the denial, and a later level from another notice
    ends = clock.ends_at
    day, rule = ends.astimezone(ZoneInfo(zone)).date(), next((each for _, each in split_sentences(clock.because)), "")
    return Deadline(told_at(ends, zone), day, clock.because, rule, clock.source, clock.firm, ends)


def _clock(clocks: Sequence[Clock]) -> Clock | None:
    return min((each for each in clocks if each.name == "appeal"), key=lambda each: each.ends_at, default=None)


def _addresses(case: Case, choice: Choice, rule: PayerRule | None) -> tuple[Address, ...]:
    if choice.way and choice.to:
        return (Address(choice.way, choice.to, f"as {choice.by} read it"),)
    found = addresses_in(appeal_words(case.denial))
    if found or rule is None or not rule.appeals_to:
        return found
    read = rule.evidence_of("appeals_to")
    return (Address("", rule.appeals_to, f"by its rule, read {read.verified_on.isoformat()} at {read.source}"),)
