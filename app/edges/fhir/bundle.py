"""
Documents that hold payers' answers: Bundles of any type, nested, Parameters, contained resources, bare ones.

Nothing is copied and nothing is assumed of the order. Source: https://hl7.org/fhir/R4/bundle.html
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping

from app.edges.fhir.datatypes import as_dict, as_list, identifiers_of, local_reference, string_of
from app.errors import BadInput

ANSWERS = frozenset({"ClaimResponse", "ExplanationOfBenefit"})
_MAX_DEPTH = 16  # Parameters > Bundle > Bundle is real; more than this is an attack or a mistake


def answers_in(document: dict) -> Iterator[tuple[str, dict, Mapping[str, dict]]]:
    """
    Yield (path, resource, neighbours) for each ClaimResponse and ExplanationOfBenefit in a document, in its order.

    neighbours: the resources of the same Bundle and of those around it, by "Type/ID" and by fullUrl
    raises: BadInput when the document is no FHIR resource, or nested deeper than 16
    """
    if not isinstance(document, dict) or not string_of(document.get("resourceType")):
        raise BadInput("missing, so this is no FHIR resource", path="resourceType")
    yield from _walk(document, "", ChainMap({}), _MAX_DEPTH)


def walk_answers(
    resource: dict, path: str, around: Mapping[str, dict]
) -> Iterator[tuple[str, dict, Mapping[str, dict]]]:
    """Yield as answers_in does for a resource that stands at `path` of a document, with its neighbours there."""
    yield from _walk(resource, path, ChainMap({}, around), _MAX_DEPTH - bool(path))


def faults_in(document: dict) -> Iterator[tuple[str, str]]:
    """Yield (path, what is wrong) for entries of a Bundle or Parameters that hold no readable resource."""
    yield from _faults(document, "", _MAX_DEPTH)


def entry_faults(entry: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield the same for one entry that stands at `path`."""
    yield from _entry_faults(entry, path, _MAX_DEPTH)


def _faults(document: dict, start: str, depth: int) -> Iterator[tuple[str, str]]:
    for name in ("entry", "parameter"):
        if (value := document.get(name)) is not None and not isinstance(value, list):
            yield start + name, "not a list"
        for number, entry in enumerate(as_list(value)):
            yield from _entry_faults(entry, f"{start}{name}[{number}]", depth)


def _entry_faults(entry: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(entry, dict):
        yield path, "not an object"
    elif "resource" in entry and not string_of(as_dict(entry["resource"]).get("resourceType")):
        yield f"{path}.resource", "not a FHIR resource: no resourceType"
    elif depth and isinstance(entry.get("resource"), dict):
        yield from _faults(entry["resource"], f"{path}.resource.", depth - 1)


def neighbours_of(resources: Iterable[tuple[dict, str | None]]) -> dict[str, dict]:
    """
    Return resources, given as (resource, fullUrl or None), by every name that a reference may use; the first wins.

    names: "Type/ID", the fullUrl, "Claim?identifier=VALUE", and "Claim" for a Claim that is the only one
    """
    found: dict[str, dict] = {}
    claims: list[dict] = []
    for resource, full_url in resources:
        for name in (local_reference(resource), full_url):
            if name:
                found.setdefault(name, resource)
        if resource.get("resourceType") == "Claim":
            claims.append(resource)
            for _, value in identifiers_of(resource.get("identifier")):
                found.setdefault(f"Claim?identifier={value}", resource)
    if len(claims) == 1:
        found["Claim"] = claims[0]
    return found


def is_answer(resource: object) -> bool:
    """Whether something in a document is a resource that may hold a payer's answer."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return isinstance(kind, str) and kind in ANSWERS


def _walk(resource: dict, path: str, around: ChainMap[str, dict], depth: int) -> Iterator[tuple[str, dict, Mapping]]:
    if depth == 0:
        raise BadInput("Bundles nested too deeply", path=path)
    if is_answer(resource):
        yield path or resource["resourceType"], resource, around
    for number, each in enumerate(as_list(resource.get("contained"))):
        if is_answer(each):
            yield from _walk(each, _join(path, "contained", number), around, depth - 1)
    inside = list(_held(resource, path))
    if inside:
        around = around.new_child(
            neighbours_of((each, full_url) for _, each, full_url in inside if not is_answer(each))
        )
        for here, each, _ in inside:
            yield from _walk(each, here, around, depth - 1)


def _held(resource: dict, path: str) -> Iterator[tuple[str, dict, str | None]]:
    """Yield (path, resource, fullUrl) of the resources that a Bundle or Parameters holds itself."""
    for name in ("entry", "parameter", "part"):
        for number, entry in enumerate(as_list(resource.get(name))):
            if not isinstance(entry, dict):
                continue
            here = _join(path, name, number)
            inner = entry.get("resource")
            if isinstance(inner, dict):
                yield f"{here}.resource", inner, string_of(entry.get("fullUrl"))
            elif name != "entry" and "part" in entry:
                yield here, entry, None


def _join(path: str, name: str, number: int) -> str:
    return f"{path}.{name}[{number}]" if path else f"{name}[{number}]"
