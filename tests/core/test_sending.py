"""Whether a document went to the payer: by its names, by what is listed, by dates; and "cannot tell" for the rest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.facts import Chart
from app.core.brief.sending import Document, Marks, Parcel, Sent, Submission, When, sending_of

REQUEST = "Claim/c1"
NOON = datetime(2026, 9, 3, 17, 0, tzinfo=UTC)


def exact(days: float = 0) -> When:
    """Return a moment so many days from the request."""
    at = NOON + timedelta(days=days)
    return When(at, at.date().isoformat(), exact=True)


def day(text: str) -> When:
    """Return a day, month or year without its time."""
    parts = [int(each) for each in text.split("-")]
    return When(datetime(*[*parts, 1, 1][:3], tzinfo=UTC), text, exact=False)


def a_document(name: str = "DocumentReference/d1", **more) -> Document:
    """Return a document with nothing in it, written a month before the request."""
    base = {"written": exact(-30), "marks": Marks(frozenset({name})), "chart": Chart(), "day": None}
    return Document(reference=name, title="Therapy summary", **(base | more))


def a_submission(*parcels: Parcel, **more) -> Submission:
    """Return a request that lists these."""
    base = {"names": frozenset({REQUEST}), "sent": exact(), "known": True}
    return Submission(parcels=parcels, **(base | more))


def listed(*references: str, **more) -> Parcel:
    """Return one thing sent, known by references."""
    return Parcel(Marks(frozenset(references)), **more)


OTHER = listed("DocumentReference/other")
NUMBER = Marks(identifiers=frozenset({(None, "ACN-77")}))
FILE = Marks(hashes=frozenset({"2jmj7l5rSw0yVb/vlWAYkK/YBwk="}))


@pytest.mark.parametrize(
    ("document", "submission", "sent", "by"),
    [
        (a_document(), a_submission(listed("DocumentReference/d1")), Sent.YES, "reference"),
        (a_document(marks=FILE), a_submission(Parcel(FILE)), Sent.YES, "hash"),
        (
            a_document(marks=Marks(identifiers=frozenset({("urn:s", "ACN-77")}))),
            a_submission(Parcel(NUMBER)),
            Sent.YES,
            "attachment number",
        ),
        (a_document(), a_submission(OTHER), Sent.NO, "list"),
        (a_document(written=exact(2)), a_submission(OTHER), Sent.NO, "date"),
        (a_document(written=exact(2)), a_submission(), Sent.NO, "date"),
        (a_document(), a_submission(), Sent.UNCLEAR, ""),
        (a_document(), Submission(), Sent.UNCLEAR, ""),
        (a_document(written=None), a_submission(OTHER), Sent.UNCLEAR, ""),
        (a_document(), a_submission(Parcel(Marks())), Sent.UNCLEAR, ""),
        (a_document(written=exact(2)), a_submission(Parcel(Marks())), Sent.NO, "date"),
        (a_document(written=exact(2)), a_submission(Parcel(Marks(), in_message=True)), Sent.UNCLEAR, ""),
        (a_document(written=exact(2)), a_submission(Parcel(Marks(), in_message=True, sent=exact(1))), Sent.NO, "date"),
        (a_document(), a_submission(listed("DocumentReference/d1", on_request=True)), Sent.NO, "reference"),
        (a_document(filed_with=frozenset({REQUEST})), a_submission(OTHER), Sent.YES, "filing"),
        (a_document(filed_with=frozenset({REQUEST}), written=exact(2)), a_submission(OTHER), Sent.UNCLEAR, "filing"),
        (a_document(replaces=OTHER.marks), a_submission(OTHER), Sent.UNCLEAR, "reference"),
        (a_document(), a_submission(OTHER, trouble=("The messages could not be read.",)), Sent.UNCLEAR, ""),
        (a_document(written=exact(5)), a_submission(listed("DocumentReference/d1")), Sent.UNCLEAR, "reference"),
        (a_document(marks=FILE, written=exact(5)), a_submission(Parcel(FILE)), Sent.YES, "hash"),
        (a_document(written=exact(0.1)), a_submission(listed("DocumentReference/d1")), Sent.YES, "reference"),
    ],
)
def test_what_is_known_of_one_document(document, submission, sent, by):
    """Names before filing before dates; nothing is called unsent for want of knowledge."""
    found = sending_of(document, submission, answered=None)

    assert (sent, by) == (found.sent, found.by)
    assert found.why.endswith(".")


@pytest.mark.parametrize(("days", "sent"), [(3, Sent.NO), (-3, Sent.UNCLEAR)])
def test_what_was_written_after_the_answer_was_in_no_request(days: float, sent: Sent):
    """Where the request itself cannot be read, the payer's answer is the latest moment at which it was made."""
    found = sending_of(a_document(written=exact(days)), Submission(), answered=exact())

    assert sent is found.sent


def test_a_document_sent_since_in_a_message_is_no_news():
    """Records faxed after the denial and told of in a Communication are with the payer already."""
    later = listed("DocumentReference/d1", in_message=True, sent=exact(4))
    found = sending_of(a_document(written=exact(2)), a_submission(OTHER, later), answered=exact(1))

    assert (Sent.YES, "2026-09-07" in found.why) == (found.sent, True)


@pytest.mark.parametrize(
    ("one", "other", "after"),
    [
        (exact(1), exact(0), True),
        (exact(0), exact(0), False),
        (day("2026-09-04"), day("2026-09-03"), True),
        (day("2026-09-03"), day("2026-09-03"), None),
        (day("2026-09"), day("2026-09-03"), None),
        (day("2026-10"), day("2026-09-03"), True),
        (day("2027"), day("2026-09-03"), True),
        (exact(0), day("2026-09-03"), None),  # 17:00 UTC is the 3rd in Chicago and the 4th in Auckland
        (exact(0.75), day("2026-09-03"), None),  # 11:00 UTC of the 4th: the 3rd lasts an hour more on Baker Island
        (exact(1), day("2026-09-03"), True),
        (exact(2), day("2026-09-03"), True),
        (day("2026-09-03"), exact(2), False),
        (day("2026-09-06"), exact(0), True),
    ],
)
def test_later_is_said_only_where_no_zone_could_deny_it(one: When, other: When, after: bool | None):
    """A day without its time spans fifty hours around the Earth; inside them nobody can tell which came first."""
    assert after is one.is_after(other)


MOMENTS = st.floats(-400, 400).map(exact) | st.dates(datetime(2020, 1, 1).date(), datetime(2030, 1, 1).date()).map(  # noqa: DTZ001
    lambda each: day(each.isoformat())
)
PARCELS = st.lists(
    st.builds(
        Parcel,
        st.sampled_from([Marks(), OTHER.marks, FILE, NUMBER]),
        in_message=st.booleans(),
        sent=st.none() | MOMENTS,
        on_request=st.booleans(),
    ),
    max_size=4,
)


@given(written=st.none() | MOMENTS, sent=st.none() | MOMENTS, parcels=PARCELS, answered=st.none() | MOMENTS)
def test_what_is_listed_and_no_newer_is_never_new(written, sent, parcels, answered):
    """Sent is sent, whatever else was sent and whatever the dates; a later date at most makes it doubtful."""
    mine = listed("DocumentReference/d1")
    found = sending_of(a_document(written=written), a_submission(*parcels, mine, sent=sent), answered=answered)

    assert Sent.NO is not found.sent
    if written is None or sent is None or not written.is_after(sent):
        assert Sent.YES is found.sent


@given(one=MOMENTS, other=MOMENTS)
def test_of_two_moments_at_most_one_is_later(one: When, other: When):
    """Later one way round is never later the other way round."""
    assert not (one.is_after(other) and other.is_after(one))


@given(written=MOMENTS, sent=MOMENTS, answered=st.none() | MOMENTS)
def test_a_record_more_of_what_was_sent_makes_nothing_newer(written, sent, answered):
    """One thing more that went out may make a document sent or doubtful, never new."""
    fewer = sending_of(a_document(written=written), a_submission(OTHER, sent=sent), answered=answered)
    more = sending_of(a_document(written=written), a_submission(OTHER, Parcel(Marks()), sent=sent), answered=answered)

    assert Sent.NO is not more.sent or Sent.NO is fewer.sent
