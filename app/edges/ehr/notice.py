"""
A clinician is told of a call by a message in the EHR that is in no patient's chart.

Its token must reach beyond a patient (user/Communication.c), so a launch from one chart alone cannot send it. Some
servers take no message without a patient; what they say to it is told, and the call stands in Parley as before.
"""

from app.core.effects import TellClinician
from app.edges.ehr.ladder import climb
from app.edges.ehr.planner import Told, plan_of
from app.edges.ehr.reading import Reading
from app.edges.fhir.communication import MessageStyle, write_notice
from app.flow.ports import Written


def tell(
    reading: Reading, effect: TellClinician, *, sender: str | None, style: MessageStyle, seen: bool, may_send: bool
) -> Written:
    """Make the message stand once, and return where. seen, may_send, raises: as ladder.climb."""
    shapes = {"Communication": lambda: write_notice(effect, sender=sender, style=style)}
    plan = plan_of(Told.NOTICE, reading.allowed)
    return climb(reading, effect.key, plan, shapes, seen=seen, may_send=may_send)
