"""Rules: the rule book to be read by everybody, and to be changed by whoever may."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core import people
from app.core.people import Act
from app.core.rulebook.edits import PAYER, RuleMoved, RuleRefused
from app.core.rulebook.fields import FIELDS, Field
from app.core.rulebook.listing import DECIDES, SHOWS
from app.core.rulebook.phrases import GRADES
from app.errors import Refused
from app.flow import rules as flow_rules
from app.flow.rules import edits as flow_edits
from app.web.case import case_view
from app.web.guard import may
from app.web.rule_forms import WORDS, typed_fields
from app.web.session import here, now, ports, version_seen, whole
from app.web.show import done, show

bp = Blueprint("rules", __name__)

# Filters: name in the URL, words on the page.
FILTERS = dict(zip(SHOWS, ("All", "Read over a year ago", "Edited here", "Something unknown"), strict=True))
SAID = {
    "kept": "Kept. It counts from now on; open cases of this payer are counted again within a minute.",
    "back": "Taken back. It counts from now on; open cases of this payer are counted again within a minute.",
    "added": "The payer is in the rule book. What it tells can be added value by value.",
    "removed": "The payer was taken out of the rule book again.",
}


def rules_view() -> dict:
    """Return what every page about the rules shows."""
    at = here()
    return {
        "session": at.session,
        "now": at.now,
        "zone": at.session.zone,
        "decides": DECIDES,
        "grades": GRADES,
        "words": WORDS,
        "may_edit": people.may(at.session.user.role, Act.EDIT_RULES),
        "today": flow_rules.site_day(at.ports, at.now),
        "said": SAID.get(request.args.get("said", "")),
    }


@bp.get("/rules")
@may(Act.SEE_RULES)
def rules() -> Response:
    """Show the list."""
    wanted, search = request.args.get("show", ""), request.args.get("q", "")[:80]
    shown = wanted if wanted in FILTERS else "all"
    found = flow_rules.rule_list(ports(), show=shown, search=search, now=now())
    view = {"found": found, "filters": FILTERS, "shown": shown, "search": search}
    return show("rules/page.html", "rules/_rules.html", **view, **rules_view())


@bp.get("/rules/<key>")
@may(Act.SEE_RULES)
def rule(key: str) -> Response:
    """Show one rule, value by value, with its history."""
    return rule_page(key)


def rule_page(key: str, *, status: int = 200, error: Refused | None = None) -> Response:
    """Show the page, with what is wrong with taking the payer out."""
    page = flow_rules.rule_page(ports(), key, now=now())
    view = {"page": page, "rule": page.rule, "error": error, "typed": request.form if error else {}}
    return show("rules/rule.html", "rules/rule.html", status=status, **view, **rules_view())


@bp.get("/cases/<case_id>/rule")
@may(Act.SEE_CASE)
def of_case(case_id: str) -> Response:
    """Show the rule as it applies to a case."""
    found = flow_rules.rule_of_case(ports(), case_id, now=now())
    view = {"found": found, "page": found.page, **rules_view()}
    return show("rules/case.html", "rules/case.html", **(case_view(found.case) | view | {"rule": found.choice.rule}))


@bp.get("/cases/<case_id>/rule/name")
@may(Act.EDIT_RULES)
def name_it(case_id: str) -> Response:
    """Go to the form of a rule's names, the case's payer being one of them."""
    return done("rules.value", key=request.args.get("rule", ""), name="names", case=case_id)


@bp.get("/rules/<key>/values/<name>")
@may(Act.EDIT_RULES)
def value(key: str, name: str) -> Response:
    """Show the form of a value, as it stands."""
    return value_page(key, name)


def value_page(key: str, name: str, *, status: int = 200, **more) -> Response:
    """Show the form: as the value stands, with a case's name of the payer added, or as typed when it was refused."""
    page = flow_rules.value_page(ports(), key, name, now=now())
    told = dict(page.told)
    case_id = request.args.get("case")
    if case_id and name in ("names", "identifiers"):
        told[name] = [*told[name], *flow_rules.names_of_case(ports(), case_id, now=now())[name].splitlines()]
    typed = request.form if "error" in more else typed_fields(page.fields, told)
    view = {"page": page, "rule": page.rule, "typed": typed, "boxes": boxes(typed), **more}
    return show("rules/value.html", "rules/value.html", status=status, **view, **rules_view())


def boxes(typed) -> dict[str, list[str]]:
    """Return every ticked box, by name; a form that was sent keeps several under one name."""
    return typed.to_dict(flat=False) if hasattr(typed, "to_dict") else typed


@bp.post("/rules/<key>/values/<name>")
@may(Act.EDIT_RULES)
def save(key: str, name: str) -> Response:
    """Put a value in; what is wrong is shown beside its field, and what was typed stays."""
    form = request.form.to_dict(flat=False)
    try:
        flow_edits.edit_value(ports(), key, name, form, seen=version_seen(), now=now())
    except (RuleRefused, RuleMoved) as error:
        return value_page(key, name, status=status_of(error), error=error)
    return done("rules.rule", key=key, said="kept")


@bp.post("/rules/<key>/values/<name>/back")
@may(Act.EDIT_RULES)
def back(key: str, name: str) -> Response:
    """Put back what an earlier edit told, or the rule files say."""
    form, to = request.form.to_dict(flat=False), whole(request.form.get("to", ""))
    try:
        flow_edits.put_back(ports(), key, name, -1 if to is None else to, form, seen=version_seen(), now=now())
    except (RuleRefused, RuleMoved) as error:
        if name == PAYER:
            return rule_page(key, status=status_of(error), error=error)
        return value_page(key, name, status=status_of(error), back_error=error, back_to=to)
    return done("rules.rules", said="removed") if name == PAYER else done("rules.rule", key=key, said="back")


@bp.get("/rules/new")
@may(Act.EDIT_RULES)
def fresh() -> Response:
    """Show the form of a payer that the rule book does not have."""
    case_id = request.args.get("case")
    return fresh_page(typed=flow_rules.names_of_case(ports(), case_id, now=now()) if case_id else {})


def fresh_page(status: int = 200, **more) -> Response:
    """Show the form, with what was typed and what is wrong with it."""
    view = {"fields": frame_fields(), "boxes": boxes(more["typed"]), **more}
    return show("rules/fresh.html", "rules/fresh.html", status=status, **view, **rules_view())


def frame_fields() -> tuple[Field, ...]:
    """Return what is asked of a new payer beside its name."""
    return tuple(FIELDS[name] for name in flow_edits.FRAME)


@bp.post("/rules/new")
@may(Act.EDIT_RULES)
def add() -> Response:
    """Add a payer; what is wrong is shown beside its field, and what was typed stays."""
    try:
        edit = flow_edits.add_payer(ports(), request.form.to_dict(flat=False), now=now())
    except RuleRefused as error:
        return fresh_page(422, typed=request.form, error=error)
    return done("rules.rule", key=edit.rule, said="added")


def status_of(error: Refused) -> int:
    """Return 409 where somebody else was first, 422 where what was typed is wrong."""
    return 409 if isinstance(error, RuleMoved) else 422
