"""The production entry: settings from the environment, one app."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.edges.http import Transport
from app.edges.store.database import open_database
from app.settings import Settings, load_settings
from app.wire import House, create_app
from launch.calendars import OwnCalendars
from launch.logs import set_up_logs
from launch.smart import Smart


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def build(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> tuple[House, Flask]:
    """Return the house and its app, the database brought up to date."""
    database = open_database(settings.database_url)
    database.upgrade()
    transport = Transport(allow_loopback=settings.allow_loopback, inside_hosts=settings.inside_hosts)
    smart = Smart(settings, database, transport, clock=clock)
    own = OwnCalendars(settings, database, clock=clock)
    house = House(settings, database, transport, clock, smart.sessions, smart.tokens, own.bound, own.accounts)
    _ = house.rules  # what is wrong in them is told now, not to the first who asks
    app = create_app(house)
    app.register_blueprint(smart.blueprint)
    app.register_blueprint(own.blueprint)
    if settings.proxy_count:
        trusted = settings.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)
    return house, app


def from_environment(environ: Mapping[str, str] = os.environ) -> Flask:
    """Return the app for a WSGI server: `gunicorn "launch.wsgi:from_environment()"`."""
    set_up_logs()
    return build(load_settings(environ))[1]
