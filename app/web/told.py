"""The fields of what a payer told when it was asked: its times by row, who said so, a note."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import request

from app.core.case import Authorization
from app.core.outcome import Contradiction
from app.core.windows.told import MOST_ROWS, ToldRow

MOST = 1000  # characters of a note


def told_rows() -> tuple[ToldRow, ...]:
    """Return the rows of the form as typed."""
    form = request.form
    names = ("day", "start", "end")
    return tuple(ToldRow(*(form.get(f"{name}-{row}", "") for name in names)) for row in range(MOST_ROWS))


def told_words(name: str, longest: int = MOST) -> str | None:
    """Return a text of the form, None for nothing."""
    return request.form.get(name, "").strip()[:longest] or None


def told_authorization() -> Authorization | None:
    """Return the authorization as told, None where none was; raises Contradiction."""
    number = told_words("authorization_number")
    starts, ends = told_day("authorization_starts"), told_day("authorization_ends")
    return Authorization(number, starts, ends) if number or starts or ends else None


def told_day(name: str) -> date | None:
    """Return a day of the form; raises Contradiction."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Contradiction(name, "Say it as a date.") from error


def rows_view(now: datetime, zone: str) -> dict:
    """Return what the rows show before anybody typed: today, where the payer is."""
    return {"row_numbers": range(MOST_ROWS), "today": now.astimezone(ZoneInfo(zone)).date().isoformat()}
