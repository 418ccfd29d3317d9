"""What the payer would prefer, and what of the chart speaks against it for this patient."""

import re
from collections.abc import Sequence
from datetime import datetime

from app.core.brief.facts import Chart, Sentence
from app.core.brief.hits import Hit, find_hits
from app.core.brief.words import fold
from app.core.denial import Code
from app.core.rulebook.criteria import Alternative, ServiceCriteria

# A denial that sends us to another treatment first, without naming it.
_STEPS = re.compile(
    r"\b(?:step therapy|step[- ]edit|steps?\b(?= (?:through|\d))|prefer\w+|formulary|first[- ]?line|biosimilars?|"
    r"alternatives?|trials? (?:of|and failure)|fail(?:ed|ure) (?:of|to)|less (?:costly|intensive)|lower level|"
    r"conservative)\b"
)
_MOST = 3  # facts against one alternative


def speak_against(
    rule: ServiceCriteria, chart: Chart, *, words: str, diagnoses: Sequence[Code], now: datetime
) -> tuple[Sentence, ...]:
    """
    Return what speaks against the alternatives that the payer may prefer, in the order of the rule.

    words: the payer's reason. Of the alternatives it may name, those it names; all, where it names none and sends
    us to another treatment first. Nothing is said of an alternative against which the chart holds nothing.
    """
    said = fold(words)
    named = [each for each in rule.alternatives if each.asked is not None and each.asked.search(said)]
    steps = not named and _STEPS.search(said) is not None
    meant = [each for each in rule.alternatives if each.asked is None or each in named or steps]
    return tuple(sentence for each in meant for sentence in _against(each, chart, diagnoses=diagnoses, now=now))


def _against(
    alternative: Alternative, chart: Chart, *, diagnoses: Sequence[Code], now: datetime
) -> tuple[Sentence, ...]:
    held: list[Hit] = []
    for need in alternative.against:
        hits = find_hits(need, chart, diagnoses=diagnoses, now=now)
        contrary = max((each.stamp for each in hits if each.holds is False), default=float("-inf"))
        held += [each for each in hits if each.holds and each.stamp >= contrary]
    once = {each.evidence: each for each in reversed(held)}
    return tuple(
        Sentence(f"{alternative.label[:1].upper()}{alternative.label[1:]}: {each.detail}.", each.evidence)
        for each in list(once.values())[: -_MOST - 1 : -1]
    )
