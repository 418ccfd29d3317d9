"""What the clinician adds in their own words: it rests on no resource, so it stands under their name."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OwnSentence:
    """
    One sentence a person wrote and signed. place: the title of the brief's part it belongs to, as "Why now"

    by: the name it is signed with; signed_at: when (UTC)
    """

    id: str
    text: str
    place: str
    by: str
    signed_at: datetime
