"""
The calendars that a person who signed in has at Google or at Microsoft.

source: Calendar API v3, calendarList.list; Graph v1.0, user: list calendars
"""

from collections.abc import Callable, Iterator

from app.edges.calendars.discovery import FoundCalendar, NoCalendars
from app.edges.calendars.json_api import Json, ask_json, listed, next_in, pages, text_of
from app.edges.http import Endpoint

_GOOGLE = "nextPageToken,items(id,summary,summaryOverride,primary,accessRole,selected,deleted)"
_WRITES = ("owner", "writer")


def list_google(endpoint: Endpoint) -> tuple[FoundCalendar, ...]:
    """Return the calendars of an account, its own first. raises: NoCalendars, and what http's errors list"""

    def fetch(token: str) -> Json:
        params = {"maxResults": "250", "fields": _GOOGLE} | ({"pageToken": token} if token else {})
        return ask_json(endpoint, "GET", endpoint.url_of("users/me/calendarList", params.items()))[1]

    found = [each for each in _all("", fetch, "items", "nextPageToken") if each.get("deleted") is not True]
    found.sort(key=lambda each: each.get("primary") is not True)
    return _some(
        FoundCalendar(
            url=id_,
            name=text_of(each.get("summaryOverride")) or text_of(each.get("summary")) or id_,
            writable=each.get("accessRole") in _WRITES,
            # Holidays and colleagues' calendars are listed too; only its owner's own is taken to be theirs.
            blocks=each.get("primary") is True,
            owner=id_ if each.get("primary") is True else None,
        )
        for each in found
        if (id_ := text_of(each.get("id")))
    )


def list_graph(endpoint: Endpoint) -> tuple[FoundCalendar, ...]:
    """Return the calendars of a mailbox, the default one first. raises: as list_google"""

    def fetch(url: str) -> Json:
        return ask_json(endpoint, "GET", endpoint.url_of(url))[1]

    params = {"$select": "id,name,canEdit,isDefaultCalendar,owner", "$top": "100"}
    found = list(_all(endpoint.url_of("me/calendars", params.items()), fetch, "value", "@odata.nextLink"))
    found.sort(key=lambda each: each.get("isDefaultCalendar") is not True)
    return _some(
        FoundCalendar(
            url=id_,
            name=text_of(each.get("name")) or "Calendar",
            writable=each.get("canEdit") is True,
            blocks=each.get("isDefaultCalendar") is True,
            owner=_address(each),
        )
        for each in found
        if (id_ := text_of(each.get("id")))
    )


def _all(first: str, fetch: Callable[[str], Json], items: str, following: str) -> Iterator[Json]:
    for page in pages(first, fetch, lambda page: next_in(page, following)):
        yield from listed(page, items)


def _some(found: Iterator[FoundCalendar]) -> tuple[FoundCalendar, ...]:
    calendars = tuple(found)
    if not calendars:
        raise NoCalendars("This account has no calendar.", next="Sign in with the account that holds the calendar.")
    return calendars


def _address(calendar: Json) -> str | None:
    owner = calendar.get("owner")
    return text_of(owner.get("address")) if isinstance(owner, dict) else None
