"""Literature beside the brief: the curated citations, and what PubMed found, asked only when a person says so."""

from datetime import datetime, timedelta

from app.core.brief.answer import lines_in_dispute
from app.core.brief.literature import LiteratureBeside, query_of
from app.core.brief.service import service_of
from app.core.case import Case
from app.core.people import Act
from app.core.rulebook.criteria import Citation
from app.errors import Permanent, Temporary
from app.flow.cases import case_for
from app.flow.ports import Ports

KEPT = timedelta(days=1)  # an answer is not asked for again within a day


class PubMedSilent(Temporary):
    """PubMed gave no answer that can be used."""

    say = "PubMed did not answer."
    next = "Try again later; the brief is whole without it."


def literature_beside(ports: Ports, case: Case, curated: tuple[Citation, ...]) -> LiteratureBeside:
    """Return what stands beside a brief; nobody is asked for it."""
    query = _query(ports, case)
    looked = ports.literature_shelf.looked(query) if query else None
    return LiteratureBeside(curated, looked, may_look=query is not None)


def look_up(ports: Ports, case_id: str, *, now: datetime) -> None:
    """Ask PubMed about a case's service and keep the answer, unless it was asked within a day; raises PubMedSilent."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    query = _query(ports, case)
    looked = ports.literature_shelf.looked(query) if query else None
    if query is None or (looked and now - looked.at < KEPT):
        return
    try:
        found = ports.literature.find(query)
    except (Temporary, Permanent) as error:
        raise PubMedSilent() from error
    ports.literature_shelf.keep(query, found, at=now)


def _query(ports: Ports, case: Case) -> str | None:
    """Return the question for a case, of shipped words alone: a site's criteria may hold anything."""
    if ports.literature is None:
        return None
    lines = lines_in_dispute(case.denial, case.routing)
    rule = service_of(lines, ports.rules.criteria)
    return query_of(rule, [code for line in lines for code in line.diagnoses]) if rule else None
