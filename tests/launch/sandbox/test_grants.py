"""Scopes: read strictly, never widened, and what a token with them may do."""

import pytest

from launch.sandbox.grants import BadScope, Grant, narrow, parse_scope, parse_scopes, written


def allowed(text, *, limit="", types=None):
    """Return what is granted of a scope parameter, as text."""
    return written(narrow(parse_scopes(text), limit=parse_scopes(limit), types=types))


def grant(scopes, **context):
    """Return a token's rights."""
    return Grant("app", frozenset(parse_scopes(scopes)), **context)


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("patient/Observation.read", "rs"),
        ("patient/Observation.write", "cud"),
        ("user/Slot.*", "cruds"),
        ("system/*.rs", "rs"),
        ("patient/Communication.c", "c"),
        ("user/Appointment.cud", "cud"),
    ],
)
def test_both_versions_of_scopes_are_read(word, letters):
    """v1 read is rs and write is cud; v2 names its letters (SMART 2.2, scopes)."""
    assert set(letters) == parse_scope(word).can


@pytest.mark.parametrize(
    "word",
    [
        *("patient/Observation.sr", "patient/Observation.", "patient/Observation", "patient/.rs", "system/*"),
        *("patient/observation.rs", "user/Slot.readwrite", "patient/Observation.rr", "patient/Observation.rs?"),
    ],
)
def test_a_malformed_clinical_scope_is_refused(word):
    """Letters stand in the order cruds; a scope that cannot be read is never guessed at."""
    with pytest.raises(BadScope):
        parse_scope(word)


def test_a_name_nobody_knows_is_dropped():
    """OpenID Connect: unknown scopes SHOULD be ignored, so they are not granted either."""
    assert "openid fhirUser" == allowed("openid banana fhirUser")


def test_a_query_restricted_scope_is_dropped_rather_than_widened():
    """Without its restriction the scope would give more than was asked."""
    assert "patient/Patient.r" == allowed("patient/Observation.rs?category=laboratory patient/Patient.r")


@pytest.mark.parametrize(
    ("asked", "limit", "granted"),
    [
        ("patient/Observation.rs", "patient/Observation.r", "patient/Observation.r"),
        ("patient/Observation.read", "patient/Observation.rs", "patient/Observation.read"),
        ("patient/Observation.*", "patient/Observation.read patient/Observation.c", "patient/Observation.crs"),
        ("patient/*.rs", "patient/Claim.r patient/Coverage.rs", "patient/Claim.r patient/Coverage.rs"),
        ("patient/Claim.rs", "patient/*.cruds", "patient/Claim.rs"),
        ("user/Claim.rs", "patient/*.cruds", ""),
        ("patient/Claim.c", "patient/Claim.rs", ""),
        ("launch openid", "launch patient/*.rs", "launch"),
        ("patient/Claim.rs", "patient/Claim.rs?use=preauthorization", ""),
    ],
)
def test_a_grant_is_never_wider_than_the_registration(asked, limit, granted):
    """Each asked scope is cut to what the client is registered for, and dropped when nothing is left."""
    assert granted == allowed(asked, limit=limit)


def test_types_that_the_server_lacks_are_not_granted():
    """A scope for a type that is not served would promise what cannot be read; a wildcard stays."""
    granted = allowed("user/Claim.rs user/Coverage.rs user/*.r", types=frozenset({"Coverage"}))

    assert "user/Coverage.rs user/*.r" == granted


def test_a_patient_scope_confines_to_the_patient():
    """patient/ scopes reach one compartment; a user/ scope for the same type lifts the wall."""
    confined = grant("patient/Observation.rs", patient="p", user="Practitioner/x")
    free = grant("patient/Observation.rs user/Observation.r", patient="p", user="Practitioner/x")

    assert "p" == confined.compartment("Observation", "r")
    assert free.compartment("Observation", "r") is None
    assert "p" == free.compartment("Observation", "s")


def test_only_the_named_interactions_are_allowed():
    """A scope for reading one type neither searches it nor reads another."""
    held = grant("patient/Patient.r user/Slot.rs", patient="p", user="Practitioner/x")

    assert [True, False, True, False] == [
        held.allows("Patient", "r"),
        held.allows("Patient", "s"),
        held.allows("Slot", "s"),
        held.allows("Schedule", "r"),
    ]


@pytest.mark.parametrize(
    ("scopes", "context"),
    [
        ("patient/*.rs", {"user": "Practitioner/x"}),
        ("user/*.rs", {"patient": "p"}),
        ("system/*.rs", {"patient": "p", "user": "Practitioner/x"}),
    ],
)
def test_a_scope_without_what_it_speaks_of_allows_nothing(scopes, context):
    """patient/ needs a patient, user/ a user, system/ a backend service's token."""
    assert not grant(scopes, **context).allows("Observation", "r")
