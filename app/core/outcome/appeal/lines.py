"""Which lines of the payer's answer an appeal is about, and that answer with these lines alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.core.case import Case, LineOutcome, Outcome
from app.core.denial import Denial, Quote
from app.core.outcome.form import disputed_lines

_LOST = frozenset({"upheld", "modified"})


def decided_of(case: Case) -> Outcome | None:
    """Return the payer's latest decision after its denial, None where it made none."""
    told = [each for each in (*case.earlier, case.outcome) if each is not None and each.is_decided]
    return told[-1] if told else None


def told_lines(case: Case) -> dict[int, LineOutcome]:
    """Return what became of each line by the latest decision that tells of it; one told as a whole names none."""
    decided = [each for each in (*case.earlier, case.outcome) if each is not None and each.is_decided]
    return {line.sequence: line for each in decided for line in each.lines}


def appeal_decided_at(case: Case) -> datetime | None:
    """Return when the latest appeal's decision was recorded, None where none was."""
    told = (each for each in (*case.earlier, case.outcome) if each is not None and each.way == "file_appeal")
    return max((each.recorded_at for each in told), default=None)


def appealable_lines(case: Case) -> tuple[int, ...]:
    """Return the lines in dispute that were not approved, withdrawn or given up since; () also for a whole answer."""
    told = told_lines(case)
    return tuple(
        n for n in disputed_lines(case) if n not in told or (told[n].result in _LOST and told[n].answer != "accepted")
    )


def appealed_lines(case: Case) -> tuple[int, ...]:
    """
    Return the lines that are appealed unless somebody chose others: upheld ones, and those whose difference is.

    All in dispute where no call decided anything; () also where the answer has no lines of its own.
    """
    told = told_lines(case)
    return tuple(
        n for n in appealable_lines(case) if n not in told or told[n].result == "upheld" or told[n].answer == "appealed"
    )


def unanswered_lines(case: Case) -> tuple[int, ...]:
    """Return the modified lines of which nobody has said whether they are accepted or appealed."""
    told = told_lines(case)
    return tuple(n for n in appealable_lines(case) if n in told and told[n].result == "modified" and not told[n].answer)


def is_won(case: Case) -> bool:
    """Whether nothing is left to appeal: the payer approved all that was in dispute, or we took what it gave."""
    decided = decided_of(case)
    if decided is None:
        return False
    return decided.result == "approved" or (bool(disputed_lines(case)) and not appealable_lines(case))


def narrowed(case: Case, lines: Sequence[int]) -> Denial:
    """
    Return the denial with these lines alone and the words that are about them, as they stand after the decision.

    lines: () leaves it whole. What was granted of a line is its approved quantity, so that the rest is asked for.
    """
    denial, wanted, told = case.denial, set(lines), told_lines(case)
    if not wanted:
        return denial
    kept = tuple(
        replace(each, quantity_approved=told[each.sequence].quantity)
        if each.sequence in told and told[each.sequence].quantity is not None
        else each
        for each in denial.lines
        if each.sequence in wanted
    )
    others = _paths(each.notes for each in denial.lines if each.sequence not in wanted)
    others -= _paths(each.notes for each in kept)
    return replace(denial, lines=kept, notes=tuple(each for each in denial.notes if each.path not in others))


def _paths(notes) -> set[str]:
    told: list[tuple[Quote, ...]] = list(notes)
    return {each.path for quotes in told for each in quotes}
