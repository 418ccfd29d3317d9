"""How somebody is told of calls, as a form gives it and as it is said."""

import re
from dataclasses import dataclass

from app.errors import Refused

WAYS = {"ehr": "EHR message", "mail": "E-mail with a calendar entry", "sms": "Text message (SMS)"}
BY = {"ehr": "EHR message", "mail": "e-mail", "sms": "text message"}  # in a sentence
# Minutes before the call, as people say them.
LEADS = {
    1440: "A day before",
    240: "4 hours before",
    60: "60 minutes before",
    30: "30 minutes before",
    15: "15 minutes before",
}
MOST_COPIES = 3
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_E164 = re.compile(r"\+[1-9]\d{7,14}")
_NANP = re.compile(r"1?([2-9]\d{2}[2-9]\d{6})")


class ChoiceRefused(Refused):
    """What was typed is no address, no number, or contradicts itself. `field` names the form's field."""

    next = "Correct the field and save again; what you typed is kept."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


@dataclass(frozen=True, slots=True)
class Choice:
    """
    How somebody is told of calls; ways: of WAYS, none for not at all

    person: "Practitioner/ID" of whoever takes them, or the key of a user, for those that they book themselves

    leads: minutes before a call, the longest first; copies: the office's mail addresses, which get all that is told
    """

    person: str
    name: str
    ways: tuple[str, ...] = ()
    mail: str = ""
    sms: str = ""
    leads: tuple[int, ...] = ()
    copies: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form says of a choice, as it was typed."""

    ways: tuple[str, ...] = ()
    mail: str = ""
    sms: str = ""
    leads: tuple[str, ...] = ()
    copies: str = ""


def read_choice(person: str, name: str, typed: Typed, *, seen: int) -> Choice:
    """Return a choice as a form gives it; raises ChoiceRefused, naming the field."""
    chosen = tuple(each for each in WAYS if each in typed.ways)
    address = read_address("mail", typed.mail) if typed.mail.strip() else ""
    number = read_mobile(typed.sms) if typed.sms.strip() else ""
    if "mail" in chosen and not address:
        raise ChoiceRefused("mail", "Give the address to which the e-mail goes.")
    if "sms" in chosen and not number:
        raise ChoiceRefused("sms", "Give the number to which the text message goes.")
    office = tuple(dict.fromkeys(read_address("copies", each) for each in re.split(r"[,;\s]+", typed.copies) if each))
    if len(office) > MOST_COPIES:
        raise ChoiceRefused("copies", f"At most {MOST_COPIES} addresses get a copy.")
    before = tuple(each for each in LEADS if str(each) in typed.leads)
    return Choice(person, name, chosen, address, number, before, office, seen)


def read_address(field: str, typed: str) -> str:
    """Return one plain mail address; raises ChoiceRefused."""
    address = typed.strip()
    if len(address) > 254 or not _MAIL.fullmatch(address) or ".." in address or address.startswith("."):
        raise ChoiceRefused(field, "This is no plain mail address, name@host.")
    return address


def read_mobile(typed: str) -> str:
    """Return a number as networks dial it, "+15125550134"; ten digits are North American. raises: ChoiceRefused."""
    bare = re.sub(r"[\s().-]", "", typed)
    if _E164.fullmatch(bare):
        national = bare.removeprefix("+1")
        if national != bare and not _NANP.fullmatch(national):
            raise ChoiceRefused("sms", "This is no North American number.")
        return bare
    if found := _NANP.fullmatch(bare):
        return f"+1{found[1]}"
    raise ChoiceRefused("sms", "Give a number of ten digits, or one with + and the country’s code.")


def choice_said(choice: Choice | None) -> str:
    """Return how somebody is told, in words: "by e-mail and text message; reminded a day and 60 minutes before"."""
    if choice is None or not choice.ways:
        return ""
    leads = _listed([LEADS[each].removesuffix(" before").lower() for each in choice.leads if each in LEADS])
    ways = _listed([BY[each] for each in choice.ways])
    return f"by {ways}; reminded {leads} before" if leads else f"by {ways}; no reminder"


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
