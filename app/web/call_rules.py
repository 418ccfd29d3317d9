"""The rules of a call: what counts as broken, what follows; their figures changed by whoever may."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.core.rulebook.edits import RuleMoved, RuleRefused
from app.flow.rules import calls as flow_calls
from app.web.guard import may
from app.web.rules import rules_view, status_of
from app.web.session import now, ports, version_seen
from app.web.show import done, show

bp = Blueprint("call_rules", __name__)

KEPT = {
    "kept": "Kept. It counts from now on; a step that stands already keeps its time.",
    "back": "The figures are those of the rule files again.",
}


@bp.get("/rules/calls")
@may(Act.SEE_RULES)
def call_rules() -> Response:
    """Show every rule with its ladder and its source."""
    found = flow_calls.call_list(ports(), now=now())
    view = rules_view() | {"found": found, "said": KEPT.get(request.args.get("said", ""))}
    return show("call_rules/page.html", "call_rules/_call_rules.html", **view)


@bp.get("/rules/calls/<key>")
@may(Act.EDIT_RULES)
def figures(key: str) -> Response:
    """Show the form of a rule's figures, as they stand."""
    return figures_page(key)


def figures_page(key: str, *, status: int = 200, **more) -> Response:
    """Show the form: as the figures stand, or as typed when they were refused."""
    page = flow_calls.call_page(ports(), key, now=now())
    typed = request.form if "error" in more else as_it_stands(page.line.rule)
    view = rules_view() | {"page": page, "rule": page.line.rule, "typed": typed, **more}
    return show("call_rules/figures.html", "call_rules/figures.html", status=status, **view)


def as_it_stands(rule) -> dict[str, str]:
    """Return the form's fields as the rule has them."""
    told = {"minutes": str(rule.minutes or "")}
    for at, step in enumerate(rule.ladder):
        told |= {f"after-{at}": str(step.after_hours), f"within-{at}": str(step.within_hours)}
    return told


@bp.post("/rules/calls/<key>")
@may(Act.EDIT_RULES)
def save(key: str) -> Response:
    """Put figures in; what is wrong is shown beside its field, and what was typed stays."""
    form = request.form.to_dict(flat=False)
    try:
        flow_calls.edit_call(ports(), key, form, seen=version_seen(), now=now())
    except (RuleRefused, RuleMoved) as error:
        return figures_page(key, status=status_of(error), error=error)
    return done("call_rules.call_rules", said="kept")


@bp.post("/rules/calls/<key>/back")
@may(Act.EDIT_RULES)
def back(key: str) -> Response:
    """Put back what the rule files say."""
    form = request.form.to_dict(flat=False)
    try:
        flow_calls.put_back_call(ports(), key, form, seen=version_seen(), now=now())
    except (RuleRefused, RuleMoved) as error:
        return figures_page(key, status=status_of(error), error=error, of_back=True)
    return done("call_rules.call_rules", said="back")
