"""A language model that may say sentences more smoothly, and what it said."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol


class Wording(Protocol):
    """One model. What it is asked holds no fact and no name; its answers are judged by whoever asks."""

    model: str

    def say(self, sentences: Sequence[str]) -> tuple[object, ...]: ...


class WordingShelf(Protocol):
    """Answers by what was asked; no tenant, no case and no person is in them."""

    def said(self, model: str, asked: Sequence[str]) -> Mapping[str, str]: ...
    def keep(self, model: str, answers: Mapping[str, str], *, at: datetime) -> None: ...
    def forget(self, model: str, asked: Sequence[str]) -> None: ...
