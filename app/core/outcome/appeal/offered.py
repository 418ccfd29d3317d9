"""
Where, and until when, an appeal may be filed by what a letter says or somebody told on the call.

It is offered with its words, for a person to take over; nothing of it stands in a packet before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.case import Case, Outcome
from app.core.denial import Denial, Quote, Telling, Way
from app.core.detect.letter import our_time_to_appeal
from app.core.detect.same import tellings_of
from app.core.outcome.appeal import Appeal
from app.core.outcome.appeal.notice import Address, addresses_in, appeal_words
from app.core.rulebook.denials import DenialRules

_MOST = 6
_SAID = {
    Way.EHR: "the payer's answer",
    Way.INQUIRY: "the payer's answer",
    Way.LETTER: "the letter",
}
_MOMENT = timedelta(minutes=1)  # “before” a day ends with the day before it


@dataclass(frozen=True, slots=True)
class Offered:
    """
    One thing that may be taken over. way: of WAYS, "" for none; due_on: None where the words set no day

    quote: the words; where: where they stand, as it is kept with a day
    """

    way: str
    to: str
    due_on: date | None
    quote: str
    where: str


def offered_of(appeal: Appeal, *, rules: DenialRules) -> tuple[Offered, ...]:
    """Return what is offered, the latest word first, each once; what stands in the packet already is left out."""
    found: dict[tuple, Offered] = {}
    for quote, where, day, at in _said(appeal.case, appeal.zone):
        ends = our_time_to_appeal(quote.text, day=day, at=at, rules=rules)
        due_on = (ends - _MOMENT).astimezone(ZoneInfo(rules.zone)).date() if ends else None
        for address in addresses_in((quote,)) or ((Address("", "", ""),) if due_on else ()):
            told = (address.way, address.to, due_on)
            if not _stands(appeal, *told):
                found.setdefault(told, Offered(*told, quote.text, where))
    return tuple(found.values())[:_MOST]


def _stands(appeal: Appeal, way: str, to: str, due_on: date | None) -> bool:
    known = appeal.deadline
    sent = not to or (way, to) in [(each.way, each.to) for each in appeal.addresses]
    return sent and (due_on is None or (known is not None and known.sure and known.day == due_on))


def _said(case: Case, zone: str) -> Iterator[tuple[Quote, str, date | None, datetime | None]]:
    """Yield words on appeals with where they stand, and the day and instant from which their days count."""
    for outcome in (case.outcome, case.outcome.told if case.outcome else None, *reversed(case.earlier)):
        if outcome is not None and outcome.appeal_told:
            yield _told(outcome, zone)
    newest = sorted(tellings_of(case), key=lambda each: each.denial.created_on or date.min, reverse=True)
    for telling in newest:
        denial, where = telling.denial, _where(telling)
        for quote in _words(denial):
            yield quote, where, denial.created_on, denial.created_at


def _told(outcome: Outcome, zone: str) -> tuple[Quote, str, date, datetime]:
    at = outcome.held_at or outcome.recorded_at
    day = at.astimezone(ZoneInfo(zone)).date()
    return Quote(outcome.appeal_told or "", "outcome"), f"what was told on the call of {day.isoformat()}", day, at


def _words(denial: Denial) -> tuple[Quote, ...]:
    return (*denial.appeals, *(each for each in appeal_words(denial) if each not in denial.appeals))


def _where(telling: Telling) -> str:
    day = telling.denial.created_on
    return f"{_SAID.get(telling.way, 'the notice')}{f' of {day.isoformat()}' if day else ''}"
