"""The routes of the authorization server: discovery, authorize, sign-in, token, introspect, revoke."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, abort, jsonify, make_response, redirect, render_template, request

from launch.sandbox.authorize import AuthorizationServer
from launch.sandbox.discovery import has_token_inspection, openid_configuration, smart_configuration, smart_style
from launch.sandbox.launches import Launch
from launch.sandbox.refusals import OAuthError, only_once

FORM = "application/x-www-form-urlencoded"


def auth_blueprint(server: AuthorizationServer, *, patients) -> Blueprint:
    """Return the routes. patients: () -> list of (id, name) to choose from when the app is opened outside the EHR."""
    bp = Blueprint("auth", __name__, template_folder="templates")
    _discovery(bp, server)
    _authorize(bp, server, patients)
    _tokens(bp, server)
    return bp


def _discovery(bp: Blueprint, server: AuthorizationServer) -> None:
    told = {
        "/fhir/.well-known/smart-configuration": lambda: smart_configuration(server.config),
        "/auth/.well-known/openid-configuration": lambda: openid_configuration(server.config),
        "/auth/jwks.json": server.key.jwks,
        "/smart-style.json": smart_style,
    }
    for path, tell in told.items():
        bp.add_url_rule(path, endpoint=path.replace(".", "-"), view_func=_public_json(tell))


def _public_json(tell):
    def view():
        """Answer JSON that any page may read, whatever the Accept header."""
        answer = jsonify(tell())
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Cache-Control"] = "public, max-age=60"
        return answer

    return view


def _authorize(bp: Blueprint, server: AuthorizationServer, patients) -> None:
    @bp.route("/auth/authorize", methods=["GET", "POST"])
    def authorize():
        """Check the request; answer with a code at once in a launch, else ask who is there."""
        if request.method == "POST" and (request.query_string or request.mimetype != FORM):
            return _refused(OAuthError("invalid_request", "the parameters go into the form"))
        params = request.form if request.method == "POST" else request.args
        try:
            client, target = server.redirect_target(params)
        except OAuthError as error:
            return _refused(error)
        state = params.get("state")
        try:
            asked = server.check(params, client=client, redirect_uri=target)
            if asked.launch_value is None:
                return _sign_in_page(server, asked, patients())
            return _answer(server, target, state, code=server.agree(asked, server.launch_of(asked)))
        except OAuthError as error:
            return _answer(server, target, state, error=error)

    @bp.post("/auth/sign-in")
    def sign_in():
        """Finish a request from outside the EHR with the user and patient chosen on the page."""
        try:
            only_once(request.form)
            asked = server.resume(request.form.get("request", ""))
        except OAuthError as error:
            return _refused(error)
        try:
            launch = _chosen(server, asked, known={patient_id for patient_id, _ in patients()})
            return _answer(server, asked.redirect_uri, asked.state, code=server.agree(asked, launch))
        except OAuthError as error:
            return _answer(server, asked.redirect_uri, asked.state, error=error)


def _sign_in_page(server: AuthorizationServer, asked, patients):
    return render_template(
        "auth/sign_in.html",
        client=asked.client.client_id,
        request_value=server.hold(asked),
        users=server.users.values(),
        patients=patients if asked.wants_patient() else [],
    )


def _chosen(server: AuthorizationServer, asked, *, known: set[str]) -> Launch:
    """Read the form. raises: OAuthError access_denied for Cancel, or a user or patient that is not offered."""
    form = request.form
    if form.get("answer") != "allow":
        raise OAuthError("access_denied", "the user did not allow it")
    patient = form.get("patient") if asked.wants_patient() else None
    if form.get("user") not in server.users or (asked.wants_patient() and patient not in known):
        raise OAuthError("access_denied", "no user or no patient was chosen")
    return Launch(asked.client.client_id, form["user"], patient=patient)


def _answer(server: AuthorizationServer, target: str, state: str | None, *, code=None, error: OAuthError | None = None):
    """Redirect to the client with a code or an error, the state, and who answers (RFC 9207)."""
    told = error.body() if error else {"code": code}
    told["iss"] = server.config.issuer
    if state:
        told["state"] = state
    # After a POST only 303 makes sure that the form is not sent on to the client (RFC 9700 §4.12).
    answer = redirect(with_query(target, **told), code=303 if request.method == "POST" else 302)
    return _private(answer)


def with_query(url: str, **params: str) -> str:
    """Return the URL with parameters added to those it has."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True) + list(params.items())
    return urlunsplit(parts._replace(query=urlencode(query)))


def _refused(error: OAuthError):
    page = render_template("auth/refused.html", error=error.error, description=error.description)
    return _private(make_response(page, error.status))


def _tokens(bp: Blueprint, server: AuthorizationServer) -> None:
    @bp.post("/auth/token")
    def token():
        """Give tokens for a code, a refresh token or a backend assertion."""
        _only_form()
        return jsonify(server.exchange.token(request.form, authorization=request.headers.get("Authorization")))

    @bp.post("/auth/introspect")
    def introspect():
        """Tell a client what became of its token."""
        _only_form(served=has_token_inspection(server.config))
        return jsonify(server.exchange.introspect(request.form, authorization=request.headers.get("Authorization")))

    @bp.post("/auth/revoke")
    def revoke():
        """Revoke a token; also 200 when there was none."""
        _only_form(served=has_token_inspection(server.config))
        server.exchange.revoke(request.form, authorization=request.headers.get("Authorization"))
        return jsonify({})

    @bp.errorhandler(OAuthError)
    def refuse(error: OAuthError):
        """Answer in OAuth's JSON; a client that tried Basic is told so (RFC 6749 §5.2)."""
        answer = jsonify(error.body())
        answer.status_code = error.status
        if error.status == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="sandbox"'
        return answer

    @bp.after_request
    def never_kept(answer):
        """Forbid every cache to keep what these routes answer, the public documents excepted."""
        if "Cache-Control" not in answer.headers:
            _private(answer)
        return answer


def _only_form(*, served: bool = True) -> None:
    if not served:
        abort(404)
    if request.mimetype != FORM or request.query_string:
        raise OAuthError("invalid_request", "parameters go into a form body, none into the URL")


def _private(answer):
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Pragma"] = "no-cache"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
