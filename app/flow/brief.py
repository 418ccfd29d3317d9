"""Brief: the chart as the EHR has it now, turned into one page."""

from dataclasses import dataclass
from datetime import datetime

from app.core.brief import Brief, assemble_brief
from app.core.case import Case
from app.core.people import Act
from app.flow.cases import case_for
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class BriefRead:
    """The page, and what of the chart it could not rest on."""

    case: Case
    brief: Brief
    left_out: tuple[str, ...]


def brief_of(ports: Ports, case_id: str, *, now: datetime) -> BriefRead:
    """Assemble the brief from the chart as it stands."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    read = ports.ehr.chart(case.patient.reference, now=now)
    chart = ports.papers.chart(read.resources, patient=case.patient.reference)
    brief = assemble_brief(
        denial=case.denial,
        routing=case.routing,
        coverage=case.coverage,
        patient=case.patient,
        clinician=case.clinician,
        chart=chart,
        criteria=ports.rules.criteria,
        now=now,
        deadline_at=min((each.ends_at for each in case.clocks if each.name != "appeal"), default=None),
    )
    return BriefRead(case, brief, read.left_out)


def brief_docx(ports: Ports, case_id: str, *, now: datetime) -> tuple[Case, bytes]:
    """Return the same page as a Word document."""
    read = brief_of(ports, case_id, now=now)
    return read.case, ports.papers.docx(read.brief)


def brief_pdf(ports: Ports, case_id: str, *, now: datetime) -> tuple[Case, bytes]:
    """Return the same page as a PDF."""
    read = brief_of(ports, case_id, now=now)
    return read.case, ports.papers.pdf(read.brief)
