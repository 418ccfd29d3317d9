"""The words for a payer rule's values: what each is called, how each is said, what is assumed where it is not known."""

# In the order in which they matter to who prepares a call: (field of PayerRule, label, what is assumed). The
# assumptions are facts C.1's for an unknown payer; {…} are filled from the calendar's cautious reading.
ROWS = (
    (
        "windows",
        "Time to hold the call",
        "Ask within {ask}; {work} from the notice count as the deadline until the payer tells another.",
    ),
    ("lane", "Before or after the denial", "Ask whether it still talks."),
    ("post_denial_informational_for", "A late call", "For Medicare Advantage a late call is taken to inform only."),
    ("effect", "What a call can do", "Ask, when scheduling, whether it may overturn."),
    ("when_asking", "What to say when scheduling", "Ask whether the call may overturn."),
    (
        "new_information",
        "New information",
        "Send nothing new before the call until the payer has said that it may come.",
    ),
    ("blocked_by_appeal", "Appeal", "Hold the call before an appeal is filed."),
    ("who_may_speak", "Who may speak", "A physician speaks."),
    ("speakers_refused", "Who is turned away", "Nobody is named: who may not speak is turned away."),
    ("delegate_may_schedule", "Who may schedule", "Staff ask, and say for whom."),
    ("channels", "How to ask", "Use the number on the notice."),
    ("phone", "Telephone", "Use the number on the notice."),
    ("portal", "Portal", "Sign in where your office always does, never by a link of a message."),
    ("hours", "Hours", "Taken to be {opens} to {closes} on business days, in the zone that ends first."),
    ("who_calls", "Who calls", "Ask, and be reachable."),
    ("appointment", "Appointment", "Ask for a fixed time."),
    ("windows_to_offer_min", "Times to offer", "Offer two."),
    ("attempts_by_payer", "Tries by the payer", "Count on one."),
    ("missed_call", "A missed call", "Taken to end the right to a call."),
    ("calls_max", "How many calls", "Count on one."),
    ("verbal_notice_counts", "Notice by telephone", "Taken to start the time."),
    ("reviewer", "Who reviews", "Ask for the same specialty."),
    ("withdraw_allowed", "Withdrawing", "Ask before withdrawing."),
    ("retrospective", "After the service", "Taken as not possible: appeal."),
    ("lead_minutes", "Notice it wants", "Book as early as can be."),
    ("appeal_days", "Time to appeal", "Counted by the law that may apply; read the notice."),
    ("appeal_by", "Who may appeal", "Ask whether the member must agree in writing."),
    ("appeals_to", "Where appeals go", "Look at the notice."),
)
# Whose rule it is: (field, label, what an empty value means). None of these is unknown: empty is any, or none.
SCOPE = (
    ("names", "Named", "By no other name."),
    ("identifiers", "Numbered", "By no number."),
    ("lines_of_business", "Lines of business", "Any line of business."),
    ("funding", "Funding", "Any funding."),
    ("states", "States", "Any state."),
    ("services", "Services", "Drugs and medical services alike."),
    ("settings", "Settings", "Any setting."),
    ("reasons", "Reasons", "Any reason."),
    ("effective", "In force from", "From the first day."),
    ("until", "In force until", "Until further notice."),
    ("vendor", "Decides for others", "It decides for itself."),
    ("for_payers", "For payers", "For any payer that it serves."),
    ("vendors", "Its vendors", "It names no vendor that decides for it."),
    ("report", "What it is", "The payer's own rule."),
    ("closed", "Closed", "On no days of its own, beside the federal holidays."),
    ("notes", "Notes", "No note."),
)
SAID = {
    "lane": {
        "pre_denial": "It talks before it decides only.",
        "post_denial": "It talks after it has decided.",
        "informational": "A call informs only.",
    },
    "effect": {
        "may_overturn": "The call may overturn the denial.",
        "educational": "The call explains; it is not meant to overturn.",
    },
    "appeal_by": {
        "provider": "The treating provider may appeal without the member.",
        "provider_expedited": "The treating provider may file an expedited appeal without the member's consent.",
        "member": "The member appeals, or whom the member appoints in writing.",
    },
    "new_information": {
        "required": "The call is held only with new clinical information.",
        "allowed": "New clinical information may be told on the call.",
        "written_only": "New facts count in writing only, before a new decision.",
        "as_appeal": "New information must go as an appeal; the call only clarifies.",
        "cancels_p2p": "New information after the denial becomes an appeal and cancels the call.",
    },
    "blocked_by_appeal": {
        True: "An appeal ends the right to a call.",
        False: "An appeal does not end the right to a call.",
    },
    "delegate_may_schedule": {True: "Office staff may schedule.", False: "Office staff may not schedule."},
    "who_calls": {"payer": "The payer calls us.", "us": "We call the payer."},
    "appointment": {
        "ad_hoc": "Without appointment.",
        "scheduled": "By appointment.",
        "mixed": "Some services without appointment, others by appointment.",
    },
    "missed_call": {
        "counts_as_held": "A call at which nobody is reached counts as held.",
        "payer_decides": "Without a call in its time, the payer decides.",
        "call_back": "After a missed call there are {days} to call back.",
        "one_more_day": "Who asked in time and was not reached gets {days} more.",
    },
    "verbal_notice_counts": {
        True: "A notice by telephone starts the time: do not wait for the letter.",
        False: "Only the written notice starts the time.",
    },
    "reviewer": {
        "physician": "A physician reviews.",
        "pharmacist": "A pharmacist reviews.",
        "same_specialty": "A reviewer of the same specialty is claimed.",
        "same_reviewer_first": "The reviewer who decided, if that can be; else another.",
    },
    "withdraw_allowed": {
        True: "The request may be withdrawn before the denial and made anew.",
        False: "The request cannot be withdrawn.",
    },
    "retrospective": {
        True: "Calls about services that are over are taken.",
        False: "No call about a service that is over.",
    },
}
UNITS = {
    "hours": ("hour", "hours"),
    "business_hours": ("hour of business days", "hours of business days"),
    "calendar_days": ("calendar day", "calendar days"),
    "business_days": ("business day", "business days"),
}
ANCHORS = {
    "denial_posted": "the posting of the denial",
    "letter_date": "the date of the denial letter",
    "notice_received": "receipt of the notice",
    "verbal_notice": "the notice by telephone",
    "plan_outreach": "the payer's offer of a call",
    "discharge": "discharge",
    "first_attempt": "its first attempt to call",
}
SPEAKERS = {
    "physician": "a physician",
    "covering_physician": "a covering physician",
    "resident": "a resident",
    "pa": "a physician assistant",
    "np": "a nurse practitioner",
    "doctoral_degree": "a clinician with a doctorate",
    "licensed_clinician": "any licensed clinician",
    "medical_director": "a medical director",
    "provider": "a provider (no role is named)",
    "rn": "nurses",
    "staff": "office staff",
}
CHANNELS = {"published": "its calendar", "portal": "its portal", "phone": "telephone", "fax": "fax", "form": "a form"}
LINES = {
    "commercial": "commercial",
    "medicare_advantage": "Medicare Advantage",
    "medicaid": "Medicaid",
    "marketplace": "marketplace",
    "medicare": "original Medicare",
}
FUNDING = {"fully_insured": "fully insured", "self_insured": "self-insured", "public": "public"}
SETTINGS = {
    "any": "any setting",
    "pre_service": "pre-service",
    "outpatient": "outpatient",
    "inpatient": "inpatient",
    "concurrent": "concurrent",
    "post_discharge": "after discharge",
    "post_service": "after the service",
}
SERVICES = {"drugs": "drugs", "medical": "medical services"}
REASONS = {"clinical": "medical necessity", "experimental": "experimental", "documents": "missing documents"}
GRADES = {"V": "seen at the source itself", "S": "seen elsewhere", "G": "general knowledge", "I": "inferred"}
DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
# For a cell of the list, where SAID would be too long.
SHORT = {
    "new_information": {
        "required": "required",
        "allowed": "may be told",
        "written_only": "in writing only",
        "as_appeal": "only as an appeal",
        "cancels_p2p": "cancels the call",
    },
    "effect": {"may_overturn": "overturn", "educational": "explain only"},
}
