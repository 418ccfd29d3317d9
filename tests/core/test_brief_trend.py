"""The small drawing of a measure: inside its box, in order of time, and told in words."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.facts import Evidence, Measure
from app.core.brief.measures import course_of, series_of
from app.core.brief.trend import HEIGHT, WIDTH, trend_points, trend_words
from tests.core.test_brief_page import NOW


def course(*values):
    """Return the course of values taken a week apart, the latest last."""
    days = [7 * n for n in range(len(values), 0, -1)]
    measures = [
        Measure(
            label="Pain",
            at=NOW - timedelta(days=ago),
            day=(NOW - timedelta(days=ago)).date().isoformat(),
            evidence=(Evidence(f"Observation/{ago}", "valueInteger", None, str(value)),),
            value=value,
            unit="",
            series=(None, "pain", ""),
        )
        for value, ago in zip(values, days, strict=True)
    ]
    (readings,) = series_of(measures, now=NOW).values()
    return course_of(readings, until=NOW)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60))
def test_every_point_lies_in_the_box_and_time_runs_to_the_right(values):
    """Whatever the values, and however many: nothing is drawn over the next cell."""
    points = trend_points(course(*values))

    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert 2 <= len(points) <= 40


def test_higher_values_stand_higher_and_the_ends_at_the_rims():
    """The drawing's ends are the two values of the table."""
    (first, middle, last) = trend_points(course(2, 9, 5))

    assert (first[0], last[0]) == (2, WIDTH - 2)
    assert middle[1] < last[1] < first[1]


def test_values_that_do_not_change_are_a_level_line():
    """In the middle, so that nobody takes it for the lowest there is."""
    assert {y for _, y in trend_points(course(4, 4, 4))} == {HEIGHT / 2}


def test_who_does_not_see_the_drawing_hears_it():
    """Both ends with their days, and how many values lie between."""
    assert trend_words(course(2, 9, 5)) == "Pain: from 2 on 2026-10-30 to 5 on 2026-11-13, 1 between"
