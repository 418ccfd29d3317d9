"""What a server that knows its forms refuses of answers: of a form that is not installed, or to questions it lacks."""

from collections.abc import Iterator

from launch.sandbox.outcome import invalid
from launch.sandbox.profiles import Write
from launch.sandbox.store import patients_of, walk

STATUSES = {"in-progress", "completed", "amended", "entered-in-error", "stopped"}


def check_answers(write: Write, *, status: int = 400) -> None:
    """Refuse answers that do not fit an installed Questionnaire. raises: FhirError"""
    answers = write.resource
    if answers.get("status") not in STATUSES:
        raise invalid("status is not of its value set", status=status)
    if not patients_of(answers):
        raise invalid("subject must name a patient", status=status, code="required")
    url, _, version = str(answers.get("questionnaire", "")).partition("|")
    named = [each for each in write.store.all("Questionnaire") if each.get("url") == url]
    known = [each for each in named if version in ("", each.get("version"))]
    if not url or not known:
        raise invalid("the questionnaire is not known here", status=status, code="business-rule")
    questions = {each["linkId"]: each for each in _all_items(known[0])}
    for item in _all_items(answers):
        _check_answer(item, questions.get(item.get("linkId")), status=status)
    given = {each.get("linkId") for each in _all_items(answers) if each.get("answer")}
    if missing := [name for name, each in questions.items() if each.get("required") and name not in given]:
        raise invalid(f"not answered: {', '.join(missing)}", status=status, code="required")


def _check_answer(item: dict, question: dict | None, *, status: int) -> None:
    if question is None:
        raise invalid("an answer to no question of the form", status=status, code="business-rule")
    wanted = {"text": "String"}.get(question["type"], question["type"][:1].upper() + question["type"][1:])
    answers = item.get("answer", [])
    if any(f"value{wanted}" not in each for each in answers):
        raise invalid("an answer of another type than the question's", status=status, code="value")
    if len(answers) > 1 and not question.get("repeats"):
        raise invalid("several answers to a question that takes one", status=status, code="business-rule")


def _all_items(node: dict) -> Iterator[dict]:
    for each in walk(node, "item"):
        yield each
        yield from _all_items(each)
