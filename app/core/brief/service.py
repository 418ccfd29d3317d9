"""Which service a request is for: the criteria it is judged by, and the name under which like requests are counted."""

from collections.abc import Sequence

from app.core.brief.words import fold
from app.core.denial import DenialLine
from app.core.detect.cited import ICD10
from app.core.rulebook.criteria import ServiceCriteria, plain_code


def service_of(lines: Sequence[DenialLine], criteria: Sequence[ServiceCriteria]) -> ServiceCriteria | None:
    """
    Return the criteria of the first line that a rule knows, by code before words; else the generic ones, if any.

    One product with several uses is told by what it was asked for; where that does not tell them apart, by none.
    """
    known = [each for each in criteria if not each.generic]
    for is_named in (_is_coded, _is_worded):
        for line in lines:
            if found := _for_its_use([each for each in known if is_named(line, each)], line):
                return found
    return next((each for each in criteria if each.generic), None)


def _is_coded(line: DenialLine, rule: ServiceCriteria) -> bool:
    return line.service is not None and any(codes.holds(line.service) for codes in rule.codes)


def _is_worded(line: DenialLine, rule: ServiceCriteria) -> bool:
    return bool(line.service_label and rule.cues is not None and rule.cues.search(fold(line.service_label)))


def _for_its_use(named: Sequence[ServiceCriteria], line: DenialLine) -> ServiceCriteria | None:
    """Return the rule for the first diagnosis of the line that one is for; rules for any diagnosis come last."""
    for diagnosis in line.diagnoses:
        for each in named:
            if any(codes.holds(diagnosis) for codes in each.diagnoses):
                return each
    for_any = [each for each in named if not each.diagnoses]
    if for_any or line.diagnoses:
        return next(iter(for_any), None)
    return named[0] if len(named) == 1 else None


def service_key(lines: Sequence[DenialLine], criteria: Sequence[ServiceCriteria]) -> str | None:
    """Return one name for one service: the key of its criteria, else its code, else its words; None for neither."""
    rule = service_of(lines, criteria)
    if rule is not None and not rule.generic:
        return rule.key
    codes = (line.service.code for line in lines if line.service and line.service.system and line.service.code)
    labels = (fold(line.service_label) for line in lines if line.service_label)
    code = next(codes, None)
    return f"code {plain_code(code)}" if code else next(labels, None)


def diagnosis_key(lines: Sequence[DenialLine]) -> str | None:
    """
    Return the group of the first diagnosis that the lines name: the ICD-10 category, its first three characters.

    None where none is coded so: codes of other systems group in other ways
    """
    named = (code for line in lines for code in line.diagnoses if code.system == ICD10 and code.code)
    return next((plain_code(each.code)[:3] for each in named), None)
