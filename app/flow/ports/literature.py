"""Publications: PubMed, where the site lets it be asked, and what it answered before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.core.brief.literature import Article, Looked


class Literature(Protocol):
    """PubMed. A question holds words of our own rules alone."""

    def find(self, query: str) -> tuple[Article, ...]: ...
    def summaries(self, pmids: Sequence[str]) -> dict[str, Article]: ...


class LiteratureShelf(Protocol):
    """What was answered, by question; no tenant, no case and no person is in it."""

    def looked(self, query: str) -> Looked | None: ...
    def keep(self, query: str, articles: tuple[Article, ...], *, at: datetime) -> None: ...
