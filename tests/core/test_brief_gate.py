"""The gate: no brief goes out without the payer's reason, an answer and an ask; what is missing is a to-do."""

from dataclasses import replace

import pytest

from app.core.brief.criteria import Status
from app.core.brief.gate import NotReady, require_ready, todo_of
from app.core.brief.questions import Answered
from app.core.denial import Decision, Path, Routing
from app.core.rulebook.criteria import ReviewQuestion
from tests.builders import a_denial
from tests.core.test_brief_page import FILMS, THERAPY, brief_of


def test_a_brief_with_reason_answer_and_ask_goes_out():
    """Nothing stands in its way; what is missing all the same is still to be found."""
    brief = brief_of(THERAPY)

    require_ready(brief)
    assert [("criterion.films", False)] == [(each.key, each.blocks) for each in todo_of(brief)]


@pytest.mark.parametrize(
    ("brief", "lacking"),
    [
        (brief_of(THERAPY, denial=a_denial(notes=())), ["reason"]),
        (brief_of(FILMS), ["answer"]),
        (brief_of(denial=a_denial(notes=())), ["reason", "answer"]),
        (brief_of(THERAPY, routing=Routing(Decision.APPROVED, Path.NONE, None, (), ())), ["answer", "ask"]),
    ],
)
def test_what_blocks_is_named(brief, lacking):
    """The refusal names all that is missing, not the first of it."""
    with pytest.raises(NotReady) as refused:
        require_ready(brief)

    assert lacking == [each.key for each in refused.value.lacking]
    assert lacking == [each.key for each in todo_of(brief) if each.blocks]
    assert all(each.text in refused.value.say for each in refused.value.lacking)


def test_each_thing_is_to_be_found_once():
    """The page's list of what is missing and the criteria speak of the same things."""
    texts = [each.text for each in todo_of(brief_of())]

    assert len(set(texts)) == len(texts)
    assert "Bring therapy." in texts


def test_a_question_asks_for_nothing_that_its_criterion_asks_for():
    """Nicotine status was on the list twice, in other words; a question that rests on more stays."""
    brief = brief_of(THERAPY)
    (films,) = [each.criterion.key for each in brief.criteria if each.status is Status.NOT_DOCUMENTED]
    asked = [
        ReviewQuestion(key=key, text="What do the films show?", missing=f"Films, for {key}.", rests_on=rests_on)
        for key, rests_on in (("same", (films,)), ("more", (films, "therapy")), ("other", ()))
    ]
    brief = replace(brief, questions=tuple(Answered(each, None) for each in asked))

    assert ["criterion.films", "question.more", "question.other"] == [each.key for each in todo_of(brief)]
