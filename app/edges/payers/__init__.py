"""
Payers who publish their reviewers' times as FHIR Slots, take our bookings of them, say how a request stands, or are
asked in writing.

May import app.core, app.errors, app.flow.ports, app.edges.fhir and app.edges.http.
"""

from app.edges.payers.carrier import FaxService
from app.edges.payers.channels import PayerDesks, WrittenWays
from app.edges.payers.desk import PayerEndpoint, PublishedDesk
from app.edges.payers.fax import Faxer, FaxNumber, FaxSender, GatewayLine, ServiceLine
from app.edges.payers.feed import BulkFeed
from app.edges.payers.hooks import Hook, Hooks
from app.edges.payers.inquire import Inquirer, InquiryEndpoint
from app.edges.payers.mail_token import MailToken
from app.edges.payers.mailbox import PayerMailbox
from app.edges.payers.message import Mailer, Recipient
from app.edges.payers.mime import Reader
from app.edges.payers.smime import read_certificate, read_signer

__all__ = [
    "BulkFeed",
    "FaxNumber",
    "FaxSender",
    "FaxService",
    "Faxer",
    "GatewayLine",
    "Hook",
    "Hooks",
    "Inquirer",
    "InquiryEndpoint",
    "MailToken",
    "Mailer",
    "PayerDesks",
    "PayerEndpoint",
    "PayerMailbox",
    "PublishedDesk",
    "Reader",
    "Recipient",
    "ServiceLine",
    "WrittenWays",
    "read_certificate",
    "read_signer",
]
