"""Detect: what the EHR holds of payers' answers is taken in, each routed with its because."""

from dataclasses import dataclass
from datetime import datetime

from app.core.brief.unsent import SendFirst, find_unsent, may_be_sent_first
from app.core.case import Case
from app.core.denial import Routing, Way
from app.core.detect.same import Same
from app.core.people import Act
from app.core.rulebook.guards import Forfeit, RiskyAct, Severity
from app.core.rulebook.payers import PayerRule
from app.core.rulebook.words import RuleLine, rule_in_words
from app.errors import BadInput
from app.flow.cases import case_for
from app.flow.guards import weigh
from app.flow.intake import NEW, Received, receive
from app.flow.ports import DenialFound, Ports


@dataclass(frozen=True, slots=True)
class Detected:
    """What one look at the EHR brought. quiet: answers that need nothing, with their reason."""

    new: tuple[Case, ...]
    known: tuple[Case, ...]
    quiet: tuple[tuple[str, Routing], ...]
    problems: tuple[str, ...]
    supported: bool


def detect_denials(ports: Ports, *, patient: str | None, now: datetime) -> Detected:
    """Look for payers' answers in the EHR, for one patient or for all that the token shows."""
    read = ports.ehr.denials(patient=patient, now=now)
    new, known, quiet, problems = [], [], [], list(read.problems)
    for found in read.found:
        try:
            received, doubts = _take_in(ports, found, now=now)
        except BadInput as error:  # half a character in one answer must not hide the others
            problems.append(f"One of the payers' answers could not be kept. {error.say} {error.next}")
            continue
        problems += doubts
        if received.how == "quiet":
            quiet.append((found.denial.reference, received.routing))
        elif received.case is not None:
            (new if received.how == "opened" else known).append(received.case)
        problems += [received.problem] if received.problem else []
    return Detected(tuple(new), tuple(known), tuple(quiet), tuple(problems), read.supported)


def _take_in(ports: Ports, found: DenialFound, *, now: datetime) -> tuple[Received, list[str]]:
    """Take one answer in, and say of what it may be a second telling."""
    received = receive(ports, found, way=Way.EHR, now=now)
    if received.how != "doubt":
        return received, []
    # Nobody is here to ask. A second case costs a look; a case that holds two denials loses a window.
    fresh = receive(ports, found, way=Way.EHR, choice=NEW, now=now)
    return fresh, [_may_be_one(fresh.case, each) for each in received.candidates if fresh.case]


def _may_be_one(case: Case, other: Same) -> str:
    return f"Cases {case.number} and {other.number} may be one denial: {other.because}. Look at both, close one."


def rule_of(ports: Ports, case: Case) -> PayerRule | None:
    """Return the rule that governs this case's payer, None when the payer is unknown."""
    return ports.rules.payer_by_key(case.payer_key)


_DOCUMENTS = ("DocumentReference", "DiagnosticReport", "Not used: a document")


@dataclass(frozen=True, slots=True)
class Unsent:
    """
    What could be sent in place of a call. found: None where the case has come too far for it, or is on another path

    lost: what sending would cost by the payer's rule, the surest first; rule: how the payer takes new information
    left_out: sentences on what of the chart could not be read
    """

    case: Case
    found: SendFirst | None = None
    lost: tuple[Forfeit, ...] = ()
    rule: RuleLine | None = None
    left_out: tuple[str, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """What of the documents themselves could not be read, so that one of them may be missing here."""
        return tuple(each for each in self.left_out if each.startswith(_DOCUMENTS))

    @property
    def manner(self) -> str:
        """How it is shown: offer | ask (of the payer, or whether it was sent) | danger (a right is at stake) | none."""
        if self.found is None or not self.found.to_send:
            return "none"
        if any(each.severity is not Severity.ASK_FIRST for each in self.lost):
            return "danger"
        return "ask" if self.lost or not self.found.is_sure else "offer"


def looks_for_unsent(case: Case) -> bool:
    """Whether a document may spare this case its call, so that the chart is worth reading for it."""
    return may_be_sent_first(case)


def unsent_of(ports: Ports, case_id: str, *, now: datetime) -> Unsent:
    """Look in the chart for documents that answer the denial and that the payer never had."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    if not looks_for_unsent(case):
        return Unsent(case)
    patient = case.patient.reference
    read = ports.ehr.chart(patient, now=now)
    payers = tuple(name for name in (case.denial.insurer.reference, case.coverage.payer.reference) if name)
    chart = ports.papers.chart(read.resources, patient=patient)
    found = find_unsent(
        denial=case.denial,
        routing=case.routing,
        chart=chart,
        documents=ports.papers.documents(read.resources, patient=patient),
        submission=ports.ehr.sent(patient, about=case.about, payers=payers),
        criteria=ports.rules.criteria,
        now=now,
    )
    lost = weigh(ports, case, RiskyAct.SEND_NEW_INFORMATION, now=now)
    told = next(
        each
        for each in rule_in_words(rule_of(ports, case), calendar=ports.rules.calendar)
        if each.name == "new_information"
    )
    return Unsent(case, found, lost, told, (*read.left_out, *chart.left_out))
