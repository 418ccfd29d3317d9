"""Brief: the chart as the EHR has it now, turned into one page; and each source of it, opened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.core.brief import Brief, assemble_brief
from app.core.brief.entries import Entry
from app.core.brief.facts import Chart, HeldBack
from app.core.brief.gate import require_ready
from app.core.brief.held import Added, Care, added_of, care_for, evidence_in
from app.core.brief.opened import MOST, Opened, evidence_named, grouped, sentence_resting_on
from app.core.brief.own import signed_of
from app.core.brief.policy import PolicyTold
from app.core.brief.sending import Document, Submission
from app.core.case import Case
from app.core.denial import Denial
from app.core.people import Act
from app.flow.cases import case_for
from app.flow.policies import policies_of
from app.flow.ports import ChartRead, Ports
from app.flow.wordings import Worded, worded_of

Narrow = Callable[[Case, tuple[Entry, ...]], Denial]


@dataclass(frozen=True, slots=True)
class BriefRead:
    """The page, and what of the chart it could not rest on."""

    case: Case
    brief: Brief
    left_out: tuple[str, ...]
    policy: PolicyTold
    resources: Mapping[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    held_back: tuple[HeldBack, ...] = ()
    added: tuple[Added, ...] = ()
    documents: tuple[Document, ...] = ()
    submission: Submission | None = None
    worded: Worded | None = None


@dataclass(frozen=True, slots=True)
class SourceRead:
    """
    What a sentence rests on, as it stands now; nothing opened: the chart has changed since the page was shown.

    opened: those of one kind and title together; is_full: there may be more than is opened at once
    """

    case: Case
    sentence: str | None
    opened: tuple[tuple[Opened, ...], ...]
    is_full: bool = False


def brief_of(
    ports: Ports, case_id: str, *, now: datetime, marks_new: bool = True, narrow: Narrow | None = None
) -> BriefRead:
    """
    Assemble the brief from the chart as it stands.

    marks_new: whether the EHR is asked what went to the payer; narrow: the part of the denial that it is to answer
    """
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    patient = case.patient.reference
    read = ports.ehr.chart(patient, now=now)
    entries = ports.store.brief_entries(ports.tenant, case.id)
    denial = narrow(case, entries) if narrow else case.denial
    added = added_of(entries)
    chart = _chart(ports, case, read, *added)
    own = policies_of(ports, denial, case.coverage, case.routing, now=now)
    let_in = frozenset(each.reference for each in added)
    documents = ports.papers.documents(read.resources, patient=patient, added=let_in) if marks_new else ()
    submission = _submission_of(ports, case) if marks_new else None
    rule = ports.rules.payer_by_key(case.payer_key)
    brief = assemble_brief(
        denial=denial,
        routing=case.routing,
        coverage=case.coverage,
        patient=case.patient,
        clinician=case.clinician,
        chart=chart,
        criteria=own.criteria,
        now=now,
        deadline_at=min((each.ends_at for each in case.clocks if each.name != "appeal"), default=None),
        documents=documents,
        submission=submission,
        booking=case.booking,
        payer_zone=rule.hours.zone if rule and rule.hours else None,
    )
    brief = replace(brief, own=signed_of(entries), cares=_cares(ports, case, read, added))
    brief, worded = worded_of(ports, brief)
    return BriefRead(
        case, brief, read.left_out, own.told, read.resources, chart.held_back, added, documents, submission, worded
    )


def _chart(ports: Ports, case: Case, read: ChartRead, *added: Added) -> Chart:
    let_in = frozenset(each.reference for each in added)
    return ports.papers.chart(read.resources, patient=case.patient.reference, added=let_in)


def _cares(ports: Ports, case: Case, read: ChartRead, added: tuple[Added, ...]) -> tuple[Care, ...]:
    """Return what papers must say of each added thing: of what the chart tells only with it."""
    plain = evidence_in(_chart(ports, case, read)) if added else frozenset()
    return tuple(care_for(each, only_with_it=evidence_in(_chart(ports, case, read, each)) - plain) for each in added)


def _submission_of(ports: Ports, case: Case) -> Submission:
    payers = tuple(name for name in (case.denial.insurer.reference, case.coverage.payer.reference) if name)
    return ports.ehr.sent(case.patient.reference, about=case.about, payers=payers)


def open_source(ports: Ports, case_id: str, handles: Sequence[str], *, key: str, now: datetime) -> SourceRead:
    """Open what these handles name, in the chart as it stands; each resource that is shown is audited by name."""
    read = brief_of(ports, case_id, now=now, marks_new=False)
    evidence = evidence_named(read.brief, handles, key=key)
    opened = ports.papers.open(read.resources, evidence, added=frozenset(each.reference for each in read.added))
    about = {"case_id": case_id, "patient": read.case.patient.reference}
    for each in opened:
        ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=f"see_source {each.reference}", **about)
    return SourceRead(read.case, sentence_resting_on(read.brief, evidence), grouped(opened), len(evidence) == MOST)


def brief_docx(ports: Ports, case_id: str, *, now: datetime, draft: bool = False) -> tuple[Case, bytes]:
    """Return the same page as a Word document; raises NotReady, but for a draft, which says so on the page."""
    read = _ready(ports, case_id, now=now, draft=draft)
    return read.case, ports.papers.docx(read.brief)


def brief_pdf(ports: Ports, case_id: str, *, now: datetime, draft: bool = False) -> tuple[Case, bytes]:
    """Return the same page as a PDF; raises NotReady, but for a draft, which says so on the page."""
    read = _ready(ports, case_id, now=now, draft=draft)
    return read.case, ports.papers.pdf(read.brief)


def brief_markdown(ports: Ports, case_id: str, *, now: datetime, draft: bool = False) -> tuple[Case, bytes]:
    """Return the same page as Markdown; raises NotReady, but for a draft, which says so on the page."""
    read = _ready(ports, case_id, now=now, draft=draft)
    return read.case, ports.papers.markdown(read.brief)


def _ready(ports: Ports, case_id: str, *, now: datetime, draft: bool) -> BriefRead:
    read = brief_of(ports, case_id, now=now)
    if not draft:
        require_ready(read.brief)
    return read
