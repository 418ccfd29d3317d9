"""What a status that is not 2xx means, with the counterpart's own reason where that is safe to tell."""

from collections.abc import Callable
from typing import Any

from app.core.effects import SignInNeeded
from app.edges.http.errors import (
    Busy,
    Conflict,
    Down,
    NeedsVisit,
    NotAuthorised,
    NotFhir,
    NotFound,
    Rejected,
    TooLarge,
    TooManyFound,
    Unsupported,
    Withheld,
)
from app.edges.http.transport import Answer
from app.errors import ParleyError

# Reads an error body: (words free of PHI, what its codes mean: denied | busy | tomorrow | duplicate |
# unsupported | visit | too_many | None).
Explain = Callable[[dict[str, Any]], tuple[str, str | None]]
_TOMORROW_SECONDS = 86_400.0
_BY_STATUS: dict[int, tuple[type[ParleyError], str]] = {
    403: (NotAuthorised, "does not allow this"),
    404: (NotFound, "does not know this, or not any more"),
    405: (Unsupported, "does not take this"),
    409: (Conflict, "has something that stands in the way of this"),
    410: (NotFound, "does not know this, or not any more"),
    412: (Conflict, "has a newer version of this"),
    415: (Unsupported, "does not take this"),
    501: (Unsupported, "does not take this"),
}
# What a refusal of the request says itself.
_SAID: dict[str | None, tuple[type[ParleyError], str]] = {
    "unsupported": (Unsupported, "does not take this"),
    "visit": (NeedsVisit, "refused this"),
    "too_many": (TooManyFound, "refused this"),
}
_MEANT: dict[str | None, Callable[[str, str, float | None], ParleyError]] = {
    # break-the-glass: a policy, whatever the status
    "denied": lambda who, because, _: Withheld(f"{who} does not allow this{because}."),
    "busy": lambda who, because, later: Busy(f"{who} is busy{because}.", retry_after_seconds=later),  # Google: 403
    "tomorrow": lambda who, _, later: Busy(
        f"{who} takes no more today.", retry_after_seconds=later or _TOMORROW_SECONDS, again=False
    ),
    "duplicate": lambda who, because, _: Conflict(f"{who} already has this{because}."),
}


def refusal_of(answer: Answer, *, who: str, explain: Explain | None) -> ParleyError | None:
    """Return the error that an answer stands for, None for a 2xx."""
    status = answer.status
    if 200 <= status < 300:
        return None
    told, meant = _told(answer, explain)
    because = f" ({told})" if told else ""
    later = answer.retry_after_seconds
    if meant in _MEANT:
        return _MEANT[meant](who, because, later)
    if status == 401:
        return SignInNeeded()
    if status == 429:
        return Busy(f"{who} is busy.", retry_after_seconds=later)
    if meant in _SAID and status in (400, 422):
        kind, words = _SAID[meant]
        return kind(f"{who} {words}{because}.")
    if status in _BY_STATUS:
        kind, words = _BY_STATUS[status]
        return kind(f"{who} {words}{because}.")
    if status >= 500 or status in (408, 425):
        return Down(f"{who} has a problem of its own just now.", retry_after_seconds=later, sent=True)
    if status < 400:
        return NotFhir(f"{who} sent us elsewhere instead of answering.")
    return Rejected(f"{who} refused this{because}.")


def _told(answer: Answer, explain: Explain | None) -> tuple[str, str | None]:
    if explain is None or not answer.whole or not answer.is_json:
        return "", None
    try:
        return explain(answer.json())
    except (NotFhir, TooLarge):
        return "", None
