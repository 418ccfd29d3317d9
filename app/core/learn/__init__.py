"""
Journeys to measures: each with its numerator, denominator and interval, hidden below its floor.

`journey` puts one case's way together from what happened in it, `measures` says what is counted, `share` how sure it
is, `odds` what our own history says of one call.
"""

from app.core.learn.journey import CHANGED, HELD, KINDS, Happened, Journey, journeys_of
from app.core.learn.measures import (
    GROUPS,
    MEASURES,
    Group,
    Measure,
    cases_behind,
    in_group,
    mark_of,
    measure,
    measure_by,
)
from app.core.learn.share import FLOOR, Middle, Share, mean_of, median_of, share_of, wilson

__all__ = [
    "CHANGED",
    "FLOOR",
    "GROUPS",
    "HELD",
    "KINDS",
    "MEASURES",
    "Group",
    "Happened",
    "Journey",
    "Measure",
    "Middle",
    "Share",
    "cases_behind",
    "in_group",
    "journeys_of",
    "mark_of",
    "mean_of",
    "measure",
    "measure_by",
    "median_of",
    "share_of",
    "wilson",
]
