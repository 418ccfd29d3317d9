"""
A payer's times as a published set (SMART Scheduling Links): one manifest, files of lines, each read again only when
its server says that it has changed. What a 304 answers is neither sent nor parsed again.

Nothing here is asked about a case, and nothing of ours travels. Files lie at the manifest's own host, or at one that
the configuration names; the credential goes to the manifest's host alone.
"""

import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.parse import urljoin, urlsplit

from app.core.case import OfferedWindow
from app.edges.fhir.bulk import Output, read_lines, read_manifest
from app.edges.fhir.datatypes import dicts_of, local_reference, reference_of, string_of, text_of
from app.edges.fhir.schedule import ReadSchedule, read_schedule, specialty_of
from app.edges.fhir.slot import ReadSlot, read_slot
from app.edges.http import Answer, Down, Endpoint, NotFhir, NotFound, OutsideBase, Token, Transport
from app.edges.payers.slots import Owner, feed_windows
from app.errors import BadInput, Misconfigured, ParleyError
from app.flow.ports import TimesRead

SECONDS = 90.0  # for all files of one reading
HORIZON = timedelta(days=62)
MOST_WINDOWS = 2000
_MOST_SLOTS, _MOST_BYTES = 20_000, 60_000_000
_WHOLE_AFTER = timedelta(hours=24)  # as time goes on, what lay beyond the horizon comes nearer
_KINDS = ("Slot", "Schedule", "Location", "PractitionerRole")
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?([0-9]{1,8})", re.IGNORECASE)


@dataclass(slots=True)
class _File:
    """One file as it was last read: the server's names for its version, and what came of it."""

    read_at: datetime
    etag: str | None = None
    modified: str | None = None
    digest: bytes = b""
    slots: tuple[ReadSlot, ...] = ()
    schedules: dict[str, tuple[ReadSchedule, tuple[str, ...]]] = field(default_factory=dict)
    others: dict[str, dict[str, str]] = field(default_factory=dict)  # by reference: name, specialty, phone
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class _Round:
    """One reading: until when, how much is left to take in, what is to be told of it."""

    now: datetime
    ends_at: float
    bytes_left: int = _MOST_BYTES
    lost: list[str] = field(default_factory=list)
    reached: int = 0


class BulkFeed:
    """
    The times behind one manifest.

    key: the payer's, for our names of its times. hosts: besides the manifest's own, where files may lie. states: of
    which files tell their states only those about one of these are read. raises: Misconfigured for no https address
    """

    def __init__(
        self,
        url: str,
        transport: Transport,
        *,
        key: str,
        hosts: Collection[str] = (),
        states: Collection[str] = (),
        token: Token | None = None,
        scheme: str = "Bearer",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._key, self._transport, self._clock = url, key, transport, clock
        self._home = Endpoint(_origin(url), transport, token=token, scheme=scheme, who="The payer", setting="feed.url")
        self._hosts, self._states = frozenset(hosts), frozenset(each.upper() for each in states)
        self._manifest: tuple[_File, tuple[Output, ...]] | None = None
        self._files: dict[str, _File] = {}
        self._windows: tuple[OfferedWindow, ...] = ()
        self._stamp = ""
        self._lock = Lock()

    def read(self, *, now: datetime) -> TimesRead:
        """
        Return the payer's free times as they are published now.

        raises: the errors of app.edges.http, where the manifest or not one file with times can be read
        """
        with self._lock:
            return self._read(_Round(now, self._clock() + SECONDS))

    def _read(self, round_: _Round) -> TimesRead:
        outputs, wait = self._outputs(round_)
        wanted = [each for each in outputs if each.type in _KINDS and self._is_wanted(each)]
        fresh: dict[str, _File] = {}
        trouble: ParleyError | None = None
        for each in sorted(wanted, key=lambda output: _KINDS.index(output.type)):
            try:
                fresh[each.url] = self._file(each, round_)
            except ParleyError as error:
                trouble = trouble or (error if each.type == "Slot" else None)
                if kept := self._after(error, each, round_):
                    fresh[each.url] = kept
        if trouble is not None and not round_.reached:
            raise trouble
        self._files = fresh
        if self._stamp != (stamp := _stamp_of(fresh)):
            self._windows, self._stamp = self._laid_out(), stamp
        if len(self._windows) > MOST_WINDOWS:
            round_.lost.append(f"More than {MOST_WINDOWS:,} times are published; the first of them were read.")
        doubts = dict.fromkeys((*round_.lost, *(doubt for each in fresh.values() for doubt in each.doubts)))
        return TimesRead(self._windows[:MOST_WINDOWS], self._stamp, tuple(doubts)[:20], wait)

    def _outputs(self, round_: _Round) -> tuple[tuple[Output, ...], timedelta | None]:
        kept = self._manifest
        accept = {"Accept": "application/json, application/fhir+json;q=0.9, */*;q=0.1"}
        headers = accept | (_condition(kept[0]) if kept else {})
        answer, _ = self._home.ask_along("GET", self._url, headers=headers, accept=(304,))
        wait = _wait_of(answer)
        if answer.status == 304 and kept:
            return kept[1], wait
        try:
            outputs = read_manifest(answer.body)
        except BadInput as error:
            raise NotFhir(f"The payer's list of published times could not be read: {error.what}.") from error
        self._manifest = (_versioned(answer, round_.now), outputs)
        return outputs, wait

    def _is_wanted(self, output: Output) -> bool:
        return not (self._states and output.states) or bool(self._states & output.states)

    def _file(self, output: Output, round_: _Round) -> _File:
        if self._clock() > round_.ends_at or round_.bytes_left <= 0:
            raise Down("The payer publishes more than Parley reads at once.", again=False)
        kept = self._files.get(output.url)
        if kept is not None and round_.now - kept.read_at >= _WHOLE_AFTER:
            kept = None
        url = urljoin(self._url, output.url)
        headers = {"Accept": "application/fhir+ndjson, */*;q=0.1"} | (_condition(kept) if kept else {})
        answer, _ = self._endpoint_of(url).ask_along("GET", url, headers=headers, accept=(304,))
        round_.reached += output.type == "Slot"
        if kept is not None and (answer.status == 304 or sha256(answer.body).digest() == kept.digest):
            return kept
        round_.bytes_left -= len(answer.body)
        return _taken_in(_versioned(answer, round_.now), output.type, answer.body)

    def _endpoint_of(self, url: str) -> Endpoint:
        if self._home.has(url):
            return self._home
        parts = urlsplit(url)
        if parts.hostname not in self._hosts and parts.netloc not in self._hosts:
            raise OutsideBase
        try:
            return Endpoint(_origin(url), self._transport, who="The payer", setting="feed.hosts")
        except Misconfigured as error:
            raise OutsideBase from error

    def _after(self, error: ParleyError, output: Output, round_: _Round) -> _File | None:
        """Return what stands for a file that cannot be read: as it last was, unless it is there no more."""
        kept = None if isinstance(error, NotFound | OutsideBase) else self._files.get(output.url)
        if kept is not None and round_.now - kept.read_at < _WHOLE_AFTER:
            round_.lost.append(f"One file could not be read; it stands as of {kept.read_at:%H:%M} UTC. {error.say}")
            return kept
        round_.lost.append(f"One file ({output.type}) could not be read. {error.say}")
        return None

    def _laid_out(self) -> tuple[OfferedWindow, ...]:
        files = self._files.values()
        others = {name: told for each in files for name, told in each.others.items()}
        owners = {name: _owner(*read, others) for each in files for name, read in each.schedules.items()}
        slots = [slot for each in files for slot in each.slots]
        return feed_windows(slots, owners, key=self._key)


def _stamp_of(files: Mapping[str, _File]) -> str:
    """Return what tells one state of the files from another; the day, as what lies too far ahead is left out."""
    told = sorted((sha256(url.encode()).hexdigest(), each.digest, f"{each.read_at:%F}") for url, each in files.items())
    return sha256(repr(told).encode()).hexdigest()


def _taken_in(file: _File, kind: str, body: bytes) -> _File:
    """Return the file with what its lines say; slots that are over, or far off, are left out at once."""
    slots: list[ReadSlot] = []
    bad, doubts = 0, []
    over, far = file.read_at, file.read_at + HORIZON
    try:
        for resource in read_lines(body, kind):
            if resource is None:
                bad += 1
            elif kind == "Slot":
                slot = read_slot(resource)
                doubts += [slot.warning] if slot.warning else []
                if slot.id and slot.interval and slot.interval.end > over and slot.interval.start < far:
                    slots.append(slot)
                if len(slots) > _MOST_SLOTS:
                    raise BadInput(f"more than {_MOST_SLOTS:,} times")
            else:
                _note(file, kind, resource)
    except BadInput as error:
        doubts.append(f"A file was read in part: {error.what}.")
    if bad:
        doubts.append(f"{bad} line{'' if bad == 1 else 's'} of a file ({kind}) could not be read.")
    file.slots, file.doubts = tuple(slots), tuple(dict.fromkeys(doubts))
    return file


def _note(file: _File, kind: str, resource: dict[str, Any]) -> None:
    reference = local_reference(resource)
    if reference is None:
        return
    if kind == "Schedule":
        read = read_schedule(resource)
        file.schedules[reference] = (read, read.actors)
        return
    person = text_of(resource.get("practitioner")) if kind == "PractitionerRole" else None
    told = {"name": person, "specialty": specialty_of(resource), "phone": _phone_of(resource)}
    file.others[reference] = {name: value for name, value in told.items() if value}


def _phone_of(resource: dict[str, Any]) -> str | None:
    phones = (each for each in dicts_of(resource.get("telecom")) if each.get("system") == "phone")
    return next((value for each in phones if (value := string_of(each.get("value")))), None)


def _owner(schedule: ReadSchedule, actors: Collection[str], others: Mapping[str, dict[str, str]]) -> Owner:
    """Return who calls, by the schedule itself or by those that it is the schedule of."""
    told = [others[each] for each in (reference_of(actor) for actor in actors) if each in others]

    def first(name: str) -> str | None:
        return next((each[name] for each in told if name in each), None)

    return Owner(schedule.person or first("name"), schedule.specialty or first("specialty"), first("phone"))


def _condition(file: _File) -> dict[str, str]:
    """Return the question whether a file has changed, as its server can answer it."""
    if file.etag:
        return {"If-None-Match": file.etag}
    return {"If-Modified-Since": file.modified} if file.modified else {}


def _versioned(answer: Answer, now: datetime) -> _File:
    headers = answer.headers
    return _File(now, headers.get("ETag"), headers.get("Last-Modified"), sha256(answer.body).digest())


def _wait_of(answer: Answer) -> timedelta | None:
    told = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
    return timedelta(seconds=int(told[1])) if told else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
