"""
A Shape as a Denial: what answer.py reads of the whole resource, for the answers that payers send most.

An answer with lines, codes, notes and a disposition is read from its shape as it stands, in a fifth of the time; what
has added lines, errors, a reviewer or anything else is left to answer.py. A test holds the two to one another.
"""

from functools import lru_cache

from app.core.denial import Code, Denial, DenialLine, Quote
from app.core.people import Party
from app.edges.fhir.adjudication import MONEY
from app.edges.fhir.datatypes import date_of, instant_of, reference_of, string_of
from app.edges.fhir.shape import CODED, IGNORED, NESTED, Concept, Item, Named, Shape

# Below what adjudication.py counts, and where whole numbers are whole as floating ones too.
_MOST_LINES, _MOST_NOTES, _MOST_ADJUDICATIONS, _MOST_NUMBER = 30, 100, 20, 2**53


class _Other(Exception):
    """The shape holds something that is read in full."""


def denial_of(shape: Shape) -> Denial | None:
    """Return the answer as a Denial, as read_denial(shape.resource) does; None where only that reads it."""
    if shape.addItem or shape.error or shape.adjudication:
        return None
    if len(shape.item) > _MOST_LINES or len(shape.processNote) > _MOST_NOTES:
        return None
    if not IGNORED.issuperset(map(type, shape.extension)):
        return None
    reference = f"ClaimResponse/{id_}" if (id_ := string_of(shape.id)) else None
    notes = [
        (note.number, Quote(text, f"processNote[{number}].text", reference))
        for number, note in enumerate(shape.processNote)
        if (text := string_of(note.text))
    ]
    try:
        lines = tuple(_line(item, f"item[{number}]", notes, reference) for number, item in enumerate(shape.item))
    except _Other:
        return None
    if len({each.sequence for each in lines}) < len(lines):
        return None
    disposition = string_of(shape.disposition)
    return Denial(
        reference=reference or "",
        use=string_of(shape.use),
        status=string_of(shape.status),
        outcome=string_of(shape.outcome),
        created_at=instant_of(shape.created),
        patient=None,
        insurer=_party(shape.insurer),
        request=reference_of(shape.request.reference) if shape.request else None,
        lines=lines,
        actions=_codes(shape.decision),
        notes=tuple(note for _, note in notes),
        disposition=Quote(disposition, "disposition", reference) if disposition else None,
        information_requested=bool(shape.communicationRequest),
        created_on=date_of(shape.created),
    )


def _line(item: Item, path: str, notes: list[tuple[int | None, Quote]], reference: str | None) -> DenialLine:
    if not 0 < item.itemSequence < _MOST_NUMBER or len(item.adjudication) > _MOST_ADJUDICATIONS:
        raise _Other
    if not IGNORED.issuperset(map(type, item.extension)):
        raise _Other
    actions: list[Code] = []
    reasons: list[Code] = []
    categories: list[Code] = []
    own: list[Quote] = []
    for number, each in enumerate(item.adjudication):
        for extension in each.extension:
            _review(extension, actions, reasons)
        if each.reason is not None:
            reasons += _codes(each.reason)
            if text := string_of(each.reason.text):
                own.append(Quote(text, f"{path}.adjudication[{number}].reason.text", reference))
        if each.category is not None:
            if not (coded := _codes(each.category)):
                raise _Other  # its words may count
            categories += [code for code in coded if code.system not in MONEY]
    linked = [note for number, note in notes if number in item.noteNumber] if item.noteNumber else []
    return DenialLine(
        sequence=item.itemSequence,
        actions=tuple(actions),
        reasons=tuple(reasons),
        notes=(*linked, *own),
        categories=tuple(categories),
    )


def _review(extension: object, actions: list[Code], reasons: list[Code]) -> None:
    kind = type(extension)
    if kind in IGNORED:
        return
    name = NESTED.get(kind) or CODED.get(kind)
    if name == "reviewAction":
        for inner in extension.extension:
            if type(inner) not in NESTED:
                _review(inner, actions, reasons)
    elif name in ("reviewActionCode", "reasonCode"):
        if not (coded := _codes(extension.valueCodeableConcept)):
            raise _Other  # its words may count
        (reasons if name == "reasonCode" else actions).extend(coded)
    elif name is None:
        raise _Other


@lru_cache(maxsize=1024)  # decisions and categories are few; reasons need not be
def _codes(concept: Concept | None) -> tuple[Code, ...]:
    if concept is None or concept.coding is None:
        return ()
    return tuple(
        [
            Code(string_of(each.system), code, string_of(each.display))
            for each in concept.coding
            if (code := string_of(each.code))
        ]
    )


def _party(named: Named | None) -> Party:
    if named is None:
        return Party()
    told = named.identifier
    value = string_of(told.value) if told is not None else None
    return Party(
        name=string_of(named.display),
        reference=reference_of(named.reference),
        identifiers=((string_of(told.system), value),) if told is not None and value else (),
    )
