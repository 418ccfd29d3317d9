"""
Whether a document of the chart went to the payer with the request, and how sure that is.

A document that is listed under any of its names was sent. Nothing is called unsent for want of knowledge: what cannot
be told is "cannot tell", with the reason.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.brief.facts import Chart
from app.core.denial import Denial

# The clocks of the earliest and of the latest place on Earth, as they differ from UTC.
_EARLIEST, _LATEST = timedelta(hours=14), timedelta(hours=12)


class Sent(StrEnum):
    """Whether the payer has a document."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "cannot tell"


@dataclass(frozen=True, slots=True)
class When:
    """An instant (UTC) and its day as written (YYYY, YYYY-MM or YYYY-MM-DD); exact: the time of day was told."""

    at: datetime
    day: str
    exact: bool

    def is_after(self, other: "When") -> bool | None:
        """Whether this was later; None where a day without its time leaves that open."""
        if self.exact and other.exact:
            return self.at > other.at
        if not self.exact and not other.exact:
            length = min(len(self.day), len(other.day))
            mine, theirs = self.day[:length], other.day[:length]
            return None if mine == theirs else mine > theirs
        if self.exact:
            return _is_beyond(self.at, other)
        beyond = _is_beyond(other.at, self)
        return None if beyond is None else not beyond


def _is_beyond(at: datetime, day: When) -> bool | None:
    """Whether an instant lies after a day (month, year) as any zone may count it; None inside it."""
    if at < day.at - _EARLIEST:
        return False
    length = {4: 366, 7: 31}.get(len(day.day), 1)
    return True if at >= day.at + timedelta(days=length) + _LATEST else None


@dataclass(frozen=True, slots=True)
class Marks:
    """
    The names of one file, by which two records of it are known to be one.

    references: "Type/ID" in this EHR; identifiers: (system, value), system None for a bare attachment number;
    hashes: SHA-1 of the content, base64
    """

    references: frozenset[str] = frozenset()
    identifiers: frozenset[tuple[str | None, str]] = frozenset()
    hashes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.references or self.identifiers or self.hashes)

    def shared_with(self, other: "Marks") -> str | None:
        """Return by what the two are one: hash | reference | identifier | attachment number; None when they are not."""
        if self.hashes & other.hashes:
            return "hash"
        if self.references & other.references:
            return "reference"
        if self.identifiers & other.identifiers:
            return "identifier"
        return "attachment number" if _bare(self) & _values(other) or _bare(other) & _values(self) else None


def _bare(marks: Marks) -> set[str]:
    return {value for system, value in marks.identifiers if system is None}


def _values(marks: Marks) -> set[str]:
    return {value for _, value in marks.identifiers}


@dataclass(frozen=True, slots=True)
class Parcel:
    """
    One thing that a record says went to the payer: with the request, or in a message.

    sent: when a message went, None where it does not tell; on_request: it was named, and kept back
    """

    marks: Marks
    label: str | None = None
    in_message: bool = False
    sent: When | None = None
    on_request: bool = False

    def sent_with(self, request: When | None) -> When | None:
        """Return when it went; `request`: when the request did."""
        return self.sent if self.in_message else request


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """
    What the EHR tells of the request as it was sent.

    names: references of the request and of its answers; sent: when the request was made; known: the request was read
    trouble: sentences on what could not be read, so that something may have been sent all the same
    """

    names: frozenset[str] = frozenset()
    sent: When | None = None
    known: bool = False
    parcels: tuple[Parcel, ...] = ()
    trouble: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """
    A note or report of the chart that could be sent: current, the patient's, not restricted, not the payer's own.

    written: when it came to be, which may be long after the care it tells of; chart: the facts of it alone
    filed_with: references it is filed with (context.related); replaces: marks of the versions before it
    draft: it is not signed yet
    """

    reference: str
    title: str
    day: str | None
    chart: Chart
    marks: Marks
    written: When | None = None
    filed_with: frozenset[str] = frozenset()
    replaces: Marks = field(default_factory=Marks)
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """
    Whether a document was sent; why: a sentence for the user.

    by: what it rests on: reference | identifier | attachment number | hash | twin | words | filing | list | date, or ""
    """

    sent: Sent
    by: str
    why: str

    @property
    def is_sure(self) -> bool:
        """Whether it rests on more than dates, filing and like words."""
        return self.by in ("reference", "identifier", "attachment number", "hash", "list")


def answered_when(denial: Denial) -> When | None:
    """Return when the payer answered; a day told without its time is not exact."""
    if denial.created_at is None:
        return None
    midnight = denial.created_at.time().replace(microsecond=0).isoformat() == "00:00:00"
    day = denial.created_on or denial.created_at.date()
    return When(denial.created_at, day.isoformat(), exact=not midnight)


def sending_of(document: Document, submission: Submission, *, answered: When | None) -> Sending:
    """
    Return whether the document was sent to the payer.

    answered: when the payer answered, None where it does not tell: nothing written later can have been in the request
    errs: towards "cannot tell"; whatever is listed under one of its names is never new
    """
    return _listed(document, submission) or _filed(document, submission) or _dated(document, submission, answered)


def _listed(document: Document, submission: Submission) -> Sending | None:
    found = [(each, by) for each in submission.parcels if (by := document.marks.shared_with(each.marks))]
    went = [(each, by) for each, by in found if not each.on_request]
    if went:
        parcel, by = min(went, key=lambda pair: pair[1] != "hash")
        return _went(document, parcel, parcel.sent_with(submission.sent), by)
    if found:
        return Sending(Sent.NO, found[0][1], "The request only names it, to be had on request; it was not sent along.")
    if any(document.replaces.shared_with(each.marks) for each in submission.parcels):
        return Sending(Sent.UNCLEAR, "reference", "A version before this one was sent; see whether the words are new.")
    return None


def _went(document: Document, parcel: Parcel, sent: When | None, by: str) -> Sending:
    where = "in a message to the payer" if parcel.in_message else "with the request"
    on = f" on {sent.day}" if sent else ""
    if by == "hash":
        return Sending(Sent.YES, by, f"The same file was sent {where}{on}.")
    if document.written and sent and document.written.is_after(sent) and document.written.day != sent.day:
        said = f"It was sent {where}{on}, and is dated {document.written.day}: it may have changed since."
        return Sending(Sent.UNCLEAR, by, said)
    return Sending(Sent.YES, by, f"It was sent {where}{on}.")


def _filed(document: Document, submission: Submission) -> Sending | None:
    """Return what filing it with the request tells: before the request was made it was made for it."""
    if document.filed_with.isdisjoint(submission.names):
        return None
    if document.written and submission.sent and document.written.is_after(submission.sent) is False:
        return Sending(Sent.YES, "filing", "The chart files it with the request.")
    return Sending(
        Sent.UNCLEAR, "filing", "The chart files it with the request, and does not tell whether it was sent."
    )


def _dated(document: Document, submission: Submission, answered: When | None) -> Sending:
    if submission.trouble:
        return Sending(Sent.UNCLEAR, "", submission.trouble[0])
    if document.written is None:
        return Sending(Sent.UNCLEAR, "", "It has no date, and what was sent does not name it.")
    if any(_may_be(document, each, submission) for each in submission.parcels if not each.marks):
        return Sending(Sent.UNCLEAR, "", "Something was sent that cannot be identified; it may be this.")
    written = document.written
    if submission.sent and written.is_after(submission.sent):
        return Sending(Sent.NO, "date", f"Written {written.day}, after the request of {submission.sent.day}.")
    if answered and written.is_after(answered):
        return Sending(Sent.NO, "date", f"Written {written.day}, after the payer's answer of {answered.day}.")
    return _absent(submission)


def _may_be(document: Document, parcel: Parcel, submission: Submission) -> bool:
    """Whether a parcel without a name may hold the document: not what was sent before it was written."""
    sent = parcel.sent_with(submission.sent)
    return not (document.written and sent and document.written.is_after(sent))


def _absent(submission: Submission) -> Sending:
    if not submission.known:
        return Sending(Sent.UNCLEAR, "", "The request cannot be read in this EHR, so nobody can tell what was sent.")
    listed = sum(not each.in_message for each in submission.parcels)
    if not listed:
        return Sending(Sent.UNCLEAR, "", "The request lists no documents; it may have gone another way, as by fax.")
    of = f" of {submission.sent.day}" if submission.sent else ""
    many = "1 document, and this is not it" if listed == 1 else f"{listed} documents, and this is none of them"
    return Sending(Sent.NO, "list", f"The request{of} lists {many}.")
