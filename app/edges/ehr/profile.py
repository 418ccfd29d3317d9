"""What one site's EHR takes beyond what its CapabilityStatement says; from the issuer's record in the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.people import WorkingHours


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """
    A site's own rules.

    appointment: generic | none | oracle-slot (booked into slots of the EHR's own, with the patient as participant)
    slot_type: "system|code" or code of those of its slots that are for such calls; "" none is
    tasks: whether a call may stand as a Task
    document_*: LOINC type, category code, media types of notes ("" lets
    the text decide). overrides: "Type.letter" → False switches an interaction off whatever the server says.
    questionnaire: canonical URL of our Questionnaire, where the site installed it; None: it did not
    communication_files: whether a message about a call carries it as a calendar file
    call_document: LOINC type under which a booked call may stand as a document; "" it may not
    messages_need_patient: a message that is in nobody's chart is refused there
    bare: the server refuses elements it does not document (Oracle). hours: working hours where the EHR tells none.
    """

    appointment: str = "generic"
    slot_type: str = ""
    tasks: bool = True
    document_type: str = "34748-4"
    document_category: str = "clinical-note"
    document_mimes: tuple[str, ...] = ("",)
    document_needs_encounter: bool = False
    communication_category: str = "notification"
    communication_sender: str | None = None
    communication_recipient: str | None = None
    communication_files: bool = False
    call_document: str = ""
    messages_need_patient: bool = False
    questionnaire: str | None = None
    bare: bool = False
    overrides: Mapping[str, bool] = field(default_factory=dict)
    hours: tuple[WorkingHours, ...] = ()

    def switched_off(self, kind: str, letter: str) -> bool:
        """Whether the site forbids an interaction (c r u s) on a type."""
        return self.overrides.get(f"{kind}.{letter}", True) is False
