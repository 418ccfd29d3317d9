"""What the payer cannot have had: evidence that came after the request was sent, or was not sent with it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.core.brief.facts import Evidence
from app.core.brief.sending import Document, Sent, Submission, When, sending_of


def new_since(
    evidence: Iterable[Evidence],
    documents: Sequence[Document],
    submission: Submission | None,
    *,
    answered: When | None = None,
) -> frozenset[str]:
    """
    Return the references of `evidence` that are new to the payer.

    A document is judged by what was sent (see sending_of); anything else by its day against that of the request.
    answered: when the payer answered. Where the day of the request is unknown nothing is new.
    errs: towards not new: a day that may be the request's own is none after it
    """
    if submission is None or submission.sent is None:
        return frozenset()
    known = {each.reference: each for each in documents}
    return frozenset(
        each.reference
        for each in evidence
        if (
            sending_of(known[each.reference], submission, answered=answered).sent is Sent.NO
            if each.reference in known
            else _is_later(each, submission.sent) and not _was_sent(each.reference, submission)
        )
    )


def _is_later(evidence: Evidence, sent: When) -> bool:
    """Whether the day of a value lies after the request's, as both were written."""
    written = _day_of(evidence.date)
    day = replace(sent, exact=False)
    return written is not None and bool(written.is_after(day))


def _day_of(date: str | None) -> When | None:
    if date is None or len(date) < 4:
        return None
    padded = f"{date}-01-01"[:10] if len(date) == 4 else f"{date}-01"[:10]
    try:
        return When(datetime.fromisoformat(padded).replace(tzinfo=UTC), date[:10], exact=False)
    except ValueError:
        return None


def _was_sent(reference: str, submission: Submission) -> bool:
    sent: Collection[str] = {one for each in submission.parcels for one in each.marks.references}
    return reference in sent
