"""A payer's rule in plain words, value by value, each with its source; what is not known, with what is assumed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.core.interval import WEEKDAYS
from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.payers import Evidence, PayerHours, PayerRule, WindowRule
from app.core.rulebook.phrases import (
    ANCHORS,
    CHANNELS,
    DAYS,
    FUNDING,
    LINES,
    REASONS,
    ROWS,
    SAID,
    SCOPE,
    SERVICES,
    SETTINGS,
    SPEAKERS,
    UNITS,
)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """
    One value in words. known False: the payer does not tell it, and `sentence` says what is assumed until it does.

    source, verified_on, grade: of the value, or of the assumption; grade V seen there, S seen elsewhere, G general
    knowledge, I inferred; why: where a site put its own value in the place of the shipped one
    """

    name: str  # the field of PayerRule
    label: str
    sentence: str
    source: str
    verified_on: date
    grade: str
    known: bool = True
    why: str | None = None


def rule_in_words(rule: PayerRule | None, *, calendar: BusinessCalendar) -> tuple[RuleLine, ...]:
    """
    Return the rule value by value, what matters most first; what is not known says what is assumed.

    rule: None for a payer nobody knows: then every line is an assumption
    source: the rule's own evidence; for what is assumed, the calendar's cautious reading
    """
    return tuple(_line(name, label, assumed, rule, calendar) for name, label, assumed in ROWS)


def scope_in_words(rule: PayerRule) -> tuple[RuleLine, ...]:
    """Return whose rule it is, line by line: names, plans, places, times; an empty value means any, or none."""
    moot = "vendors" if rule.vendor else "for_payers"
    return tuple(_scope_line(name, label, empty, rule) for name, label, empty in SCOPE if name != moot)


def value_words(rule: PayerRule, name: str) -> str:
    """Return one value of a rule in words, "Unknown." or what its being empty means."""
    empty = {each: said for each, _, said in SCOPE}
    value = getattr(rule, "called" if name == "names" else name)
    if name in empty and (value or name in ("vendor", "report")):
        return _SCOPE[name](rule)
    if name in empty or value in (None, (), ""):
        return empty.get(name, "Unknown.")
    return _SAY[name](rule) if name in _SAY else SAID[name][value]


def programme_words(rule: PayerRule) -> str:
    """Return for what the rule is, in a few words: "Medicare Advantage · MN · inpatient"; "every plan"."""
    parts = [listed(rule.lines_of_business, LINES), listed(rule.funding, FUNDING), listed(rule.states)]
    parts += [listed(rule.settings, SETTINGS), SERVICES.get(rule.services or "", "")]
    parts.append(listed(rule.reasons, REASONS))
    return " · ".join(each for each in parts if each) or "every plan"


def rule_title(rule: PayerRule) -> str:
    """Return "UnitedHealthcare (Medicare Advantage)", which tells a payer's rules apart."""
    return f"{rule.payer} ({programme_words(rule)})"


def listed(values: Iterable[str], words: Mapping[str, str] | None = None, last: str = "or") -> str:
    """Return "a, b or c"; "" for nothing."""
    said = [(words or {}).get(each, each) for each in values]
    return f"{', '.join(said[:-1])} {last} {said[-1]}" if len(said) > 1 else "".join(said)


def window_words(window: WindowRule) -> str:
    """Return one window, "3 business days from the posting of the denial (inpatient)"."""
    where = "" if window.setting == "any" else f" ({SETTINGS[window.setting]})"
    if window.unit == "appeal_period":
        return f"as long as an appeal may be filed{where}"
    if window.unit == "until_decision":
        return f"until it decides{where}"
    asked = "to ask, " if window.must == "request" else ""
    return f"{asked}{count_words(window.amount, window.unit)} from {ANCHORS[window.anchor]}{where}"


def count_words(amount: int, unit: str) -> str:
    """Return "3 business days"."""
    one, many = UNITS[unit]
    return f"{amount} {one if amount == 1 else many}"


def speaker_words(speakers: tuple[str, ...]) -> str:
    """Return "a physician or a nurse practitioner"."""
    return listed(speakers, SPEAKERS)


def days_words(days: tuple[str, ...]) -> str:
    """Return "Monday to Friday" for days that follow one another, else their names."""
    at = sorted(WEEKDAYS.index(each) for each in days)
    names = [DAYS[WEEKDAYS[each]] for each in at]
    if len(at) > 2 and at == list(range(at[0], at[-1] + 1)):
        return f"{names[0]} to {names[-1]}"
    return listed(names, last="and")


def hours_words(hours: PayerHours) -> str:
    """Return "Monday to Friday from 09:00 to 16:00, America/Los_Angeles"."""
    return f"{days_words(hours.days)} from {hours.opens:%H:%M} to {hours.closes:%H:%M}, {hours.zone}"


def _line(name: str, label: str, assumed: str, rule: PayerRule | None, calendar: BusinessCalendar) -> RuleLine:
    value = getattr(rule, name) if rule is not None else None
    if value in (None, (), ""):
        cautious = calendar.cautious
        own = dict(rule.evidence).get(name) if rule is not None else None
        found = own or Evidence(cautious.source, cautious.verified_on, cautious.grade)
        said, known = f"Unknown. {assumed.format(**_assumed(calendar))}", False
    else:
        found, known = rule.evidence_of(name), True
        said = _SAY[name](rule) if name in _SAY else SAID[name][value]
    return RuleLine(name, label, said, found.source, found.verified_on, found.grade, known, found.why)


def _scope_line(name: str, label: str, empty: str, rule: PayerRule) -> RuleLine:
    found = rule.evidence_of(name)
    said = value_words(rule, name)
    return RuleLine(name, label, said, found.source, found.verified_on, found.grade, said != empty, found.why)


def _assumed(calendar: BusinessCalendar) -> dict[str, str]:
    cautious = calendar.cautious
    return {
        "ask": count_words(cautious.ask_business_days, "business_days"),
        "work": count_words(cautious.window_business_days, "business_days"),
        "opens": f"{cautious.opens:%H:%M}",
        "closes": f"{cautious.closes:%H:%M}",
    }


def _windows(rule: PayerRule) -> str:
    return f"The call: {'; '.join(window_words(each) for each in rule.windows)}."


def _late(rule: PayerRule) -> str:
    lines = listed(rule.post_denial_informational_for, LINES)
    return f"For {lines} a call after the denial changes nothing."


def _hours(rule: PayerRule) -> str:
    return f"{hours_words(rule.hours)}; not on holidays."


def _missed(rule: PayerRule) -> str:
    days = count_words(rule.missed_call_business_days, "business_days") if rule.missed_call_business_days else ""
    return SAID["missed_call"][rule.missed_call].format(days=days)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _times(count: int, one: str, many: str) -> str:
    return one if count == 1 else many.format(count=count)


_SAY: dict[str, Callable[[PayerRule], str]] = {
    "windows": _windows,
    "post_denial_informational_for": _late,
    "hours": _hours,
    "missed_call": _missed,
    "when_asking": lambda rule: rule.when_asking,
    "phone": lambda rule: f"{rule.phone}.",
    "portal": lambda rule: rule.portal,
    "who_may_speak": lambda rule: _capital(speaker_words(rule.who_may_speak)),
    "speakers_refused": lambda rule: f"Turned away: {', '.join(SPEAKERS[each] for each in rule.speakers_refused)}.",
    "channels": lambda rule: _capital(", ".join(CHANNELS[each] for each in rule.channels)),
    "windows_to_offer_min": lambda rule: _times(
        rule.windows_to_offer_min,
        "Offer one time at which we can be called.",
        "Offer {count} times or more to be called.",
    ),
    "attempts_by_payer": lambda rule: _times(
        rule.attempts_by_payer, "The payer tries once.", "The payer tries {count} times."
    ),
    "calls_max": lambda rule: _times(rule.calls_max, "One call for one denial.", "{count} calls for one denial."),
    "appeal_days": lambda rule: (
        f"A first appeal is filed within {count_words(rule.appeal_days, 'calendar_days')} of the notice."
    ),
    "appeals_to": lambda rule: rule.appeals_to,
    "lead_minutes": lambda rule: f"It wants to know {rule.lead_minutes} minutes before the call.",
}
# An empty value is not said by these, but by SCOPE; the two that are yes or no say both.
_SCOPE: dict[str, Callable[[PayerRule], str]] = {
    "names": lambda rule: f"{listed(rule.called, last='and')}.",
    "identifiers": lambda rule: f"{listed((f'{value} ({system})' for system, value in rule.identifiers), last='and')}.",
    "lines_of_business": lambda rule: _capital(listed(rule.lines_of_business, LINES)),
    "funding": lambda rule: _capital(listed(rule.funding, FUNDING)),
    "states": lambda rule: f"{listed(rule.states)}.",
    "services": lambda rule: _capital(f"{SERVICES[rule.services]} only"),
    "settings": lambda rule: _capital(f"{listed(rule.settings, SETTINGS)} only"),
    "reasons": lambda rule: _capital(f"{listed(rule.reasons, REASONS)} only"),
    "effective": lambda rule: f"{rule.effective}.",
    "until": lambda rule: f"Answers before {rule.until}.",
    "vendor": lambda rule: "Yes: an answer that comes from it is its own." if rule.vendor else "It decides for itself.",
    "for_payers": lambda rule: f"{listed(rule.for_payers)}.",
    "vendors": lambda rule: f"{listed(rule.vendors, last='and')}.",
    "report": lambda rule: (
        "A report of several payers: an example to read, no answer's rule." if rule.report else "The payer's own rule."
    ),
    "closed": lambda rule: f"{listed(map(str, sorted(rule.closed)), last='and')}, beside the federal holidays.",
    "notes": lambda rule: rule.notes,
}
