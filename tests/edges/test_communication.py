"""The message we write."""

import base64

import pytest

from app.edges.fhir.communication import MessageStyle, read_message_text, write_communication
from app.edges.fhir.validate import BadResource, check_resource
from tests.edges import effects
from tests.fhir_validation import errors_of

WAYS = {
    "plain": ({}, {}),
    "full": ({"encounter": "Encounter/enc-1"}, {"follows": "Communication/c-0"}),
    "named": ({"recipients": ("Payer A", "Organization/payer-a"), "sender": None, "about": ()}, {}),
    "to nobody": ({"recipients": ()}, {}),
    "bare": ({"encounter": "Encounter/enc-1"}, {"style": MessageStyle(bare=True)}),
    "site": ({}, {"style": MessageStyle("reminder", "Practitioner/desk", "Group/team")}),
}


@pytest.mark.node
@pytest.mark.parametrize("way", WAYS)
def test_two_outside_validators_find_no_error_in_a_message(way):
    """In every shape that we write (@medplum/core and pyrofile)."""
    given, more = WAYS[way]
    resource = write_communication(effects.write_communication(**given), **more)

    check_resource(resource)

    assert [] == errors_of(resource)


def test_a_message_says_what_it_is_about_and_why():
    """about points at the answer, which reasonReference cannot; the reason is coverage authorization (facts E.2)."""
    resource = write_communication(effects.write_communication())

    assert [{"reference": "ClaimResponse/cr-1"}, {"reference": "Claim/claim-1"}] == resource["about"]
    assert "COVAUTH" == resource["reasonCode"][0]["coding"][0]["code"]
    assert "PHONE" == resource["medium"][0]["coding"][0]["code"]
    assert "Overturned." == read_message_text(resource)


def test_recipients_are_references_or_names_once_each():
    """A name is a display, a reference a reference; the site's own recipient is added."""
    effect = effects.write_communication(recipients=("Practitioner/doc-1", "Payer A", "Practitioner/doc-1"))
    resource = write_communication(effect, style=MessageStyle(recipient="Group/team"))

    assert [{"reference": "Practitioner/doc-1"}, {"display": "Payer A"}, {"reference": "Group/team"}] == resource[
        "recipient"
    ]


def test_a_bare_message_carries_its_text_as_an_attachment():
    """Oracle takes one contentAttachment and no undocumented element."""
    resource = write_communication(effects.write_communication(), style=MessageStyle(bare=True))
    [payload] = resource["payload"]

    assert b"Overturned." == base64.b64decode(payload["contentAttachment"]["data"])
    assert not {"about", "medium", "reasonCode", "inResponseTo"} & resource.keys()


def test_a_message_without_a_text_does_not_leave():
    """An empty message is an error of ours."""
    with pytest.raises(BadResource):
        check_resource(write_communication(effects.write_communication(text="")))
