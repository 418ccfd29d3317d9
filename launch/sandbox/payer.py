"""
The payer over HTTP: published times as FHIR, bookings, faxes and messages, and a page that shows the desk.

Nothing here asks who is calling, for published times are public and what is sent may name no patient; but for the
question how a request stands (payer_inquiry), which is answered to registered clients only.
"""

from dataclasses import asdict

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for

from launch.sandbox.config import SandboxConfig
from launch.sandbox.fhir_server import public_fhir_blueprint
from launch.sandbox.outcome import FhirError
from launch.sandbox.payer_desk import SEARCHED, Payer
from launch.sandbox.payer_inquiry import add_inquiries
from launch.sandbox.payer_links import add_links

__all__ = ["Payer", "payer_blueprint"]

FHIR_JSON = "application/fhir+json"


def payer_blueprint(payer: Payer, config: SandboxConfig | None = None) -> Blueprint:
    """Return everything under /payer, wired to one Payer. config: without it nobody can be asked about a request."""
    blueprint = Blueprint("payer", __name__, url_prefix="/payer", template_folder="templates")
    for slug, store in payer.stores.items():
        published = public_fhir_blueprint(
            store, payer.clock, types=SEARCHED, name=f"published-{slug}", url_prefix=f"/{slug}/fhir"
        )
        _keep_fresh(published, payer, slug)
        blueprint.register_blueprint(published)
        _add_bookings(blueprint, payer, slug)
    _add_requests(blueprint, payer)
    add_links(blueprint, payer)
    if config is not None:
        add_inquiries(blueprint, payer, config)
    blueprint.register_error_handler(FhirError, _refused)

    @blueprint.get("/")
    def desks() -> str:
        """The payer desk: what each payer knows."""
        styles = url_for("ehr.static", filename="ehr.css") if "ehr" in current_app.blueprints else None
        return render_template("payer/desk.html", rows=payer.overview(), styles=styles)

    return blueprint


def _keep_fresh(published: Blueprint, payer: Payer, slug: str) -> None:
    """Bring the published times up to the clock before each reading of them."""

    @published.before_request
    def refresh() -> None:
        """Publish what is due."""
        payer.publish(slug)


def _add_bookings(blueprint: Blueprint, payer: Payer, slug: str) -> None:
    """Add the one thing that can be written at a payer that publishes: an Appointment in one of its slots."""
    path = f"/{slug}/fhir/Appointment"

    @blueprint.post(path, endpoint=f"book-{slug}")
    def book() -> Response:
        """Book a slot: 201, or 200 for the same booking sent again, or 409."""
        made, new = payer.book(slug, _body())
        response = _fhir(made, 201 if new else 200)
        response.headers["Location"] = f"{request.base_url}/{made['id']}"
        return response

    @blueprint.get(path, endpoint=f"booked-{slug}")
    def booked() -> Response:
        """Find the caller's own booking, by identifier only."""
        identifier = request.args.get("identifier")
        if not identifier:
            raise FhirError(400, "required", "only a search by identifier is possible")
        entries = [{"resource": found, "search": {"mode": "match"}} for found in payer.booked(slug, identifier)]
        return _fhir({"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries})

    @blueprint.put(f"{path}/<booking_id>", endpoint=f"change-{slug}")
    def change(booking_id: str) -> Response:
        """Cancel a booking."""
        return _fhir(payer.change(slug, booking_id, _body()))


def _add_requests(blueprint: Blueprint, payer: Payer) -> None:
    """Add the ways to ask a payer that is not asked through published times."""

    @blueprint.post("/<slug>/<any(fax, message):channel>")
    def receive(slug: str, channel: str) -> tuple[Response, int]:
        """Take a request for a call, as JSON or as plain text."""
        body = request.get_json(silent=True) if request.is_json else {"text": request.get_data(as_text=True)}
        if not isinstance(body, dict) or not any(body.get(name) for name in ("reference", "text")):
            raise FhirError(400, "required", "send JSON with reference, callback and text, or plain text")
        made = payer.receive(
            slug,
            channel=channel,
            reference=body.get("reference"),
            callback=str(body.get("callback", "")),
            text=str(body.get("text", "")),
        )
        return jsonify(id=made.id, reference=made.reference, received_at=made.received_at.isoformat()), 202

    @blueprint.get("/<slug>/replies")
    def replies(slug: str) -> Response:
        """List what the desk has answered so far."""
        found = payer.replies(slug, request.args.get("reference"))
        return jsonify(replies=[asdict(reply) | {"at": reply.at.isoformat()} for reply in found])

    @blueprint.get("/<slug>/replies/<reply_id>.ics")
    def calendar(slug: str, reply_id: str) -> Response:
        """Return one reply's windows as a calendar file."""
        found = next((reply for reply in payer.replies(slug) if reply.id == reply_id), None)
        if found is None or found.ics is None:
            raise FhirError(404, "not-found", "no such calendar")
        return Response(found.ics, content_type="text/calendar; charset=utf-8")

    @blueprint.get("/<slug>/calls/<reference>")
    def call(slug: str, reference: str) -> Response:
        """Say whether the reviewer keeps the call."""
        return jsonify(payer.call(slug, reference))


def _body() -> dict:
    """Return the request's JSON object; raises FhirError 400."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise FhirError(400, "structure", "the body is not a JSON object")
    return body


def _fhir(resource: dict, status: int = 200) -> Response:
    """Return a resource over HTTP, with its ETag when it has a version."""
    response = jsonify(resource)
    response.status_code, response.content_type = status, FHIR_JSON
    if version := resource.get("meta", {}).get("versionId"):
        response.headers["ETag"] = f'W/"{version}"'
    return response


def _refused(error: FhirError) -> Response:
    """Answer a refusal with its OperationOutcome."""
    response = _fhir(error.body(), error.status)
    response.headers.update(error.headers)
    return response
