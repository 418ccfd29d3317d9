"""
Clinicians' calendars outside the EHR: how they are connected, and how what was connected is reached again.

Secrets (passwords, addresses that are secrets, tokens) are sealed before they are stored and never leave the server.

    accounts    ports.Accounts: connect, choose, confirm, disconnect
    binding     what a clinician has connected → adapters of app/edges/calendars
    providers   Google and Microsoft as OAuth parties      consent     OAuth itself, by Authlib
    tokens      access tokens, renewed by one at a time    routes      the address providers come back to
    refusals    why a calendar was not connected
"""

from collections.abc import Callable
from datetime import datetime

from app.edges.calendars import ConnectedCalendars
from app.edges.http import Transport
from app.edges.store.calendar_accounts import SqlAccounts
from app.edges.store.database import Database
from app.settings import Settings
from launch.calendars.accounts import CalendarAccounts
from launch.calendars.binding import Binding
from launch.calendars.consent import Consent
from launch.calendars.providers import providers_of
from launch.calendars.routes import calendars_blueprint
from launch.calendars.tokens import AccountTokens
from launch.smart.keys import Box

__all__ = ["OwnCalendars"]


class OwnCalendars:
    """All of it, wired: `.bound` and `.accounts` for pages and worker, `.blueprint` for the app."""

    def __init__(self, settings: Settings, database: Database, *, clock: Callable[[], datetime]) -> None:
        # Addresses typed by a person lead outside only: no inside_hosts, whatever the EHR may need.
        self.transport = Transport(allow_loopback=settings.allow_loopback)
        rows, box = SqlAccounts(database), Box(settings.secret_keys)
        self.providers = providers_of(settings)
        self.consent = Consent(self.transport, redirect_uri=f"{settings.base_url}/calendars/callback")
        tokens = AccountTokens(rows, box, self.providers, self.consent, clock=clock)
        self.binding = Binding(rows, box, self.providers, tokens, self.transport)
        self.bound = ConnectedCalendars(self.binding.of)
        self.accounts = CalendarAccounts(
            settings, rows, box, self.providers, self.consent, self.binding, self.bound, self.transport
        )
        self.blueprint = calendars_blueprint(self.accounts, clock=clock)
