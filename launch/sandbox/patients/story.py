"""What a story is, and what its payer has been told to do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Story:
    """A synthetic patient, as the EHR's list shows them: what is told, in one line."""

    patient_id: str
    title: str
    told: str


@dataclass(frozen=True, slots=True)
class Expected:
    """
    A review that the payer knows of, without knowing the patient.

    payer: slug; reference: the payer's own number; specialty: NUCC code of the fitting reviewer
    closes: the last instant at which the payer will hold the call, None when it told none
    reply_after: how long the payer takes to answer a fax or message; None means it never does
    misses: how many booked calls the reviewer fails to keep before keeping one
    """

    payer: str
    reference: str
    specialty: str | None = None
    closes: datetime | None = None
    reply_after: timedelta | None = timedelta()
    misses: int = 0
