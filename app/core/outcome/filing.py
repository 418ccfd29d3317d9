"""How an appeal was filed, in words: on the case, in the note of its answer, in the next appeal."""

from app.core.case import Filing

WAYS = {"fax": "By fax", "portal": "On the payer's portal", "mail": "By mail"}


def filed_words(filing: Filing) -> str:
    """Return how it was filed, as a sentence."""
    number = f"confirmation {filing.number}" if filing.number else "no confirmation number yet"
    return f"{WAYS.get(filing.way, 'Filed')} on {filing.on.isoformat()}; {number}."
