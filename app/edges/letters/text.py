"""What every kind of file becomes, and how reading one fails."""

from dataclasses import dataclass

from app.errors import BadInput


@dataclass(frozen=True, slots=True)
class LetterText:
    """The text of a letter. `kind` text | PDF | Word file; `warnings` what a person should know before trusting it."""

    text: str
    kind: str
    warnings: tuple[str, ...] = ()


class NotALetter(BadInput):
    """A file that cannot be read as a letter."""

    def __init__(self, say: str, *, path: str = "", next: str = "Give another file, or type the letter in.") -> None:
        super().__init__(say, path=path, next=next)


class Scanned(NotALetter):
    """Pages without text: a person types what they show."""

    def __init__(self, say: str) -> None:
        super().__init__(say, next="Type it in by hand; the form takes under a minute.")
