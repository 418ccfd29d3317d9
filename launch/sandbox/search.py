"""A FHIR search: read the query, find, sort, include. The Bundle is laid out in searchset.py."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from launch.sandbox.outcome import invalid
from launch.sandbox.search_parameters import Parameter, parameters_of
from launch.sandbox.search_values import Matcher, leaf_range, leaves, matcher, plain, relative, split_values, tokens
from launch.sandbox.store import COMPARTMENT, Store

Pairs = tuple[tuple[str, str], ...]
RESULT = ("_count", "_sort", "_include", "_revinclude", "_summary", "_total")
QUIET = ("_format", "_pretty")  # about the answer's form, never about what is found


@dataclass(frozen=True, slots=True)
class Include:
    """`_include=Type:parameter[:Target]`, or `_revinclude` (back); parameter may be `*`."""

    source: str
    parameter: str
    target: str = ""
    iterate: bool = False
    back: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What a server honours of a search on one type."""

    parameters: dict[str, Parameter]
    listed: frozenset[str] = frozenset()  # names in its statement that it ignores all the same
    includes: tuple[str, ...] = ("*",)  # "*" or "Type:parameter"
    revincludes: tuple[str, ...] = ("*",)
    default_count: int = 50
    most: int = 200
    refuses_unknown: bool = True  # honours Prefer: handling=strict


@dataclass(frozen=True, slots=True)
class Query:
    """One search, read. used: the pairs that counted (for link self); notices: what was ignored, in words."""

    kind: str
    tests: tuple[Matcher, ...] = ()
    ids: frozenset[str] | None = None
    patients: frozenset[str] | None = None
    used: Pairs = ()
    notices: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()
    sort: tuple[tuple[Parameter, bool], ...] = ()  # (parameter, descending)
    count: int = 50
    count_only: bool = False
    with_total: bool = True


def read_query(
    kind: str, pairs: Iterable[tuple[str, str]], rules: Rules, *, store: Store, base: str, strict: bool
) -> Query:
    """
    Read a query string's pairs.

    store: where a chained parameter looks up what a reference names
    strict: Prefer: handling=strict, unknown parameters are refused
    raises: FhirError 400
    """
    query = Query(kind, count=rules.default_count)
    for name, value in pairs:
        if name in QUIET:
            continue
        bare, _, modifier = name.partition(":")
        if bare in rules.parameters:
            query = _with_criterion(query, rules.parameters[bare], modifier, value, store, base)
        elif bare in RESULT and (changed := _with_result(query, bare, modifier, value, rules)):
            query = changed
        elif strict and rules.refuses_unknown:
            raise invalid(f"search parameter {name} is not supported for {kind}", code="not-supported")
        else:
            query = replace(query, notices=(*query.notices, f"search parameter {name} was ignored"))
            continue
        query = replace(query, used=(*query.used, (name, value)))
    return query


def _with_criterion(query: Query, parameter: Parameter, modifier: str, value: str, store: Store, base: str) -> Query:
    if parameter.kind == "chain":
        return replace(query, tests=(*query.tests, chain_matcher(parameter, value, store, base)))
    query = replace(query, tests=(*query.tests, matcher(parameter, modifier, value, base=base)))
    if modifier == "" and parameter.name == "_id":
        return replace(query, ids=_both(query.ids, frozenset(split_values(value))))
    if modifier == "" and parameter.kind == "reference" and (patients := _patients(query.kind, parameter, value, base)):
        return replace(query, patients=_both(query.patients, patients))
    return query


def _patients(kind: str, parameter: Parameter, value: str, base: str) -> frozenset[str]:
    """Return the patients a criterion narrows to, for the index; empty when it may mean anything else too."""
    if not set(parameter.paths) <= set(COMPARTMENT.get(kind, ())):
        return frozenset()
    parts = [relative(text, base).rpartition("/") for text in split_values(value)]
    sure = all(before == "Patient" or (not before and parameter.targets == ("Patient",)) for before, _, _ in parts)
    return frozenset(key for _, _, key in parts) if sure else frozenset()


def _both(old: frozenset[str] | None, new: frozenset[str]) -> frozenset[str]:
    return new if old is None else old & new


def _with_result(query: Query, name: str, modifier: str, value: str, rules: Rules) -> Query | None:
    """Return the query with one result parameter taken in; None when it is one that this server ignores."""
    if name == "_count":
        if not value.isdecimal():
            raise invalid("_count is a number")
        return replace(query, count=min(int(value), rules.most), count_only=query.count_only or int(value) == 0)
    if name == "_summary":
        return replace(query, count_only=True) if value == "count" else (query if value == "false" else None)
    if name == "_total":
        return replace(query, with_total=value != "none") if value in ("none", "estimate", "accurate") else None
    if name == "_sort":
        keys = [(rules.parameters.get(key.lstrip("-")), key.startswith("-")) for key in value.split(",")]
        return replace(query, sort=tuple(keys)) if all(parameter for parameter, _ in keys) else None
    include = _read_include(name, modifier, value)
    allowed = rules.revincludes if include.back else rules.includes
    fits = "*" in allowed or f"{include.source}:{include.parameter}" in allowed
    known = include.parameter == "*" or include.parameter in parameters_of(include.source)
    return replace(query, includes=(*query.includes, include)) if fits and known else None


def _read_include(name: str, modifier: str, value: str) -> Include:
    source, _, rest = value.partition(":")
    parameter, _, target = rest.partition(":")
    if modifier not in ("", "iterate", "recurse") or not parameter:
        raise invalid(f"{name} is Type:parameter")
    return Include(source, parameter, target, iterate=modifier != "", back=name == "_revinclude")


def chain_matcher(parameter: Parameter, value: str, store: Store, base: str) -> Matcher:
    """`schedule.actor=Practitioner/x`: the parameter `actor` of the Schedule that the reference names."""
    first, _, second = parameter.paths[0].partition(".")
    kind = first.capitalize()
    test = matcher(parameters_of(kind)[second], "", value, base=base)

    def there(resource: dict) -> bool:
        found, _, key = relative(str((resource.get(first) or {}).get("reference", "")), base).partition("/")
        return found == kind and store.knows(kind, key) and test(store.stored(kind, key))

    return there


# -- finding -------------------------------------------------------------------------------------------------
def find(store: Store, query: Query, *, patient: str | None = None) -> list[dict]:
    """Return the stored resources that match, in order; patient: the only one whose compartment may be seen."""
    pool = _pool(store, query, patient)
    found = [resource for resource in pool if all(test(resource) for test in query.tests)]
    for parameter, descending in reversed(query.sort):
        keyed = [(key, resource) for resource in found if (key := _sort_key(resource, parameter)) is not None]
        absent = [resource for resource in found if _sort_key(resource, parameter) is None]
        keyed.sort(key=lambda pair: pair[0], reverse=descending)
        found = [resource for _, resource in keyed] + absent
    return found


def in_compartments(kind: str) -> bool:
    """Tell whether resources of the type belong to patients."""
    return kind == "Patient" or kind in COMPARTMENT


def _pool(store: Store, query: Query, patient: str | None) -> list[dict]:
    if patient is not None and in_compartments(query.kind):
        return store.scan(query.kind, patient)
    if query.ids is not None:
        return [store.stored(query.kind, key) for key in sorted(query.ids) if store.knows(query.kind, key)]
    if query.patients is not None:
        found = {r["id"]: r for one in sorted(query.patients) for r in store.scan(query.kind, one)}
        return list(found.values())
    return store.scan(query.kind)


def _sort_key(resource: dict, parameter: Parameter):
    leaf = next(leaves(resource, parameter), None)
    if leaf is None:
        return None
    if parameter.kind == "date":
        return (leaf_range(leaf) or (None,))[0]
    if parameter.kind == "reference":
        return str(leaf.get("reference", ""))
    return plain(next((code for _, code in tokens(leaf)), ""))


def included(store: Store, matches: list[dict], query: Query, *, base: str, may: Callable[[dict], bool]) -> list[dict]:
    """Return what `_include` and `_revinclude` add to the matches, each once; may: what the reader is allowed."""
    seen = {(r["resourceType"], r["id"]) for r in matches}
    added: list[dict] = []
    wave, first = matches, True
    while wave:
        fresh = []
        for include in query.includes:
            if first or include.iterate:
                for resource in _step(store, wave, include, base):
                    where = (resource["resourceType"], resource["id"])
                    if where not in seen and may(resource):
                        seen.add(where)
                        fresh.append(resource)
        added, wave, first = added + fresh, fresh, False
    return added


def _step(store: Store, wave: list[dict], include: Include, base: str) -> Iterator[dict]:
    known = parameters_of(include.source)
    inner = list(known.values()) if include.parameter == "*" else [known[include.parameter]]
    followed = [parameter for parameter in inner if parameter.kind == "reference"]
    if include.back:
        wanted = {f"{r['resourceType']}/{r['id']}" for r in wave}
        for resource in store.scan(include.source):
            if not wanted.isdisjoint(_references(resource, followed, base)):
                yield resource
        return
    for resource in wave:
        if resource["resourceType"] == include.source:
            for reference in _references(resource, followed, base):
                kind, _, key = reference.partition("/")
                if include.target in ("", kind) and store.knows(kind, key):
                    yield store.stored(kind, key)


def _references(resource: dict, followed: list[Parameter], base: str) -> list[str]:
    found = (leaf for parameter in followed for leaf in leaves(resource, parameter) if isinstance(leaf, dict))
    return [relative(leaf["reference"], base) for leaf in found if isinstance(leaf.get("reference"), str)]
