"""A configuration that cannot work is refused before anything is served, naming the field."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from app.errors import Misconfigured
from app.settings import MailInbox, load_settings, read_smart_config
from app.settings.checks.choices import RESOURCES
from launch.smart import scopes

ISSUER = {"slug": "north", "fhir_base": "https://ehr.example/fhir", "client_id": "parley", "auth": "public"}
INQUIRE = {"fhir_base": "https://payer.example/fhir", "client_id": "parley"}
FEED = "https://payer.example/p2p/$bulk-publish"
PAYER = {"key": "uhc_general", "inquire": INQUIRE}


def read(tmp_path: Path, *payers: dict, issuer: dict | None = None, allow_loopback: bool = False):
    """Return the configuration with these payers."""
    path = tmp_path / "smart-config.json"
    path.write_text(json.dumps({"issuers": [ISSUER | (issuer or {})], "payers": list(payers)}), encoding="utf-8")
    return read_smart_config(path, allow_loopback=allow_loopback)


def test_a_payer_may_only_be_asked(tmp_path: Path):
    """Publishing times and answering questions are two things; the defaults are those of the document."""
    (payer,) = read(tmp_path, PAYER).payers

    assert (None, 60, 10) == (payer.slots_base, payer.inquire.every_min, payer.inquire.per_minute)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fhir_base": "http://payer.example/fhir"}, "fhir_base: must begin with https://"),
        ({"fhir_base": "https://payer.example/fhir/"}, "fhir_base: must not end with a slash"),
        ({"fhir_base": "https://user@payer.example/fhir"}, "fhir_base: must be an https URL"),
        ({"fhir_base": "https://payer.example/fhir?x=1"}, "fhir_base: must be an https URL"),
        ({"fhir_base": "http://localhost:8571/fhir"}, "fhir_base: names this machine"),
        ({"token_endpoint": "http://payer.example/token"}, "token_endpoint: must begin with https://"),
        ({"client_id": ""}, "client_id: is empty"),
        ({"alg": "HS256"}, "alg: must be one of ES384, RS384"),
        ({"scopes": "user/Claim.rs"}, "scopes: must be system/ scopes"),
        ({"scopes": " "}, "scopes: must be system/ scopes"),
        ({"every_min": 5}, "every_min: must be 0"),
        ({"every_min": -1}, "every_min: must be 0"),
        ({"per_minute": 0}, "per_minute: must lie between 1 and 60"),
        ({"per_minute": 600}, "per_minute: must lie between 1 and 60"),
    ],
)
def test_a_wrong_inquiry_is_named(tmp_path: Path, change: dict, field: str):
    """The place in the file, the field, and what it must be."""
    with pytest.raises(Misconfigured) as caught:
        read(tmp_path, PAYER, {"key": "b", "inquire": INQUIRE | change})

    assert caught.value.say.startswith(f"smart-config.json payers[1].inquire.{field}"), caught.value.say


@pytest.mark.parametrize(
    ("issuer", "place"),
    [
        ({"calls": {"prepare_minutes": 121}}, r"calls.prepare_minutes: must lie between 0 and 120"),
        ({"calls": {"clinic": [{"start": "12:00", "end": "9"}]}}, r"calls.clinic\[0\]: start and end must be local"),
        ({"calls": {"protected": [{"start": "12:00", "end": "09:00"}]}}, r"calls.protected\[0\]: must start before"),
        ({"clinicians": {"Dr Who": {}}}, r"clinicians\['Dr Who'\]: must be Practitioner/ID"),
        (
            {"clinicians": {"Practitioner/a": {"covered_by": ["Practitioner/b", "c"]}}},
            r"clinicians\['Practitioner/a'\].covered_by\[1\]: must be Practitioner/ID",
        ),
        (
            {"clinicians": {"Practitioner/a": {"covered_by": ["Practitioner/a"]}}},
            r"covered_by: names the clinician themselves",
        ),
        ({"profile": {"document": {"mime": "text/rtf"}}}, r"profile.document.mime: must be one or several of"),
        ({"profile": {"document": {"mime": []}}}, r"profile.document.mime: must be one or several of"),
        (
            {"kind": "oracle", "profile": {"document": {"mime": ["text/html", "application/pdf"]}}},
            r"profile.document.mime: must be one alone",
        ),
        ({"profile": {"viewer": "https://ehr.example/open"}}, r"profile.viewer: must hold {reference}"),
        ({"profile": {"viewer": "javascript:{reference}"}}, r"profile.viewer: must be an https URL"),
    ],
)
def test_habits_that_cannot_be_are_named(tmp_path: Path, issuer: dict, place: str):
    """Minutes, hours, people, forms of a note and where it is shown, each by its place."""
    with pytest.raises(Misconfigured, match=place):
        read(tmp_path, issuer=issuer)


def test_a_state_whose_rule_on_recording_is_shown_is_two_letters(tmp_path: Path):
    """None unless the site asks for it."""
    assert read(tmp_path).issuers[0].recording_state is None
    assert "TX" == read(tmp_path, issuer={"recording_state": "TX"}).issuers[0].recording_state
    with pytest.raises(Misconfigured, match=r"issuers\[0\].recording_state: must be a state's two letters"):
        read(tmp_path, issuer={"recording_state": "Texas"})
    with pytest.raises(Misconfigured, match=r"issuers\[0\].recording_state"):
        read(tmp_path, issuer={"recording_state": "TE"})


@pytest.mark.parametrize("days", [0, -1, 366])
def test_days_that_forget_at_once_or_never_are_named(tmp_path: Path, days: int):
    """What nobody settles waits a day at least and a year at most; thirty days where nothing is said."""
    assert 30 == read(tmp_path).issuers[0].arrivals_days
    with pytest.raises(Misconfigured, match=r"issuers\[0\].arrivals_days: must lie between 1 and 365"):
        read(tmp_path, issuer={"arrivals_days": days})


@pytest.mark.parametrize(
    ("payer", "words"),
    [
        ({"key": "a"}, "payers[0]: needs slots_base, feed, inquire, message or fax"),
        ({"key": "a", "feed": {"kind": "rss", "url": FEED}}, "payers[0].feed.kind: must be one of"),
        ({"key": "a", "feed": {"kind": "bulk", "url": "http://p.example/f"}}, "feed.url: must begin with https://"),
        ({"key": "a", "feed": {"kind": "bulk", "url": "https://u:p@p.example/f"}}, "feed.url: must be an https URL"),
        ({"key": "a", "feed": {"kind": "bulk", "url": FEED, "every_min": 0}}, "every_min: must lie between 1 and 1440"),
        ({"key": "a", "feed": {"kind": "bulk", "url": FEED, "hosts": ["a/b"]}}, "feed.hosts[0]: must be a host"),
        ({"key": "a", "feed": {"kind": "bulk", "url": FEED, "words": ["p2p"]}}, "are for ics and caldav only"),
        ({"key": "a", "feed": {"kind": "ics", "url": FEED}}, "feed.zone: is not an IANA time zone"),
        ({"key": "a", "feed": {"kind": "ics", "url": FEED, "zone": "UTC", "words": [" "]}}, "feed.words: holds"),
        ({"key": "a", "feed": {"kind": "caldav", "url": FEED, "zone": "UTC", "states": ["TX"]}}, "for bulk only"),
        ({"key": "a", "feed": {"kind": "bulk"}, "slots_base": "https://p.example"}, "stands beside slots_base"),
        ({"key": "", "inquire": INQUIRE}, "payers[0].key: is empty"),
        ({"key": "a", "books": True, "inquire": INQUIRE}, "payers[0].books: needs slots_base"),
        ({"key": "a", "slots_base": "http://payer.example/fhir"}, "payers[0].slots_base: must begin with https://"),
        ({"key": "a", "inquire": INQUIRE | {"secret": "x"}}, "payers[0].inquire: Object contains unknown field"),
        ({"key": "a", "inquire": {"fhir_base": "https://a.example/fhir"}}, "missing required field `client_id`"),
        ({"key": "a", "inquire": INQUIRE | {"every_min": "60"}}, "payers[0].inquire.every_min: Expected `int`"),
    ],
)
def test_a_wrong_payer_is_named(tmp_path: Path, payer: dict, words: str):
    """What is missing, unknown or of the wrong type."""
    with pytest.raises(Misconfigured) as caught:
        read(tmp_path, payer)

    assert words in caught.value.say, caught.value.say


MAIL = {"host": "mail.hospital.example", "sender": "p2p@hospital.example"}
INBOX = {"host": "imap.hospital.example", "user": "p2p"}
WRITTEN = {"key": "uhc_general", "message": {"to": "p2p@payer.example"}}


def settings_with(
    tmp_path: Path, mail: dict | None, *payers: dict, sms=None, fax=None, hooks=(), pubmed=None, wording=None, **environ
):
    """Return the settings with a mail server, or with services."""
    path = tmp_path / "smart-config.json"
    told = {"issuers": [ISSUER], "payers": list(payers)} | ({"mail": mail} if mail else {})
    told |= ({"sms": sms} if sms else {}) | ({"fax": fax} if fax else {}) | {"hooks": list(hooks)}
    told |= ({"literature": pubmed} if pubmed else {}) | ({"wording": wording} if wording else {})
    path.write_text(json.dumps(told), encoding="utf-8")
    base = {
        "PARLEY_SMART_CONFIG": str(path),
        "PARLEY_BASE_URL": "https://parley.example",
        "PARLEY_SECRET_KEY": "a-secret-of-the-tests-that-is-long-enough",
    }
    return load_settings(base | environ)


@pytest.mark.parametrize(
    ("mail", "payer", "environ", "words"),
    [
        (None, {}, {}, "payers[0].message: needs mail"),
        ({"host": "a b"}, {}, {}, "mail.host: must be"),
        ({"port": 0}, {}, {}, "mail.port: must be"),
        ({"security": "plain"}, {}, {}, "mail.security: must be one of"),
        ({"security": "none"}, {}, {}, "mail.security: may be none for this machine"),
        ({"security": "none", "host": "localhost"}, {}, {}, "mail.security: may be none for this machine"),
        ({"sender": "p2p"}, {}, {}, "mail.sender: must be a plain mail address"),
        ({"user": "parley"}, {}, {}, "PARLEY_SMTP_PASSWORD: is missing"),
        ({"ca_file": "gone.pem"}, {}, {}, "mail.ca_file: names a file that cannot be read"),
        ({"ca_file": "smart-config.json"}, {}, {}, "mail.ca_file: holds no certificate"),
        ({}, {"to": "a@b\nBcc: c@d"}, {}, "payers[0].message.to: must be a plain mail address"),
        ({}, {"certificate": "gone.pem"}, {}, "payers[0].message.certificate: names a file"),
        ({}, {"certificate": "smart-config.json"}, {}, "payers[0].message.certificate: holds no certificate"),
        ({}, {}, {"PARLEY_SMIME_KEY": "x"}, "PARLEY_SMIME_KEY: holds no certificate"),
        ({}, {"senders": ["payer.example"]}, {}, "payers[0].message.senders[0]: must be a plain mail address"),
        ({"inbox": INBOX}, {}, {}, "PARLEY_IMAP_PASSWORD: is missing"),
        ({"inbox": INBOX | {"host": "a b"}}, {}, {}, "mail.inbox.host: must be"),
        ({"inbox": INBOX | {"port": 65536}}, {}, {}, "mail.inbox.port: must be"),
        ({"inbox": INBOX | {"security": "none"}}, {}, {}, "mail.inbox.security: may be none for this machine"),
        ({"inbox": INBOX | {"user": "a\r\nb"}}, {}, {}, "mail.inbox.user: must be"),
        ({"inbox": INBOX | {"folder": "Eingänge"}}, {}, {}, "mail.inbox.folder: must be"),
        ({"inbox": INBOX | {"client_id": "c"}}, {}, {}, "mail.inbox.client_id: goes with token_endpoint"),
        ({"inbox": INBOX | {"token_endpoint": "https://t.example"}}, {}, {}, "client_id: goes with token_endpoint"),
        ({"inbox": INBOX | {"token_endpoint": "http://t.example"}}, {}, {}, "token_endpoint: must begin with https"),
        ({"inbox": INBOX | {"issuer": "gone"}}, {}, {}, "mail.inbox.issuer: is the slug of no issuer"),
        ({"inbox": INBOX | {"ca_file": "gone.pem"}}, {}, {}, "mail.inbox.ca_file: names a file"),
    ],
)
def test_a_way_to_write_to_payers_that_cannot_work_is_named(tmp_path: Path, mail, payer, environ, words):
    """Found before anything is sent, by the name of the setting; messages in clear are no setting of a hospital."""
    written = WRITTEN | {"message": WRITTEN["message"] | payer}
    with pytest.raises(Misconfigured) as caught:
        settings_with(tmp_path, None if mail is None else MAIL | mail, written, **environ)

    assert words in caught.value.say, caught.value.say


def test_the_password_of_the_mail_server_comes_from_a_file(tmp_path: Path):
    """No secret in smart-config.json."""
    (tmp_path / "password").write_text("pass word\n")
    environ = {"PARLEY_SMTP_PASSWORD_FILE": str(tmp_path / "password")}
    settings = settings_with(tmp_path, MAIL | {"user": "parley"}, WRITTEN, **environ)

    assert ("pass word", 587, "starttls") == (
        settings.smtp_password,
        settings.smart.mail.port,
        settings.smart.mail.security,
    )
    assert "pass word" not in repr(settings)


SMS = {"url": "https://sms.hospital.example/messages"}


@pytest.mark.parametrize(
    ("sms", "environ", "words"),
    [
        (SMS, {}, "PARLEY_SMS_TOKEN: is missing"),
        (SMS, {"PARLEY_SMS_TOKEN": "a b"}, "PARLEY_SMS_TOKEN: holds blanks"),
        (SMS, {"PARLEY_SMS_TOKEN": "a\nHost: x"}, "PARLEY_SMS_TOKEN: holds blanks"),
        ({"url": "http://sms.hospital.example/"}, {}, "sms.url: must begin with https"),
        ({"url": "https://u:p@sms.hospital.example/"}, {}, "sms.url: must be an https URL"),
        ({"url": "https://127.0.0.1/"}, {}, "sms.url: names this machine"),
        (SMS | {"sender": "North Hospital"}, {}, "sms.sender: must be a number"),
    ],
)
def test_a_text_message_service_that_cannot_work_is_named(tmp_path: Path, sms, environ, words):
    """Before the first message is lost."""
    with pytest.raises(Misconfigured) as caught:
        settings_with(tmp_path, None, sms=sms, **environ)

    assert words in caught.value.say, caught.value.say


def test_the_token_of_the_text_message_service_comes_from_the_environment(tmp_path: Path):
    """Shown nowhere; its host may lie inside the network, like an EHR's."""
    settings = settings_with(tmp_path, None, sms=SMS | {"sender": "Parley"}, PARLEY_SMS_TOKEN="t0ken-of-sms")

    assert ("t0ken-of-sms", "Parley") == (settings.sms_token, settings.smart.sms.sender)
    assert "sms.hospital.example" in settings.inside_hosts and "t0ken-of-sms" not in repr(settings)


def test_who_gets_what_names_no_case_is_told_or_the_only_one(tmp_path: Path):
    """The password comes from a file, and is shown nowhere."""
    (tmp_path / "password").write_text("pass word\n")
    environ = {"PARLEY_IMAP_PASSWORD_FILE": str(tmp_path / "password")}
    for inbox in (INBOX, INBOX | {"issuer": ISSUER["slug"]}):
        settings = settings_with(tmp_path, MAIL | {"inbox": inbox}, WRITTEN, **environ)
        assert (ISSUER["slug"], "pass word") == (settings.mail_home, settings.imap_password)
        assert "pass word" not in repr(settings)
    smart = settings.smart
    other = msgspec.structs.replace(smart.issuers[0], slug="other")
    shared = msgspec.structs.replace(
        smart, issuers=(*smart.issuers, other), mail=msgspec.structs.replace(smart.mail, inbox=MailInbox("h", "u"))
    )
    assert replace(settings, smart=shared).mail_home is None


FAX = {"name": "North Hospital", "number": "+15125550100", "phone": "+15125550199", "url": "https://fax.example/v1"}
FAXED = {"key": "uhc_general", "fax": {"to": "+15125550134"}}
MAILED = {"url": None, "gateway": "fax.example"}


@pytest.mark.parametrize(
    ("fax", "payer", "more", "words"),
    [
        (None, {}, {}, "payers[0].fax: needs fax"),
        (FAX, {"to": "512-555-0134"}, {}, "payers[0].fax: must hold numbers as +15125550134"),
        (FAX, {"senders": ["+1 512 555 0134"]}, {}, "payers[0].fax: must hold numbers as +15125550134"),
        (FAX, {}, {}, "PARLEY_FAX_SECRET: is missing"),
        (FAX, {}, {"PARLEY_FAX_SECRET": "a b"}, "PARLEY_FAX_SECRET: holds blanks"),
        (FAX | {"url": "http://fax.example"}, {}, {}, "fax.url: must begin with https"),
        (FAX | {"gateway": "fax.example"}, {}, {}, "fax: needs url or gateway, one of them"),
        (FAX | {"url": None}, {}, {}, "fax: needs url or gateway, one of them"),
        (FAX | MAILED, {}, {}, "fax.gateway: needs mail"),
        (FAX | MAILED, {"confidential": True}, {}, "payers[0].fax.confidential: cannot be kept by a gateway"),
        (FAX | {"body": "xml"}, {}, {}, "fax.body: must be one of json, multipart"),
        (FAX | {"name": " "}, {}, {}, "fax.name: is empty"),
        (FAX | {"phone": "911"}, {}, {}, "fax.phone: must hold numbers"),
    ],
)
def test_a_way_to_fax_that_cannot_work_is_named(tmp_path: Path, fax, payer, more, words):
    """Before the first fax; what may be read on its way names no member."""
    faxed = FAXED | {"fax": FAXED["fax"] | payer}
    with pytest.raises(Misconfigured) as caught:
        settings_with(tmp_path, None, faxed, fax=fax, **more)

    assert words in caught.value.say, caught.value.say


def test_the_fax_services_secret_comes_from_the_environment(tmp_path: Path):
    """Shown nowhere; its host may lie inside the network."""
    settings = settings_with(tmp_path, None, FAXED, fax=FAX, PARLEY_FAX_SECRET="fax-s3cret")

    assert "fax-s3cret" == settings.fax_secret and "fax.example" in settings.inside_hosts
    assert "fax-s3cret" not in repr(settings)


HOOK = {"name": "fax", "channel": "fax"}
WHSEC = "whsec_" + "c2VjcmV0" * 5


@pytest.mark.parametrize(
    ("hooks", "secrets", "words"),
    [
        ([HOOK], "", "PARLEY_HOOK_SECRETS: names no secret for the hook fax"),
        ([HOOK], "mail whsec_AAAA", "line 1 is not: the name of a hook"),
        ([HOOK], f"# ours\n\nfax {WHSEC}\nfax short", "PARLEY_HOOK_SECRETS: line 4 is no secret"),
        ([HOOK | {"name": "a/b"}], f"a/b {WHSEC}", "hooks[0].name: use lower-case"),
        ([HOOK, HOOK], f"fax {WHSEC}", "hooks[1].name: 'fax' stands twice"),
        ([HOOK | {"channel": "phone"}], f"fax {WHSEC}", "hooks[0].channel: must be one of fax, message"),
        ([HOOK | {"issuer": "gone"}], f"fax {WHSEC}", "hooks[0].issuer: is the slug of no issuer"),
    ],
)
def test_a_hook_that_cannot_work_is_named(tmp_path: Path, hooks, secrets, words):
    """Without a secret anybody could tell of a fax."""
    with pytest.raises(Misconfigured) as caught:
        settings_with(tmp_path, None, hooks=hooks, PARLEY_HOOK_SECRETS=secrets)

    assert words in caught.value.say, caught.value.say


def test_a_hook_has_one_secret_or_two_while_it_is_changed(tmp_path: Path):
    """Shown nowhere."""
    secrets = f"fax {WHSEC}\nfax {WHSEC[6:]}"
    settings = settings_with(tmp_path, None, hooks=[HOOK], PARLEY_HOOK_SECRETS=secrets)

    assert {"fax": (b"secret" * 5,) * 2} == settings.hook_secrets
    assert "secretsecret" not in repr(settings)


def test_a_payer_stands_once(tmp_path: Path):
    """A second record would silently take the first one's place."""
    with pytest.raises(Misconfigured, match=r"payers\[1\].key: 'uhc_general' stands twice"):
        read(tmp_path, PAYER, PAYER)


def test_asking_a_payer_needs_a_signing_key(tmp_path: Path):
    """Found at the start, not at the first question: the secret comes from the environment alone."""
    read(tmp_path, PAYER)
    environ = {
        "PARLEY_SMART_CONFIG": str(tmp_path / "smart-config.json"),
        "PARLEY_BASE_URL": "https://parley.example",
        "PARLEY_SECRET_KEY": "a-secret-of-the-tests-that-is-long-enough",
    }
    with pytest.raises(Misconfigured, match="PARLEY_SIGNING_KEYS: is missing; a payer's inquire signs in"):
        load_settings(environ)

    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    assert load_settings(environ | {"PARLEY_SIGNING_KEYS": str(keys)}).smart.payers[0].inquire.client_id == "parley"


def test_the_sandboxes_payers_are_taken_for_development(tmp_path: Path):
    """Loopback and http only where PARLEY_ALLOW_LOOPBACK says so."""
    local = INQUIRE | {"fhir_base": "http://localhost:8571/payer/x/fhir"}

    assert read(tmp_path, {"key": "a", "inquire": local}, allow_loopback=True).payers[0].inquire


def test_a_feeds_secret_address_and_key_come_from_the_environment(tmp_path: Path):
    """Once, here or there; the password where somebody signs in; neither stands in what is printed of the settings."""
    feed = {"key": "own-plan", "feed": {"kind": "bulk", "user": "parley"}}
    secret = "https://payer.example/f?key=s3cret"
    told = {"PARLEY_FEED_URL_OWN_PLAN": secret, "PARLEY_FEED_PASSWORD_OWN_PLAN": "opens-it"}
    settings = settings_with(tmp_path, None, feed, **told)

    assert (secret, "opens-it") == (settings.feeds["own-plan"].url, settings.feeds["own-plan"].password)
    assert "s3cret" not in repr(settings)
    assert "opens-it" not in repr(settings)
    for name in told:
        with pytest.raises(Misconfigured, match="is missing"):
            settings_with(tmp_path, None, feed, **{key: value for key, value in told.items() if key != name})
    twice = feed | {"feed": feed["feed"] | {"url": FEED}}
    with pytest.raises(Misconfigured, match="is given twice"):
        settings_with(tmp_path, None, twice, **told)


PUBMED = {"email": "office@hospital.example"}


@pytest.mark.parametrize(
    ("pubmed", "environ", "words"),
    [
        ({"email": "office"}, {}, "literature.email: must be a plain mail address"),
        (PUBMED | {"tool": "our tool"}, {}, "literature.tool: must be one word"),
        (PUBMED | {"url": "http://eutils.example"}, {}, "literature.url: must begin with https"),
        (PUBMED, {"PARLEY_PUBMED_KEY": "a b&c"}, "PARLEY_PUBMED_KEY: is no key"),
    ],
)
def test_a_pubmed_that_cannot_be_asked_is_named(tmp_path: Path, pubmed, environ, words):
    """Before anybody presses the button."""
    with pytest.raises(Misconfigured) as caught:
        settings_with(tmp_path, None, pubmed=pubmed, **environ)

    assert words in caught.value.say, caught.value.say


def test_pubmed_is_off_unless_it_is_named(tmp_path: Path):
    """Its key, shown nowhere, counts only then."""
    off = settings_with(tmp_path, None, PARLEY_PUBMED_KEY="k3y0fncbi00")
    on = settings_with(tmp_path, None, pubmed=PUBMED, PARLEY_PUBMED_KEY="k3y0fncbi00")

    assert (None, None) == (off.smart.literature, off.pubmed_key)
    assert "k3y0fncbi00" == on.pubmed_key and "k3y0fncbi00" not in repr(on)


WORDING = {"url": "https://llm.hospital.example/v1", "model": "small-1"}


@pytest.mark.parametrize(
    ("wording", "environ", "words"),
    [
        (WORDING | {"url": "http://llm.example/v1"}, {}, "wording.url: must begin with https"),
        (WORDING | {"model": "a model"}, {}, "wording.model: must be one word"),
        (WORDING, {"PARLEY_WORDING_TOKEN": "a b"}, "PARLEY_WORDING_TOKEN: holds blanks"),
    ],
)
def test_a_language_model_that_cannot_be_asked_is_named(tmp_path: Path, wording, environ, words):
    """Before anybody presses the button."""
    with pytest.raises(Misconfigured) as caught:
        settings_with(tmp_path, None, wording=wording, **environ)

    assert words in caught.value.say, caught.value.say


def test_the_language_model_is_off_unless_it_is_named(tmp_path: Path):
    """Its token, shown nowhere, counts only then; it may lie inside the network."""
    off = settings_with(tmp_path, None, PARLEY_WORDING_TOKEN="t0ken-of-model")
    on = settings_with(tmp_path, None, wording=WORDING, PARLEY_WORDING_TOKEN="t0ken-of-model")

    assert (None, None) == (off.smart.wording, off.wording_token)
    assert "t0ken-of-model" == on.wording_token and "t0ken-of-model" not in repr(on)
    assert "llm.hospital.example" in on.inside_hosts and "llm.hospital.example" not in off.inside_hosts


@pytest.mark.parametrize(
    ("issuer", "words"),
    [
        ({"frame_ancestors": ["https://ehr.example; script-src *"]}, "frame_ancestors[0]: must be an origin"),
        ({"frame_ancestors": ["https://*"]}, "frame_ancestors[0]: must be an origin"),
        ({"frame_ancestors": ["http://ehr.example"]}, "frame_ancestors[0]: must begin with https://"),
        ({"pinned_hosts": ["https://login.example"]}, "pinned_hosts[0]: must be a host, or host:port"),
        ({"overrides": {"DocumentRefrence.c": False}}, "overrides['DocumentRefrence.c']: must be Type.letter"),
        ({"overrides": {"Appointment.create": False}}, "overrides['Appointment.create']: must be Type.letter"),
        ({"overrides": {"Appointment": False}}, "overrides['Appointment']: must be Type.letter"),
        ({"overrides": {"Appointment.c": True}}, "overrides['Appointment.c']: must be false"),
        ({"sync": {"denials_min": 0}}, "sync.denials_min: must lie between 1 and 1440"),
        ({"fhir_base": "https://ehr.example:port/fhir"}, "fhir_base: must be an https URL"),
        ({"fhir_base": "https://[ehr.example/fhir"}, "fhir_base: must be an https URL"),
    ],
)
def test_what_would_not_count_as_it_is_meant_is_named(tmp_path: Path, issuer: dict, words: str):
    """A switch that is misspelled leaves writing on; a frame's address with a sign too many opens it to others."""
    with pytest.raises(Misconfigured) as refused:
        read(tmp_path, issuer=issuer)

    assert refused.value.say.startswith(f"smart-config.json issuers[0].{words}"), refused.value.say


def test_every_type_that_is_asked_for_can_be_switched_off():
    """And no other can be named."""
    tables = (scopes._CHART, scopes._FORM, scopes._PRACTICE, scopes._BACKEND)

    assert RESOURCES == {kind for each in tables for kind in each}


def environment(tmp_path: Path, *, issuer: dict | None = None, **more: str) -> dict[str, str]:
    """Return the environment of a site."""
    path = tmp_path / "smart-config.json"
    path.write_text(json.dumps({"issuers": [ISSUER | (issuer or {})]}), encoding="utf-8")
    named = {"SMART_CONFIG": str(path), "BASE_URL": "https://parley.example", "SECRET_KEY": "secret-of-a-test-" * 3}
    return {f"PARLEY_{name}": value for name, value in (named | more).items()}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"BASE_URL": "https://parley.example/apps/parley"}, "BASE_URL: must be https://host[:port] alone"),
        ({"LAUNCHES_A_MINUTE": "0"}, "LAUNCHES_A_MINUTE: must be a number"),
        ({"ALLOW_LOOPBACK": "yes"}, "ALLOW_LOOPBACK: must be 1 or 0"),
        ({"CLIENT_SECRET_SOUTH": "x"}, "CLIENT_SECRET_SOUTH: is the secret of no issuer"),
        ({"CLIENT_SECRET_NORTH": ""}, "CLIENT_SECRET_NORTH: is missing; issuer north"),
    ],
)
def test_a_variable_that_would_not_count_is_named(tmp_path: Path, more: dict, words: str):
    """Before anything is served at an address that leads nowhere, or signed in with a secret that nobody set."""
    with pytest.raises(Misconfigured) as refused:
        load_settings(
            environment(tmp_path, issuer={"auth": "client_secret_basic"}, **{"CLIENT_SECRET_NORTH": "s"} | more)
        )

    assert refused.value.say.startswith(f"PARLEY_{words}"), refused.value.say


def test_a_proxy_that_is_not_told_of_is_warned_of(tmp_path: Path):
    """Behind it everybody has one address: one hospital's launches would be counted as one person's."""
    (warning,) = load_settings(environment(tmp_path)).warnings

    assert warning.startswith("PARLEY_PROXIES=0")
    assert () == load_settings(environment(tmp_path, PROXIES="1")).warnings


@pytest.mark.parametrize(
    "issuer",
    [
        {"cookieless": True},
        {"sync": {"max_rps": 1.0}},
        {"sync": {"calendar_min": 5}},
        {"sync": {"reconcile_cron": "0 3 * * *"}},
        {"profile": {"document": {"needs_period": True}}},
    ],
    ids=str,
)
def test_a_setting_that_nothing_reads_is_warned_of(tmp_path: Path, issuer: dict):
    """Who sets one believes that it holds; in its default it says nothing."""
    (warning,) = load_settings(environment(tmp_path, issuer=issuer, PROXIES="1")).warnings
    assert "has no effect" in warning

    ((section, told),) = issuer.items()
    name = next(iter(told)) if isinstance(told, dict) else section
    assert (name if name != "document" else "document.needs_period") in warning
