"""
The text message service of the box, and the telephones that it reaches: what was sent is read on a page.

It speaks the contract of docs/text-messages.md: a bearer, a name for each message, one message for one name.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from launch.sandbox.clock import Clock

_NUMBER = re.compile(r"\+[1-9]\d{7,14}")
NOBODY = "000"  # a number that ends so is nobody's
LONGEST = 480


@dataclass(frozen=True, slots=True)
class Text:
    """One message as a telephone shows it."""

    name: str
    to: str
    sender: str
    words: str
    at: datetime


class Telephones:
    """All telephones. Thread-safe; a name that comes twice is one message."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._texts: dict[str, Text] = {}

    def forget(self) -> None:
        """Let every telephone be empty again."""
        with self._lock:
            self._texts.clear()

    def all(self) -> list[Text]:
        """Return every message, the newest first."""
        with self._lock:
            return list(reversed(self._texts.values()))

    def take(self, name: str, told: dict) -> str | None:
        """Take a message; return None, or the code of why it is refused."""
        to, words = str(told.get("to", "")), str(told.get("text", ""))
        if not _NUMBER.fullmatch(to) or to.endswith(NOBODY):
            return "invalid_number"
        if not words.strip() or len(words) > LONGEST:
            return "too_long"
        with self._lock:
            self._texts.setdefault(name, Text(name, to, str(told.get("from", "")), words, self._clock.now()))
        return None


def telephone_blueprint(phones: Telephones) -> Blueprint:
    """Return the service and its page."""
    bp = Blueprint("telephone", __name__, url_prefix="/telephone", template_folder="templates")

    @bp.post("/messages")
    def take() -> tuple[Response, int]:
        """Take one message."""
        name, told = request.headers.get("Idempotency-Key", ""), request.get_json(silent=True)
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return jsonify(error="unauthorized"), 401
        if not name or not isinstance(told, dict):
            return jsonify(error="unreadable"), 400
        refused = phones.take(name, told)
        return (jsonify(error=refused), 422) if refused else (jsonify(id=f"text-{name[:8]}"), 202)

    @bp.get("/")
    def read() -> str:
        """Show what the telephones show."""
        styles = url_for("ehr.static", filename="ehr.css")
        return render_template("telephone/messages.html", texts=phones.all(), styles=styles)

    return bp
