"""
Why a database cannot be used, in words for whoever set it up.

The drivers tell it in sentences only (psycopg gives no code for a connection that failed), so it is read from those.
"""

from sqlalchemy.exc import DBAPIError

AGAIN = "Then run it again."
REASONS = (
    (("unable to open database file",), "cannot be opened", "Make its folder, and let Parley's user write in it."),
    (("not a database",), "names a file that is no SQLite database", "Name another file, or restore the last backup."),
    (("malformed",), "names a file that is damaged", "Restore the last backup."),
    (("readonly database",), "may not be written", "Let Parley's user write the file and its folder."),
    (("disk is full", "No space left"), "has no room: the disk is full", f"Make room on its disk. {AGAIN}"),
    (("database is locked", "lock timeout"), "is held by another program", f"Stop the other one, or wait. {AGAIN}"),
    (
        ("password authentication failed", "no password supplied"),
        "is refused: the server does not take this user and password",
        "Correct user and password.",
    ),
    (('role "',), "is refused: the server knows no such user", "Correct the user, or make it on the server."),
    (
        ('database "',),
        "is refused: the server has no such database, or this user may not connect to it",
        "Make it with `createdb`, owned by Parley's user.",
    ),
    (
        ("pg_hba.conf",),
        "is refused: the server lets nobody in from here this way",
        "Add a line to the server's pg_hba.conf, or sslmode=require to the URL.",
    ),
    (("permission denied",), "lacks rights: its user may not make tables", "Make Parley's user the database's owner."),
    (("sslmode", "SSL", "certificate"), "cannot be reached over TLS as the URL asks", "Correct sslmode in the URL."),
    (
        ("refused", "resolve host", "timeout expired", "unreachable", "No such file", "No route", "timed out"),
        "cannot be reached: no server answers at its host and port",
        f"Start the server, or correct host and port. {AGAIN}",
    ),
)


def reason_of(error: BaseException | None) -> tuple[str, str]:
    """Return what is wrong and what to do about it. error: the driver's, as SQLAlchemy passes it on"""
    told = str(error.orig) if isinstance(error, DBAPIError) else ""
    for marks, problem, what_next in REASONS:
        if any(each in told for each in marks):
            return problem, what_next
    kind = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
    return f"cannot be used ({kind})", f"Look into the database's own log. {AGAIN}"
