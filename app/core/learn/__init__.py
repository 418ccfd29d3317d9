"""
Journeys to measures: each with its numerator, denominator and interval, hidden below its floor.

`journey` puts one case's way together from what happened in it, `measures` says what is counted, `counted` what one
journey adds to that, `sums` what they come to, `share` how sure it is, `odds` what our own history says of one call.
"""

from app.core.learn.counted import Counted, counted_of
from app.core.learn.journey import CHANGED, HELD, KINDS, Happened, Journey, happened_of, journey_of, journeys_of
from app.core.learn.measures import DEFINED, GROUPS, MEASURES, Group, Measure, mark_of
from app.core.learn.share import FLOOR, Middle, Share, mean_of, median_of, share_of, wilson
from app.core.learn.sums import Added, measure, measure_by

__all__ = [
    "CHANGED",
    "DEFINED",
    "FLOOR",
    "GROUPS",
    "HELD",
    "KINDS",
    "MEASURES",
    "Added",
    "Counted",
    "Group",
    "Happened",
    "Journey",
    "Measure",
    "Middle",
    "Share",
    "counted_of",
    "happened_of",
    "journey_of",
    "journeys_of",
    "mark_of",
    "mean_of",
    "measure",
    "measure_by",
    "median_of",
    "share_of",
    "wilson",
]
