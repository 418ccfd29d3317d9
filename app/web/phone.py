"""Phone: a payer called for call times; numbers, hours, script, facts, the time on hold, one tap for the result."""

import re
from datetime import UTC, datetime

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.acts import AtStake
from app.core.call import AttemptRefused
from app.core.call.phone import TAPS, CallBackRefused, held_minutes
from app.core.people import Act
from app.core.windows.ways import wishes_of
from app.errors import Refused
from app.flow import phone as flow_phone
from app.web.act import reason, stopped
from app.web.call import local_instant, told_also
from app.web.case import case_view
from app.web.guard import may
from app.web.session import here, now, ports, version_seen, whole
from app.web.show import done, show, status_of_form, to_case
from app.web.told import rows_view, told_rows, told_words

bp = Blueprint("phone", __name__)
_STAMP = re.compile("[0-9]{9,11}")  # seconds since 1970


@bp.get("/cases/<case_id>/phone")
@may(Act.LOG_ATTEMPT)
def phone(case_id: str) -> Response:
    """Show the task; nothing is kept yet."""
    return phone_page(case_id)


@bp.post("/cases/<case_id>/phone/hold")
@may(Act.LOG_ATTEMPT)
def hold(case_id: str) -> Response:
    """Start or stop the time on hold; it stands in the page's address until a result is kept."""
    since, before = held_so_far()
    if request.form.get("do") == "stop":
        return done("phone.phone", case_id=case_id, waited=held_minutes(since, before, now=now()))
    return done("phone.phone", case_id=case_id, since=int(now().timestamp()), waited=before or None)


@bp.post("/cases/<case_id>/phone")
@may(Act.LOG_ATTEMPT)
def tap(case_id: str) -> Response:
    """Keep what came of the call; what cannot be true is shown beside its field."""
    try:
        flow_phone.tap(ports(), case_id, told_tap(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return phone_page(case_id, error=error)
    return to_case(case_id, "told")


def phone_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Show the task with what was typed."""
    task = flow_phone.task(ports(), case_id, now=now())
    since, before = held_so_far()
    view = case_view(task.case)
    zone = view["payer_zone"] or here().ports.site.zone
    return show(
        "phone/page.html",
        "phone/_phone.html",
        status=status_of_form(error),
        error=error,
        typed=request.form,
        task=task,
        taps=TAPS,
        wishes=wishes_of(view["rule"]),
        since=since,
        before=before,
        held=held_minutes(since, before, now=now()),
        **rows_view(now(), zone),
        **view,
    )


def held_so_far() -> tuple[datetime | None, int]:
    """Return since when the caller is on hold (None: is not), and the minutes before that."""
    told = request.form if request.method == "POST" else request.args
    stamp, before = told.get("since", ""), whole(told.get("waited", "")) or 0
    since = datetime.fromtimestamp(int(stamp), UTC) if _STAMP.fullmatch(stamp) else None
    return (since if since is not None and since <= now() else None), min(before, 480)


def told_tap() -> flow_phone.Tapped:
    """Return what the form says of the call."""
    since, before = held_so_far()
    return flow_phone.Tapped(
        tap=request.form.get("tap", ""),
        number=request.form.get("number", "")[:60],
        reached_name=told_words("reached_name", 120),
        callback_number=request.form.get("callback_number", "")[:60],
        hold_minutes=held_minutes(since, before, now=now()),
        note=told_words("note"),
        call_back_at=call_back(),
        rows=told_rows(),
        zone=request.form.get("zone", ""),
        why=reason(),
        also=told_also(),
    )


def call_back() -> datetime | None:
    """Return when the payer said it can be called, None for nothing; raises CallBackRefused."""
    typed = request.form.get("call_back_at", "")
    if request.form.get("tap") != "call_back" or not typed:
        return None
    try:
        return local_instant(typed, here().session.zone)
    except AttemptRefused as error:
        raise CallBackRefused("Say it as date and time.") from error
