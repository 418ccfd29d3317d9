"""Appeal: the packet made of the record, what a person chooses of it, and that it was filed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.acts import Told, standing_of
from app.core.brief.entries import Entry, EntryKind
from app.core.brief.own import NotOfThisCase, may_sign
from app.core.brief.paper import Paper
from app.core.brief.todo import Task
from app.core.case import Case
from app.core.denial import Denial, Quote
from app.core.outcome.appeal import Appeal, appeal_of, lines_of
from app.core.outcome.appeal.choice import THING, Choice, check_choice, check_grounds, choice_of
from app.core.outcome.appeal.filed import read_filed
from app.core.outcome.appeal.gate import owed_of, require_ready
from app.core.outcome.appeal.lines import appeal_decided_at, appealable_lines, narrowed
from app.core.outcome.appeal.notice import appeal_words
from app.core.outcome.appeal.offered import Offered, offered_of
from app.core.outcome.appeal.paper import appeal_paper
from app.core.outcome.letter import APPEAL
from app.core.people import Act
from app.core.rulebook.guards import Forfeit
from app.core.rulebook.words import RuleLine, rule_in_words
from app.flow import act
from app.flow.brief.by_hand import Decided, Entries, add_step
from app.flow.cases import case_for, demand
from app.flow.packet import packet_of
from app.flow.ports import Ports

KIND = APPEAL
# The values of a payer's rule that speak of appeals (rulebook.payers.PayerRule).
OF_APPEALS = ("blocked_by_appeal", "appeal_days", "appeal_by", "appeals_to")


@dataclass(frozen=True, slots=True)
class AppealRead:
    """
    The appeal with its paper, what is owed, and what filing it would cost.

    call_until: until when the call may still be had, None where that is not known or it is over; notice: the payer's
    own sentences on appeals; by_rule: what its rule says of them; left_out: what of the chart could not be read;
    offered: what may be taken over from letters and calls
    """

    case: Case
    appeal: Appeal
    paper: Paper
    owed: tuple[Task, ...]
    look: act.Look
    call_until: datetime | None
    notice: tuple[Quote, ...]
    by_rule: tuple[RuleLine, ...]
    may_sign: bool
    left_out: tuple[str, ...]
    offered: tuple[Offered, ...]

    @property
    def forfeits(self) -> tuple[Forfeit, ...]:
        """What would be lost by filing it now."""
        return self.look.forfeits

    @property
    def is_draft(self) -> bool:
        """Whether it lacks what it cannot go out without."""
        return any(each.blocks for each in self.owed)


def appeal_read(ports: Ports, case_id: str, *, now: datetime) -> AppealRead:
    """Make the appeal of what the record holds now."""
    read = packet_of(ports, case_id, now=now, narrow=_narrow)
    case, rule = read.case, ports.rules.payer_by_key(read.case.payer_key)
    zone = rule.hours.zone if rule and rule.hours else ports.site.zone
    choice = _choice(case, ports.store.brief_entries(ports.tenant, case.id))
    appeal = appeal_of(case, read.packet, choice, rule=rule, zone=zone, now=now)
    look = act.look(ports, case_id, KIND, now=now)
    ends = standing_of(case).window_ends_at
    return AppealRead(
        case,
        appeal,
        appeal_paper(appeal),
        owed_of(appeal),
        look,
        ends if look.forfeits and ends and ends > now else None,
        appeal_words(case.denial),
        _of_appeals(rule_in_words(rule, calendar=ports.rules.calendar)),
        may_sign(ports.user, case),
        read.left_out,
        offered_of(appeal, rules=ports.rules.denials),
    )


def _of_appeals(lines: tuple[RuleLine, ...]) -> tuple[RuleLine, ...]:
    return tuple(each for each in lines if each.known and each.name in OF_APPEALS)


def appeal_file(ports: Ports, case_id: str, form: str, *, draft: bool, now: datetime) -> tuple[Case, bytes]:
    """Return the packet as a file and keep who took it; raises AppealNotReady, but for a draft, which says so."""
    read = appeal_read(ports, case_id, now=now)
    if not draft:
        require_ready(read.appeal)
    body = ports.papers.appeal(read.appeal, form)
    about = {"case_id": read.case.id, "patient": read.case.patient.reference}
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=f"take_appeal {form}", **about)
    return read.case, body


def choose(
    ports: Ports,
    case_id: str,
    typed: Mapping[str, str],
    lines: Sequence[int],
    uncited: Sequence[str] = (),
    *,
    now: datetime,
) -> None:
    """Keep what a person chose of it, in the place of what was chosen before; raises NotAChoice."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    told = check_choice(typed, lines, uncited, may_be=appealable_lines(case))

    def decide(held: Entries) -> Decided:
        return EntryKind.CHOSEN, THING, told

    add_step(ports, case, decide, now=now)


def expedite(ports: Ports, case_id: str, why: str, *, ticked: bool, off: bool, now: datetime) -> None:
    """Sign that the patient cannot wait, or take that back; a clinician of the case alone. Raises NotAChoice."""
    case = case_for(ports, case_id, Act.SIGN_SENTENCE, now=now)
    demand(ports, Act.SIGN_SENTENCE, case_id=case.id, now=now)
    if not may_sign(ports.user, case):
        raise NotOfThisCase()
    said = "" if off else check_grounds(why, ticked=ticked)

    def decide(held: Entries) -> Decided | None:
        standing = _choice(case, held).expedited
        if (standing.why if standing else "") == said:
            return None
        return EntryKind.EXPEDITED, THING, {"why": said}

    add_step(ports, case, decide, now=now)


def file(
    ports: Ports,
    case_id: str,
    typed: Mapping[str, str],
    *,
    note: str | None = None,
    by_others: bool = False,
    why: str | None,
    seen: int,
    now: datetime,
) -> Case:
    """Mark the appeal as filed, with its way, day and confirmation number; raises AtStake, NotAChoice."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    filed = read_filed(case, typed, by_others=by_others, zone=ports.site.zone, now=now)
    expedited = _choice(case, ports.store.brief_entries(ports.tenant, case.id)).expedited
    urgent = expedited is not None or bool(case.denial.urgent)
    told = Told(note=note, why=why, filing=filed.filing)
    return act.take(ports, case_id, KIND, told, seen=seen, now=now, since=filed.since, urgent=urgent)


def _choice(case: Case, entries: tuple[Entry, ...]) -> Choice:
    return choice_of(entries, since=appeal_decided_at(case))


def _narrow(case: Case, entries: tuple[Entry, ...]) -> Denial:
    return narrowed(case, lines_of(case, _choice(case, entries)))
