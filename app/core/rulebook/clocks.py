"""Types of the clocks that law sets, of the days that count, and of what is assumed where nothing is known."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, time

from app.core.rulebook.payers import PayerHours


@dataclass(frozen=True, slots=True)
class ClockRule:
    """
    One clock of law: how long, for whom, since when.

    kind: determination (the payer must decide), appeal (we must file), appeal_decision (the payer must decide the
    appeal), information (we must send what is missing), letter (what was decided by telephone must stand in a letter)
    lines_of_business, funding: empty means any; a known other value excludes the rule, an unknown one does not
    states: empty means any; otherwise the state must be listed, or unknown where some state's law surely governs
    urgent: True, False, or None for both; drugs: False excludes drugs
    suspended: stands still while the payer waits for what it asked for
    hours_after_information: what was sent starts this many hours anew, in the place of standing still
    extension: calendar days that the payer may add once by a notice
    """

    key: str
    kind: str
    label: str  # our own words, after "under"
    amount: int
    unit: str  # hours | business_hours | calendar_days | business_days
    source: str
    effective: date
    verified_on: date
    grade: str
    lines_of_business: tuple[str, ...] = ()
    funding: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    urgent: bool | None = None
    drugs: bool = True
    suspended: bool = False
    hours_after_information: int | None = None
    extension: int | None = None


@dataclass(frozen=True, slots=True)
class Cautious:
    """What is assumed of a payer nobody knows: dated and sourced like a rule, and earlier than most."""

    window_business_days: int  # the working deadline, from the notice
    ask_business_days: int  # where not even the notice has a date: from the moment it was first seen
    follow_up_business_days: int  # after which an answer is asked for that no rule gives a time
    zone: str  # read beside the site's own zone; the one that ends first counts
    opens: time
    closes: time
    source: str
    verified_on: date
    grade: str = "I"


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """
    The days that count (Monday to Friday without `closed` dates), the clocks of law, and the cautious reading.

    `closed` may be worked out when it is first asked. A year that it does not know has no holidays, so its clocks end
    early, never late.
    """

    closed: Set[date]
    rules: tuple[ClockRule, ...]
    cautious: Cautious

    def usual_hours(self, zone: str) -> PayerHours:
        """Return the hours to assume in `zone` for a payer that tells none."""
        return PayerHours(
            zone=zone,
            days=("MO", "TU", "WE", "TH", "FR"),
            opens=self.cautious.opens,
            closes=self.cautious.closes,
            closed=self.closed,
        )
