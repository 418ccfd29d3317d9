"""One case, whole story; and where a launch lands."""

from flask import Blueprint, current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from app.core.acts import acts_open, next_act
from app.core.book.match import match_before
from app.core.call.talk import is_near
from app.core.people import Act
from app.core.rulebook.purpose import purpose_of
from app.core.rulebook.recording import recording_of
from app.errors import ParleyError
from app.flow import ask as flow_ask
from app.flow import by_hand as flow_by_hand
from app.flow import cases as flow_cases
from app.flow import detect as flow_detect
from app.flow import escalate as flow_escalate
from app.flow import follows as flow_follows
from app.flow import learn as flow_learn
from app.flow import reminders as flow_reminders
from app.flow import ways as flow_ways
from app.flow import windows as flow_windows
from app.flow import worklist as flow_worklist
from app.flow.call import guide as flow_guide
from app.flow.covered import also_open
from app.flow.intake import inquire as flow_inquire
from app.web.guard import may
from app.web.session import FRAMED, PREFIX, cookie_name, here, now, ports, version_seen
from app.web.show import done, show, to_case

bp = Blueprint("case", __name__)

# What a page may say after a change: a closed list, so that no text travels in a URL.
SAID = {
    "booked": "Booked. The EHR is being told.",
    "moved": "Moved. The EHR is being told.",
    "cancelled": "Cancelled; the time is free again.",
    "held": "Held. The times are kept for this case until then.",
    "released": "Given back; the time is free again.",
    "captured": "The window is kept.",
    "logged": "The attempt is kept.",
    "outside": "The attempt is kept. It lies outside the other side’s business hours: is the time right?",
    "together": "The call is kept in the log of every case that it covered.",
    "corrected": "The correction is kept; it counts in place of what it corrects.",
    "correctedbooked": "The correction is kept and counts. The call is booked again since; that booking stands.",
    "correctedstays": "The correction is kept and counts. The case has gone on since, and stays where it is.",
    "spoken": "The call is in the log. What was typed during it stands in this form.",
    "rebooked": "The attempt is kept, and the call is booked again: the payer missed it. Move or cancel it if need be.",
    "moved_on": "The call was moved. Its new time is offered; book it, so that the clinician's calendar has it.",
    "kept": "Kept as a draft. It stands in this form until it is recorded.",
    "answered": "Kept. What follows stands under Next.",
    "settled": "The outcome is kept. The EHR is being told.",
    "owned": "You own this case now.",
    "closed": "The case is closed.",
    "opened": "A case is open for this denial.",
    "joined": "This denial was known already; what came was added to its case.",
    "known": "This denial was known already; nothing was added.",
    "looked": "Looked for new answers from payers.",
    "chosen": "Free times are read from this clinician's calendar now.",
    "searched": "PubMed was asked; what it found stands below, apart from what we chose.",
    "worded": "The language model was asked. Of what it said, only what says the same stands.",
    "unworded": "All sentences are our own again.",
    "asked": "The payer was asked; what it said stands below.",
    "asked_lately": "The payer was asked a moment ago; what it said stands below.",
    "payer_rests": "The payer asked not to be asked again just yet. Ask later, or call it.",
    "acted": "Marked as done.",
    "stepped": "Marked as done. What comes of it is watched for.",
    "left": "Left at that, with your reason.",
    "by_hand": "Kept that you did it in the EHR.",
    "narrowed": "Kept. The packet below says so.",
    "expedited": "Signed. The packet asks for a decision within 72 hours.",
    "unhurried": "Taken back. The packet asks for a standard decision.",
    "lettered": "The letter is recorded. The EHR is being told.",
    "linked": "The appeal is linked. It counts in Learn with this case.",
    "aside": "Put aside: it was no letter. What was told still stands.",
    "undone": "Taken back.",
    "told": "Kept. It stands in the inbox too.",
    "drafted": "Kept as a draft. It stands on the brief once a clinician of this case has signed it.",
    "signed": "Signed. It stands on the brief and on its papers.",
    "let_in": "Added to this brief, with your reason. Papers that cite it say that it is protected.",
    "kept_out": "Taken out. No paper made from now on holds it.",
    "listed": "Kept on the list.",
    "withdrawn": "Withdrawn. It stands on no paper made from now on.",
    "written": "The request to the payer is on its way; what became of it stands below and in the inbox.",
}


def case_view(case, *, notice: str | None = None) -> dict:
    """Return what every page about a case shows."""
    at = here()
    rule = flow_detect.rule_of(at.ports, case)
    unasked = flow_cases.check_chart_access(at.ports, case, now=at.now)
    return {
        "case": case,
        "session": at.session,
        "now": at.now,
        "zone": at.session.zone,
        "payer_zone": rule.hours.zone if rule and rule.hours else None,
        "rule": rule,
        "looks_for_unsent": flow_detect.looks_for_unsent(case),
        "worth": flow_learn.worth_of(at.ports, case, now=at.now),
        "precedents": flow_learn.precedents_for(at.ports, case, now=at.now),
        "writes": (writes := flow_worklist.writes_of(at.ports, case)),
        "arrived": flow_ask.arrivals_of(at.ports, case, writes),
        "ladders": flow_escalate.ladders_of(at.ports, case),
        "call_rules": at.ports.rules.calls,
        "match": match_before(case),
        "closed_now": flow_guide.closed_now(at.ports, case, now=at.now),
        "duties": flow_guide.duties_of(at.ports, case, now=at.now),
        "recording": recording_of(at.ports.rules.recording, ours=at.ports.site.recording_state),
        "also_open": also_open(at.ports, case),
        "call_is_near": is_near(case, now=at.now),
        "handed": flow_by_hand.handed_of(at.ports, case, writes, now=at.now),
        "viewer": at.ports.site.viewer,
        "said": SAID.get(request.args.get("said", "")),
        "asked": flow_inquire.view_of_ask(at.ports, case),
        "following": flow_follows.following(at.ports, case, now=at.now),
        "next_act": next_act(case, now=at.now),
        "open_acts": acts_open(case, now=at.now),
        "ways": flow_ways.ways_of(at.ports, case, now=at.now) if flow_windows.wants_windows(case) else (),
        "told_of": flow_reminders.told_of(at.ports, case),
        "channels": flow_ask.channels_of(at.ports, case),
        "purpose": purpose_of(rule, case.routing.lane) if case.is_call_open else None,
        "notice": " ".join(each for each in (unasked, notice) if each),
    }


@bp.get("/")
def landing() -> Response:
    """Send a launch to its case, its patient, or the worklist."""
    at = here()
    try:
        found = flow_detect.detect_denials(at.ports, patient=at.session.patient, now=at.now)
    except ParleyError as error:
        return (
            patient_page(problems=(error.say, error.next))
            if at.session.patient
            else done("worklist.worklist", said="unread")
        )
    if not at.session.patient:
        return done("worklist.worklist", said=said_of_look(found))
    cases = flow_worklist.patients_cases(at.ports, now=at.now)
    wanted = [each for each in (*found.new, *found.known) if each.denial.reference in at.session.opens]
    wanted = [each for each in cases if each.id in at.session.opens] or wanted
    open_ = [each for each in cases if each.state.value != "closed"]
    if len(wanted) == 1 or (len(open_) == 1 and not found.problems):
        return to_case((wanted or open_)[0].id)
    return patient_page(cases=cases, quiet=found.quiet, problems=found.problems, supported=found.supported)


def said_of_look(found: flow_detect.Detected) -> str | None:
    """Return what the worklist must say of a look at the EHR beyond its rows, by name; None when it was whole."""
    if not found.supported:
        return "unoffered"
    return "partly" if found.problems else None


def patient_page(*, cases=(), quiet=(), problems=(), supported: bool = True) -> Response:
    """Show what there is for this patient."""
    at = here()
    shown = cases or flow_worklist.patients_cases(at.ports, now=at.now)
    return show(
        "case/patient.html",
        "case/patient.html",
        session=at.session,
        now=at.now,
        zone=at.session.zone,
        cases=shown,
        patient=shown[0].patient if shown else flow_cases.launch_patient(at.ports),
        quiet=quiet,
        problems=problems,
        supported=supported,
    )


@bp.get("/cases/<case_id>")
@may(Act.SEE_CASE)
def case(case_id: str) -> Response:
    """Show one case."""
    read = flow_windows.read_published_windows(ports(), case_id, now=now())
    return show("case/page.html", "case/_case.html", read=read, **case_view(read.case, notice=read.problem))


@bp.get("/cases/<case_id>/writes")
@may(Act.SEE_CASE)
def writes(case_id: str) -> Response:
    """Show what became of the case's writes; asked again while any is on its way."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    return show("case/page.html", "case/_writes.html", **case_view(found))


@bp.post("/end")
def end() -> Response:
    """End this launch's session: its tokens are forgotten, its pages closed."""
    at = here()
    current_app.extensions["parley"].sessions.end(at.session.id, now=at.now)
    response = make_response(render_template("case/ended.html", session=None))
    response.delete_cookie(cookie_name(at.session.id), path=f"{PREFIX}{at.session.id}/", **FRAMED)
    return response


@bp.post("/cases/<case_id>/own")
@may(Act.OWN)
def own(case_id: str) -> Response:
    """Take the case over."""
    flow_worklist.take_over(ports(), case_id, seen=version_seen(), now=now())
    if request.form.get("from") == "worklist":
        return done("worklist.worklist", said="owned")
    return to_case(case_id, "owned")
