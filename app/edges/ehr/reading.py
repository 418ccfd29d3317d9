"""
Reading an EHR: searches with their pages, and many things at once; never one by one.

Nothing a server promises is trusted: includes may be missing or too many, parameters ignored, pages without end, the
same resource on two of them, next links to elsewhere. What could not be read is said.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from app.core.effects import SignInNeeded
from app.edges.ehr.allowed import NOTHING_REFUSED, Allowed
from app.edges.ehr.learned import Learned
from app.edges.ehr.profile import SiteProfile
from app.edges.ehr.scopes import Scopes
from app.edges.fhir.capability import Capability
from app.edges.fhir.datatypes import as_dict, dicts_of, local_reference, string_of, whole_of
from app.edges.fhir.operation_outcome import explain_outcome, warns_of_more
from app.edges.http import Counterpart, Down, Endless, NotFhir, TooManyFound
from app.errors import ParleyError, Permanent

MOST_RESOURCES = 5_000
AT_ONCE = 8
PAGE_SIZE = 100
BATCH_SIZE = 100
SEND_WITHIN_SECONDS = 40.0  # of a lease of sixty: an exchange takes up to twenty
LONGEST_SECONDS = 20.0
# Ids are letters, digits, - and . by the book, longer and with a few signs more elsewhere. Nothing else becomes a URL.
_LOCAL = re.compile(r"/*([A-Z][A-Za-z]*)/([A-Za-z0-9\-._~:@|=+]{1,256})(?:/[^/]*/[^/]*)?/*")

Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A search: type and parameters, all of which the server lists; at_once: resources asked for on a page."""

    kind: str
    params: Params = ()
    at_once: int = PAGE_SIZE

    @property
    def path(self) -> str:
        """Return "Type?a=b", percent-encoded whole; half a character, which nobody's name has, as a question mark."""
        if not self.params:
            return self.kind
        return f"{self.kind}?{urlencode(self.params, quote_via=quote, safe='', errors='replace')}"


@dataclass(frozen=True, slots=True)
class Found:
    """
    What a search gave. matches: of the type asked for, once each; others: what came along, by "Type/ID".

    problem: why it is not all, None when it is. warned: the server itself said that something is kept back.
    refused: the server will not answer this search, now or later; too_many: since it would find too many
    """

    matches: tuple[dict[str, Any], ...] = ()
    others: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    problem: str | None = None
    warned: bool = False
    refused: bool = False
    too_many: bool = False


class Reading:
    """Reads one EHR with one token. Thread-safe as far as its Counterpart's token is."""

    def __init__(
        self,
        counterpart: Counterpart,
        *,
        capability: Capability,
        scopes: Scopes,
        profile: SiteProfile,
        learned: Learned | None = None,
    ) -> None:
        self.counterpart = counterpart
        self.capability = capability
        self.scopes = scopes
        self.profile = profile
        self.learned = learned
        self.allowed = Allowed(capability, scopes, profile, learned.refused if learned else NOTHING_REFUSED)
        self._batch_refused = False
        self._begun = time.monotonic()

    def begin(self) -> None:
        """Note that a write begins: what is sent must leave soon."""
        self._begun = time.monotonic()

    def check_time(self) -> None:
        """Refuse to send when another worker may soon take the effect over; raises Down."""
        if time.monotonic() - self._begun > SEND_WITHIN_SECONDS:
            raise Down("The EHR is very slow just now.")

    @property
    def in_batches(self) -> bool:
        """Whether many things are read with one request."""
        return self.capability.batch and not self._batch_refused

    def may(self, kind: str, letter: str, *, beyond_patient: bool = False) -> bool:
        """Whether server, token and site all allow an interaction (c r u s) on a type."""
        return self.allowed.rule(kind, letter, beyond_patient=beyond_patient).may

    def local(self, reference: object) -> str | None:
        """Return "Type/ID" of a reference inside this EHR; None for contained, urn and foreign ones."""
        raw = string_of(as_dict(reference).get("reference")) if isinstance(reference, dict) else string_of(reference)
        if raw is None or raw.startswith(("#", "urn:")):
            return None
        if "://" in raw:
            if not self.counterpart.has(raw):
                return None
            raw = urlsplit(raw).path[len(urlsplit(self.counterpart.base).path) :]
        found = _LOCAL.fullmatch(raw)
        return f"{found[1]}/{found[2]}" if found else None

    def search_all(self, queries: Sequence[Query], *, most: int = MOST_RESOURCES) -> list[Found]:
        """
        Run searches together, each with all its pages; a search that fails is a Found with its problem.

        raises: SignInNeeded, as then none can succeed
        """
        ends_at = time.monotonic() + LONGEST_SECONDS
        firsts = self._get_all([self._sized(each).path for each in queries])

        def rest(pair: tuple[Query, dict[str, Any] | ParleyError]) -> Found:
            query, first = pair
            return self._pages(query, first, most=most, ends_at=ends_at)

        return _at_once(rest, list(zip(queries, firsts, strict=True)))

    def read_all(self, references: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the resources at "Type/ID" references that the token may read; those it cannot get are missing."""
        wanted = [each for each in dict.fromkeys(references) if self.may(each.partition("/")[0], "r")]
        answers = zip(wanted, self._get_all(wanted), strict=True)
        return {
            reference: answer
            for reference, answer in answers
            if isinstance(answer, dict) and local_reference(answer) == reference
        }

    def _sized(self, query: Query) -> Query:
        if "_count" not in self.capability.of(query.kind).params:
            return query
        return Query(query.kind, (*query.params, ("_count", str(query.at_once))))

    def _get_all(self, paths: Sequence[str]) -> list[dict[str, Any] | ParleyError]:
        """Return the answer, or the error, of each GET: by batch where offered, else a few at a time."""
        if self.in_batches and len(paths) > 1:
            chunks = [paths[at : at + BATCH_SIZE] for at in range(0, len(paths), BATCH_SIZE)]
            return [each for answers in _at_once(self._batch, chunks) for each in answers]
        return _at_once(self._get, paths)

    def _get(self, path: str) -> dict[str, Any] | ParleyError:
        try:
            return self.counterpart.get(path)
        except SignInNeeded:
            raise
        except ParleyError as problem:
            return problem

    def _batch(self, paths: Sequence[str]) -> list[dict[str, Any] | ParleyError]:
        entries = [{"request": {"method": "GET", "url": each}} for each in paths]
        try:
            answered = self.counterpart.batch({"resourceType": "Bundle", "type": "batch", "entry": entries})
        except SignInNeeded:
            raise
        except ParleyError as problem:
            if isinstance(problem, Permanent):  # offered, and refused all the same
                self._batch_refused = True
                return _at_once(self._get, paths)
            return [problem] * len(paths)
        answers = dicts_of(answered.get("entry"))
        if len(answers) != len(paths):  # nobody can tell which answer belongs to which question
            return _at_once(self._get, paths)
        return [_entry_answer(each) for each in answers]

    def _pages(self, query: Query, first: dict[str, Any] | ParleyError, *, most: int, ends_at: float) -> Found:
        gathered = _Gathered(query.kind)
        if isinstance(first, ParleyError):
            return gathered.found(first)
        turned = 0
        try:
            for page in self.counterpart.pages(first):
                if len(gathered.matches) >= most or time.monotonic() > ends_at:
                    raise Endless
                gathered.add(page)
                turned += 1
        except SignInNeeded:
            raise
        except ParleyError as problem:
            return gathered.found(problem)
        if gathered.total is not None and turned == 1 and len(gathered.matches) < gathered.total:
            return self._all_at_once(query, gathered)
        return gathered.found(None)

    def _all_at_once(self, query: Query, gathered: "_Gathered") -> Found:
        """Ask once more for as many as the server says there are: some know `total` and no next link."""
        wanted = min(gathered.total or 0, MOST_RESOURCES)
        page = self._get(Query(query.kind, (*query.params, ("_count", str(wanted)))).path)
        if isinstance(page, dict):
            gathered.add(page)
        short = len(gathered.matches) < (gathered.total or 0)
        return gathered.found(Endless("The EHR says that there is more than it gave.") if short else None)


class _Gathered:
    """The pages of one search, put together."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.matches: dict[str, dict[str, Any]] = {}
        self.others: dict[str, dict[str, Any]] = {}
        self.warned = False
        self.total: int | None = None
        self.misread: NotFhir | None = None

    def add(self, bundle: dict[str, Any]) -> None:
        """Take a page. search.mode is not trusted: what is of the type asked for is a match."""
        if bundle.get("resourceType") != "Bundle":
            self.misread = NotFhir("The EHR answered a search with something else.")
            return
        self.total = whole_of(bundle.get("total")) if self.total is None else self.total
        for entry in dicts_of(bundle.get("entry")):
            resource = as_dict(entry.get("resource"))
            reference = local_reference(resource)
            if resource.get("resourceType") == "OperationOutcome":
                self.warned = self.warned or warns_of_more(resource)
            elif reference is not None:
                kept = self.matches if resource["resourceType"] == self.kind else self.others
                if not _is_older(resource, kept.get(reference)):
                    kept[reference] = resource

    def found(self, problem: ParleyError | None) -> Found:
        """Return what was gathered."""
        problem = problem or self.misread
        refused = isinstance(problem, Permanent) and not self.matches
        told = (problem and problem.say, self.warned, refused, refused and isinstance(problem, TooManyFound))
        return Found(tuple(self.matches.values()), dict(self.others), *told)


def _is_older(resource: dict[str, Any], kept: dict[str, Any] | None) -> bool:
    """Whether a resource that stood on two pages is the older of the two."""
    if kept is None:
        return False
    ours, theirs = (string_of(as_dict(each.get("meta")).get("lastUpdated")) or "" for each in (resource, kept))
    return ours < theirs


def _entry_answer(entry: dict[str, Any]) -> dict[str, Any] | ParleyError:
    resource = entry.get("resource")
    status = string_of(as_dict(entry.get("response")).get("status")) or "200"
    if isinstance(resource, dict) and status.startswith("2"):
        return resource
    outcome = as_dict(as_dict(entry.get("response")).get("outcome")) or as_dict(resource)
    told, meant = explain_outcome(outcome)
    kind = Permanent if status.startswith("4") else NotFhir
    if kind is Permanent and meant == "too_many":
        kind = TooManyFound
    return kind(f"The EHR refused to show a part{f' ({told})' if told else ''}.")


def _at_once(do: Callable[[Any], Any], given: Sequence[Any]) -> list[Any]:
    """Do the same for each, a few at a time, in order of the given."""
    if len(given) <= 1:
        return [do(each) for each in given]
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(given))) as pool:
        return list(pool.map(do, given))
