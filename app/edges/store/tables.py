"""Every table, so that the metadata is whole wherever it is asked for."""

from app.edges.store import (
    arrivals,
    asks,
    audit,
    calendar_accounts,
    cases,
    claims,
    effects,
    events,
    feed_times,
    heartbeats,
    launch_tables,
    links,
    mailbook,
    messages,
    publications,
    reminders,
    rule_edits,
)
from app.edges.store.columns import metadata

__all__ = [
    "arrivals",
    "asks",
    "audit",
    "calendar_accounts",
    "cases",
    "claims",
    "effects",
    "events",
    "feed_times",
    "heartbeats",
    "launch_tables",
    "links",
    "mailbook",
    "messages",
    "metadata",
    "publications",
    "reminders",
    "rule_edits",
]
