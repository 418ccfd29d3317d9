"""The note we write."""

import base64
import hashlib
from datetime import timedelta

import pytest

from app.edges.fhir.document_reference import NoteStyle, read_document_text, write_document
from app.edges.fhir.validate import BadResource, check_resource
from tests.edges import effects
from tests.edges.ehr_server import NOW
from tests.fhir_validation import errors_of

WAYS = {
    "plain": ({}, {}),
    "full": (
        {
            "encounter": "Encounter/enc-1",
            "held_from": NOW - timedelta(minutes=20),
            "held_to": NOW,
            "replaces_key": "k/0",
        },
        {"replaces": "DocumentReference/old"},
    ),
    "nobody's": ({"author": None, "about": ()}, {}),
    "bare": ({"encounter": "Encounter/enc-1"}, {"style": NoteStyle(bare=True)}),
    "site": ({}, {"style": NoteStyle("11506-3", "clinical-note", ("text/plain",))}),
}


@pytest.mark.node
@pytest.mark.parametrize("way", WAYS)
def test_two_outside_validators_find_no_error_in_a_note(way):
    """In every shape that we write (@medplum/core and pyrofile)."""
    given, more = WAYS[way]
    resource = write_document(effects.write_document(**given), **more)

    check_resource(resource)

    assert [] == errors_of(resource)


def test_the_text_comes_back_whole_with_its_size_and_hash():
    """Dashes, accents and line ends survive; the hash is the SHA-1 of the bytes."""
    text = "Réponse – “approved”\nline two\n"
    resource = write_document(effects.write_document(text=text))
    attachment = resource["content"][0]["attachment"]

    assert text == read_document_text(resource)
    assert len(text.encode()) == attachment["size"]
    assert base64.b64encode(hashlib.sha1(text.encode()).digest()).decode() == attachment["hash"]
    assert "text/plain; charset=utf-8" == attachment["contentType"]


def test_plain_ascii_is_plain_text():
    """Servers that take "text/plain" and nothing beside it get just that."""
    resource = write_document(effects.write_document(text="Approved."))

    assert "text/plain" == resource["content"][0]["attachment"]["contentType"]


def test_the_context_always_says_when():
    """Oracle wants context.period.end; a call that was not held has the moment of the note."""
    held = write_document(effects.write_document(held_from=NOW - timedelta(minutes=9), held_to=NOW))
    not_held = write_document(effects.write_document())

    assert {"start": "2026-03-02T14:51:00Z", "end": "2026-03-02T15:00:00Z"} == held["context"]["period"]
    assert {"start": "2026-03-02T15:00:00Z", "end": "2026-03-02T15:00:00Z"} == not_held["context"]["period"]


def test_data_without_its_type_does_not_leave():
    """att-1 is missed by both outside validators, so it is ours to see."""
    resource = write_document(effects.write_document())
    del resource["content"][0]["attachment"]["contentType"]

    with pytest.raises(BadResource):
        check_resource(resource)


@pytest.mark.parametrize("data", ["%%%", "//79", 7, None])
def test_a_text_that_cannot_be_read_back_is_none(data):
    """Not base64, not UTF-8, not a string, not there."""
    assert read_document_text({"content": [{"attachment": {"contentType": "text/plain", "data": data}}]}) is None
