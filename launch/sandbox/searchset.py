"""Searchset Bundles, page by page; a page's `next` shows the search as it stood when it was made."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from launch.sandbox.outcome import FhirError, outcome
from launch.sandbox.search import Query

PAGE_LIFE = timedelta(minutes=10)
MOST_SEARCHES = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A search that has more than one page. reader: who made it; nobody else may turn its pages."""

    query: Query
    matches: tuple[dict, ...]
    reader: tuple
    made_at: datetime


class Searches:
    """The searches whose next pages may still be asked for."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Found] = OrderedDict()

    def keep(self, query: Query, matches: list[dict], reader: tuple) -> str:
        """Keep a search for its next pages, and return the token they are asked for by."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[token] = Found(query, tuple(matches), reader, self._clock.now())
            while len(self._kept) > MOST_SEARCHES:
                self._kept.popitem(last=False)
        return token

    def turn(self, token: str, kind: str, reader: tuple) -> Found:
        """Return a kept search; 410 when it is unknown, another's, or too old (Epic numbers that 4113)."""
        with self._lock:
            found = self._kept.get(token)
        fresh = found and self._clock.now() - found.made_at <= PAGE_LIFE
        if not fresh or found.query.kind != kind or found.reader != reader:
            raise FhirError(410, "expired", "this page of results has expired; search again", number="4113")
        return found


def searchset(
    query: Query,
    matches: list[dict] | tuple[dict, ...],
    *,
    base: str,
    offset: int = 0,
    token: str | None = None,
    include: Callable[[list[dict]], list[dict]],
    issues: tuple[dict, ...] = (),
) -> dict:
    """
    Lay one page out.

    token: the kept search, when there is a next page; include: page's matches → what to add; issues: said on page one
    """
    bundle = {"resourceType": "Bundle", "type": "searchset"}
    if query.with_total or query.count_only:
        bundle["total"] = len(matches)
    self_url = f"{base}/{query.kind}" + (f"?{urlencode(query.used, safe=':/,')}" if query.used else "")
    bundle["link"] = [{"relation": "self", "url": self_url}]
    page = [] if query.count_only else list(matches[offset : offset + query.count])
    if not query.count_only and offset + query.count < len(matches):
        turn = urlencode({"_page": token, "_offset": offset + query.count})
        bundle["link"].append({"relation": "next", "url": f"{base}/{query.kind}?{turn}"})
    entries = [_entry(resource, "match", base) for resource in page]
    entries += [_entry(resource, "include", base) for resource in include(page)]
    if issues and offset == 0:
        entries.append({"resource": outcome(*issues), "search": {"mode": "outcome"}})
    if entries:
        bundle["entry"] = entries
    return bundle


def _entry(resource: dict, mode: str, base: str) -> dict:
    url = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}


def history_bundle(versions: tuple[dict, ...], *, base: str) -> dict:
    """Lay an instance's versions out, newest first; a deletion has no resource."""
    entries = []
    for number, version in enumerate(versions):
        url = f"{version['resourceType']}/{version['id']}"
        gone = version.get("_deleted")
        first = number == len(versions) - 1
        entry = {
            "fullUrl": f"{base}/{url}",
            "request": {"method": "DELETE" if gone else "POST" if first else "PUT", "url": url},
            "response": {
                "status": "204" if gone else "201" if first else "200",
                "etag": f'W/"{version["meta"]["versionId"]}"',
                "lastModified": version["meta"]["lastUpdated"],
            },
        }
        entries.append(entry if gone else entry | {"resource": version})
    return {"resourceType": "Bundle", "type": "history", "total": len(versions), "entry": entries}
