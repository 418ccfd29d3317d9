"""Logs: one JSON line an event, of fields that are allowed by name. What is not listed cannot slip in."""

import logging
import sys

import structlog

# No message, no URL, no body: an id of ours, a kind, a number.
ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "error", "place", "kind", "state", "attempts", "count", "tenant",
        "effect", "seconds", "status", "setting", "warning", "host", "port", "issuer", "new", "known", "problem",
    }
)  # fmt: skip


def keep_allowed(_logger, _method: str, event: dict) -> dict:
    """Drop every field that is not on the list."""
    return {name: value for name, value in event.items() if name in ALLOWED}


def place_of(error: BaseException) -> str:
    """Return file and line in which it was raised, "store.py:81": its words may be a patient's."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    return f"{last.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{last.tb_lineno}" if last else "?"


def set_up_logs() -> None:
    """Send structlog to stderr as JSON, and keep libraries that log URLs quiet."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    for name in ("urllib3", "werkzeug", "waitress", "authlib", "fhirclient", "requests", "alembic", "flask-limiter"):
        logging.getLogger(name).setLevel(logging.ERROR)
