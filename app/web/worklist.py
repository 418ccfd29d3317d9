"""The coordinator's tab."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow import detect as flow_detect
from app.flow import worklist as flow_worklist
from app.flow.ports import MOST_COUNTED
from app.web.case import SAID, said_of_look
from app.web.guard import may
from app.web.rows import row_drawer
from app.web.session import here, now, ports, whole
from app.web.show import done, show

bp = Blueprint("worklist", __name__)

# Filters in the order of the coordinator's day: name in the URL, words on the page.
FILTERS = (
    ("open", "All open"),
    ("mine", "Mine"),
    ("unowned", "Unowned"),
    ("today", "Due today"),
    ("waiting_payer", "Waiting for payer"),
    ("no_time", "No time yet"),
    ("verbal", "Verbal, not confirmed"),
    ("unwritten", "Not in the EHR yet"),
    ("overdue", "Overdue"),
    ("closed", "Closed"),
)
# What a look at the EHR could not bring, by the name in the URL.
NOTICES = {
    "unread": "The EHR could not be read just now; the list shows what is known. Try “Look for new denials” again.",
    "partly": "Not every answer of the payers could be taken over; the list shows the others. Each chart says which.",
    "unoffered": "This EHR does not show payers' answers to Parley, so no denial comes in by itself.",
}


@bp.get("/worklist")
@may(Act.SEE_WORKLIST)
def worklist() -> Response:
    """Show the list, most urgent first."""
    at = here()
    wanted, search = request.args.get("show", "open"), request.args.get("q", "")[:80]
    page_number = whole(request.args.get("page", "0")) or 0
    shown = wanted if wanted in dict(FILTERS) else "open"
    page = flow_worklist.worklist(at.ports, show=shown, search=search, page=page_number, now=at.now)
    said = request.args.get("said", "")
    return show(
        "worklist/page.html",
        "worklist/_worklist.html",
        session=at.session,
        now=at.now,
        zone=at.session.zone,
        page=page,
        drawn=row_drawer(at, page.odds),
        page_number=page_number,
        page_rows=flow_worklist.PAGE_ROWS,
        most_counted=MOST_COUNTED,
        filters=FILTERS,
        shown=shown,
        search=search,
        said=SAID.get(said),
        notice=NOTICES.get(said),
    )


@bp.post("/detect")
@may(Act.SEE_WORKLIST)
def detect() -> Response:
    """Look in the EHR for answers from payers."""
    found = flow_detect.detect_denials(ports(), patient=here().session.patient, now=now())
    return done("worklist.worklist", said=said_of_look(found) or "looked")
