"""
Whoever takes a call is told of it: by e-mail with a calendar entry, by text message.

May import app.core, app.errors, app.flow.ports, app.edges.fhir and app.edges.http.
"""

from app.edges.notices.mail import MailNotices
from app.edges.notices.sms import SmsService
from app.edges.notices.tell import Teller, Way

__all__ = ["MailNotices", "SmsService", "Teller", "Way"]
