"""The EHR's own pages: patient list, charts with the app in a frame, the worklist tab, what was written back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from launch.sandbox.auth_pages import with_query
from launch.sandbox.authorize import AuthorizationServer
from launch.sandbox.config import Client
from launch.sandbox.launches import Launch
from launch.sandbox.record import Record, person_name, record_number

ZONE = ZoneInfo("America/Chicago")
WIDTHS = ("full", "600", "400")
USER_COOKIE = "sandbox_user"
PUSHES = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Row:
    """One patient as the EHR lists them."""

    id: str
    name: str
    born: str
    sex: str
    number: str
    title: str = ""  # of the story
    told: str = ""


@dataclass(frozen=True, slots=True)
class Ehr:
    """What the pages need: the authorization server, the record, and the stories told on the patient list."""

    server: AuthorizationServer
    record: Record
    stories: tuple = ()

    def rows(self) -> list[Row]:
        """Return all patients, in the order of their stories, then by name."""
        stories = {story.patient_id: (place, story) for place, story in enumerate(self.stories)}
        found = [self._row(patient, stories.get(patient["id"], (0, None))[1]) for patient in self.record.all("Patient")]
        return sorted(found, key=lambda row: (stories.get(row.id, (len(stories), None))[0], row.name))

    def row(self, patient_id: str) -> Row:
        """Return one patient; 404 when there is none."""
        return next((row for row in self.rows() if row.id == patient_id), None) or abort(404, "No such patient.")

    def _row(self, patient: dict, story) -> Row:
        return Row(
            patient["id"],
            person_name(patient),
            born=patient.get("birthDate", ""),
            sex=patient.get("gender", ""),
            number=record_number(patient),
            title=story.title if story else "",
            told=story.told if story else "",
        )

    def client(self) -> Client:
        """Return the client that the URL names, else the first that can be launched; 404 for any other."""
        able = [client for client in self.server.config.clients if client.launch_urls]
        wanted = request.args.get("client")
        found = [client for client in able if wanted in (None, client.client_id)]
        return found[0] if found else abort(404, "No such client, or it has no launch URL.")

    def newest_encounter(self, patient_id: str) -> str | None:
        """Return the id of the patient's newest encounter."""
        found = self.record.of_patient("Encounter", patient_id)
        newest = max(found, key=lambda encounter: encounter.get("period", {}).get("start", ""), default=None)
        return newest["id"] if newest else None

    def launch_url(self, *, patient: str | None, banner: bool, encounter: str | None = None, **more) -> str:
        """Return the app's launch URL with this FHIR base and a fresh launch value."""
        client = self.client()
        if patient and not encounter:
            encounter = self.newest_encounter(patient)
        launch = Launch(client.client_id, g.user.login, patient=patient, encounter=encounter, banner=banner, **more)
        url = client.launch_urls[0] if patient else client.launch_urls[-1]
        return with_query(url, iss=self.server.config.fhir_base, launch=self.server.launches.issue(launch))


def pages_blueprint(ehr: Ehr) -> Blueprint:
    """Return the EHR's pages."""
    bp = Blueprint("ehr", __name__, template_folder="templates", static_folder="static", static_url_path="/ehr-static")
    _frame(bp, ehr)
    _lists(bp, ehr)
    _charts(bp, ehr)
    _launching(bp, ehr)
    return bp


def _frame(bp: Blueprint, ehr: Ehr) -> None:
    config = ehr.server.config

    @bp.before_request
    def who():
        """Find the EHR user: the one in the URL, else the one signed in, else the first."""
        users = ehr.server.users
        wanted = request.args.get("user")
        if wanted and wanted not in users:
            abort(404, "No such user.")
        kept = request.cookies.get(USER_COOKIE)
        g.user = users[wanted or (kept if kept in users else next(iter(users)))]

    @bp.context_processor
    def shared():
        """Give every page the user, the sandbox's time, and whether it may be pushed."""
        now = config.clock.now().astimezone(ZONE)
        return {"user": g.get("user"), "now": now, "control": config.control, "profile": config.profile}

    @bp.after_request
    def fresh(answer):
        """Keep no page: each holds launch values that count once."""
        if request.endpoint != "ehr.static":
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @bp.errorhandler(400)
    @bp.errorhandler(404)
    def missing(error):
        """Say what is not there."""
        return render_template("ehr/missing.html", told=error.description), error.code


def _lists(bp: Blueprint, ehr: Ehr) -> None:
    @bp.get("/")
    def patients():
        """List the patients, each with its story."""
        return render_template("ehr/patients.html", rows=ehr.rows(), users=ehr.server.users.values())

    @bp.post("/sign-in")
    def sign_in():
        """Choose who sits at the EHR; kept in a cookie of the EHR's own site."""
        login = request.form.get("login")
        if login not in ehr.server.users:
            abort(400, "No such user.")
        answer = redirect(url_for("ehr.patients"), code=303)
        answer.set_cookie(USER_COOKIE, login, httponly=True, samesite="Lax")
        return answer

    @bp.post("/clock")
    def clock():
        """Push the sandbox's clock by an hour or a day; only where controls are on."""
        if not ehr.server.config.control or request.form.get("by") not in PUSHES:
            abort(404, "The clock cannot be pushed here.")
        ehr.server.config.clock.push(PUSHES[request.form["by"]])
        return redirect(url_for("ehr.patients"), code=303)

    @bp.get("/chart/<patient_id>/record")
    def record(patient_id):
        """Show the appointments, documents and messages in a patient's record, as stored."""
        entries = ehr.record.written_back(patient_id)
        return render_template("ehr/record.html", row=ehr.row(patient_id), entries=entries, as_json=_as_json)


def _charts(bp: Blueprint, ehr: Ehr) -> None:
    @bp.get("/chart/<patient_id>")
    def chart(patient_id):
        """Show a chart with the app in a frame; the EHR's own banner stands above, unless banner=1 leaves it out."""
        row, banner = ehr.row(patient_id), _flag("banner", default=False)
        src = ehr.launch_url(patient=row.id, banner=banner)
        return render_template("ehr/chart.html", row=row, src=src, width=_width(), widths=WIDTHS, own_banner=not banner)

    @bp.get("/charts")
    def charts():
        """Show two charts side by side, each its own launch."""
        rows = [ehr.row(request.args.get(side, "")) for side in ("left", "right")]
        frames = [(row, ehr.launch_url(patient=row.id, banner=False)) for row in rows]
        return render_template("ehr/charts.html", frames=frames)

    @bp.get("/tab")
    def tab():
        """Show the worklist tab: a launch without a patient."""
        src = ehr.launch_url(patient=None, banner=True)
        return render_template("ehr/tab.html", src=src, width=_width(), widths=WIDTHS)


def _launching(bp: Blueprint, ehr: Ehr) -> None:
    @bp.get("/launch")
    def launch():
        """Open the app in this window, with the context that the URL tells."""
        args = request.args
        patient = ehr.row(args["patient"]).id if args.get("patient") else None
        response = args.get("claimresponse")
        if response and not ehr.record.find("ClaimResponse", response):
            abort(404, "No such ClaimResponse.")
        url = ehr.launch_url(
            patient=patient,
            banner=_flag("banner", default=True),
            encounter=args.get("encounter"),
            fhir_context=(f"ClaimResponse/{response}",) if response else (),
            intent=args.get("intent"),
            tenant=args.get("tenant"),
        )
        return redirect(url, code=302)


def _width() -> str:
    width = request.args.get("width", "full")
    return width if width in WIDTHS else abort(404, "No such width.")


def _flag(name: str, *, default: bool) -> bool:
    return request.args.get(name, "1" if default else "0") == "1"


def _as_json(resource: dict) -> str:
    return json.dumps(resource, indent=2, ensure_ascii=False)
