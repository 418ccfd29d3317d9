"""
The packet: all that our side takes into the call. Page one is the brief; behind it stand the questions, the
literature, the policy's own words, the documents with whether the payer has them, and every try to reach it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.core.brief.page import Brief
from app.core.brief.policy import PolicyTold
from app.core.brief.sending import Document, Sending, Sent, Submission, When, sending_of
from app.core.case import Attempt


@dataclass(frozen=True, slots=True)
class Behind:
    """A document of the chart on which the brief rests: marks are its numbers in the list of sources."""

    reference: str
    title: str
    day: str | None
    draft: bool
    sending: Sending | None  # None: nobody looked what was sent
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A document that the payer has, as far as our own record of the request shows."""

    title: str
    day: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """
    number: the case's, None outside a case; zone: in which the times of the contacts are shown
    documents: those that the brief rests on; received: those that went to the payer; contacts: oldest first
    """

    brief: Brief
    number: str | None = None
    policy: PolicyTold = field(default_factory=PolicyTold)
    documents: tuple[Behind, ...] = ()
    received: tuple[Received, ...] = ()
    contacts: tuple[Attempt, ...] = ()
    zone: str = "UTC"


def behind_of(
    brief: Brief, documents: Sequence[Document], submission: Submission | None, *, answered: When | None
) -> tuple[Behind, ...]:
    """Return the documents that the brief rests on, in the order of its sources. answered: when the payer answered."""
    known = {each.reference: each for each in documents}
    marks: dict[str, list[int]] = {}
    for source in brief.sources:
        for reference in source.references:
            if reference in known:
                marks.setdefault(reference, []).append(source.number)
    return tuple(
        Behind(
            reference,
            known[reference].title,
            known[reference].day,
            known[reference].draft,
            sending_of(known[reference], submission, answered=answered) if submission else None,
            tuple(numbers),
        )
        for reference, numbers in marks.items()
    )


def received_of(
    documents: Sequence[Document], submission: Submission | None, *, answered: When | None
) -> tuple[Received, ...]:
    """Return what the payer surely has, by the names under which it was sent; each once, oldest first."""
    if submission is None:
        return ()
    sent = [(each, sending_of(each, submission, answered=answered)) for each in documents]
    sure = [Received(each.title, each.day) for each, how in sent if how.sent is Sent.YES and how.is_sure]
    return tuple(dict.fromkeys(sorted(sure, key=lambda each: (each.day or "", each.title))))


def contacts_until(attempts: Sequence[Attempt], *, now: datetime) -> tuple[Attempt, ...]:
    """Return the tries as they count now: a corrected one gives way to its correction; oldest first."""
    corrected = {each.corrects for each in attempts if each.corrects}
    standing = [each for each in attempts if each.id not in corrected and each.at <= now]
    return tuple(sorted(standing, key=lambda each: (each.at, each.id)))
