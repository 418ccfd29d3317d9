"""A notice as mail through the site's mail server; what changes a calendar comes with an invitation."""

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from app.core.effects import TellClinician
from app.edges.fhir.identifiers import value_of_key
from app.edges.http import MailRelay
from app.edges.notices.invite import write_invite
from app.flow.ports import Written


class MailNotices:
    """Mail to those who take calls. sender: the site's address, to which answers go."""

    def __init__(self, relay: MailRelay, *, sender: str, clock: Callable[[], datetime]) -> None:
        self._relay, self._sender, self._clock = relay, sender, clock

    def send(self, effect: TellClinician) -> Written:
        """Send one notice, once. raises: the errors of edges.http.mail"""
        # The same on every try, so that a repeat is recognised.
        name = f"<{value_of_key(effect.key)}@{self._sender.rpartition('@')[2]}>"
        self._relay.send(bytes(self._message(effect, name)), sender=self._sender, to=effect.to)
        return Written(name, how="sent")

    def _message(self, effect: TellClinician, name: str) -> EmailMessage:
        message, now = EmailMessage(policy=SMTP), self._clock()
        message["From"] = message["Reply-To"] = self._sender
        message["To"], message["Subject"], message["Date"], message["Message-ID"] = effect.to, effect.subject, now, name
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: an out-of-office reply answers no machine
        text = effect.text.encode("utf-8", "replace").decode()
        message.set_content(text, charset="utf-8", cte="quoted-printable")
        if effect.what != "reminder":
            method, calendar = write_invite(effect, organizer=self._sender, now=now)
            params = {"method": method, "charset": "utf-8"}
            # Of the same words another form (RFC 6047 §2.4): what cannot show it shows the words.
            message.add_alternative(calendar, maintype="text", subtype="calendar", params=params, cte="base64")
        return message
