"""
`parley audit`: is the trail whole, and who did or saw what of a patient.

Without options every EHR's chain is read from its first entry on. Its newest entry is told as SLUG:NUMBER:HASH; kept
where nobody who may write the database can reach it, and given back later with --kept, it shows a chain that was cut
or written anew as well.
"""

import argparse
import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO

from app.edges.store.audit import append_audit, audited_tenants, check_audit, entries_about
from app.edges.store.database import Database

WHO = "console"  # who reads the trail of a patient here, as the trail itself tells it
COLUMNS = ("ehr", "n", "at", "who", "act", "case", "patient")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--kept", action="append", type=_kept, default=[], metavar="SLUG:NUMBER:HASH",
                        help="an entry as an earlier reading told it; may stand several times")  # fmt: skip
    parser.add_argument("--patient", metavar="ID", help="print as CSV who did or saw what of this patient of the EHR")
    parser.add_argument("--from", dest="since", type=_instant, metavar="ISO", help="with --patient: from then on")
    parser.add_argument("--to", dest="until", type=_instant, metavar="ISO", help="with --patient: before then")


def run_audit(database: Database, options: argparse.Namespace, *, now: datetime, out: TextIO) -> int:
    """Check the chains, or print what touched a patient; return 0, or 1 when a chain is broken."""
    if options.patient:
        _tell_patient(database, options, now=now, out=out)
        return 0
    return _check(database, options.kept, out=out)


def _check(database: Database, kept: Sequence[tuple[str, int, str]], *, out: TextIO) -> int:
    with database.snapshot() as connection:
        tenants = sorted({*audited_tenants(connection), *(slug for slug, _, _ in kept)})
        told = {
            each: check_audit(connection, each, {n: own for slug, n, own in kept if slug == each}) for each in tenants
        }
    for slug, check in told.items():
        if check.broken_at is None:
            print(f"ok      {slug}: {check.entries:,} entries, all as written. Keep {_mark(slug, check)}", file=out)
        else:
            print(f"BROKEN  {slug}: {check.because} {check.entries:,} before it are as written.", file=out)
    if not told:
        print("Nothing has been done or seen yet.", file=out)
    return 1 if any(each.broken_at is not None for each in told.values()) else 0


def _mark(slug: str, check) -> str:
    return f"{slug}:{check.entries}:{check.head}"


def _tell_patient(database: Database, options: argparse.Namespace, *, now: datetime, out: TextIO) -> None:
    patient = options.patient if "/" in options.patient else f"Patient/{options.patient}"
    with database.reading() as connection:
        tenants = audited_tenants(connection)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for slug in tenants:
        with database.snapshot() as connection:
            for each in entries_about(connection, slug, patient, since=options.since, until=options.until):
                at = each.at.astimezone(UTC).isoformat(timespec="seconds")
                told = (slug, each.n, at, each.who, each.act, each.case_id or "", each.patient or "")
                writer.writerow([_as_text(value) for value in told])
        # Reading the trail is itself an access to what it tells of the patient.
        with database.writing() as connection:
            append_audit(connection, slug, at=now, who=WHO, act="see_audit", case_id=None, patient=patient)


def _as_text(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula: a sign-in's subject is the EHR's word."""
    text = str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def _instant(text: str) -> datetime:
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a day or a time, as 2026-11-02 or 2026-11-02T08:00-06:00") from error
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _kept(text: str) -> tuple[str, int, str]:
    slug, _, rest = text.partition(":")
    number, _, own = rest.partition(":")
    if not slug or not number.isdecimal() or len(own) != 64:
        raise argparse.ArgumentTypeError("as an earlier reading printed it, SLUG:NUMBER:HASH")
    return slug, int(number), own
