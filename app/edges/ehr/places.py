"""What an EHR may be told, where such a thing may stand in it, and what is lost there: the words that people read."""

from enum import StrEnum


class Told(StrEnum):
    """What an EHR may be told; the value is what people call it."""

    BOOKING = "booked call"
    CHANGE = "change of the call"
    NOTE = "outcome's note"
    MESSAGE = "message about the outcome"
    NOTICE = "message to a clinician"


BY_HAND = {
    Told.BOOKING: "Put the call into the calendar by hand; its time is on the case's page.",
    Told.CHANGE: "Change it in the calendar by hand; how the call stands is on the case's page.",
    Told.NOTE: "Copy the text by hand into the chart; it is on the case's page.",
    Told.MESSAGE: "Copy the text by hand into the chart; it is on the case's page.",
    Told.NOTICE: "Tell them of the call yourself, and choose another way on the page Reminders.",
}
LOST = {
    (Told.BOOKING, "Task"): "the clinician's calendar does not show it: put the time in by hand too",
    (Told.BOOKING, "Communication"): "it is a message, and the calendar does not show it: put the time in by hand too",
    (Told.BOOKING, "DocumentReference"): "it is a document, and the calendar does not show it: put the time in by hand",
    (Told.CHANGE, "DocumentReference"): "it is a newer document, and the calendar does not show it",
    (Told.CHANGE, "Communication"): "it is one more message, and the first is not changed",
    (Told.NOTE, "Communication"): "it stands among the messages, not among the chart's documents",
    (Told.NOTE, "QuestionnaireResponse"): "it stands among the patient's filled forms, not among the chart's documents",
}
LOST_BY_HAND = {
    Told.BOOKING: "the EHR knows nothing of the call until somebody puts it in",
    Told.CHANGE: "the EHR shows the call as it was until somebody changes it",
    Told.NOTE: "the chart has no note until somebody copies it: PDF and text are on the case's page",
    Told.MESSAGE: "the team finds no message in the EHR; the note and the case's page say the same",
    Told.NOTICE: "the clinician hears of the call by mail, text message or from the office only",
}


# Where a thing stands, as people say it.
PLACES = {
    "Appointment": "in the calendar",
    "Task": "as a task",
    "Communication": "as a message",
    "DocumentReference": "as a note",
    "QuestionnaireResponse": "as a filled form",
}
VISITS = "the request's, the launch's, else the patient's newest that fits; where there is none, the next place"
NO_VISITS = "the request's or the launch's; none can be looked for, so where neither names one, the next place"
MOVES = "its status alone; a moved call is booked anew in a free slot and the old one cancelled"
ASKS_TOO = "A task in the EHR asks for it too."
WITHIN = "Booked from one patient's chart, whose session sends no message beyond it; one from the worklist tab may."
