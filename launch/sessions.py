"""
`parley sessions`: who is signed in, and ending that at once.

A role that was changed in smart-config.json counts at the next launch, and who left the hospital keeps an open page
until it ends by itself; here it ends with the next thing they press.
"""

import argparse
from datetime import UTC, datetime
from typing import TextIO

from app.edges.store.database import Database
from app.edges.store.launches import Launches


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--end", metavar="WHO", help="end all of this person: as listed, or Practitioner/ID")
    which.add_argument("--end-all", action="store_true", help="end everybody's")


def run_sessions(database: Database, options: argparse.Namespace, *, now: datetime, out: TextIO) -> int:
    """List the open sessions, or end some; return 0, or 1 when the person to be signed out has none."""
    launches = Launches(database)
    found = launches.all_open(now=now)
    if options.end is None and not options.end_all:
        for each in found:
            since = each.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
            where = "chart" if each.patient else "worklist"
            print(f"{each.user_key}  {each.user_name}  {each.role}  {where} since {since}", file=out)
        print(f"{len(found)} open.", file=out)
        return 0
    people = {each.user_key for each in found if options.end_all or options.end in (each.user_key, each.fhir_user)}
    ended = sum(launches.end_all_of(each, now=now) for each in sorted(people))
    print(f"{ended} ended; what they had typed and not sent is lost to them.", file=out)
    return 0 if ended or options.end_all else 1
