"""What is new to the payer: written after the request, or not sent with it; nothing where that is not known."""

from datetime import UTC, datetime

import pytest

from app.core.brief.facts import Chart, Evidence
from app.core.brief.sending import Document, Marks, Parcel, Submission, When
from app.core.brief.since import new_since
from tests.core.test_brief_page import FILMS, THERAPY, brief_of


def when(day, exact=False):
    """Return a day of 2026 as it is written."""
    return When(datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=UTC), day, exact)


def cited(reference, date):
    """Return evidence of that day."""
    return Evidence(reference, "valueQuantity.value", date, "5")


def document(reference, day):
    """Return a note of that day."""
    marks = Marks(references=frozenset({reference}))
    return Document(reference=reference, title="Note", day=day, chart=Chart(), marks=marks, written=when(day))


LISTED = Parcel(Marks(references=frozenset({"DocumentReference/sent"})))
SENT = Submission(sent=when("2026-11-01"), known=True, parcels=(LISTED,))


@pytest.mark.parametrize(
    ("date", "is_new"),
    [
        ("2026-11-02", True),
        ("2026-12", True),
        ("2026-11-01", False),
        ("2026-11", False),  # the month may be the request's own, or the days before it
        ("2026-10-31", False),
        ("2026", False),
        (None, False),
        ("soon", False),
    ],
)
def test_a_value_is_new_when_its_day_lies_after_the_requests(date, is_new):
    """What may be of the request's own day or before is not called new."""
    assert new_since([cited("Observation/1", date)], (), SENT) == ({"Observation/1"} if is_new else set())


@pytest.mark.parametrize(
    ("reference", "day", "is_new"),
    [
        ("DocumentReference/sent", "2026-10-20", False),
        ("DocumentReference/later", "2026-11-10", True),
        ("DocumentReference/unlisted", "2026-10-20", True),  # the request lists what was sent, and this is not it
    ],
)
def test_a_document_is_new_when_it_was_not_sent(reference, day, is_new):
    """A note that the request did not carry is new to the reviewer, whatever its day."""
    found = new_since([cited(reference, day)], (document(reference, day),), SENT)

    assert found == ({reference} if is_new else set())


@pytest.mark.parametrize("submission", [None, Submission(), Submission(known=True)])
def test_without_the_day_of_the_request_nothing_is_marked(submission):
    """A mark that rests on no date would send a clinician into the call with a false claim."""
    assert new_since([cited("Observation/1", "2026-11-19")], (), submission) == frozenset()


def test_the_brief_names_the_day_and_the_sources_that_are_new():
    """The films of November 10 came after the request of November 1; the therapy of October 31 before it."""
    brief = brief_of(THERAPY, FILMS, submission=SENT)

    assert brief.submitted == "2026-11-01"
    assert brief.fresh == {FILMS.cite.reference}
    assert (brief_of(THERAPY).submitted, brief_of(THERAPY).fresh) == (None, frozenset())
