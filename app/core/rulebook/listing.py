"""The rule book as a list: what matters of each rule in a line, what is old, what is a site's own, what is unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.core.rulebook.edits import Standing, is_stale
from app.core.rulebook.fields import FIELDS
from app.core.rulebook.payers import PayerRule
from app.core.rulebook.phrases import CHANNELS, SHORT
from app.core.rulebook.words import hours_words, listed, programme_words, speaker_words, window_words

# What decides how a call is had and whether it can win. Most payers publish no hours, so that alone is no news.
DECIDES = ("windows", "channels", "who_may_speak", "new_information", "effect")
SHOWS = ("all", "stale", "edited", "unknown")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule in a line; None where the payer tells nothing. verified_on: the oldest of its values' days."""

    key: str
    payer: str
    programme: str
    window: str | None
    hours: str | None
    channels: str | None
    speakers: str | None
    new_information: str | None
    effect: str | None
    verified_on: date
    is_stale: bool
    is_edited: bool
    is_unknown: bool
    is_report: bool
    is_vendor: bool
    found_by: str  # what a search looks through


def rule_row(rule: PayerRule, standing: Standing, *, today: date) -> RuleRow:
    """Return a rule's line."""
    found = [rule.evidence_of(name) for name in FIELDS if getattr(rule, name) not in (None, (), "")]
    return RuleRow(
        key=rule.key,
        payer=rule.payer,
        programme=programme_words(rule),
        window="; ".join(map(window_words, rule.windows)) or None,
        hours=hours_words(rule.hours) if rule.hours else None,
        channels=listed(rule.channels, CHANNELS) or None,
        speakers=speaker_words(rule.who_may_speak) or None,
        new_information=SHORT["new_information"].get(rule.new_information or ""),
        effect=SHORT["effect"].get(rule.effect or ""),
        verified_on=min((each.verified_on for each in found), default=rule.verified_on),
        is_stale=any(is_stale(each, today) for each in found),
        is_edited=any(key == rule.key for key, _ in standing.by_value),
        is_unknown=any(getattr(rule, name) in (None, ()) for name in DECIDES),
        is_report=rule.report,
        is_vendor=rule.vendor,
        found_by=" ".join((rule.key, rule.payer, *rule.called, programme_words(rule))).casefold(),
    )


def shown_rows(rows: Iterable[RuleRow], *, show: str, search: str) -> tuple[tuple[RuleRow, ...], Mapping[str, int]]:
    """Return the rows of one filter under a search, by payer, and how many each filter has under it."""
    words = search.casefold().split()
    found = sorted((each for each in rows if all(word in each.found_by for word in words)), key=_by_payer)
    by_filter = {
        "all": found,
        "stale": [each for each in found if each.is_stale],
        "edited": [each for each in found if each.is_edited],
        "unknown": [each for each in found if each.is_unknown],
    }
    return tuple(by_filter[show]), {name: len(each) for name, each in by_filter.items()}


def _by_payer(row: RuleRow) -> tuple[str, str, str]:
    return row.payer.casefold(), row.programme, row.key
