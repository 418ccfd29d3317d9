"""
What may leave the house: the payer's copy, and the one page that both sides hold in the call.

Minimum necessary by construction: both are built of named fields that are taken over one by one. What the type has no
field for cannot be in the paper: no name, birth date or record number, no other diagnosis, no criterion that is not in
dispute, nothing of how we mean to argue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.brief.answer import in_dispute, reasons_said
from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Evidence
from app.core.brief.gate import Todo, todo_of
from app.core.brief.held import notices_for
from app.core.brief.packet import Behind, Packet, Received
from app.core.brief.page import Brief
from app.core.brief.sending import Sent
from app.core.brief.words import fold, shorten, tidy

_NUMBERS = ("Reference", "Authorization", "Member")  # by which the payer finds the request; no number of the EHR
_LONGEST_QUOTE = 240
# What of a brief's gate also holds back the page for both sides: it tells our answer to nobody.
_SHEET_NEEDS = frozenset({"reason", "ask"})


@dataclass(frozen=True, slots=True)
class Cited:
    """Words verbatim from the chart, with the days they are of; title: of the document they stand in, else None."""

    quote: str
    days: tuple[str, ...]
    title: str | None

    @property
    def shown_days(self) -> str:
        """The day, or the first and the last of several with their number."""
        if len(self.days) < 2:
            return "".join(self.days)
        return f"{self.days[0]} to {self.days[-1]}, {len(self.days)} times"


@dataclass(frozen=True, slots=True)
class Point:
    """A criterion at issue. answer: what the chart shows, empty where it does not show it; cited: what that rests on"""

    text: str
    answer: str = ""
    cited: tuple[Cited, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayersCopy:
    """
    All that a payer is given, and all that the page for both sides shows.

    numbers: (name, number) by which the payer finds the request; initials: a guard against a mixed-up number
    service, codes, quantity: what was asked for; clinician, npi: who speaks for it
    denied: the payer's own words; reasons: its codes; points: the criteria at issue, and no other
    received: what went to the payer; missing: what it has not got or the chart does not show
    notices: what must be said of sensitive things that a clinician added and that are cited here
    """

    numbers: tuple[tuple[str, str], ...]
    initials: str
    service: str
    codes: str
    quantity: float | None
    payer: str
    clinician: str | None
    npi: str | None
    reviewer: str | None
    denied: tuple[str, ...]
    reasons: tuple[str, ...]
    points: tuple[Point, ...]
    received: tuple[Received, ...]
    missing: tuple[str, ...]
    made_at: datetime
    notices: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether the payer can tell from the numbers which request this is."""
        return bool(self.numbers)


def payers_copy(packet: Packet) -> PayersCopy:
    """Return what of a packet the payer may have; see PayersCopy."""
    brief, clinician = packet.brief, packet.brief.clinician
    at_issue = criteria_at_issue(brief)
    titles = {each.reference: each.title for each in packet.documents}
    return PayersCopy(
        numbers=tuple((name, value) for name, value in brief.references if name in _NUMBERS),
        initials=initials_of(brief.patient.name),
        service=brief.service.title,
        codes=brief.service.shown_codes,
        quantity=brief.service.quantity,
        payer=brief.payer,
        clinician=clinician.name if clinician else None,
        npi=clinician.npi if clinician else None,
        reviewer=", ".join(told) if (told := _reviewer(brief)) else None,
        denied=tuple(each.text for each in brief.verbatim),
        reasons=tuple(dict.fromkeys(each.code for each in brief.codes if each.code)),
        points=tuple(_point(each, titles) for each in at_issue),
        received=packet.received,
        missing=(*_not_shown(at_issue), *_not_had(at_issue, packet.documents), *_in_no_document(at_issue, packet)),
        made_at=brief.made_at,
        notices=notices_for(brief.cares, _shown(at_issue)),
    )


def lacking_for(what: str, brief: Brief) -> tuple[Todo, ...]:
    """Return what keeps the payer's copy ("payers-copy") or the page for both sides ("call-sheet") from going out."""
    blocking = [each for each in todo_of(brief) if each.blocks]
    return tuple(each for each in blocking if what == "payers-copy" or each.key in _SHEET_NEEDS)


def _shown(at_issue: Iterable[Judged]) -> Iterable[Evidence]:
    return (one for each in at_issue if each.status is Status.MET for one in each.evidence)


def criteria_at_issue(brief: Brief) -> tuple[Judged, ...]:
    """
    Return the criteria that the payer's words put in dispute.

    Where they ask for nothing in particular, those that our answer rests on: no more of the chart is opened for a
    reason that names nothing.
    """
    words = "\n".join(each.text for each in brief.verbatim)
    pool = in_dispute(brief.criteria, words=words)
    said = fold(" ".join(reasons_said(words)))
    if any(each.criterion.asked is not None and each.criterion.asked.search(said) for each in pool):
        return pool
    answered = set(brief.answer.evidence) if brief.answered else set()
    return tuple(each for each in pool if each.status is Status.MET and set(each.evidence) <= answered)


def initials_of(name: str) -> str:
    """Return the first letters of a name, each with its point."""
    letters = [next((letter for letter in word if letter.isalpha()), "") for word in name.split()]
    found = [each.upper() for each in letters if each]
    return " ".join(f"{each}." for each in (found if len(found) < 3 else (found[0], found[-1])))


def _reviewer(brief: Brief) -> list[str]:
    told = brief.reviewer
    return [each for each in (told.name, told.credential, told.specialty) if each] if told else []


def _point(judged: Judged, titles: dict[str, str]) -> Point:
    if judged.status is not Status.MET:
        return Point(judged.criterion.text)  # what falls short is said to be open, and not argued
    return Point(judged.criterion.text, judged.detail, cited_of(judged.evidence, titles))


def cited_of(evidence: Sequence[Evidence], titles: dict[str, str]) -> tuple[Cited, ...]:
    """Return the quotes, those of the same words together, in the order of the evidence; a bare day is no quote."""
    grouped: dict[tuple[str, str | None], list[str]] = {}
    for each in evidence:
        if each.quote == each.date:
            continue
        quote = shorten(tidy(each.quote), _LONGEST_QUOTE)
        days = grouped.setdefault((quote, titles.get(each.reference)), [])
        days += [each.date] if each.date and each.date not in days else []
    return tuple(Cited(quote, tuple(sorted(days)), title) for (quote, title), days in grouped.items())


def _not_shown(at_issue: Iterable[Judged]) -> tuple[str, ...]:
    return tuple(f"Not shown yet: {each.criterion.text}" for each in at_issue if each.status is not Status.MET)


def _not_had(at_issue: Iterable[Judged], documents: Iterable[Behind]) -> tuple[str, ...]:
    """Return the documents that are cited here and that the payer may lack."""
    cited = {one.reference for each in at_issue if each.status is Status.MET for one in each.evidence}
    lacking = [each for each in documents if each.reference in cited and each.sending is not None]
    return tuple(
        f"{_lacks(each)}: {tidy(each.title)}{f', {each.day}' if each.day else ''}"
        for each in lacking
        if each.sending and each.sending.sent is not Sent.YES
    )


def _in_no_document(at_issue: Iterable[Judged], packet: Packet) -> tuple[str, ...]:
    """Return the criteria that rest on entries of the chart alone, where it is known what was sent."""
    if not packet.received and not any(each.sending for each in packet.documents):
        return ()
    known = {each.reference for each in packet.documents}
    met = [each for each in at_issue if each.status is Status.MET]
    alone = [each for each in met if known.isdisjoint(one.reference for one in each.evidence)]
    return tuple(f"In no document that was sent: {each.criterion.text}" for each in alone)


def _lacks(document: Behind) -> str:
    sure = document.sending is not None and document.sending.sent is Sent.NO
    return "Not sent with the request" if sure else "Not known to have been sent"
