"""
Where the answers in a document go. What was answered before is not reasoned again.

Payers say few different things. An answer whose shape (app/edges/fhir/shape.py) was met before, from a payer of the
same standing, gets the routing of the first, which was read and reasoned in full; ids, days and numbers are no
reasons. Where the payer's words count days to a call, the day of the answer is one, and is part of the question.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

import msgspec

from app.core.denial import Code, Coverage, Denial, DenialLine, Routing
from app.core.detect import route_denial
from app.core.detect.until import names_time
from app.core.detect.words import said_in
from app.core.rulebook.payers import PayerRule
from app.edges.fhir.answer import party_of
from app.edges.fhir.bundle import answers_in
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.coverage import coverage_of, read_coverage
from app.edges.fhir.datatypes import instant_of, local_reference
from app.edges.fhir.explanation_of_benefit import read_denial_of_eob
from app.edges.fhir.feed import Piece
from app.edges.fhir.shape import Named, Shape
from app.edges.fhir.shaped import denial_of
from app.edges.rulebook import RuleBook

Routed = tuple[str, Routing, tuple[str, ...]]
_Answered = tuple[Routing, tuple[str, ...]]
_MOST = 1024  # shapes kept; when there are more, a feed repeats itself too little for keeping to be of use
_DRUG = DenialLine(1, service=Code("http://hl7.org/fhir/sid/ndc", "0"))


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a payer's name tells of the plan, and which rule governs what is no drug; `key`: all that differs by it."""

    key: tuple[object, ...]
    coverage: Coverage
    rule: PayerRule | None


class Routes:
    """The rules and the time to reckon with, and the routings found with them."""

    def __init__(self, *, rules: RuleBook, now: datetime) -> None:
        self._rules = rules
        self._now = now
        self._dated = any(each.effective or each.until for each in rules.payers)
        self._standings: dict[tuple[Named | None, date | None], _Standing] = {}
        # where the payer's words count days to a call, by the day of the answer as well
        self._known: dict[tuple[object, ...], _Answered | dict[str | None, _Answered]] = {}

    def of(self, piece: Piece) -> Iterator[Routed]:
        """Yield (resource, routing, warnings) for each answer in a part of a document; BadInput when it is no FHIR."""
        shape = piece.shape
        created = _instant(shape.created) if shape is not None else None
        if shape is None or (created is None and shape.created is not None):
            for path, resource, neighbours in piece.answers():
                yield self._reasoned(path, resource, neighbours)[0]
            return
        day = created.date() if created and self._dated else None
        standing = self._standings.get((shape.insurer, day)) or self._standing(shape.insurer, day)
        asked = (shape.facts, shape.created is None, standing.key)
        found = self._known.get(asked)
        if isinstance(found, dict):
            found = found.get(shape.created)
        yield (_named(shape) or piece.path or "ClaimResponse", *(found or self._learned(shape, asked, standing)))

    def document(self, document: dict[str, Any]) -> Iterator[Routed]:
        """Yield the same for a whole document; BadInput when it is no FHIR resource."""
        for path, resource, neighbours in answers_in(document):
            yield self._reasoned(path, resource, neighbours)[0]

    def _learned(self, shape: Shape, asked: tuple[object, ...], standing: _Standing) -> tuple[Routing, tuple[str, ...]]:
        # read from the shape, not from the document: so nothing that is not asked for can have a say in the answer
        if (denial := denial_of(shape)) is not None:
            rules, rule = self._rules.denials, standing.rule
            routing, warnings = route_denial(denial, standing.coverage, rules=rules, payer=rule, now=self._now), ()
        else:
            (_, routing, warnings), denial = self._reasoned("", shape.resource, {})
        if len(self._known) >= _MOST:
            self._known.clear()
        if routing.offer is not None and self._counts_days(denial):
            self._known.setdefault(asked, {})[shape.created] = routing, warnings
        else:
            self._known[asked] = routing, warnings
        return routing, warnings

    def _reasoned(self, path: str, resource: dict, neighbours: Mapping[str, dict]) -> tuple[Routed, Denial]:
        claim = claim_of(resource, neighbours)
        if resource["resourceType"] == "ClaimResponse":
            denial = read_denial(resource, claim=claim)
        else:
            denial = read_denial_of_eob(resource)
        found, payor = coverage_of(resource, neighbours, claim=claim)
        coverage = read_coverage(found, payer=payor, insurer=denial.insurer)
        payer = self._rules.payer_rule(coverage, denial)
        routing = route_denial(denial, coverage, rules=self._rules.denials, payer=payer, now=self._now)
        return (local_reference(resource) or path, routing, denial.warnings), denial

    def _standing(self, insurer: Named | None, day: date | None) -> _Standing:
        """Return what a payer's name tells, for an answer of that day."""
        party = party_of(msgspec.to_builtins(insurer) if insurer else None)
        coverage = read_coverage(None, insurer=party)
        at = datetime.combine(day, time(), UTC) if day else None
        plain = Denial("", None, None, None, at, None, party)
        drug = Denial("", None, None, None, at, None, party, lines=(_DRUG,))
        rule, of_drugs = (self._rules.payer_rule(coverage, each) for each in (plain, drug))
        told = (coverage.line_of_business, coverage.funding, coverage.state)
        standing = _Standing((*told, rule and rule.key, of_drugs and of_drugs.key), coverage, rule)
        if len(self._standings) >= _MOST:
            self._standings.clear()
        self._standings[insurer, day] = standing
        return standing

    def _counts_days(self, denial: Denial) -> bool:
        quotes = [*denial.notes, *(note for line in denial.lines for note in line.notes)]
        quotes += [denial.disposition] if denial.disposition else []
        offers = (said.quote for said in said_in(quotes, self._rules.denials) if said.cue.says == "offer")
        return any(names_time(each.text) for each in offers)


def route_document(document: dict[str, Any], *, rules: RuleBook, now: datetime) -> Iterator[Routed]:
    """Yield (resource, routing, warnings) for each answer in a document; BadInput when it is no FHIR resource."""
    yield from Routes(rules=rules, now=now).document(document)


@lru_cache(maxsize=_MOST)  # a payer's run answers many requests within one minute
def _instant(created: str | None) -> datetime | None:
    """Return when, None for what is absent or unreadable."""
    return instant_of(created)


def _named(shape: Shape) -> str | None:
    id_ = shape.id.strip() if shape.id else None
    return f"ClaimResponse/{id_}" if id_ else None
