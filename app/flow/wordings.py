"""Sentences of a brief as a language model said them, where the site has one and what it said may stand."""

from dataclasses import dataclass

from app.core.brief import Brief
from app.core.brief.reword import Masked, asked_of, reworded, vocabulary_of
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class Worded:
    """What may be asked of a brief, and how many of its sentences stand as the model said them."""

    model: str
    asked: tuple[Masked, ...]
    count: int


def worded_of(ports: Ports, brief: Brief) -> tuple[Brief, Worded | None]:
    """Return the brief with what was said of its sentences before; nobody is asked. The same brief where it is off."""
    if ports.wording is None:
        return brief, None
    ours, model = vocabulary_of(ports.rules.criteria), ports.wording.model
    asked = asked_of(brief, ours=ours)
    kept = ports.wording_shelf.said(model, [each.text for each in asked])
    told, count = reworded(brief, kept.get, ours=ours)
    return told, Worded(model, asked, count)
