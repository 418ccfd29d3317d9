"""One answer in two sizes: the page for a browser, the partial for htmx."""

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.case import CaseMoved, MoveRefused
from app.errors import Refused

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
MARKDOWN = "text/markdown; charset=utf-8"


def is_swap() -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def show(page: str, partial: str, /, *, status: int = 200, **values) -> Response:
    """Render the partial for htmx, else the page that includes it."""
    html = render_template(partial if is_swap() else page, **values)
    # A chart may hold half a character (a lone surrogate), which no encoding has: it alone becomes a question mark.
    response = make_response(html.encode("utf-8", "replace"), status)
    if is_swap() and request.method == "GET" and request.headers.get("HX-Target") == "case":
        # The whole case was swapped in: the address names it, so that reload and back show the same.
        response.headers["HX-Push-Url"] = request.full_path.rstrip("?")
    return response


def status_of_form(error: Refused | None) -> int:
    """Return the status of a form's page: 409 where the case stands in the way, 422 where what was typed does."""
    if error is None:
        return 200
    return 409 if isinstance(error, CaseMoved | MoveRefused) else 422


def download(body: bytes, kind: str, name: str) -> Response:
    """Answer with a file to keep; name: without PHI, since it stands in the browser's history of downloads."""
    response = make_response(body)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def done(endpoint: str, **values) -> AnyResponse:
    """After a change: 303 to that page (htmx follows it too, and swaps what it finds)."""
    return redirect(url_for(endpoint, **values), code=303)


def to_case(case_id: str, said: str | None = None) -> AnyResponse:
    """Go to the case, which says what was done."""
    return done("case.case", case_id=case_id, said=said)
