"""
Services that take one thing from us under a name of ours: a fax, a text message.

The service's own words may hold numbers and names, so none is repeated: its codes are told in our words.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.core.effects import SignInNeeded, WriteUnknown
from app.edges.http.endpoint import Endpoint
from app.edges.http.errors import Conflict, CutShort, NotAuthorised, NotFhir, NotFound, Rejected, TooLarge, Unsupported
from app.edges.http.transport import Answer

NAME = re.compile(r"[\w.:-]{1,80}", re.ASCII)


def hand_over(endpoint: Endpoint, url: str, body: bytes, *, kind: str, name: str, what: str) -> str:
    """
    Hand one thing over, once, under `name`; return the service's own name of it, ours where it gives none.

    kind: media type; what: in the plural, for people. raises: Down, Busy (not taken), Rejected, NotAuthorised (refused
    for good), WriteUnknown
    """
    headers = {"Content-Type": kind, "Accept": "application/json", "Idempotency-Key": name}
    try:
        answer = endpoint.tell("POST", url, body=body, headers=headers)
    except SignInNeeded as error:
        raise unknown_to(endpoint) from error
    except (NotFound, Unsupported) as error:
        raise Rejected(f"{endpoint.who} takes no {what} at its address.") from error
    except Conflict as error:  # one of this name is known there already: which became of it, nobody says here
        raise WriteUnknown from error
    return _name_in(answer) or name


def unknown_to(endpoint: Endpoint) -> NotAuthorised:
    """Return the error for a service that does not know our secret."""
    return NotAuthorised(f"{endpoint.who} does not know Parley's secret.")


def in_our_words(codes: Mapping[str, str]) -> Callable[[dict[str, Any]], tuple[str, str | None]]:
    """Return what explains a refusal by the code in it; "" where the code is none of these."""
    return lambda body: (codes.get(str(body.get("error")), ""), None)


def _name_in(answer: Answer) -> str | None:
    try:
        found = answer.json().get("id") if answer.body else None
    except (NotFhir, CutShort, TooLarge):
        return None
    return found if isinstance(found, str) and NAME.fullmatch(found) else None
