"""Why a calendar was not connected; each a sentence for the person and what to do."""

from app.errors import Refused, Temporary


class NotConnected(Refused):
    """A calendar cannot be connected as it was told; `field`: of the form, where one is to blame."""

    say = "This calendar could not be connected."
    next = "Check the address and try again. Nothing was kept."

    def __init__(self, say: str | None = None, *, next: str | None = None, field: str | None = None) -> None:
        super().__init__(say, next=next)
        self.field = field


class CodeWrong(NotConnected):
    """The code is not the one that was shown."""

    say = "This is not the code that was shown."
    next = "Type it as it stands in the other window, or connect again."


class ConsentOver(Refused):
    """The provider's answer was used before, is unknown, or came too late."""

    say = "This sign-in has been used already or took too long."
    next = "Close this window and connect the calendar again in Parley."


class ConsentRefused(Refused):
    """The provider, or the person there, said no. `code`: its OAuth error code."""

    next = "Close this window and connect the calendar again in Parley."

    def __init__(self, say: str, *, code: str = "", next: str | None = None) -> None:
        super().__init__(say, next=next)
        self.code = code


class ProviderSilent(Temporary):
    """The provider's sign-in does not answer."""

    next = "Nothing is lost. It is tried again by itself."
