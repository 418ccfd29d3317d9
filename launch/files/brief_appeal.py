"""The case that `parley brief --appeal` makes of an export: a denial without a call, a log, or anybody's choice."""

from datetime import datetime

from app.core.brief.packet import Packet
from app.core.case import Case, CaseState, NextAction
from app.core.deadlines import clocks_for
from app.core.denial import Coverage, Denial
from app.core.detect import route_denial
from app.edges.rulebook import RuleBook


def case_of_export(packet: Packet, denial: Denial, coverage: Coverage, *, rules: RuleBook, now: datetime) -> Case:
    """Return the case with its routing and clocks; it has no id and no number."""
    payer = rules.payer_rule(coverage, denial)
    routing = route_denial(denial, coverage, rules=rules.denials, payer=payer, now=now)
    zone = rules.calendar.cautious.zone
    clocks = clocks_for(denial, coverage, routing=routing, rule=payer, site_zone=zone, calendar=rules.calendar, now=now)
    return Case(
        id="",
        tenant="",
        number="",
        patient=packet.brief.patient,
        denial=denial,
        coverage=coverage,
        routing=routing,
        service_label=packet.brief.service.label,
        payer_key=payer.key if payer else None,
        payer_name=packet.brief.payer,
        state=CaseState.OPEN,
        next_action=NextAction("appeal", "", None, "us"),
        opened_at=now,
        updated_at=now,
        clocks=clocks,
    )
