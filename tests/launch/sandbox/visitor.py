"""An app that talks to the sandbox: correctly, unless a test changes something."""

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from flask import Flask, jsonify
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import make_server

from launch.sandbox.launches import Launch

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-0001"
BEARER_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
APP = "http://127.0.0.1:8572"
SCOPE = "launch openid fhirUser online_access patient/Patient.r patient/Observation.rs user/Practitioner.r"


def s256(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


KEYS = {
    "rs": RSAKey.generate_key(2048, {"kid": "rs"}, private=True),
    "es": ECKey.generate_key("P-384", {"kid": "es"}, private=True),
}


class KeyServer:
    """Publishes a client's keys over HTTP, as an app would, and counts how often it was asked."""

    def __init__(self):
        self.keys = KEYS
        self.forget()
        site = Flask("keys")
        site.add_url_rule("/jwks.json", view_func=self._answer)
        self._http = make_server("127.0.0.1", 0, site, threaded=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}/jwks.json"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def forget(self):
        """Begin anew: both keys published, nobody has asked."""
        self.published, self.asked = ["rs", "es"], 0
        self.document = None  # instead of the keys

    def _answer(self):
        self.asked += 1
        told = {"keys": [self.keys[kid].as_dict(private=False) for kid in self.published]}
        return jsonify(told if self.document is None else self.document)

    def close(self):
        """Stop publishing."""
        self._http.shutdown()


@dataclass
class Visitor:
    """One client of a sandbox: asks for codes and tokens; keyword arguments replace, None removes."""

    box: object
    keys: KeyServer | None = None
    client_id: str = "public"
    http: object = field(init=False)
    jti: int = 0

    def __post_init__(self):
        self.http = self.box.test_client()
        self.server = self.box.extensions["sandbox"].server
        self.clock = self.server.config.clock

    def launch(self, **more) -> str:
        """Return a launch value as the EHR would give it."""
        more = {"client_id": self.client_id, "user": "spine", "patient": "pat-1"} | more
        return self.server.launches.issue(Launch(**more))

    def request(self, **changes) -> dict:
        """Return the parameters of a right authorization request."""
        params = {"response_type": "code", "client_id": self.client_id, "redirect_uri": f"{APP}/callback"}
        params |= {"scope": SCOPE, "state": "a-state", "aud": self.server.config.fhir_base, "nonce": "a-nonce"}
        params |= {"code_challenge": s256(VERIFIER), "code_challenge_method": "S256"}
        params["launch"] = changes["launch"] if "launch" in changes else self.launch()
        return {name: value for name, value in (params | changes).items() if value is not None}

    def authorize(self, **changes) -> dict:
        """Ask for a code; return what the redirect back to the app tells."""
        answer = self.http.get("/auth/authorize", query_string=self.request(**changes))
        assert answer.status_code == 302, answer.text
        assert answer.location.startswith(f"{APP}/callback?")
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}

    def code(self, **changes) -> str:
        """Return a fresh code."""
        return self.authorize(**changes)["code"]

    def token(self, *, headers=None, **changes):
        """Send a right code exchange, changed; return the answer."""
        form = {"grant_type": "authorization_code", "redirect_uri": f"{APP}/callback", "code_verifier": VERIFIER}
        form |= {"client_id": self.client_id} if self.client_id == "public" else {}
        form["code"] = changes["code"] if "code" in changes else self.code()
        form = {name: value for name, value in (form | changes).items() if value is not None}
        return self.http.post("/auth/token", data=form, headers=headers)

    def refresh(self, token: str, **changes):
        """Send a refresh; return the answer."""
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id}
        return self.http.post("/auth/token", data=form | changes)

    def assertion(self, *, alg="ES384", header=None, **changes) -> dict:
        """Return the form members of a right client assertion, changed."""
        self.jti += 1
        kid = "rs" if alg.startswith("RS") else "es"
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.server.config.token_url}
        claims |= {"exp": int((NOW + timedelta(seconds=240)).timestamp()), "jti": f"jti-{self.jti}"} | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": alg, "typ": "JWT", "kid": kid} | (header or {})
        header = {name: value for name, value in header.items() if value is not None}
        # jws, not jwt: the latter would add the typ that a test leaves out
        signed = jws.serialize_compact(header, json.dumps(claims), self.keys.keys[kid], algorithms=[alg])
        return {"client_assertion_type": BEARER_TYPE, "client_assertion": signed}
