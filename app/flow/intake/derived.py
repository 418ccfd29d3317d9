"""What follows from a payer's answer and the rules alone, so that it can be asked again when the rules change."""

from dataclasses import dataclass
from datetime import datetime

from app.core.case import Clock
from app.core.deadlines import clocks_for
from app.core.denial import Coverage, Denial, Routing
from app.core.detect import route_denial
from app.flow.ports import Rules


@dataclass(frozen=True, slots=True)
class Derived:
    """Whose rule governs an answer (None: nobody's that is known), where it goes, and which clocks run on it."""

    payer_key: str | None
    payer_name: str
    routing: Routing
    clocks: tuple[Clock, ...]


def derive(rules: Rules, denial: Denial, coverage: Coverage, *, zone: str, seen_at: datetime, now: datetime) -> Derived:
    """Read an answer by these rules. seen_at: when it was first seen; where it has no date its clocks begin then."""
    rule = rules.payer_rule(coverage, denial)
    routing = route_denial(denial, coverage, rules=rules.denials, payer=rule, now=now)
    clocks = clocks_for(
        denial, coverage, routing=routing, rule=rule, site_zone=zone, calendar=rules.calendar, now=seen_at
    )  # fmt: skip
    named = (rule.payer if rule else None) or coverage.payer.name or denial.insurer.name
    return Derived(rule.key if rule else None, named or "Unknown payer", routing, clocks)
