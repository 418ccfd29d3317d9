"""Ports of our own: fresh ids, files read, what is published, an EHR spoken to late, PubMed where it may be asked."""

import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

from app.core.detect.person import AnswersTold
from app.core.interval import Interval
from app.core.slots.offered import Place, Publication
from app.edges.fhir.availability import write_availability
from app.edges.fhir.told import read_told
from app.edges.http import Transport
from app.edges.letters import text_and_warnings
from app.edges.literature import PubMed
from app.edges.wording import OpenAiWording
from app.flow.ports import Ehr
from app.settings import Settings


class RandomIds:
    """Fresh identifiers (ports.Ids)."""

    _LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that sounds or looks like another

    def new_id(self) -> str:
        """Return 128 random bits in hex."""
        return secrets.token_hex(16)

    def new_number(self) -> str:
        """Return a number that can be said on the phone, "P-7KMQ2D"; 30^6 of them."""
        return "P-" + "".join(secrets.choice(self._LETTERS) for _ in range(6))


class FileSources:
    """Files from outside the EHR (ports.Sources)."""

    def answers(self, data: bytes) -> AnswersTold:
        """Return the payers' answers in a FHIR document; raises BadInput."""
        return read_told(data)

    def text(self, data: bytes) -> tuple[str, tuple[str, ...]]:
        """Return the text of a letter with its reader's warnings; raises BadInput."""
        return text_and_warnings(data)

    def times(self, data: bytes, span: Interval, *, zone: str) -> tuple[tuple[Interval, ...], tuple[str, ...]]:
        """Return the times in a span that a calendar file sets apart, and what is not sure of it; raises BadInput."""
        from app.edges.calendars.ics import read_ics  # most hours nobody sends one

        read = read_ics(data, span, zone=zone)
        return tuple(each.interval for each in read.busy), read.warnings


class OurPublisher:
    """What is published, as files (ports.Publisher)."""

    def files(self, place: Place, publication: Publication, *, base: str) -> Mapping[str, bytes]:
        """Return every file by its name."""
        from app.edges.calendars.offered import FILE, write_offered  # most sites publish nothing

        return write_availability(place, publication, base=base) | {FILE: write_offered(place, publication)}


class LateEhr:
    """
    An EHR that is spoken to at the first question (ports.Ehr).

    A page that needs nothing of the EHR must work while the EHR is away.
    """

    def __init__(self, open_ehr: Callable[[], Ehr]) -> None:
        self._open, self._ehr, self._lock = open_ehr, None, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._ehr is None:
                self._ehr = self._open()
        return getattr(self._ehr, name)


def forms_of(settings: Settings) -> Mapping[str, bytes]:
    """Return the payers' own request forms that the site keeps, by key; raises Misconfigured."""
    if settings.payer_forms is None:
        return {}
    from app.edges.papers.template import read_forms  # python-docx takes long to import

    return read_forms(settings.payer_forms)


def pubmed_of(settings: Settings, transport: Transport) -> PubMed | None:
    """Return PubMed, None where the site does not let it be asked."""
    told = settings.smart.literature
    if told is None:
        return None
    return PubMed(transport, email=told.email, tool=told.tool, key=settings.pubmed_key, url=told.url)


def wording_of(settings: Settings, transport: Transport) -> OpenAiWording | None:
    """Return the site's language model, None where it has none."""
    told = settings.smart.wording
    if told is None:
        return None
    return OpenAiWording(told.url, transport, model=told.model, token=settings.wording_token)
