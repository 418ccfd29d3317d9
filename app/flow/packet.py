"""Packet: what our side takes into the call, and what the payer is given of it."""

from dataclasses import dataclass
from datetime import datetime

from app.core.brief.copy_parts import copy_paper, sheet_paper
from app.core.brief.gate import Todo
from app.core.brief.packet import Packet, behind_of, contacts_until, received_of
from app.core.brief.packet_parts import packet_parts
from app.core.brief.paper import Paper, Part
from app.core.brief.payers_copy import lacking_for, payers_copy
from app.core.brief.sending import Submission, answered_when
from app.core.case import Case
from app.errors import Refused
from app.flow.brief import Narrow, brief_of
from app.flow.ports import Ports


class NotForThePayer(Refused):
    """The brief lacks what a payer's paper cannot go out without."""

    next = "Find what is missing first; until then nothing is made for the payer."

    def __init__(self, lacking: tuple[Todo, ...]) -> None:
        super().__init__(f"This paper cannot go out yet. {' '.join(each.text for each in lacking)}")


@dataclass(frozen=True, slots=True)
class PacketRead:
    """The packet with its parts, what is to be found before it goes out, and what of the chart it could not rest on."""

    case: Case
    packet: Packet
    parts: tuple[Part, ...]
    blocking: tuple[Todo, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayersPaper:
    """What would go to the payer, to be read first; lacking: what keeps it here."""

    case: Case
    what: str
    paper: Paper
    lacking: tuple[Todo, ...]


def packet_of(ports: Ports, case_id: str, *, now: datetime, narrow: Narrow | None = None) -> PacketRead:
    """Assemble the packet from the chart as it stands. narrow: as for the brief."""
    read = brief_of(ports, case_id, now=now, narrow=narrow)
    case, documents, submission = read.case, read.documents, read.submission or Submission()
    answered = answered_when(case.denial)
    packet = Packet(
        brief=read.brief,
        number=case.number,
        policy=read.policy,
        documents=behind_of(read.brief, documents, submission, answered=answered),
        received=received_of(documents, submission, answered=answered),
        contacts=contacts_until(case.attempts, now=now),
        zone=case.clinician.zone if case.clinician else ports.site.zone,
    )
    return PacketRead(case, packet, packet_parts(packet), lacking_for("payers-copy", read.brief), read.left_out)


def packet_file(ports: Ports, case_id: str, form: str, *, now: datetime) -> tuple[Case, bytes]:
    """Return the packet as a file (docx | pdf | md); who took it is kept."""
    read = packet_of(ports, case_id, now=now)
    body = ports.papers.packet(read.packet, form)
    _keep(ports, read.case, f"take_packet {form}", now=now)
    return read.case, body


def payers_paper(ports: Ports, case_id: str, what: str, *, now: datetime) -> PayersPaper:
    """Return the payer's copy ("payers-copy") or the page for both sides ("call-sheet") as it would go out."""
    read = packet_of(ports, case_id, now=now)
    copy = payers_copy(read.packet)
    paper = copy_paper(copy) if what == "payers-copy" else sheet_paper(copy)
    return PayersPaper(read.case, what, paper, lacking_for(what, read.packet.brief))


def payers_file(ports: Ports, case_id: str, what: str, form: str, *, now: datetime) -> tuple[Case, bytes]:
    """Return a paper for the payer as a file, and keep who took it; raises NotForThePayer."""
    read = packet_of(ports, case_id, now=now)
    if lacking := lacking_for(what, read.packet.brief):
        raise NotForThePayer(lacking)
    make = ports.papers.payers_copy if what == "payers-copy" else ports.papers.call_sheet
    body = make(payers_copy(read.packet), form)
    _keep(ports, read.case, f"take_{what} {form}", now=now)
    return read.case, body


def _keep(ports: Ports, case: Case, act: str, *, now: datetime) -> None:
    about = {"case_id": case.id, "patient": case.patient.reference}
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=act, **about)
