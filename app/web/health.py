"""Is it alive, is it ready, how busy is it. No page here knows a patient."""

import ipaddress
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.errors import ParleyError

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
LABELS = ("hospital", "measure", "unit")


class LearnMeasures(Collector):
    """
    Learn's measures over all cases of each hospital, read when they are scraped.

    A measure below its floor is not there at all: a gap in a graph is honest, a zero is not. Rates over time are the
    scraper's: `parley_learn_value` is what all cases so far come to
    """

    def __init__(self, app: Flask) -> None:
        self._app = app

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name what may come, without reading anything."""
        yield GaugeMetricFamily("parley_learn_value", "What a measure of Learn came to", labels=LABELS)
        yield GaugeMetricFamily("parley_learn_cases", "How many cases it counts", labels=LABELS)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read the measures."""
        value, cases = self.describe()
        try:
            told = self._app.extensions["parley"].monitored()
        except ParleyError:  # the other counts are wanted most when the database is away; /readyz says that it is
            return
        for hospital, rows in told.items():
            for row in rows:
                labels = (hospital, row.key, row.unit)
                if row.value is not None and row.n is not None:
                    value.add_metric(labels, row.value)
                    cases.add_metric(labels, row.n)
        yield from (value, cases)


class OpenWrites(Collector):
    """Writes that have not ended, read when they are scraped: what waits, is in doubt, and for how long the oldest."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name what may come, without reading anything."""
        labels = ("hospital", "state")
        yield GaugeMetricFamily("parley_writes", "Writes that have not ended", labels=labels)
        yield GaugeMetricFamily("parley_writes_oldest_seconds", "Age of the oldest of them", labels=labels)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read them."""
        count, oldest = self.describe()
        house = self._app.extensions["parley"]
        try:
            told = house.open_writes()
        except ParleyError:  # /readyz says that the database is away
            return
        for hospital, state, number, since in told:
            count.add_metric((hospital, state), number)
            oldest.add_metric((hospital, state), (house.clock() - since).total_seconds())
        yield from (count, oldest)


def add_health(app: Flask, *, is_proxied: bool) -> None:
    """Install /livez, /readyz and /metrics. is_proxied: whether proxies in front are trusted to tell the address"""
    bp = Blueprint("health", __name__)
    registry = CollectorRegistry()
    # Endpoint names and status codes only: a path would carry a session or a case.
    answered = Counter("parley_requests", "Requests answered", ["endpoint", "status"], registry=registry)
    took = Histogram("parley_request_seconds", "Time to answer", ["endpoint"], registry=registry)

    registry.register(LearnMeasures(app))
    registry.register(OpenWrites(app))

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
        # A proxy of which we were not told hides who asks: its own address is always inside.
        is_hidden = not is_proxied and any(each in request.headers for each in FORWARDED)
        if not inside or is_hidden:
            abort(404)
        return Response(generate_latest(registry), mimetype=CONTENT_TYPE_LATEST)

    app.register_blueprint(bp)
