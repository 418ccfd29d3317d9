"""More: what is looked up or set now and then, one page away from the tabs of the day."""

from dataclasses import dataclass

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core import people
from app.core.people import Act, Role
from app.web.guard import may
from app.web.session import here
from app.web.show import show

bp = Blueprint("more", __name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One page that More leads to: its name, its endpoint, what it is for, and the act that it asks for."""

    words: str
    endpoint: str
    about: str
    act: Act


PAYERS = (
    Entry(
        "Rules", "rules.rules", "What each payer does about a peer-to-peer call, and where it says so.", Act.SEE_RULES
    ),
    Entry("Call rules", "call_rules.call_rules", "What counts as missed or late, and what follows.", Act.SEE_RULES),
    Entry("Policies", "policies.policies", "Payers’ policies that briefs quote word for word.", Act.SEE_RULES),
    Entry("Published times", "publish.publish", "Addresses at which payers read our free times.", Act.PUBLISH),
)
CLINICIANS = (
    Entry("Calendars", "connect.connect", "Which calendars count beside the EHR’s.", Act.CONNECT_CALENDAR),
    Entry("Reminders", "reminders.reminders", "How a clinician is told of a call.", Act.SET_REMINDERS),
    Entry("Copies of what you book", "reminders.copies", "Messages to yourself of calls you book.", Act.SET_REMINDERS),
)
FIGURES = (
    Entry("Learn", "learn.learn", "How calls end, by payer, reason and service.", Act.SEE_LEARN),
    Entry(
        "What each measure counts", "learn.definitions", "Who is in each figure, and out of how many.", Act.SEE_LEARN
    ),
)
GROUPS = (("Payers", PAYERS), ("Clinicians and calendars", CLINICIANS), ("Figures", FIGURES))
# Whose pages stand behind this tab; Learn is a tab of its own where all patients are shown.
BEHIND = frozenset({"more", *(each.endpoint.partition(".")[0] for each in (*PAYERS, *CLINICIANS))})


def entries_of(role: Role) -> list[tuple[str, list[Entry]]]:
    """Return the groups with what this role may open; a group of which nothing is left is left out."""
    kept = ((words, [each for each in group if people.may(role, each.act)]) for words, group in GROUPS)
    return [(words, group) for words, group in kept if group]


@bp.get("/more")
@may(Act.SEE_CASE)
def more() -> Response:
    """Show what there is beside the day's work."""
    at = here()
    view = {"session": at.session, "now": at.now, "groups": entries_of(at.session.user.role)}
    return show("more/page.html", "more/_more.html", **view)
