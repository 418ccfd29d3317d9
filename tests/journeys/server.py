"""
A server process of its own: the whole app under gunicorn on a database that others serve too; the EHR behind it is an
Office's. Run by test_crowd.py with the database's URL and a port.
"""

import sys

from gunicorn.app.base import BaseApplication

from app.edges.store import open_database
from app.flow.ports import DenialFound
from app.wire import RandomIds
from tests.fakes.office import Office, an_answer
from tests.web.visit import site_over

THREADS = 8
PEOPLE = 50


def the_answers() -> list[DenialFound]:
    """Return a denial for each coordinator of the crowd, all of one clinician."""
    return [an_answer(f"cr{number}", patient=f"p{number}") for number in range(PEOPLE)]


class Server(BaseApplication):
    """One process of some threads, as one of those that `parley serve` starts."""

    def __init__(self, url: str, port: int) -> None:
        self._url, self._port = url, port
        super().__init__()

    def load_config(self) -> None:
        """Say where it listens."""
        told = {"bind": f"127.0.0.1:{self._port}", "workers": 1, "threads": THREADS, "worker_class": "gthread"}
        for name, value in (told | {"loglevel": "warning", "timeout": 120, "backlog": 256, "keepalive": 600}).items():
            self.cfg.set(name, value)

    def load(self):
        """Return the app."""
        office = Office(open_database(self._url), ids=RandomIds())
        office.ehr.tell(*the_answers())
        return site_over(office).app


if __name__ == "__main__":
    Server(sys.argv[1], int(sys.argv[2])).run()
