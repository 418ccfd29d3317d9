"""Policies: what payers' policies say, put in by this site, version by version."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.core.rulebook.edits import RuleRefused
from app.core.rulebook.policies import PolicyMoved
from app.core.rulebook.policy_form import FORMS
from app.errors import Refused
from app.flow.rules import policies as flow_policies
from app.web.guard import may
from app.web.rules import boxes, rules_view, status_of
from app.web.session import now, ports, version_seen, whole
from app.web.show import done, show

bp = Blueprint("policies", __name__)
SAID = {
    "added": "Kept. It is quoted in briefs of its payer and services, for denials from its day on.",
    "renewed": "Kept as a new version. Denials before its day are still answered by the version of their day.",
    "retired": "Retired. Denials before that day are still answered by it; its words stay here.",
}


def policies_view() -> dict:
    """Return what every page about policies shows."""
    view = rules_view() | {"said": SAID.get(request.args.get("said", "")), "forms": FORMS}
    payers = sorted({each.payer for each in ports().rules.payers}, key=str.casefold)
    return view | {"services": flow_policies.service_labels(ports()), "payers": payers}


@bp.get("/policies")
@may(Act.SEE_RULES)
def policies() -> Response:
    """Show the list."""
    rows = flow_policies.policy_list(ports(), now=now())
    return show("policies/page.html", "policies/_policies.html", rows=rows, **policies_view())


@bp.get("/policies/<policy_id>")
@may(Act.SEE_RULES)
def policy(policy_id: str) -> Response:
    """Show one policy: its words, or its criteria, and its versions."""
    return policy_page(policy_id)


def policy_page(policy_id: str, *, status: int = 200, error: Refused | None = None) -> Response:
    """Show the page, with what is wrong with retiring it."""
    version = whole(request.args.get("version", ""))
    page = flow_policies.policy_page(ports(), policy_id, version=version, now=now())
    view = {"page": page, "error": error, "typed": request.form if error else {}}
    return show("policies/policy.html", "policies/policy.html", status=status, **view, **policies_view())


@bp.get("/policies/new")
@may(Act.EDIT_RULES)
def fresh() -> Response:
    """Show the form of a policy that is not here."""
    return form_page(typed={"number": request.args.get("number", "")[:60]})


def form_page(*, status: int = 200, page: flow_policies.PolicyPage | None = None, typed, error=None) -> Response:
    """Show the form, with what was typed and what is wrong with it. page: of the policy that is put in anew."""
    view = {"page": page, "typed": typed, "boxes": boxes(typed), "error": error}
    return show("policies/form.html", "policies/form.html", status=status, **view, **policies_view())


@bp.post("/policies/new")
@may(Act.EDIT_RULES)
def add() -> Response:
    """Put a policy in; what is wrong is shown beside its field, and what was typed stays."""
    try:
        kept = flow_policies.add_policy(ports(), request.form.to_dict(flat=False), given_file(), now=now())
    except RuleRefused as error:
        return form_page(status=422, typed=request.form, error=error)
    return done("policies.policy", policy_id=kept.id, said="added")


@bp.get("/policies/<policy_id>/anew")
@may(Act.EDIT_RULES)
def anew(policy_id: str) -> Response:
    """Show the form of a newer version, as the newest one stands; its text is given anew."""
    page = flow_policies.policy_page(ports(), policy_id, now=now())
    return form_page(page=page, typed=typed_of(page))


@bp.post("/policies/<policy_id>/anew")
@may(Act.EDIT_RULES)
def renew(policy_id: str) -> Response:
    """Put a newer version in."""
    form = request.form.to_dict(flat=False)
    try:
        flow_policies.replace_policy(ports(), policy_id, form, given_file(), seen=version_seen(), now=now())
    except (RuleRefused, PolicyMoved) as error:
        page = flow_policies.policy_page(ports(), policy_id, now=now())
        return form_page(status=policy_status(error), page=page, typed=request.form, error=error)
    return done("policies.policy", policy_id=policy_id, said="renewed")


@bp.post("/policies/<policy_id>/retire")
@may(Act.EDIT_RULES)
def retire(policy_id: str) -> Response:
    """Let it hold no more from a day on."""
    form = request.form.to_dict(flat=False)
    try:
        flow_policies.retire_policy(ports(), policy_id, form, seen=version_seen(), now=now())
    except (RuleRefused, PolicyMoved) as error:
        return policy_page(policy_id, status=policy_status(error), error=error)
    return done("policies.policy", policy_id=policy_id, said="retired")


def policy_status(error: Refused) -> int:
    """Return 409 where somebody else was first, 422 where what was typed is wrong."""
    return 409 if isinstance(error, PolicyMoved) else status_of(error)


def given_file() -> tuple[str, bytes] | None:
    """Return the file of the form as (name, bytes), None where there is none."""
    file = request.files.get("file")
    return (file.filename, file.read()) if file and file.filename else None


def typed_of(page: flow_policies.PolicyPage) -> dict:
    """Return the form's inputs as the newest version stands; day, reason and text are told anew."""
    told = page.row.latest
    lines = {name: getattr(told, name) or "" for name in ("title", "payer", "number", "source", "form")}
    return lines | {"services": list(told.services), "codes": " ".join(told.codes)}
