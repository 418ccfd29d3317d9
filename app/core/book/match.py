"""Whether the payer's reviewer is of our clinician's specialty: what is known of it before the call (F76)."""

from dataclasses import dataclass

from app.core.case import Case
from app.core.people import specialty_match

KNOWN, DISCLOSED, UNKNOWN = "known", "disclosed", "unknown"


@dataclass(frozen=True, slots=True)
class Match:
    """
    state: known (the payer named a reviewer of the specialty), disclosed (it told that the reviewer is of another),
    unknown (it told none, or we do not know our own)
    """

    state: str
    ours: str | None
    theirs: str | None

    @property
    def words(self) -> str:
        """What to know, and what to do about it, in a sentence."""
        if self.state == KNOWN:
            return f"The reviewer is of our clinician's specialty, as the payer told: {self.theirs}."
        if self.state == DISCLOSED:
            return (
                f"The payer told beforehand that the reviewer is of another specialty: {self.theirs}, not {self.ours}."
            )
        if not self.ours:
            return "Whether the reviewer's specialty matches is not known: our clinician's own is not told."
        if self.theirs:
            return f"The payer told the reviewer's specialty as {self.theirs}: ask whether that is {self.ours}."
        return f"Whether the reviewer's specialty matches is not known: ask the payer for one of {self.ours}."


def match_before(case: Case) -> Match:
    """
    Return what is known before the call: of the booked call's reviewer, else of all whose windows were told.

    Windows with reviewers of several specialties, or with some of none told, leave it unknown until one is booked.
    """
    ours = case.clinician.specialty if case.clinician else None
    if case.booking is not None and case.booking.is_live:
        reviewers = [case.booking.reviewer]
    else:
        reviewers = [each.reviewer for each in case.windows]
    told = {each.specialty if each else None for each in reviewers}
    theirs = told.pop() if len(told) == 1 else None
    found = specialty_match(ours, theirs)
    return Match(UNKNOWN if found is None else KNOWN if found else DISCLOSED, ours, theirs)
