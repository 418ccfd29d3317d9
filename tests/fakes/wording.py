"""A language model with a memory of what it was asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.errors import Temporary


@dataclass
class FakeWording:
    """Says of each sentence what `how` makes of it; away: it answers nothing."""

    how: Callable[[str], object] = lambda asked: asked.replace(", ", ", and ", 1)
    model: str = "model-of-the-tests"
    asked: list[str] = field(default_factory=list)
    away: bool = False

    def say(self, sentences: Sequence[str]) -> tuple[object, ...]:
        """Return an answer for each."""
        self.asked += sentences
        if self.away:
            raise Temporary()
        return tuple(self.how(each) for each in sentences)
