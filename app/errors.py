"""
Errors by what may be done about them.

    ParleyError
    ├─ Refused        the domain says no; the person may act
    ├─ Temporary      a counterpart may recover; the outbox tries again
    ├─ Permanent      a counterpart will not recover; a person gets a task
    ├─ BadInput       unreadable; carries the path inside the document, never its content
    └─ Misconfigured  found before any patient is

Subclasses are defined beside the code that raises them.
"""


class ParleyError(Exception):
    """Root of all our errors. `say` is a sentence for the person, `next` what to do; both free of PHI."""

    say = "Something went wrong."
    next = "Try again; if it stays, tell your administrator."

    def __init__(self, say: str | None = None, *, next: str | None = None) -> None:
        if say is not None:
            self.say = say
        if next is not None:
            self.next = next
        super().__init__(self.say)


class Refused(ParleyError):
    """The domain says no."""


class Temporary(ParleyError):
    """
    The counterpart may recover. `retry_after_seconds` when it said so.

    is_away: nobody answered there, or only to say so; it says nothing of what was asked
    """

    is_away = False

    def __init__(
        self, say: str | None = None, *, next: str | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(say, next=next)
        self.retry_after_seconds = retry_after_seconds


class Permanent(ParleyError):
    """The counterpart will not recover by itself."""


class BadInput(ParleyError):
    """A document cannot be read. `path` names the place inside it, never the content."""

    def __init__(self, say: str, *, path: str = "", next: str = "Correct the file and read it again.") -> None:
        super().__init__(say if not path else f"{path}: {say}", next=next)
        self.path, self.what = path, say

    def within(self, place: str) -> "BadInput":
        """Return the same as told from outside; place: where the document stands in which it happened."""
        if not place or self.path.startswith(place):
            return self
        mark = ": " if self.path.startswith("line ") else "."
        return BadInput(self.what, path=f"{place}{mark}{self.path}" if self.path else place, next=self.next)


class Misconfigured(ParleyError):
    """A setting is wrong. `setting` names it."""

    def __init__(self, setting: str, problem: str, *, next: str = "Correct the setting and start again.") -> None:
        super().__init__(f"{setting}: {problem}", next=next)
        self.setting = setting
