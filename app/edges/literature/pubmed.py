"""One question to PubMed: esearch for numbers, esummary for what they are. Both by POST: no address holds a key."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from app.core.brief.literature import Article
from app.edges.http import Busy, Endpoint, NotFhir, Transport
from app.edges.literature.pace import Pace

EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
WITHOUT_KEY, WITH_KEY = 3, 10  # requests a second that NCBI allows
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_MOST_SUMMARIES = 200  # of one request
_YEAR = re.compile(r"\b(1[89]|20)\d\d\b")
_PMID = re.compile(r"\d{1,9}")
_TAG = re.compile(r"</?(?:i|b|u|sub|sup)>", re.IGNORECASE)  # PubMed marks up titles with these
_LONGEST = {"title": 600, "journal": 200, "kind": 80, "doi": 200}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


class PubMed:
    """Implements flow.ports.Literature. email, tool: who asks, as NCBI wants to know; key: for more a second."""

    def __init__(
        self,
        transport: Transport,
        *,
        email: str,
        tool: str = "parley",
        key: str | None = None,
        url: str = EUTILS,
        pace: Pace | None = None,
    ) -> None:
        self._endpoint = Endpoint(url, transport, who="PubMed", setting="smart-config.json literature.url")
        self._who = {"tool": tool, "email": email} | ({"api_key": key} if key else {})
        self._pace = pace or Pace(WITH_KEY if key else WITHOUT_KEY)

    def find(self, query: str, *, limit: int = 10) -> tuple[Article, ...]:
        """
        Return the most relevant entries, PubMed's order kept.

        raises: Down, Busy (try later), NotFhir (an answer that is none), Rejected
        """
        told = self._ask("esearch.fcgi", term=query, retmax=str(limit), sort="relevance")
        result = told.get("esearchresult")
        numbers = result.get("idlist") if isinstance(result, dict) else None
        if not isinstance(numbers, list):
            raise _no_answer(told)
        wanted = [each for each in numbers if isinstance(each, str) and _PMID.fullmatch(each)][:limit]
        found = self.summaries(wanted)
        return tuple(found[each] for each in wanted if each in found)

    def summaries(self, pmids: Sequence[str]) -> dict[str, Article]:
        """Return what entries are, by number; one that PubMed does not have is not among them. Raises as find."""
        found: dict[str, Article] = {}
        for start in range(0, len(pmids), _MOST_SUMMARIES):
            told = self._ask("esummary.fcgi", id=",".join(pmids[start : start + _MOST_SUMMARIES]))
            if not isinstance(told.get("result"), dict):
                raise _no_answer(told)
            found |= {each.pmid: each for each in _articles(told["result"], set(pmids))}
        return found

    def _ask(self, what: str, **told: str) -> dict[str, Any]:
        self._pace.wait()
        body = urlencode({"db": "pubmed", "retmode": "json", **told, **self._who}).encode()
        return self._endpoint.ask("POST", self._endpoint.url_of(what), body=body, headers=_FORM).json()


def _no_answer(told: Mapping[str, Any]) -> Busy | NotFhir:
    """Return the error for an answer without a result: NCBI says so with 200 where it is asked too often."""
    if "rate limit" in str(told.get("error", "")).lower():
        return Busy("PubMed is asked too often just now.")
    return NotFhir("PubMed answered with something else than a result.")


def _articles(result: Mapping[str, Any], asked: set[str]) -> Iterator[Article]:
    for pmid in asked:
        told = result.get(pmid)
        if not isinstance(told, dict) or "error" in told or not (title := _text(told.get("title"), "title")):
            continue
        journal = _text(told.get("fulljournalname"), "journal") or _text(told.get("source"), "journal")
        kinds = told.get("pubtype") if isinstance(told.get("pubtype"), list) else []
        year = _YEAR.search(f"{told.get('pubdate', '')} {told.get('sortpubdate', '')}")
        yield Article(
            pmid=pmid,
            title=title.rstrip("."),
            journal=journal,
            year=int(year[0]) if year else None,
            kinds=tuple(each for each in (_text(one, "kind") for one in kinds[:12]) if each),
            doi=_doi(told.get("articleids")),
        )


def _doi(told: Any) -> str | None:
    for each in told if isinstance(told, list) else ():
        if isinstance(each, dict) and each.get("idtype") == "doi":
            return _text(each.get("value"), "doi") or None
    return None


def _text(told: Any, what: str) -> str:
    if not isinstance(told, str):
        return ""
    return " ".join(_CONTROLS.sub(" ", _TAG.sub("", told)).split())[: _LONGEST[what]]
