"""The text message service of the box: it keeps to the contract, so that what works with it works with another's."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from launch.sandbox.clock import Clock
from launch.sandbox.telephone import Telephones, telephone_blueprint

HEADERS = {"Authorization": "Bearer x", "Idempotency-Key": "one"}
TOLD = {"to": "+15125550134", "from": "Parley", "text": "Parley: booked."}


@pytest.fixture
def box():
    """A service with nothing else around it, and its telephones."""
    phones = Telephones(Clock(lambda: datetime(2026, 11, 18, tzinfo=UTC)))
    app = Flask("box")
    app.register_blueprint(telephone_blueprint(phones))
    return app.test_client(), phones


def test_one_name_is_one_message(box):
    """However often it is told."""
    client, phones = box
    answers = [client.post("/telephone/messages", json=TOLD, headers=HEADERS) for _ in range(3)]

    assert [202] * 3 == [each.status_code for each in answers] and 1 == len({each.json["id"] for each in answers})
    assert [("+15125550134", "Parley: booked.")] == [(each.to, each.words) for each in phones.all()]


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"to": "5125550134"}, 422, "invalid_number"),
        ({"to": "+15125550000"}, 422, "invalid_number"),
        ({"text": " "}, 422, "too_long"),
        ({"text": "x" * 481}, 422, "too_long"),
    ],
)
def test_what_it_does_not_take_it_says(box, told, status, code):
    """By the codes of the contract."""
    client, phones = box
    answer = client.post("/telephone/messages", json=TOLD | told, headers=HEADERS)

    assert (status, code, []) == (answer.status_code, answer.json["error"], phones.all())


def test_strangers_and_nameless_messages_are_sent_away(box):
    """401 without a bearer, 400 without a name or a body."""
    client, phones = box
    bare = {"Idempotency-Key": "one"}, {"Authorization": "Bearer x"}
    answers = [client.post("/telephone/messages", json=TOLD, headers=each).status_code for each in bare]
    answers.append(client.post("/telephone/messages", data="x", headers=HEADERS).status_code)

    assert ([401, 400, 400], []) == (answers, phones.all())
