"""A message to a clinician in the EHR: once, in nobody's chart, and told where it cannot be."""

from datetime import timedelta

import pytest

from app.core.effects import TellClinician, WriteUnknown
from app.core.interval import Interval
from app.edges.ehr import NotOffered
from app.edges.fhir.communication import MessageStyle, write_notice
from app.edges.fhir.validate import check_resource
from app.edges.http import Rejected
from tests.edges.effects import DOC, the_chart
from tests.edges.ehr_server import NOW, serve
from tests.edges.test_writeback import perform
from tests.fhir_validation import errors_of

AT = NOW + timedelta(hours=20)
TOLD = TellClinician(
    key="demo/case-1/notice/b-1/0/booked/ehr/own",
    target="b-1/notice/ehr/own",
    case_number="4821",
    way="ehr",
    to=DOC.reference,
    what="booked",
    booking_id="b-1",
    revision=0,
    interval=Interval(AT, AT + timedelta(minutes=20)),
    subject="Booked: peer-to-peer call 4821",
    text="A peer-to-peer call is booked.\nDial: 800-555-0142\n",
    until=AT,
)


@pytest.mark.node
@pytest.mark.parametrize("style", [MessageStyle(), MessageStyle(sender="Practitioner/desk"), MessageStyle(bare=True)])
def test_two_outside_validators_find_no_error_in_a_notice(style: MessageStyle):
    """In every shape that we write (@medplum/core and pyrofile)."""
    resource = write_notice(TOLD, sender="Practitioner/doc-1", style=style)
    check_resource(resource)

    assert [] == errors_of(resource)


def test_a_notice_stands_once_to_the_clinician_and_in_no_chart():
    """The second try finds what the first wrote; no patient is named in it."""
    with serve("full", *the_chart()) as server:
        first, second = perform(server.ehr(), TOLD), perform(server.ehr(), TOLD)
        (kept,) = server.store.all("Communication")

    assert ("created", "found", first.reference) == (first.how, second.how, second.reference)
    assert [{"reference": DOC.reference}] == kept["recipient"]
    assert {"subject", "about", "encounter"} & kept.keys() == set() and "Patient/" not in str(kept)


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before"])
def test_a_lost_answer_never_becomes_a_second_message(do: str):
    """It is looked for by its identifier before it is sent again."""
    with serve("full", *the_chart()) as server:
        server.fault(do, method="POST", type="Communication")
        with pytest.raises(WriteUnknown):
            perform(server.ehr(), TOLD)
        written = perform(server.ehr(), TOLD, seen=True)

        assert [written.reference] == [f"Communication/{each['id']}" for each in server.store.all("Communication")]


def test_a_session_of_one_chart_sends_no_message_beyond_it():
    """patient/ scopes reach patients; nothing is sent, and it is said what to do."""
    with serve("full", *the_chart()) as server:
        ehr = server.ehr(scopes="patient/Communication.crus", patient="pat-1")
        with pytest.raises(NotOffered) as caught:
            perform(ehr, TOLD)

        assert "worklist tab" in caught.value.say and "Reminders" in caught.value.next
        assert not server.store.all("Communication")


def test_an_ehr_that_takes_no_messages_at_all_says_so():
    """Whatever the session."""
    with serve("full", *the_chart()) as server, pytest.raises(NotOffered, match="takes no message to a clinician"):
        perform(server.ehr(scopes="user/Appointment.crus"), TOLD)


def test_a_session_of_one_chart_sends_it_where_its_user_may():
    """Whose chart it was opened from does not matter: the message is about no patient."""
    with serve("full", *the_chart()) as server:
        written = perform(server.ehr(scopes="user/Communication.crus", patient="pat-1"), TOLD)

    assert "created" == written.how


def test_a_server_that_wants_a_patient_in_every_message_gets_none():
    """Its refusal stands on the case, with what to do about a notice; nobody's chart is named to please it."""
    with serve("epic-like", *the_chart()) as server:
        with pytest.raises(Rejected) as caught:
            perform(server.ehr(), TOLD)

        assert "chart" not in caught.value.next and not server.store.all("Communication")


def test_a_server_that_takes_few_elements_takes_a_notice():
    """In the bare form (Oracle), which it cannot look up by our identifier."""
    with serve("oracle-like", *the_chart()) as server:
        written = perform(server.ehr(bare=True), TOLD)

        assert [written.reference] == [f"Communication/{each['id']}" for each in server.store.all("Communication")]
