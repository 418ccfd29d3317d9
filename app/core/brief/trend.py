"""A measure drawn small: where its values stand between baseline and recent, for any paper to draw."""

from app.core.brief.measures import Course, Reading, shown_value

WIDTH, HEIGHT = 64.0, 14.0
_EDGE = 2.0  # so that a dot on the rim is whole
_MOST = 40  # points that such a drawing can show apart


def trend_points(course: Course) -> tuple[tuple[float, float], ...]:
    """
    Return (x, y) of each reading in a box of WIDTH by HEIGHT, y down, the oldest first.

    Of two values at one instant the lower is drawn, as in the change; of many readings the first and the latest stand.
    """
    readings = _drawn(course)
    begun, span = readings[0].at, (readings[-1].at - readings[0].at).total_seconds() or 1.0
    values = [each.values[0].value for each in readings]
    low, room = min(values), (max(values) - min(values)) or 1.0
    level = len(set(values)) == 1
    return tuple(
        (
            round(_EDGE + (each.at - begun).total_seconds() / span * (WIDTH - 2 * _EDGE), 1),
            round(HEIGHT / 2 if level else HEIGHT - _EDGE - (value - low) / room * (HEIGHT - 2 * _EDGE), 1),
        )
        for each, value in zip(readings, values, strict=True)
    )


def trend_words(course: Course) -> str:
    """Return what the drawing shows, for who does not see it."""
    first, last = (shown_value(each, unit=course.unit) for each in (course.baseline, course.recent))
    between = len(course.readings) - 2
    more = f", {between} between" if between > 0 else ""
    return f"{course.label}: from {first} on {course.baseline.day} to {last} on {course.recent.day}{more}"


def _drawn(course: Course) -> tuple[Reading, ...]:
    readings = course.readings or (course.baseline, course.recent)
    return readings if len(readings) <= _MOST else (readings[0], *readings[1 - _MOST :])
