"""Is it alive, is it ready, how busy is it. No page here knows a patient."""

import ipaddress
import time

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest


def add_health(app: Flask) -> None:
    """Install /livez, /readyz and /metrics."""
    bp = Blueprint("health", __name__)
    registry = CollectorRegistry()
    # Endpoint names and status codes only: a path would carry a session or a case.
    answered = Counter("parley_requests", "Requests answered", ["endpoint", "status"], registry=registry)
    took = Histogram("parley_request_seconds", "Time to answer", ["endpoint"], registry=registry)

    @app.before_request
    def begin() -> None:
        """Note when the request came."""
        g.began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        """Count the answer."""
        endpoint = request.endpoint or "none"
        answered.labels(endpoint, response.status_code).inc()
        took.labels(endpoint).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response

    @bp.get("/livez")
    def livez() -> Response:
        """Say that the process answers; asks nothing else."""
        return jsonify(alive=True)

    @bp.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Say whether it can serve: database current, worker heard of."""
        parts = current_app.extensions["parley"].is_ready()
        return jsonify(parts), 200 if all(parts.values()) else 503

    @bp.get("/metrics")
    def metrics() -> Response:
        """Give the counts to a scraper inside the network; others see nothing here."""
        try:
            inside = ipaddress.ip_address(request.remote_addr or "").is_private
        except ValueError:
            inside = False
        if not inside:
            abort(404)
        return Response(generate_latest(registry), mimetype=CONTENT_TYPE_LATEST)

    app.register_blueprint(bp)
