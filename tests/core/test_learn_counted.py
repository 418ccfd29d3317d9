"""What one journey adds to the measures: all that any of them needs, and a number for how it is defined."""

import hashlib
import random
from datetime import timedelta

from app.core.learn import DEFINED, MEASURES, Added, counted_of, happened_of, journeys_of
from app.core.learn.counted import changes_of
from app.core.learn.lessons import lessons_from, lessons_of, medians_wanted
from tests.builders import MONDAY

# By each definition there has been: what it makes of the same histories.
FINGERPRINTS = {1: "c9f509ce4de1ddd7", 2: "623b0d4bed6afafc", 3: "6ae60256dae46bd9"}
KINDS = (
    "denied", "offered", "booked", "attempt", "connected", "missed", "decided", "confirmed", "appealed", "lapsed",
    "closed", "owned", "offered", "connected", "decided",
)  # fmt: skip
TOLD = {
    "inside": (True, False), "specialty_match": (True, False), "final": (True, False), "by": ("payer", "us"),
    "result": ("approved", "partial", "modified", "upheld", "withdrawn"), "way": ("call", "file_appeal"),
    "hold_minutes": (5, 12.5), "prep_minutes": (3,), "talk_minutes": (9, 20), "entry": ("x", "y"), "corrects": ("x",),
    "cause": ("withdrawn", "payer"), "differs": (True,),
}  # fmt: skip
LANES = ("pre_denial", "post_denial", "informational", None)


def some_journeys(seed: int, cases: int):
    """Return the journeys of random stories, as a store keeps them; of this file alone, so that they stay the same."""
    draw = random.Random(seed)
    events = []
    for number in range(cases):
        about = {
            "payer": draw.choice("AB"),
            "reason": "r",
            "clinician": None,
            "service": "s",
            "lane": draw.choice(LANES),
        }
        for _ in range(draw.randrange(12)):
            kind, at = draw.choice(KINDS), MONDAY + timedelta(minutes=draw.randrange(90_000))
            told = {name: draw.choice(values) for name, values in TOLD.items() if draw.random() < 0.6}
            if draw.random() < 0.8:
                told.pop("corrects", None)
            events.append(happened_of(f"c{number:04}", at, kind, told, about))
    return journeys_of(events)


def test_a_definition_that_changed_has_another_number():
    """
    What was kept beside the cases by the old one would else stand among the new.

    When this fails, what a journey or a measure is has changed: raise DEFINED, and add its fingerprint.
    """
    told = repr([(each.key, type(each).__name__) for each in MEASURES])
    told += repr([counted_of(each) for each in some_journeys(1, 400)])

    assert FINGERPRINTS[DEFINED] == hashlib.sha256(told.encode()).hexdigest()[:16]
    assert max(FINGERPRINTS) == DEFINED


def test_a_databases_whole_number_holds_every_measure():
    """Two bits a measure and one more, in 63."""
    assert 2 * len(MEASURES) + 1 <= 63


def test_what_is_taken_off_again_leaves_nothing():
    """A journey that becomes another changes only what differs; one that becomes itself, nothing."""
    some = [counted_of(each) for each in some_journeys(2, 100)]

    assert {} == changes_of((each, each) for each in some)
    there = changes_of((None, each) for each in some)
    back = changes_of((each, None) for each in some)
    assert there and {key: (-n, -total, -squares) for key, (n, total, squares) in there.items()} == back


def test_sums_that_were_kept_teach_what_the_journeys_do():
    """The page from sums and from the values at a few ranks is the page from every journey."""
    some = some_journeys(3, 600)
    added: dict = {}
    for each in map(counted_of, some):
        for place in each.places:
            added.setdefault(place, Added()).add(each)
    sums = {place: held.sums for place, held in added.items()}
    middles: dict = {}
    for place, key, _ in medians_wanted(sums):
        middles.setdefault(place, {})[key] = added[place].middles()[key]

    assert lessons_of(some) == lessons_from(sums, middles)
