"""Intake: a denial that the EHR does not hold, uploaded or typed in, and those that wait for a person."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.detect.typed import TypedForm, TypedRefused
from app.core.people import Act
from app.core.rulebook.phrases import LINES
from app.errors import BadInput, Permanent
from app.flow.intake import Received, arrivals
from app.web.guard import may
from app.web.session import here, now, ports
from app.web.show import done, show, to_case

bp = Blueprint("intake", __name__)

SAID = {
    "completed": "What you typed is kept with it, marked as typed.",
    "aside": "It was set aside; what it said is forgotten.",
    "quiet": "It asks nothing of anybody, so no case was opened.",
    "left": "Its case was left as it was; open it from the worklist.",
}
FIELDS = (
    *("payer", "service", "denied_on", "reason", "reference"),
    *("phone", "until_day", "until_time", "provider", "line_of_business"),
)
FIELD_WORDS = {
    "insurer": "Payer",
    "created_on": "Written on",
    "references": "Payer’s number",
    "services": "Service",
    "diagnoses": "Diagnosis",
    "notes": "Payer’s words",
    "reasons": "Reason code",
    "policies": "Policy",
    "offer_phone": "Number to call",
    "offer_until": "Call possible until",
    "appeal_until": "Appeal until",
    "reviewer": "Reviewer",
    "provider": "Clinician who asked",
    "line_of_business": "Line of business",
}


@bp.get("/intake")
@may(Act.TAKE_IN)
def intake() -> Response:
    """Show the two ways in, and what waits until when."""
    return page()


def page(status: int = 200, **more) -> Response:
    """Show the page, with what was typed and what is wrong with it."""
    at = here()
    known = {"session": at.session, "now": at.now, "zone": at.session.zone, "typed": {}, "people": (), "lines": LINES}
    waiting = [(each, arrivals.forgotten_at(at.ports, each)) for each in arrivals.waiting(at.ports, now=at.now)]
    known |= {"waiting": waiting, "said": SAID.get(request.args.get("said", ""))}
    return show("intake/page.html", "intake/page.html", status=status, **(known | more))


@bp.post("/intake/file")
@may(Act.TAKE_IN)
def take() -> Response:
    """Read a file and go to what was read; what cannot be read is told beside the field."""
    file = request.files.get("file")
    try:
        kept, told = arrivals.take_file(
            ports(), (file.filename or "") if file else "", file.read() if file else b"", now=now()
        )
    except BadInput as error:
        return page(422, file_error=error)
    if len(kept) == 1 and not told.faults:
        return done("intake.arrival", arrival_id=kept[0].id)
    return page(faults=told.faults, kept=kept)


@bp.get("/intake/<arrival_id>")
@may(Act.TAKE_IN)
def arrival(arrival_id: str) -> Response:
    """Show what was read, each field with its words, what may be typed beside it, and ask whose it is."""
    return arrival_page(arrival_id)


def arrival_page(arrival_id: str, status: int = 200, **more) -> Response:
    """Show a waiting denial, with who was found and what stands against it."""
    at = here()
    view = arrivals.view_of(at.ports, arrival_id, now=at.now)
    nobody = {"mrn": "", "name": "", "birth_date": ""}  # from a chart only its own patient can be meant
    people = arrivals.find_patients(at.ports, **nobody, now=at.now) if at.session.patient else ()
    known = {"session": at.session, "now": at.now, "zone": at.session.zone, "typed": {}, "people": people}
    known |= {"view": view, "told": view.typed, "words": FIELD_WORDS, "lines": LINES}
    known |= {"said": SAID.get(request.args.get("said", ""))}
    return show("intake/arrival.html", "intake/arrival.html", status=status, **(known | more))


@bp.post("/intake/<arrival_id>/find")
@may(Act.TAKE_IN)
def find(arrival_id: str) -> Response:
    """Look for the patient in the EHR; in the body, for an address must not name anybody."""
    typed = {name: request.form.get(name, "").strip() for name in ("mrn", "name", "birth_date")}
    try:
        people = arrivals.find_patients(ports(), **typed, now=now())
    except Permanent as error:
        return arrival_page(arrival_id, 422, typed=typed, refused=error)
    return arrival_page(arrival_id, typed=typed, people=people, looked=True)


@bp.post("/intake/<arrival_id>/complete")
@may(Act.TAKE_IN)
def complete(arrival_id: str) -> Response:
    """Keep what a person typed where nothing was found."""
    try:
        arrivals.complete(ports(), arrival_id, typed_form(), now=now())
    except TypedRefused as error:
        return arrival_page(arrival_id, 422, error=error, told=request.form)
    return done("intake.arrival", arrival_id=arrival_id, said="completed")


@bp.post("/intake/<arrival_id>/settle")
@may(Act.TAKE_IN)
def settle(arrival_id: str) -> Response:
    """Make it this patient's case; what speaks against it is told and nothing saved."""
    patient, sworn = request.form.get("patient", ""), request.form.get("sworn") == "yes"
    choice = request.form.get("choice") or None
    try:
        received = arrivals.settle(ports(), arrival_id, patient=patient, sworn=sworn, choice=choice, now=now())
    except (arrivals.WrongPerson, arrivals.NotSure) as error:
        person = ports().ehr.patient(patient)
        return arrival_page(arrival_id, 409, refused=error, people=(person,), may_swear=error.__class__.__name__)
    if received.how == "doubt":
        person = ports().ehr.patient(patient)
        return arrival_page(arrival_id, 409, candidates=received.candidates, people=(person,), sworn=sworn)
    return after(received)


@bp.post("/intake/<arrival_id>/aside")
@may(Act.TAKE_IN)
def aside(arrival_id: str) -> Response:
    """Let it wait no more."""
    arrivals.set_aside(ports(), arrival_id, now=now())
    return done("intake.intake", said="aside")


@bp.post("/intake/typed")
@may(Act.TAKE_IN)
def typed() -> Response:
    """Take a typed denial in: first ask whose it is, then open its case."""
    form, patient = typed_form(), request.form.get("patient", "")
    try:
        if not patient:
            who = {name: request.form.get(name, "") for name in ("mrn", "name", "birth_date")}
            return page(typed=request.form, people=arrivals.typed_for(ports(), form, **who, now=now()))
        choice = request.form.get("choice") or None
        received = arrivals.type_in(ports(), form, patient=patient, choice=choice, now=now())
    except (TypedRefused, Permanent) as error:
        return page(422, typed=request.form, error=error)
    if received.how == "doubt":
        return page(409, typed=request.form, candidates=received.candidates, chosen=ports().ehr.patient(patient))
    return after(received)


def typed_form() -> TypedForm:
    """Return the form as typed."""
    told = {name: request.form.get(name, "") for name in FIELDS}
    return TypedForm(**told, urgent=request.form.get("urgent") == "yes")


def after(received: Received) -> Response:
    """Go to the case that the denial became, or say why there is none."""
    if received.case is None:
        return done("intake.intake", said="quiet")
    if received.how == "aside":
        return done("intake.intake", said="left")
    return to_case(received.case.id, received.how)
