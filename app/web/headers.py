"""Headers of every answer: never stored, framed only by the launch's EHR, nothing from elsewhere, no inline script."""

from flask import Flask, Response, request

from app.web.session import request_view

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors {ancestors}"
)


def add_headers(app: Flask, *, all_ancestors: tuple[str, ...], secure: bool) -> None:
    """Install the headers. all_ancestors: who may frame a page before its launch is known (no PHI on it)."""

    @app.after_request
    def headers(response: Response) -> Response:
        """Add what is not there yet."""
        view = request_view()
        ancestors = view.ehr.frame_ancestors if getattr(view, "ehr", None) else all_ancestors
        policy = CSP.format(ancestors=" ".join(("'self'", *ancestors)))
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        # same-origin, not no-referrer: that would send "Origin: null" with our own forms
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "public, max-age=3600"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.add("Vary", "HX-Request")
        return response
