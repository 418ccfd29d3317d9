"""Findings that speak to a need, by what they say."""

import re
from collections.abc import Iterable
from datetime import datetime

from app.core.brief.facts import Finding
from app.core.brief.hits.hit import Hit, hit_if_fresh, is_meant
from app.core.brief.words import Stance, fold, stance_of, tidy
from app.core.rulebook.criteria import Need

_ABSENT = re.compile(
    r"(?:no|none|nil|never|false|negative|absent|denie[sd]|not (?:detected|present|seen|found|done))\b"
)


def finding_hits(need: Need, findings: Iterable[Finding], *, now: datetime) -> list[Hit]:
    """Return the latest finding that says so, or that it is not so; none where nothing is said."""
    hits = []
    for each in findings:
        if not is_meant(each, need):
            continue
        said = fold(each.words)
        detail = f"{tidy(each.label)}: {tidy(each.words)}" + (f", {each.day}" if each.day else "")
        if need.against is not None and stance_of(said, need.against) is Stance.AFFIRMED:
            hits.append(Hit(False, detail, each.evidence, each.at))
        elif need.says is None and _ABSENT.match(said):  # "Fever: no" is no fever
            hits.append(Hit(False, detail, each.evidence, each.at))
        elif need.says is None or need.says.search(said):
            hits.append(hit_if_fresh(need, detail, each, now=now))
    return hits[-1:]
