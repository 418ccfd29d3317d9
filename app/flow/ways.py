"""Ways: by which a case's payer is best asked for a call now; each leads to a task of its own."""

from datetime import datetime

from app.core.call.phone import hours_now
from app.core.case import Case
from app.core.people import Act
from app.core.windows.ways import AskWay, ways_to_ask
from app.flow.cases import case_for
from app.flow.ports import Ports


def best_way(ports: Ports, case_id: str, *, now: datetime) -> AskWay:
    """Return how this case's payer is best asked now."""
    return ways_of(ports, case_for(ports, case_id, Act.SEE_CASE, now=now), now=now)[0]


def ways_of(ports: Ports, case: Case, *, now: datetime) -> tuple[AskWay, ...]:
    """Return every way to ask this case's payer, the best first."""
    rule = ports.rules.payer_by_key(case.payer_key)
    channels = ports.channels.of(case.payer_key) if ports.channels else ()
    open_now = hours_now(rule, usual=ports.rules.calendar.usual_hours(ports.site.zone), now=now).is_open
    return ways_to_ask(case, rule, channels, open_now=open_now, now=now)
