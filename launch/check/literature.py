"""Whether curated citations are what PubMed says they are, and whether the language model does as it is told."""

from collections.abc import Iterator

from app.core.brief.literature import faults_of
from app.core.brief.reword import Masked, unmask
from app.core.rulebook.criteria import Citation, ServiceCriteria
from app.edges.http import Transport
from app.edges.rulebook.criteria import load_criteria
from app.errors import ParleyError
from app.settings import Settings
from app.wire import RULES, pubmed_of, wording_of
from launch.check.finding import GOOD, NOTE, WARNING, Finding

ABOUT = "Literature"


def literature_findings(settings: Settings, transport: Transport) -> Iterator[Finding]:
    """Compare every citation that has a PubMed number with PubMed's own summary."""
    pubmed, services = pubmed_of(settings, transport), load_criteria(RULES / "criteria")
    if pubmed is None:
        return
    cited = list(_cited(services))
    numbers = list(dict.fromkeys(each.pmid for _, each in cited if each.pmid))
    try:
        found = pubmed.summaries(numbers)
    except ParleyError as error:
        yield Finding(WARNING, ABOUT, f"PubMed: {error.say}", "Try again later.")
        return
    wrong = 0
    for service, each in cited:
        faults = faults_of(each, found.get(each.pmid)) if each.pmid else ()
        wrong += bool(faults)
        if faults:
            say = f"{service.key}, PMID {each.pmid}: {'; '.join(faults)}"
            yield Finding(WARNING, ABOUT, say, "Correct the citation, or take it out.")
    yield Finding(GOOD, ABOUT, f"PubMed confirms {len(numbers) - wrong} of {len(numbers)} cited numbers")
    if without := sum(not each.pmid for _, each in cited):
        yield Finding(NOTE, ABOUT, f"{without} citations have no PubMed number and cannot be looked up there")


def _cited(services: tuple[ServiceCriteria, ...]) -> Iterator[tuple[ServiceCriteria, Citation]]:
    for service in services:
        for each in service.literature:
            yield service, each


def wording_findings(settings: Settings, transport: Transport) -> Iterator[Finding]:
    """Have the language model say a sentence of nobody, and look whether the answer might stand."""
    wording, about = wording_of(settings, transport), "Language model"
    if wording is None:
        return
    asked = Masked("therapy was tried from [1] to [2], stopped: [3].", ("one day", "another", "no reason"))
    try:
        (answer,) = wording.say([asked.text])
    except ParleyError as error:
        yield Finding(WARNING, about, error.say, "Without it every sentence is our own.")
        return
    if unmask(asked, answer) is None:
        say = f"{wording.model} answers, and its answer to a plain sentence may not stand"
        yield Finding(WARNING, about, say, "Try another model; what may not stand is dropped.")
        return
    yield Finding(GOOD, about, f"{wording.model} answers, and keeps to what it is told")
