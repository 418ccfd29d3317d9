"""A case's policies: what of the site's own holds for its payer, service and day, before the brief is assembled."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.core.brief.answer import lines_in_dispute, verbatim_of
from app.core.brief.policy import PolicyTold, tell_policies
from app.core.brief.service import service_of
from app.core.denial import Coverage, Denial, Routing
from app.core.rulebook.criteria import ServiceCriteria
from app.core.rulebook.policies import is_for, of_payer, with_own
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class OwnPolicies:
    """By what a case is judged here: the criteria with the site's own in them, excerpts, and what nobody read."""

    criteria: tuple[ServiceCriteria, ...]
    told: PolicyTold


def policies_of(
    ports: Ports, denial: Denial, coverage: Coverage | None, routing: Routing, *, now: datetime
) -> OwnPolicies:
    """Return what of the site's policies counts for a denial, as it stood on the denial's day."""
    known = ports.policies.versions(ports.tenant) if ports.policies else ()
    lines, day = lines_in_dispute(denial, routing), denial_day(denial, zone=ports.site.zone, now=now)
    held = of_payer(known, payers=_payers(ports, denial, coverage), on=day)
    own = [ports.policies.read(ports.tenant, each) for each in held if each.has_criteria]
    criteria = with_own(ports.rules.criteria, own)
    rule = service_of(lines, criteria)
    service = rule.key if rule and not rule.generic else None
    codes = [each.service.code for each in lines if each.service and each.service.code]
    ours = [each for each in held if not each.has_criteria and is_for(each, service=service, codes=codes)]
    read = [ports.policies.read(ports.tenant, each) for each in ours]
    words = "\n".join(each.text for each in verbatim_of(denial, lines))
    return OwnPolicies(criteria, tell_policies(read, rule, words=words, known=known, on=day))


def denial_day(denial: Denial, *, zone: str, now: datetime) -> date:
    """Return the day on which a request was denied: as the payer wrote it, else by the site's clock, else today."""
    return denial.created_on or (denial.created_at or now).astimezone(ZoneInfo(zone)).date()


def _payers(ports: Ports, denial: Denial, coverage: Coverage | None) -> tuple[str, ...]:
    """Return the names that a payer's own policies may go by: the plan's payer, who answered, and their rule's."""
    rule = ports.rules.payer_rule(coverage, denial) if coverage else None
    named = (coverage.payer.name if coverage else None, denial.insurer.name, rule.payer if rule else None)
    return tuple(each for each in named if each)
