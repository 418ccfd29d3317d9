"""What this authorization server says of itself: only what it does, per profile."""

from __future__ import annotations

from launch.sandbox.client_auth import ALGS
from launch.sandbox.config import AUTHS, SandboxConfig

CAPABILITIES = (
    "launch-ehr",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "launch-standalone",
    "permission-offline",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
)
MORE = {  # as the vendors' public endpoints say it; smart.md §2 lists their gaps
    "full": ("context-standalone-patient", "permission-online"),
    "epic-like": ("context-standalone-patient",),
    "oracle-like": ("permission-online",),
}
BASE_SCOPES = ("openid", "fhirUser", "launch", "launch/patient", "offline_access")
FULL_SCOPES = ("online_access", "patient/*.cruds", "user/*.cruds", "system/*.cruds", "patient/*.read", "user/*.read")
MORE_SCOPES = {"full": FULL_SCOPES, "epic-like": (), "oracle-like": ("online_access",)}


def has_token_inspection(config: SandboxConfig) -> bool:
    """Tell whether introspection and revocation are served: Epic publishes neither."""
    return config.profile != "epic-like"


def has_online_access(config: SandboxConfig) -> bool:
    """Tell whether online_access is granted."""
    return "permission-online" in MORE[config.profile]


def smart_configuration(config: SandboxConfig) -> dict:
    """Return /.well-known/smart-configuration (SMART App Launch 2.2, conformance)."""
    auth = config.issuer
    told = {
        "issuer": auth,
        "jwks_uri": f"{auth}/jwks.json",
        "authorization_endpoint": f"{auth}/authorize",
        "token_endpoint": config.token_url,
        "token_endpoint_auth_methods_supported": list(AUTHS[1:]),
        "token_endpoint_auth_signing_alg_values_supported": list(ALGS),
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "scopes_supported": list(BASE_SCOPES + MORE_SCOPES[config.profile]),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "capabilities": list(CAPABILITIES + MORE[config.profile]),
    }
    if has_token_inspection(config):
        told["introspection_endpoint"] = f"{auth}/introspect"
        told["revocation_endpoint"] = f"{auth}/revoke"
    return told


def openid_configuration(config: SandboxConfig) -> dict:
    """Return /.well-known/openid-configuration of the issuer (OpenID Connect Discovery)."""
    smart = smart_configuration(config)
    shared = ("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "response_types_supported")
    return {name: smart[name] for name in shared} | {
        "scopes_supported": ["openid", "fhirUser"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "grant_types_supported": smart["grant_types_supported"],
        "token_endpoint_auth_methods_supported": smart["token_endpoint_auth_methods_supported"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGS),
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser"],
    }


def smart_style() -> dict:
    """Return the style that smart_style_url promises (SMART App Launch 2.2, styling)."""
    return {
        "color_background": "#f6f7f8",
        "color_error": "#a3262e",
        "color_highlight": "#1f5f8b",
        "color_modal_backdrop": "rgba(20, 30, 40, 0.4)",
        "color_success": "#2d6a3e",
        "color_text": "#1d2730",
        "dim_border_radius": "3px",
        "dim_font_size": "14px",
        "dim_spacing_size": "16px",
        "font_family_body": "system-ui, sans-serif",
        "font_family_heading": "system-ui, sans-serif",
    }
