"""What a fax to a payer is made of: a first page for whoever takes it off the machine, then the request."""

from dataclasses import dataclass
from datetime import datetime

# On the first page, which lies open in a tray: nothing of the patient stands on it.
NOTICE = (
    "The pages behind this one are meant for the addressee alone and may hold health information that the law protects."
    " If they reached you by mistake, please do not read, copy or pass them on; call the number above and destroy them."
)


@dataclass(frozen=True, slots=True)
class FaxPaper:
    """
    One fax. to, to_number: the payer's desk; sender, sender_number: ours, call_number: for whoever got it by mistake

    about: the subject, which names our case number alone; text: the request, letter by letter; at: aware
    """

    to: str
    to_number: str
    sender: str
    sender_number: str
    call_number: str
    about: str
    text: str
    at: datetime
