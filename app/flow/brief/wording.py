"""Wording: a person has a brief's sentences said more smoothly, and takes our own back."""

from datetime import datetime

from app.core.brief.reword import unmask
from app.errors import Permanent, Temporary
from app.flow.brief import brief_of
from app.flow.ports import Ports


class WordingSilent(Temporary):
    """The language model gave no answer that can be used."""

    say = "The language model did not answer."
    next = "Our own sentences stand. Try again later."


def say_smoothly(ports: Ports, case_id: str, *, now: datetime) -> None:
    """Ask the model, and keep of its answers those that may stand; raises WordingSilent."""
    read = brief_of(ports, case_id, now=now)
    if read.worded is None or not read.worded.asked:
        return
    asked = read.worded.asked
    try:
        answers = ports.wording.say([each.text for each in asked])
    except (Temporary, Permanent) as error:
        raise WordingSilent() from error
    standing = {
        each.text: answer
        for each, answer in zip(asked, answers, strict=True)
        if isinstance(answer, str) and unmask(each, answer) is not None
    }
    ports.wording_shelf.keep(read.worded.model, standing, at=now)


def take_back(ports: Ports, case_id: str, *, now: datetime) -> None:
    """Let our own sentences stand again."""
    read = brief_of(ports, case_id, now=now)
    if read.worded is not None:
        ports.wording_shelf.forget(read.worded.model, [each.text for each in read.worded.asked])
