"""The CapabilityStatement, made from what the profile really serves."""

from datetime import datetime

from launch.sandbox.profiles import Profile
from launch.sandbox.search_parameters import TYPE_OF_KIND, parameters_of

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
ORDER = ("read", "vread", "update", "patch", "delete", "history-instance", "create", "search-type")


def capability_statement(profile: Profile, *, base: str, oauth: dict[str, str] | None, at: datetime) -> dict:
    """
    Return the statement. base: the FHIR base; oauth: name → URL of authorize, token, …; None for an open server.
    """
    rest = {"mode": "server", "resource": [_resource(profile, kind) for kind in sorted(profile.interactions)]}
    if oauth:
        rest["security"] = security_of(oauth)
    system = [code for code in ("transaction", "batch") if getattr(profile, code)]
    if system:
        rest["interaction"] = [{"code": code} for code in system]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "experimental": True,
        "date": at.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": profile.software, "version": "sandbox"},
        "implementation": {"description": f"Synthetic sandbox, profile {profile.name}", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        **({"patchFormat": list(profile.patch_formats)} if profile.patch_formats else {}),
        "rest": [rest],
    }


def security_of(oauth: dict[str, str]) -> dict:
    """Return rest.security with the oauth-uris extension."""
    return {
        "cors": True,
        "service": [{"coding": [{"system": SECURITY_SERVICE, "code": "SMART-on-FHIR"}], "text": "SMART-on-FHIR"}],
        "extension": [
            {"url": OAUTH_URIS, "extension": [{"url": name, "valueUri": uri} for name, uri in oauth.items()]}
        ],
    }


def _resource(profile: Profile, kind: str) -> dict:
    offered = profile.interactions[kind]
    entry = {
        "type": kind,
        "interaction": [{"code": code} for code in ORDER if code in offered],
        "versioning": "versioned-update" if offered & {"update", "patch"} else "versioned",
        "readHistory": "vread" in offered,
        "updateCreate": profile.update_create and "update" in offered,
        "conditionalCreate": profile.conditional_create and "create" in offered,
        "conditionalRead": "not-match" if "read" in offered else "not-supported",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
    }
    if "search-type" not in offered:
        return entry
    rules = profile.rules[kind]
    if includes := _includes(kind, rules.includes):
        entry["searchInclude"] = includes
    if rules.revincludes:
        entry["searchRevInclude"] = list(rules.revincludes)
    # Names without documentation are listed and ignored, as in Epic's statement.
    known = parameters_of(kind)
    entry["searchParam"] = [
        _parameter(known[name], documented=name in rules.parameters)
        for name in (*rules.parameters, *sorted(rules.listed))
    ] + [{"name": "_count", "type": "number", "documentation": "Number of results per page."}]
    return entry


def _includes(kind: str, includes: tuple[str, ...]) -> list[str]:
    if "*" not in includes:
        return [include for include in includes if include.startswith(f"{kind}:")]
    references = [name for name, parameter in parameters_of(kind).items() if parameter.kind == "reference"]
    return ["*", *(f"{kind}:{name}" for name in references if not name.startswith("-"))]


def _parameter(parameter, *, documented: bool) -> dict:
    kind = TYPE_OF_KIND.get(parameter.kind, parameter.kind)
    entry = {"name": parameter.name, "type": kind}
    return entry | {"documentation": f"Matches {', '.join(parameter.paths)}."} if documented else entry
