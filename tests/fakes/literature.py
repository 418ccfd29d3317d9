"""A PubMed with a memory of what it was asked."""

from dataclasses import dataclass, field

from app.core.brief.literature import Article
from app.errors import Temporary

FOUND = (
    Article("11111111", "A trial of everything", "Journal of Trials", 2021, ("Randomized Controlled Trial",), "10.1/a"),
    Article("22222222", "A study taken back", "Journal of Trials", 2019, ("Retracted Publication",)),
)


@dataclass
class FakeLiterature:
    """Answers with what it holds; away: it answers nothing."""

    articles: tuple[Article, ...] = FOUND
    asked: list[str] = field(default_factory=list)
    away: bool = False

    def find(self, query: str) -> tuple[Article, ...]:
        """Return what it holds."""
        self.asked.append(query)
        if self.away:
            raise Temporary()
        return self.articles

    def summaries(self, pmids):
        """Return what it holds of these."""
        return {each.pmid: each for each in self.articles if each.pmid in pmids}
