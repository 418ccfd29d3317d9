"""What a field may hold: words, and the shape of a form's address."""

import re

CHOICES = {
    "auth": {"public", "client_secret_basic", "private_key_jwt"},
    "alg": {"ES384", "RS384"},
    "kind": {
        "epic", "oracle", "athena", "meditech", "ecw", "nextgen", "veradigm", "openemr", "medplum", "hapi", "generic",
    },
    "refresh": {"online", "offline", "none"},
    "nonce": {"require", "if-present"},
    "banner": {"auto", "always"},
    "channel": {"fax", "message"},
    "body": {"json", "multipart"},
    "security": {"starttls", "implicit", "none"},
    "task": {"auto", "off"},
}  # fmt: skip
FEEDS = {"bulk", "ics", "caldav"}
NOTE_KINDS = {"", "text/plain", "text/html", "application/xhtml+xml", "application/pdf"}
LOINC = re.compile(r"([0-9]{1,7}-[0-9])?")
SLOT_TYPE = re.compile(r"([^\s|,]{1,480}\|)?[^\s|,]{1,100}|")
FORM = re.compile(r"https?://[^\s|#]{1,480}(\|[A-Za-z0-9.\-]{1,20})?")  # a canonical URL, with its version or without
APPOINTMENTS = {"none", "generic", "oracle-slot"}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
HOST = r"[A-Za-z0-9.-]+(:[0-9]{1,5})?"
# What Parley reads and writes in an EHR (launch/smart/scopes.py asks for it).
RESOURCES = frozenset(
    "Patient Coverage Claim ClaimResponse ExplanationOfBenefit Condition Observation DiagnosticReport Procedure "
    "MedicationRequest MedicationStatement MedicationDispense MedicationAdministration AllergyIntolerance Encounter "
    "ServiceRequest Medication Binary DocumentReference Communication Task QuestionnaireResponse Practitioner "
    "PractitionerRole Organization Schedule Slot Appointment".split()
)
