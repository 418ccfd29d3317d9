"""
The console command.

    parley demo                  sandbox EHR, app and worker in one process; prints one URL
    parley serve | worker        production: the app, the worker
    parley check                 is this configuration, this database, this EHR ready? says what is missing
    parley check --ehr [SLUG]    where each write will stand in the EHR, why there, what is lost; --json
    parley questionnaire URL     print the form of an outcome, for an EHR that takes filled forms only
    parley db upgrade            bring the database up to date
    parley db restored           it is a backup put back: what it holds as unsent may have been sent since
    parley audit                 is the trail of who did and saw what whole; with --patient ID: what it says, as CSV
    parley sessions              who is signed in; --end WHO or --end-all signs them out at once
    parley keys                  print fresh signing keys for PARLEY_SIGNING_KEYS
    parley route | clocks | slots | plan | freebusy | brief | learn FILE …   the decisions, on files
"""

import argparse
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper

from app.errors import Misconfigured, ParleyError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _run(given: list[str]) -> int:
    if given and given[0] in FILE_COMMANDS:
        return FILE_COMMANDS[given[0]](given[1:])
    parser = _parser(given)
    args = parser.parse_args(given)
    if args.command is None:
        parser.print_help()
        return 2
    try:
        return COMMANDS[args.command](args)
    except ParleyError as error:
        print(f"parley {args.command}: {error.say}\n{error.next}", file=sys.stderr)
        return 2


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parley", description="Peer-to-peer review of denied prior authorizations.")
    parser.add_argument("--version", action="version", version=f"parley {version('parley-p2p')}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    demo = commands.add_parser("demo", help="sandbox EHR, app and worker in one process")
    demo.add_argument("--ehr-port", type=int, default=8571)
    demo.add_argument("--port", type=int, default=8572)
    demo.add_argument("--profile", default="full", choices=("full", "epic-like", "oracle-like"))
    commands.add_parser("serve", help="serve the app")
    commands.add_parser("worker", help="run the worker")
    check = commands.add_parser("check", help="say what is missing before anything is served")
    check.add_argument("--ehr", nargs="?", const="", metavar="SLUG", help="where each write will stand in the EHR")
    check.add_argument("--json", action="store_true", help="with --ehr: as JSON")
    form = commands.add_parser("questionnaire", help="print the form of an outcome, to be installed in an EHR")
    form.add_argument("url", help="its canonical URL, as profile.questionnaire_response names it; |VERSION may follow")
    _add_keys(commands)
    database = commands.add_parser("db", help="the database")
    database.add_argument("what", choices=("upgrade", "restored"), help="bring it up to date; tell that it is a backup")
    _add_operating(commands, given)
    for name in FILE_COMMANDS:
        commands.add_parser(name, help=f"on files; see `parley {name} --help`")
    return parser


def _add_keys(commands) -> None:
    keys = commands.add_parser("keys", help="print fresh signing keys, a private JWKS, or a key of POST /intake")
    keys.add_argument("--intake", metavar="SENDER", help="a key for this sender, and its line of PARLEY_INTAKE_KEYS")
    keys.add_argument("--issuer", metavar="SLUG", help="the issuer whose denials the sender sends")


def _add_operating(commands, given: Sequence[str]) -> None:
    for name, about in (
        ("audit", "check the audit trail, or print who saw a patient"),
        ("sessions", "who is signed in, and sign them out"),
    ):
        parser = commands.add_parser(name, help=about)
        if given[:1] == [name]:  # its options are loaded with the database
            import_module(f"launch.{name}").add_options(parser)


def _demo(args: argparse.Namespace) -> int:
    from launch.demo import run_demo  # here, not above: production must not import the sandbox

    return run_demo(ehr_port=args.ehr_port, port=args.port, profile=args.profile)


def _serve(_args: argparse.Namespace) -> int:
    from launch.run import serve

    serve(_settings())
    return 0


def _worker(_args: argparse.Namespace) -> int:
    from launch.run import work_until_told
    from launch.wsgi import build

    work_until_told(build(_settings())[0])
    return 0


def _check(args: argparse.Namespace) -> int:
    if args.ehr is not None:
        from launch.check import plan

        return plan.run_from_environment(os.environ, slug=args.ehr, as_json=args.json, out=sys.stdout)
    if args.json:
        print("parley check: --json goes with --ehr", file=sys.stderr)
        return 2
    from launch.check import run_from_environment

    return run_from_environment(os.environ, out=sys.stdout)


def _questionnaire(args: argparse.Namespace) -> int:
    from app.edges.fhir.questionnaire import questionnaire
    from app.settings.checks.choices import FORM

    if not FORM.fullmatch(args.url):
        print("parley questionnaire: give its URL, https://…, with |VERSION or without", file=sys.stderr)
        return 2
    print(json.dumps(questionnaire(args.url), indent=1))
    return 0


def _keys(args: argparse.Namespace) -> int:
    if args.intake or args.issuer:
        return _intake_key(args.intake, args.issuer)
    from launch.smart.keys import make_signing_keys

    print(json.dumps(make_signing_keys(), indent=1))
    return 0


def _intake_key(sender: str | None, issuer: str | None) -> int:
    if not (sender and issuer) or len((sender + " " + issuer).split()) != 2:
        print("parley keys: give --intake SENDER and --issuer SLUG, one word each", file=sys.stderr)
        return 2
    key = secrets.token_urlsafe(32)
    print(f"Key, for the sender alone: {key}")
    print(f"Line of PARLEY_INTAKE_KEYS: {sender} {issuer} {hashlib.sha256(key.encode()).hexdigest()}")
    return 0


def _db(args: argparse.Namespace) -> int:
    from app.edges.store.catch_up import catch_up_all
    from app.edges.store.database import open_database
    from app.edges.store.outbox import doubt_all
    from app.settings import database_url
    from launch.wsgi import utc_now

    database = open_database(database_url(os.environ))
    database.upgrade()
    if args.what == "restored":
        doubted = doubt_all(database, now=utc_now())
        print(f"{doubted:,} writes that were not done yet are looked for before they are done: {database.name}")
        return 0
    counted = catch_up_all(database)
    print(f"The database is up to date: {database.name}")
    if counted:
        print(f"{counted:,} cases were counted for Learn.")
    return 0


def _audit(args: argparse.Namespace) -> int:
    from launch.audit import run_audit

    return _on_database(run_audit, args)


def _sessions(args: argparse.Namespace) -> int:
    from launch.sessions import run_sessions

    return _on_database(run_sessions, args)


def _on_database(run: Callable[..., int], args: argparse.Namespace) -> int:
    """Run what needs the database alone; raises Misconfigured where it cannot be used as it stands."""
    from app.edges.store.database import StoreDown, is_absent, open_database
    from app.settings import database_url
    from launch.wsgi import utc_now

    url = database_url(os.environ)
    try:
        if is_absent(url) or not (database := open_database(url)).is_current():
            raise Misconfigured("PARLEY_DATABASE_URL", "is not up to date", next="Run `parley db upgrade`.")
        return run(database, args, now=utc_now(), out=sys.stdout)
    except StoreDown as down:
        raise down.for_operators() from down


def _settings():
    """Return the settings, warnings told loudly."""
    from app.settings import load_settings
    from launch.logs import set_up_logs

    set_up_logs()
    settings = load_settings(os.environ)
    for warning in settings.warnings:
        print(f"WARNING: {warning}", file=sys.stderr)
    return settings


def _file_command(name: str) -> Callable[[list[str]], int]:
    def run(argv: list[str]) -> int:
        module = import_module(f"launch.files.{name}")
        for stream in (sys.stdout, sys.stderr):
            # JSON is UTF-8, whatever the terminal's language: a payer's name in it must not end the command.
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        return module.run(argv, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)

    return run


COMMANDS = {
    **{"demo": _demo, "serve": _serve, "worker": _worker, "check": _check},
    **{"questionnaire": _questionnaire, "keys": _keys, "db": _db, "audit": _audit, "sessions": _sessions},
}
FILE_COMMANDS = {
    name: _file_command(name) for name in ("route", "clocks", "slots", "plan", "freebusy", "brief", "learn")
}

if __name__ == "__main__":
    raise SystemExit(main())
