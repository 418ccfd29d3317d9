"""
Coverage: whose plan it is and of which kind, as far as the source tells. Read only; US Core, PAS, CARIN, plain R4.

FHIR has no firm marker for the line of business or for self-insurance, so codes that say it are read first, then the
plan's own words; what neither says stays None, and the clocks read None cautiously.
Source: https://hl7.org/fhir/us/core/StructureDefinition-us-core-coverage.html; Source of Payment Typology (NAHDO)
"""

import re
from collections.abc import Mapping

from app.core.denial import Code, Coverage
from app.core.people import Party
from app.edges.fhir.answer import party_of
from app.edges.fhir.datatypes import (
    as_dict,
    as_list,
    bool_of,
    codings_of,
    dicts_of,
    identifiers_of,
    local_reference,
    reference_of,
    string_of,
    text_of,
)

# By system (without scheme) and the beginning of the code. Health maintenance and preferred provider say nothing:
# every line of business has them.
_LINES = {
    "nahdo.org/sopt": (("11", "medicare_advantage"), ("2", "medicaid"), ("5", "commercial"), ("6", "commercial")),
    "terminology.hl7.org/CodeSystem/v3-ActCode": (("EHCPOL", "commercial"),),
    "codesystem.x12.org/005010/1336": (("HN", "medicare_advantage"), ("MC", "medicaid"), ("GP", "commercial")),
    "codesystem.x12.org/005010/1032": (("16", "medicare_advantage"), ("MC", "medicaid"), ("BL", "commercial")),
}
_SELF_INSURED = {("nahdo.org/sopt", "522")}
_LINE_WORDS = (
    (
        re.compile(r"medicare[\s-]+advantage|medicare part c\b|\bma-?pd\b|\bd-?snp\b|dual[\s-]+special needs", re.I),
        "medicare_advantage",
    ),
    (re.compile(r"medicaid|medi-cal\b|\bchip\b", re.I), "medicaid"),
    (re.compile(r"marketplace|health insurance exchange|\bqhp\b|affordable care act", re.I), "marketplace"),
    (re.compile(r"\bcommercial\b|\bemployer\b|group health plan|\bself[\s-]+(?:funded|insured)\b", re.I), "commercial"),
)
_FUNDING_WORDS = (
    (re.compile(r"\bself[\s-]+(?:funded|insured)\b|administrative services only|\baso\b", re.I), "self_insured"),
    (re.compile(r"\bfully[\s-]+insured\b", re.I), "fully_insured"),
)
_PUBLIC = frozenset({"medicare_advantage", "medicaid"})


def read_coverage(resource: dict | None, *, payer: dict | None = None, insurer: Party | None = None) -> Coverage:
    """
    Return what is known of a plan; never raises, and an absent Coverage leaves only the payer.

    payer: the payor's Organization, where it was read. insurer: as the answer itself names it, used where the
    Coverage names nobody.
    """
    resource = as_dict(resource)
    named = _payer(resource, as_dict(payer), insurer or Party())
    types = codings_of(resource.get("type"))
    words = " | ".join(_words(resource, named))
    line = next(filter(None, map(_line_of, types)), None) or _said(_LINE_WORDS, words)
    funding = "self_insured" if any((_folded(c.system), c.code) in _SELF_INSURED for c in types) else None
    funding = funding or _said(_FUNDING_WORDS, words) or ("public" if line in _PUBLIC else None)
    return Coverage(
        reference=local_reference(resource),
        payer=named,
        line_of_business=line,
        funding=funding,
        member_id=string_of(resource.get("subscriberId")) or _member(resource),
        plan=_plan(resource),
    )


def coverage_of(
    resource: dict, neighbours: Mapping[str, dict], *, claim: dict | None
) -> tuple[dict | None, dict | None]:
    """Return (Coverage, payor Organization) of an answer: by its insurance, by the request's, or None each."""
    coverage = None
    for source in (resource, claim):
        insurances = sorted(
            dicts_of(as_dict(source).get("insurance")), key=lambda each: bool_of(each.get("focal")) is not True
        )
        for each in insurances:
            coverage = coverage or _find(each.get("coverage"), as_dict(source), neighbours)
    payors = [_find(each, coverage or {}, neighbours) for each in as_list(as_dict(coverage).get("payor"))]
    payors.append(_find(resource.get("insurer"), resource, neighbours))
    return coverage, next((each for each in payors if each and each.get("resourceType") == "Organization"), None)


def _find(reference: object, holder: dict, neighbours: Mapping[str, dict]) -> dict | None:
    raw = string_of(as_dict(reference).get("reference"))
    if raw is None:
        return None
    if raw.startswith("#"):
        return next((each for each in dicts_of(holder.get("contained")) if each.get("id") == raw[1:]), None)
    return neighbours.get(raw) or neighbours.get(reference_of(raw) or "")


def _payer(resource: dict, payer: dict, insurer: Party) -> Party:
    payors = [each for each in as_list(resource.get("payor")) if "Patient/" not in (reference_of(each) or "")]
    told = party_of(payors[0] if payors else None)
    return Party(
        name=string_of(payer.get("name")) or told.name or insurer.name,
        reference=told.reference or local_reference(payer) or insurer.reference,
        identifiers=identifiers_of(payer.get("identifier")) + told.identifiers + insurer.identifiers,
    )


def _words(resource: dict, payer: Party) -> list[str]:
    said = [text_of(resource.get("type")), payer.name]
    said += [code.display for code in codings_of(resource.get("type"))]
    for each in dicts_of(resource.get("class")):
        said += [string_of(each.get("name")), string_of(each.get("value"))]
    return [words for words in said if words]


def _said(table: tuple[tuple[re.Pattern[str], str], ...], words: str) -> str | None:
    return next((meaning for pattern, meaning in table if pattern.search(words)), None)


def _folded(system: str | None) -> str:
    return (system or "").removeprefix("https://").removeprefix("http://").rstrip("/")


def _line_of(code: Code) -> str | None:
    for start, line in _LINES.get(_folded(code.system), ()):
        if code.code and code.code.startswith(start):
            return line
    return None


def _member(resource: dict) -> str | None:
    for each in dicts_of(resource.get("identifier")):
        if "MB" in {code.code for code in codings_of(each.get("type"))}:
            return string_of(each.get("value"))
    return None


def _plan(resource: dict) -> str | None:
    for each in dicts_of(resource.get("class")):
        if "plan" in {code.code for code in codings_of(each.get("type"))}:
            return string_of(each.get("name")) or string_of(each.get("value"))
    return None
