"""The EHR's own colours and type, from its SMART style, as a stylesheet of this launch (no inline style)."""

from flask import Blueprint, Response

from app.web.session import here

bp = Blueprint("style", __name__)
# SMART style keys (App Launch 2.2 §styling) to our tokens; values were checked when they were fetched.
TOKENS = {
    "color_background": "--paper",
    "color_error": "--late",
    "color_highlight": "--accent",
    "dim_font_size": "--size",
    "font_family_body": "--font",
}


@bp.get("/style.css")
def style() -> Response:
    """Return the launch's colours."""
    lines = [f"  {TOKENS[key]}: {value};" for key, value in sorted(here().session.style.items()) if key in TOKENS]
    return Response(":root {\n" + "\n".join(lines) + "\n}\n", mimetype="text/css")
