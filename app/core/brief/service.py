"""Which service a request is for: the criteria it is judged by, and the name under which like requests are counted."""

from collections.abc import Sequence

from app.core.brief.words import fold
from app.core.denial import DenialLine
from app.core.rulebook.criteria import ServiceCriteria, plain_code


def service_of(lines: Sequence[DenialLine], criteria: Sequence[ServiceCriteria]) -> ServiceCriteria | None:
    """Return the criteria of the first line that a rule knows, by code before words; else the generic ones, if any."""
    known = [each for each in criteria if not each.generic]
    for line in lines:
        for each in known:
            if line.service is not None and any(codes.holds(line.service) for codes in each.codes):
                return each
    for line in lines:
        for each in known:
            if line.service_label and each.cues is not None and each.cues.search(fold(line.service_label)):
                return each
    return next((each for each in criteria if each.generic), None)


def service_key(lines: Sequence[DenialLine], criteria: Sequence[ServiceCriteria]) -> str | None:
    """Return one name for one service: the key of its criteria, else its code, else its words; None for neither."""
    rule = service_of(lines, criteria)
    if rule is not None and not rule.generic:
        return rule.key
    codes = (line.service.code for line in lines if line.service and line.service.system and line.service.code)
    labels = (fold(line.service_label) for line in lines if line.service_label)
    code = next(codes, None)
    return f"code {plain_code(code)}" if code else next(labels, None)
