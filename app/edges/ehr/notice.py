"""
A clinician is told of a call by a message in the EHR that is in no patient's chart.

Its token must reach beyond a patient (user/Communication.c), so a launch from one chart alone cannot send it. Some
servers take no message without a patient; what they say to it is told, and the call stands in Parley as before.
"""

from app.core.effects import TellClinician
from app.edges.ehr.reading import Reading
from app.edges.ehr.writeback import NotOffered, create
from app.edges.fhir.communication import MessageStyle, write_notice
from app.errors import Permanent
from app.flow.ports import Written

_WITHIN = "Booked from one patient's chart, whose session sends no message beyond it; one from the worklist tab may."
_NOT_AT_ALL = "This EHR takes no message to a clinician from Parley."
BY_HAND = "Tell them of the call yourself, and choose another way on the page Reminders."


def tell(
    reading: Reading, effect: TellClinician, *, sender: str | None, style: MessageStyle, seen: bool, may_send: bool
) -> Written:
    """
    Make the message stand once, and return where. seen, may_send: as writeback.create.

    raises: NotOffered, BadResource, WriteUnknown, and the refusals of app.edges.http
    """
    try:
        if not seen and not reading.may("Communication", "c", beyond_patient=True):
            raise NotOffered("Communication", why=_WITHIN if reading.may("Communication", "c") else _NOT_AT_ALL)
        message = write_notice(effect, sender=sender, style=style)
        return create(reading, effect.key, message, seen=seen, may_send=may_send)
    except Permanent as error:
        error.next = BY_HAND
        raise
