"""Notes that speak to a need, sentence by sentence, as they are written and as they are heard."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from app.core.brief.facts import Remark
from app.core.brief.hits.hit import Hit, hit_if_fresh, is_fresh, stale
from app.core.brief.shorthand import hear
from app.core.brief.words import Stance, days_told, fold, shorten, stance_of, tidy, visits_told
from app.core.rulebook.criteria import Need

_OF_SESSIONS = re.compile(r"\b(?:visits?|sessions?|attended)\b")


def document_hits(need: Need, remarks: Sequence[Remark], *, now: datetime) -> list[Hit]:
    """Return the latest document there is, whatever it says."""
    dated = [each for each in remarks if each.at is not None and each.at <= now and not each.is_reason]
    if not dated:
        return []
    latest = dated[-1]
    return [hit_if_fresh(need, f"{tidy(latest.label)}, {latest.day}", latest, now=now)]


def note_hits(need: Need, remarks: Iterable[Remark], *, now: datetime) -> list[Hit]:
    """Return the latest sentence for the need, the latest against it, and one short of it where none is for it."""
    seen = sorted(remarks, key=lambda each: not each.is_reason)  # a note says more than why one came: it comes last
    hits = [hit for each in seen if (each.at is None or each.at <= now) and (hit := _note_hit(need, each, now=now))]
    held = [each for each in hits if each.holds]
    against = [each for each in hits if each.holds is False]
    if need.ever:  # what is no longer so was so: told, and never the later word on it
        against = [replace(each, at=None) for each in against]
    short = [each for each in hits if each.holds is None]
    return held[-1:] + against[-1:] + (short[-1:] if not held else [])


def _note_hit(need: Need, remark: Remark, *, now: datetime) -> Hit | None:
    """Return what one sentence says of the need, as it is written or else with its abbreviations spelled out."""
    for said in _heard(need, remark):
        if hit := _hit_of(need, remark, said, now=now):
            return hit
    return None


def _hit_of(need: Need, remark: Remark, said: str, *, now: datetime) -> Hit | None:
    def stance(cues: re.Pattern[str]) -> Stance | None:
        return stance_of(said, cues, heading=remark.heading, plans=need.planned, family=need.of_family)

    if need.against is not None and stance(need.against) is Stance.AFFIRMED:
        return _quoting(remark, False)
    if need.cues is None or (need.also is not None and not need.also.search(said)):
        return None
    held = stance(need.cues)
    if held is Stance.DENIED and need.one_sided:
        return None
    if held is None or (need.says is not None and not need.says.search(said)):
        return None
    if held is Stance.DENIED and need.says is None:  # where `says` asks for "negative", that is no denial
        return _quoting(remark, False)
    if not is_fresh(need, remark.at, now=now):
        if need.one_sided:
            return None
        old = _quoting(remark, None)
        return replace(old, detail=stale(need, old.detail))
    return _quoting(remark, True if _is_told_enough(need, said) else None)


def _quoting(remark: Remark, holds: bool | None) -> Hit:
    quoted = f"“{shorten(tidy(remark.cite.quote), 140)}”" + (f" ({remark.day})" if remark.day else "")
    return Hit(holds, quoted, remark.evidence, remark.at)


def _heard(need: Need, remark: Remark) -> Iterator[str]:
    """
    Yield the folded sentence, spelled out and as written.

    One that counts visits is heard together with its document's title, and so is one of a report ("Equivocal." under
    "Stress test") where the need says which result is meant.
    """
    for said in remark.heard or hear(remark.words):
        if need.cues is None or need.cues.search(said):
            yield said
        elif (need.days or need.count) and _OF_SESSIONS.search(said):
            yield f"{fold(remark.label)} {said}"
        elif need.says is not None and remark.is_result and need.cues.search(title := fold(remark.label)):
            yield f"{title} {said}"
        else:
            yield said  # it may still speak against


def _is_told_enough(need: Need, said: str) -> bool:
    """Whether the sentence names the duration and the number that are asked for."""
    if need.days is not None and (days_told(said, need.cues) or 0) < need.days:
        return False
    return need.count is None or (visits_told(said, need.cues) or 0) >= need.count
