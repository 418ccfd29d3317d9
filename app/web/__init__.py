"""
Web shows: routes that ask flow once and render. Never an edge, never a decision.

May import app.flow, types of app.core, app.errors and flask.
"""

from importlib import import_module

from flask import Flask, g, request

# Imported when they are mounted: they import from here.
ROOMS = """
talk
case worklist inbox plan intake more call_rules rules policies reminders connect publish
detect clinician windows offers ask portal phone ways slots book
brief literature wording todo held packet call escalate act outcome by_hand follows appeal learn style
"""
MOST_BYTES = 10 * 1_048_576  # of a file or a document that is taken in


def add_pages(app: Flask) -> None:
    """Mount every page under its launch, /s/<session_id>/."""
    from app.web.more import BEHIND
    from app.web.rows import DrawnRows

    app.extensions["parley.rows"] = DrawnRows()
    app.jinja_env.globals["MORE"] = BEHIND
    for name in ROOMS.split():
        app.register_blueprint(import_module(f"app.web.{name}").bp, url_prefix="/s/<session_id>")

    @app.url_value_preprocessor
    def take_session(endpoint: str | None, values: dict | None) -> None:
        """Take the session id out of every URL before its route is called; LaunchSessions has read it already."""
        g.session_id = (values or {}).pop("session_id", None)
        if endpoint in ("intake.take", "door.receive", "hooks.receive"):
            request.max_content_length = MOST_BYTES  # before anything reads the body

    @app.url_defaults
    def keep_session(endpoint: str, values: dict) -> None:
        """Give links between pages the launch they belong to."""
        if g.get("session_id") and app.url_map.is_endpoint_expecting(endpoint, "session_id"):
            values.setdefault("session_id", g.session_id)
