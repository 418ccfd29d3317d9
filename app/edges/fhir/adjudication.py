"""
The lines of a payer's answer while they are read: codes, words and numbers wherever senders put them.

Knows the review action of Da Vinci PAS 2.0.1 and 2.2.x and of PDex, R5's reviewOutcome, adjudication.reason and
.category, items joined with the addItems that replace them. What has the wrong type is left out with a warning that
names its path. answer.py makes a Denial of it.
Source: http://hl7.org/fhir/us/davinci-pas (profile-claimresponse), https://hl7.org/fhir/R4/claimresponse.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from app.core.denial import Code, Quote
from app.edges.fhir.claim import Request
from app.edges.fhir.datatypes import (
    as_list,
    codings_of,
    dicts_of,
    instant_of,
    local_reference,
    number_of,
    string_of,
    text_of,
    value_of,
    whole_of,
)
from app.errors import BadInput

REVIEW_ACTION = "https://codesystem.x12.org/005010/306"  # what the extension's value is bound to, when sent bare
REVIEW_REASON = "https://codesystem.x12.org/external/886"
_BARE_CODE = re.compile(r"[A-Z0-9]{1,2}")
MONEY = frozenset(
    {"http://terminology.hl7.org/CodeSystem/adjudication", "https://terminology.hl7.org/CodeSystem/adjudication"}
)
# What one answer may hold is counted: parts that point at one another multiply, and words are looked through one by
# one. Real answers have some hundred parts; the largest paid benefits seen, some thousand.
_MOST_LINES = 1_000
_MOST_PARTS = 50_000
_PARTS_A_QUOTE, _CHARACTERS_A_PART = 25, 3  # what reading words costs, in codes


@dataclass(slots=True)
class Draft:
    """One line while it is being read."""

    sequence: int
    actions: list[Code] = field(default_factory=list)
    reasons: list[Code] = field(default_factory=list)
    categories: list[Code] = field(default_factory=list)
    added: list[Code] = field(default_factory=list)
    notes: list[Quote] = field(default_factory=list)
    note_numbers: list[int] = field(default_factory=list)
    diagnoses: tuple[Code, ...] = ()
    quantity_requested: float | None = None
    quantity_approved: float | None = None
    authorization_number: str | None = None
    reference_number: str | None = None
    service: Code | None = None
    service_label: str | None = None


class Reader:
    """One resource while it is being read, with the warnings that it earns."""

    __slots__ = ("parts", "reference", "resource", "warnings")

    def __init__(self, resource: dict) -> None:
        self.resource = resource
        self.reference = local_reference(resource)
        self.warnings: list[str] = []
        self.parts = 0

    def bear(self, parts: int, path: str) -> None:
        """Count parts of the answer; raises BadInput where they are more than any answer has."""
        self.parts += parts
        if self.parts > _MOST_PARTS:
            raise BadInput("more lines, codes and words than one answer holds", path=path)

    def objects(self, element: dict, name: str, path: str) -> Iterator[tuple[str, dict]]:
        """Yield (path, object) for every object under a name, warning of what is none."""
        if (value := element.get(name)) is None:
            return
        if not isinstance(value, list):
            value = [value]  # converters from XML write a lonely element so
        for number, each in enumerate(value):
            here = f"{path}{name}[{number}]"
            self.bear(1, here)
            if isinstance(each, dict):
                yield here, each
            elif each is not None:
                self.warnings.append(f"{here}: not an object, left out")

    def quote(self, text: str | None, path: str) -> list[Quote]:
        """Return the words as a Quote in a list, or nothing."""
        if not text:
            return []
        self.bear(_PARTS_A_QUOTE + len(text) // _CHARACTERS_A_PART, path)
        return [Quote(text, path, self.reference)]

    def codes(self, value: object, path: str) -> tuple[Code, ...]:
        """Return the codes of a CodeableConcept or what stands for one."""
        found = codings_of(value)
        self.bear(len(found), path)
        return found

    def adjudications(self, element: dict, draft: Draft, path: str) -> None:
        """Add what an element's adjudications, and those of its details, say to the draft."""
        self.review(element, draft, path)
        for here, each in self.objects(element, "adjudication", path):
            self.review(each, draft, here + ".")
            self.reason(each.get("reason"), draft, here + ".reason")
            category = each.get("category")
            if isinstance(category, dict):
                if not (coded := self.codes(category, here + ".category")):
                    draft.notes += self.quote(text_of(category), here + ".category.text")
                draft.categories += [code for code in coded if code.system not in MONEY]
        for name in ("detail", "subDetail"):
            if name in element:
                for here, each in self.objects(element, name, path):
                    self.adjudications(each, draft, here + ".")

    def review(self, element: dict, draft: Draft, path: str) -> None:
        """Add the review action on an element: PAS and PDex extensions, whole or bare URLs, and R5's reviewOutcome."""
        for number, extension in enumerate(dicts_of(element.get("extension"))):
            tail = short_name(extension)
            if tail in ("reviewAction", "reviewActionCode", "reasonCode"):
                self.action(extension, tail, draft, f"{path}extension[{number}]")
        for here, outcome in self.objects(element, "reviewOutcome", path):
            draft.actions += self.codes(outcome.get("decision"), here + ".decision")
            self.reason(outcome.get("reason"), draft, here + ".reason")
            draft.authorization_number = draft.authorization_number or string_of(outcome.get("preAuthRef"))

    def action(self, extension: dict, tail: str, draft: Draft, path: str) -> None:
        """Add one extension of a review action, which may hold others."""
        if tail == "reviewAction":
            for number, inner in enumerate(dicts_of(extension.get("extension"))):
                self.action(inner, short_name(inner), draft, f"{path}.extension[{number}]")
        elif tail == "number":
            draft.authorization_number = draft.authorization_number or string_of(value_of(extension))
            return
        if tail not in ("reviewAction", "reviewActionCode", "reasonCode") or (value := value_of(extension)) is None:
            return
        into, bound = (draft.reasons, REVIEW_REASON) if tail == "reasonCode" else (draft.actions, REVIEW_ACTION)
        codes = [Code(bound, each.strip()) for each in as_list(value) if isinstance(each, str) and each.strip()]
        codes += codings_of(dicts_of(value))
        if not codes and (words := text_of(value)) is not None and _BARE_CODE.fullmatch(words.strip()):
            codes = [Code(bound, words.strip())]  # the code, written where its words belong
        self.bear(len(codes), path)
        into += codes
        if not codes:
            draft.notes += self.quote(text_of(value), path)

    def reason(self, value: object, draft: Draft, path: str) -> None:
        """Add the codes and the words of adjudication.reason."""
        for each in as_list(value):
            if isinstance(each, dict):
                draft.reasons += self.codes(each, path)
                draft.notes += self.quote(string_of(each.get("text")), path + ".text")
            else:
                draft.notes += self.quote(string_of(each), path)

    def lines(self, sequence_key: str, request: Request) -> list[Draft]:
        """Return the answer's lines: items, and addItems joined to the line that they replace."""
        drafts: list[Draft] = []
        by_sequence: dict[int, Draft] = {}
        for here, item in self.objects(self.resource, "item", ""):
            sequence = whole_of(item.get(sequence_key)) or 0
            if not sequence:
                self.warnings.append(f"{here}.{sequence_key}: missing, so the line cannot be joined to the request")
            if (draft := by_sequence.get(sequence)) is None or not sequence:
                drafts.append(draft := Draft(sequence))
                by_sequence[sequence] = draft
            self.item(item, draft, here + ".")
        answered = frozenset(by_sequence)
        for here, item in self.objects(self.resource, "addItem", ""):
            self.added(item, drafts, by_sequence, answered, here + ".")
        if not drafts:
            drafts = [Draft(each.sequence) for each in request.lines.values()]
        if len(drafts) > _MOST_LINES:
            raise BadInput(f"more than {_MOST_LINES:,} lines in one answer", path="item")
        return drafts

    def item(self, item: dict, draft: Draft, path: str) -> None:
        """Add one item to its line."""
        self.adjudications(item, draft, path)
        tails = extensions_by_name(item)
        draft.note_numbers += wholes_of(item.get("noteNumber"))
        draft.reference_number = draft.reference_number or string_in(tails.get("administrationReferenceNumber"))
        draft.authorization_number = draft.authorization_number or string_in(tails.get("authorizationNumber"))
        draft.diagnoses += codings_of(value_of(tails.get("communicatedDiagnosis")))
        detail = extensions_by_name(tails.get("itemAuthorizedDetail") or {})
        draft.quantity_requested = draft.quantity_requested or number_of(value_of(detail.get("quantity")))
        if "productOrServiceCode" in detail:
            draft.service = draft.service or next(iter(codings_of(value_of(detail["productOrServiceCode"]))), None)

    def added(
        self,
        item: dict,
        drafts: list[Draft],
        by_sequence: dict[int, Draft],
        answered: frozenset[int],
        path: str,
    ) -> None:
        """Add one addItem: in place of the line it names, or as a line of its own where none is answered."""
        here = Draft(0)
        self.item(item, here, path)
        quantity = number_of(item.get("quantity"))
        copied = 1 + sum(map(len, (here.actions, here.reasons, here.categories, here.notes, here.note_numbers)))
        for sequence in wholes_of(item.get("itemSequence")) or [0]:
            self.bear(copied, path + "itemSequence")
            if (draft := by_sequence.get(sequence)) is None or not sequence:
                drafts.append(
                    draft := Draft(sequence, service=next(iter(codings_of(item.get("productOrService"))), None))
                )
                by_sequence[sequence] = draft
            (draft.added if sequence in answered and sequence else draft.actions).extend(here.actions)
            draft.reasons += here.reasons
            draft.categories += here.categories
            draft.notes += here.notes
            draft.note_numbers += here.note_numbers
            draft.quantity_approved = quantity if draft.quantity_approved is None else draft.quantity_approved
            draft.authorization_number = draft.authorization_number or here.authorization_number
            draft.reference_number = draft.reference_number or here.reference_number

    def notes(self) -> list[tuple[int | None, Quote]]:
        """Return every processNote that has words, with its number."""
        found = []
        for here, note in self.objects(self.resource, "processNote", ""):
            if text := string_of(note.get("text")):
                found.append((whole_of(note.get("number")), Quote(text, here + ".text", self.reference)))
        return found

    def moment(self, name: str) -> datetime | None:
        """Return an instant of the resource itself, warning when it is there and cannot be read."""
        value = self.resource.get(name)
        if (read := instant_of(value)) is None and value is not None:
            self.warnings.append(f"{name}: not a date, left out")
        return read

    def word(self, name: str) -> str | None:
        """Return a code of the resource itself, warning when it is there and no string."""
        value = self.resource.get(name)
        if value is not None and not isinstance(value, str):
            self.warnings.append(f"{name}: not a string, left out")
        return string_of(value)


def short_name(extension: dict) -> str:
    """Return an extension's name: the last part of its URL, which some senders give whole and some bare."""
    url = extension.get("url")
    return _last_part(url) if isinstance(url, str) else ""


@lru_cache(maxsize=256)
def _last_part(url: str) -> str:
    return url.partition("|")[0].rpartition("/")[2].removeprefix("extension-")


def extensions_by_name(element: dict) -> dict[str, dict]:
    """Return an element's extensions by short name; the first of a name counts."""
    return {short_name(each): each for each in reversed(dicts_of(element.get("extension")))}


def string_in(extension: dict | None) -> str | None:
    """Return an extension's string, None where there is none."""
    return string_of(value_of(extension)) if extension is not None else None


def wholes_of(value: object) -> list[int]:
    """Return the whole numbers of a list."""
    return [number for each in as_list(value) if (number := whole_of(each)) is not None]
