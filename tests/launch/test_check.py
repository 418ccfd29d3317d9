"""`parley check`: every fault is found before any patient is, named, and told with what to do."""

import io
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from werkzeug.wrappers import Response

from app.core.rulebook.edits import PAYER
from app.edges.store.database import open_database
from app.edges.store.store import SqlStore
from app.settings import (
    Calendars,
    Fax,
    Feed,
    GoogleCalendars,
    Literature,
    Mail,
    MailInbox,
    MicrosoftCalendars,
    PayerEndpoint,
    PayerFax,
    PayerFeed,
    PayerInquiry,
    PayerMessage,
    Sms,
    Wording,
)
from launch.check import run_check, run_from_environment
from launch.check.finding import Finding, print_findings
from launch.smart.keys import make_signing_keys
from tests.edges.calendars.google_like import GoogleLike
from tests.edges.calendars.json_server import json_server
from tests.edges.fax_server import SECRET as FAX_SECRET
from tests.edges.fax_server import Faxes, fax_service
from tests.edges.imap_server import PASSWORD, USER, dovecot
from tests.edges.mail_server import Mood, mail_server, papers
from tests.edges.publisher import publishing
from tests.edges.sms_server import TOKEN, Texts, text_service
from tests.edges.test_literature import Utilities, utilities
from tests.edges.test_request_forms import a_word_form
from tests.edges.test_wording import Model, model_at
from tests.fakes.office import the_rules
from tests.launch.smart import conftest
from tests.launch.smart.world import SECRET, as_json
from tests.rule_edits import an_edit
from tests.web.oauth_like import CLIENT, OAuthLike
from tests.web.oauth_like import SECRET as CALENDAR_SECRET

# The same worlds as the launch's tests.
world, new_world, database, database_path = (
    conftest.world,
    conftest.new_world,
    conftest.database,
    conftest.database_path,
)
ehr_key, signing_keys_path, empty_database = conftest.ehr_key, conftest.signing_keys_path, conftest.empty_database
SECRET_KEY = "test-only-secret-of-more-than-32-characters"


def real_now():
    """Return the time: the EHR's Date header tells the machine's."""
    return datetime.now(UTC)


@pytest.fixture
def found(world, database_path):
    """Check the world, changed; return {level: [sentences]}."""
    world.now = real_now()

    def check(clock=real_now, **changes) -> dict[str, list[str]]:
        settings = replace(world.settings, **({"database_url": f"sqlite:///{database_path}"} | changes))
        return by_level(run_check(settings, clock=clock))

    return check


def by_level(findings) -> dict[str, list[str]]:
    """Return the sentences by level."""
    told = {level: [] for level in ("good", "note", "warning", "fault")}
    for each in findings:
        told[each.level].append(each.say)
    return told


def has(told: list[str], words: str) -> bool:
    """Whether one of the sentences holds the words."""
    return any(words in each for each in told)


def with_issuer(world, **changes):
    """Return the smart configuration with a changed issuer."""
    issuer = world.issuer
    values = {name: getattr(issuer, name) for name in issuer.__struct_fields__} | changes
    return type(world.settings.smart)(issuers=(type(issuer)(**values),))


def test_a_site_that_is_ready_has_no_fault(world, found):
    """What to register is told word for word, and what works there."""
    told = found()

    assert [] == told["fault"]
    assert [] == told["warning"]
    assert has(told["note"], f"{world.app_base}/callback")
    assert has(told["note"], f"{world.app_base}/launch (chart), {world.app_base}/launch/worklist (worklist tab)")
    assert has(told["note"], f"{world.app_base}/.well-known/jwks.json (ES384)")
    assert has(told["note"], "chart     scopes launch openid fhirUser online_access patient/Patient.r ")
    assert has(told["note"], "ClaimResponse: read, search, create, update")
    assert has(told["good"], "parley-backend is let in")
    assert has(told["good"], "up to date")


def test_nothing_is_changed_by_looking(world, found, database_path):
    """The check reads; the one token that it asks for is the backend's, and is thrown away."""
    before = database_path.read_bytes()
    found()

    assert before == database_path.read_bytes()
    assert {"GET"} == {each.method for each in world.recorder.requests if each.path != "/auth/token"}
    assert ["client_credentials"] == [each.form["grant_type"] for each in world.token_requests]


def test_what_an_ehr_does_not_offer_is_said_with_what_is_lost(new_world, database_path):
    """Epic: denials through ExplanationOfBenefit, no Appointment created; each is told in words."""
    world = new_world(sandbox={"profile": "epic-like"})
    world.now = real_now()
    told = by_level(run_check(replace(world.settings, database_url=f"sqlite:///{database_path}")))

    assert [] == told["fault"]
    assert has(
        told["warning"],
        "create of Appointment is not offered: a booked call stands as a task, else as a message, else in Parley only",
    )
    assert not has(told["warning"], "ClaimResponse")
    assert has(told["note"], "no online_access")


def test_an_ehr_without_payers_answers_is_said(world, found):
    """Neither ClaimResponse nor ExplanationOfBenefit: cases do not appear by themselves."""
    statement = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server"}]}
    world.recorder.instead = lambda seen: as_json(statement) if seen.path == "/fhir/metadata" else None

    assert has(found()["warning"], "search of ClaimResponse is not offered: payers' answers are not found")


def test_an_interaction_switched_off_is_said(world, found):
    """What the site's own record takes away is not the EHR's fault."""
    told = found(smart=with_issuer(world, overrides={"Appointment.c": False}))

    assert has(told["warning"], "create of Appointment is switched off by overrides")


METADATA = {
    "a refusal": (403, "application/json", b"{}", "gives no CapabilityStatement (HTTP 403)"),
    "a page": (200, "text/html", b"<title>Sign in</title>", "The FHIR server: The answer is a page"),
    "another resource": (200, "application/json", b'{"resourceType": "Patient"}', "gives no CapabilityStatement"),
    "an older FHIR": (
        200,
        "application/json",
        b'{"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2"}',
        "speaks FHIR 3.0.2; Parley speaks R4",
    ),
}


@pytest.mark.parametrize(("status", "kind", "body", "words"), METADATA.values(), ids=METADATA.keys())
def test_a_fhir_server_that_cannot_be_used_is_a_fault(world, found, status, kind, body, words):
    """Silent, refusing, or not FHIR R4."""
    world.recorder.instead = lambda seen: (status, kind, body) if seen.path == "/fhir/metadata" else None

    assert has(found()["fault"], words)


CONFIGURATIONS = {
    "no S256": (lambda told: told.update(code_challenge_methods_supported=["plain"]), "fault", "S256"),
    "an endpoint elsewhere": (lambda told: told.update(token_endpoint="https://evil.example/t"), "fault", "not pinned"),
    "no issuer": (lambda told: told.pop("issuer"), "fault", "has no issuer"),
    "no keys": (lambda told: told.pop("jwks_uri"), "fault", "names no keys"),
    "no authorization": (lambda told: told.pop("authorization_endpoint"), "fault", "no authorization_endpoint"),
    "no EHR launch": (lambda told: told["capabilities"].remove("launch-ehr"), "warning", "capability launch-ehr"),
    "no such client": (
        lambda told: told["capabilities"].remove("client-confidential-asymmetric"),
        "warning",
        "client-confidential-asymmetric",
    ),
}


@pytest.mark.parametrize(("change", "level", "words"), CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_a_sign_in_that_will_not_work_is_found(world, found, change, level, words):
    """What would stop the first launch is said beforehand."""
    world.change_configuration(change)

    assert has(found()[level], words)


def test_keys_that_cannot_check_a_sign_in_are_a_fault(world, found):
    """A JWKS without RSA or EC keys."""
    world.recorder.instead = lambda seen: as_json({"keys": [{"kty": "oct"}]}) if "jwks" in seen.path else None

    assert has(found()["fault"], "hold none that Parley can check a sign-in with")


def test_an_ehr_that_is_away_is_a_fault_and_the_others_are_still_checked(world, found):
    """One dead EHR among two."""
    dead = with_issuer(world, slug="dead", fhir_base="http://localhost:1/fhir").issuers
    told = found(smart=type(world.settings.smart)(issuers=(*dead, *world.settings.smart.issuers)))

    assert has(told["fault"], "cannot be reached")
    assert has(told["good"], "Its sign-in answers")


def test_clocks_that_differ_are_warned_of(found):
    """Sign-ins are refused at a minute's difference; half of it is told."""
    assert has(found(clock=lambda: real_now() + timedelta(seconds=45))["warning"], "s apart")
    assert not has(found(clock=lambda: real_now() + timedelta(seconds=20))["warning"], "s apart")


def test_a_backend_client_that_is_refused_is_warned_of(world, found):
    """With the EHR's code, and that it reads our keys from the served JWKS."""
    told = found(smart=with_issuer(world, backend_client_id="unknown"))

    assert has(told["warning"], "backend client unknown is not let in (invalid_client)")


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"frame_ancestors": ()}, "warning", "frame_ancestors is empty"),
        ({"cookieless": True}, "warning", "cookieless has no effect"),
        ({"roles": {}}, "note", "everybody is a delegate"),
        ({"refresh": "offline"}, "note", "offline_access"),
    ],
)
def test_a_record_that_will_surprise_is_pointed_out(world, found, change, level, words):
    """Not wrong, and still not what a site expects."""
    assert has(found(smart=with_issuer(world, **change))[level], words)


@pytest.mark.parametrize(
    ("alg", "kid", "fault"), [("RS384", None, None), ("ES384", "lost", "no ES384 key with kid lost")]
)
def test_each_ehr_must_find_its_key(world, found, alg, kid, fault):
    """alg and kid of the record against the key file."""
    faults = found(smart=with_issuer(world, alg=alg, kid=kid))["fault"]

    assert has(faults, fault) if fault else [] == faults


def test_a_broken_key_file_is_a_fault(found, tmp_path):
    """Named by its place in the file."""
    path = tmp_path / "broken.json"
    path.write_text('{"keys": [{"kty": "EC"}]}')

    assert has(found(signing_keys_path=path)["fault"], "PARLEY_SIGNING_KEYS keys[0]")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///{folder}/none.db", "is not there yet"),
        ("sqlite:///{folder}/empty.db", "is not up to date"),
        ("sqlite:///{folder}/missing/none.db", "is not there yet"),
        ("postgresql://parley@127.0.0.1:1/parley", "no server answers"),
        ("mysql://x", "PARLEY_DATABASE_URL"),
    ],
)
def test_a_database_that_is_not_ready_is_a_fault(found, tmp_path, url, words):
    """Absent, empty, unreachable, of another kind; none is created by looking."""
    (tmp_path / "empty.db").touch()

    assert has(found(database_url=url.format(folder=tmp_path))["fault"], words)
    assert not (tmp_path / "none.db").exists()


def with_payer(world, **changes):
    """Return the smart configuration with the sandbox's payer that can be asked."""
    inquiry = {"fhir_base": f"{world.ehr_base}/payer/unitedhealthcare/fhir", "client_id": "parley-at-payers"}
    base = {"key": "uhc_general", "slots_base": inquiry["fhir_base"]}
    told = {name: value for name, value in changes.items() if name in ("key", "slots_base")}
    asked = {name: value for name, value in changes.items() if name not in told}
    payer = PayerEndpoint(**(base | told), inquire=PayerInquiry(**(inquiry | asked)))
    return type(world.settings.smart)(issuers=world.settings.smart.issuers, payers=(payer,))


def test_a_payer_that_was_added_on_the_rules_page_is_known(world, found, database_path):
    """Its key stands in no file; whoever registers at it after adding it is not told that it is wrong."""
    smart = with_payer(world, key="own_health_plan")
    words = "no payer of the rule book has this key"
    assert has(found(smart=smart)["fault"], words)
    with closing(open_database(f"sqlite:///{database_path}")) as database:
        edit = an_edit(name=PAYER, values={"payer": "Own Health Plan", "names": []}, rule="own_health_plan")
        SqlStore(database).add_rule_edit(smart.issuers[0].slug, edit)

    assert [] == found(smart=smart)["fault"]


def test_a_payer_that_can_be_asked_is_tried(world, found):
    """Let in, and the operation answers; what to register there is told; the question names nobody."""
    told = found(smart=with_payer(world))

    assert ([], []) == (told["fault"], told["warning"])
    assert has(told["good"], "Its published times can be searched")
    assert has(told["good"], "Parley's client parley-at-payers is let in")
    assert has(told["good"], "Claim/$inquire answers")
    assert has(told["note"], "every 60 minutes, at most 10 a minute")
    asked = world.recorder.of("/payer/unitedhealthcare/fhir/Claim/$inquire")
    assert ['{"resourceType": "Bundle", "type": "collection"}'] == [each.body for each in asked]


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"key": "nobody"}, "fault", "no payer of the rule book has this key"),
        ({"client_id": "unknown"}, "warning", "client unknown is not let in (invalid_client)"),
        ({"scopes": "system/ClaimResponse.r"}, "warning", "is not allowed with these scopes (HTTP 403)"),
        ({"fhir_base": "http://localhost:1/fhir"}, "warning", "Its sign-in could not be tried"),
        ({"slots_base": "http://localhost:1/fhir"}, "warning", "Its published times"),
        ({"every_min": 0}, "note", "asked            only when a person asks"),
        ({"kid": "lost"}, "fault", "payer uhc_general: PARLEY_SIGNING_KEYS: has no ES384 key with kid lost"),
    ],
)
def test_a_payer_that_will_not_work_is_found(world, found, change, level, words):
    """Each with its own sentence, before any patient is asked about."""
    told = found(smart=with_payer(world, **change))

    assert has(told[level], words), told


def test_a_payer_without_the_operation_is_found(world, found):
    """It signs us in and knows no Claim/$inquire."""
    base = f"{world.ehr_base}/payer/unitedhealthcare"
    smart = with_payer(world, fhir_base=f"{base}/elsewhere", token_endpoint=f"{base}/auth/token")

    assert has(found(smart=smart)["warning"], "Claim/$inquire is not there (HTTP 404)")


def environment(world, folder, **changes) -> dict[str, str]:
    """Return the variables of a site, its files written to `folder`."""
    issuer = {
        "slug": "sandbox",
        "fhir_base": f"{world.ehr_base}/fhir",
        "client_id": "parley",
        "auth": "private_key_jwt",
        "frame_ancestors": [world.ehr_base],
        "roles": {"x": "clinician"},
    }
    (folder / "smart-config.json").write_text(json.dumps({"issuers": [issuer]}))
    (folder / "keys.json").write_text(json.dumps(make_signing_keys()))
    return {
        "PARLEY_SMART_CONFIG": str(folder / "smart-config.json"),
        "PARLEY_BASE_URL": world.app_base,
        "PARLEY_SECRET_KEY": SECRET_KEY,
        "PARLEY_SIGNING_KEYS": str(folder / "keys.json"),
        "PARLEY_ALLOW_LOOPBACK": "1",
    } | changes


def test_the_mail_server_is_tried_without_a_message(world, found, tmp_path):
    """Connected, protected and signed in to; a payer without a certificate is told not to be named a member."""
    own, mood = papers(tmp_path, "server"), Mood()
    payer = PayerEndpoint("uhc_general", message=PayerMessage("p2p@payer.example"))
    with mail_server(mood, own) as port:
        smart = type(world.settings.smart)(
            issuers=world.settings.smart.issuers,
            payers=(payer,),
            mail=Mail("localhost", "calls@hospital.example", port=port),
        )
        good = found(smart=smart, mail_ca_file=own.certificate)
        stranger = found(smart=smart)

    assert has(good["good"], "localhost takes messages from calls@hospital.example, unsigned")
    assert has(good["note"], "written to p2p@payer.example, not encrypted end to end")
    assert has(stranger["warning"], "certificate is not one that is trusted") and not mood.kept


def test_the_text_message_service_is_tried_without_a_message(world, found):
    """Whether anybody answers there; nothing is sent, and the token stays here."""
    texts = Texts()
    with text_service(texts) as url:
        smart = type(world.settings.smart)(issuers=world.settings.smart.issuers, sms=Sms(url))
        good = found(smart=smart, sms_token=TOKEN)
    gone = found(smart=smart, sms_token=TOKEN)

    assert has(good["good"], "127.0.0.1 answers; whether it takes the token is seen at the first message")
    assert has(gone["warning"], "127.0.0.1: The server cannot be reached.")
    assert (["OPTIONS"], {}) == (texts.asked, texts.kept)


def test_curated_citations_are_compared_with_pubmed(world, found):
    """Each number by its own entry; a silent PubMed is a warning; without the setting nobody is asked."""
    cited = [each for service in the_rules().criteria for each in service.literature if each.pmid]
    odd = {each.pmid: {"uid": each.pmid, "title": each.title, "pubdate": str(each.year)} for each in cited}
    odd[cited[0].pmid] = {"uid": cited[0].pmid, "error": "cannot get document summary"}
    odd[cited[1].pmid]["pubtype"] = ["Retracted Publication"]
    made = Utilities(answers=[Response(json.dumps({"result": odd}), mimetype="application/json")])
    with utilities(made) as url:
        literature = Literature("office@hospital.example", url=url)
        smart = type(world.settings.smart)(issuers=world.settings.smart.issuers, literature=literature)
        told = found(smart=smart)
    gone = found(smart=smart)

    for pmid, words in ((cited[0].pmid, "PubMed has no entry of this number"), (cited[1].pmid, "it was retracted")):
        assert has(told["warning"], f"PMID {pmid}: {words}")
    assert has(told["good"], "PubMed confirms ") and 1 == len(made.asked)
    assert has(gone["warning"], "PubMed: ")


def test_the_language_model_says_a_sentence_of_nobody(world, found):
    """Whether it answers, and whether what it says might stand."""

    def told(model: Model) -> dict[str, list[str]]:
        with model_at(model) as url:
            return found(smart=type(world.settings.smart)(world.settings.smart.issuers, wording=Wording(url, "small")))

    kind, wild, gone = Model(), Model(answer='["Approve it."]'), Model(status=403)
    assert has(told(kind)["good"], "small answers, and keeps to what it is told")
    assert has(told(wild)["warning"], "its answer to a plain sentence may not stand")
    assert has(told(gone)["warning"], "language model")
    assert ["therapy was tried from [1] to [2], stopped: [3]."] == json.loads(
        kind.asked[0][1]["messages"][1]["content"]
    )


def test_the_fax_service_is_asked_and_nothing_faxed(world, found):
    """Whether it lets us in; how each payer's faxes go, and what cannot be asked."""
    faxes, numbers = Faxes(), {"name": "North Hospital", "number": "+15125550100", "phone": "+15125550199"}
    payer = PayerEndpoint("uhc_general", fax=PayerFax("+15125550134", confidential=True))
    smart = world.settings.smart
    with fax_service(faxes) as url:
        told = type(smart)(issuers=smart.issuers, payers=(payer,), fax=Fax(**numbers, url=url))
        good = found(smart=told, fax_secret=FAX_SECRET)
        bad = found(smart=told, fax_secret="wrong")
    mailed = found(smart=type(smart)(issuers=smart.issuers, fax=Fax(**numbers, gateway="fax.example")))

    assert has(good["good"], "lets Parley in and can be asked") and has(good["note"], "they name the member id")
    assert has(bad["warning"], "does not know Parley's secret") and not faxes.posts
    assert has(mailed["note"], "go as mail to NUMBER@fax.example")


def test_the_mailbox_is_opened_and_nothing_in_it_read(world, found, tmp_path):
    """Connected, protected and signed in to; where none is read, a person must, and that is said."""
    own = papers(tmp_path, "server")
    tmp_path.chmod(0o755)
    payer = PayerEndpoint("uhc_general", message=PayerMessage("p2p@payer.example"))
    smart, told = world.settings.smart, {"inbox_ca_file": own.certificate, "mail_ca_file": own.certificate}
    with dovecot(own) as server, mail_server(Mood(), own) as port:
        inbox = MailInbox("localhost", USER, port=server.implicit)
        mail = Mail("localhost", "calls@hospital.example", port=port, inbox=inbox)
        smart = type(smart)(issuers=smart.issuers, payers=(payer,), mail=mail)
        good = found(smart=smart, imap_password=PASSWORD, **told)
        bad = found(smart=smart, imap_password="wrong", **told)
    none = found(smart=type(smart)(issuers=smart.issuers, payers=(payer,), mail=Mail("localhost", "a@b.example")))

    assert has(good["good"], "answers to calls@hospital.example are read; what names no case")
    assert has(bad["warning"], "does not let Parley in") and has(none["note"], "payers' answers are read by people")


def test_the_exit_status_says_whether_there_is_a_fault(world, database_path, tmp_path):
    """0 when it may be served, 1 when it may not; loopback is said loudly, secrets not at all."""
    ready, absent = io.StringIO(), io.StringIO()
    variables = environment(world, tmp_path, PARLEY_DATABASE_URL=f"sqlite:///{database_path}")
    statuses = [
        run_from_environment(variables, out=ready),
        run_from_environment(variables | {"PARLEY_DATABASE_URL": f"sqlite:///{tmp_path}/no.db"}, out=absent),
    ]

    assert [0, 1] == statuses, ready.getvalue()
    assert "WARNING PARLEY_ALLOW_LOOPBACK=1: plain http and loopback issuers are accepted." in ready.getvalue()
    assert "0 faults" in ready.getvalue()
    assert "FAULT   is not there yet\n          → Run `parley db upgrade`." in absent.getvalue()
    assert "1 fault, " in absent.getvalue()
    assert [] == [each for each in (SECRET_KEY, SECRET) if each in ready.getvalue()]


def test_a_bad_setting_is_the_one_finding(tmp_path):
    """Nothing else is asked of anyone when the settings do not hold."""
    out = io.StringIO()

    assert 1 == run_from_environment({"PARLEY_BASE_URL": "http://parley.example"}, out=out)
    assert "FAULT   PARLEY_BASE_URL: must begin with https://" in out.getvalue()


def test_findings_stand_under_their_headings():
    """One heading for each subject, in the order found."""
    out = io.StringIO()
    print_findings([Finding("good", "One", "a"), Finding("warning", "One", "b", "c"), Finding("note", "Two", "d")], out)

    assert (
        "\nOne\n  ok      a\n  WARNING b\n          → c\n\nTwo\n  ·       d\n\n0 faults, 1 warning.\n" == out.getvalue()
    )


def test_a_payers_feed_is_read_once(world, found):
    """How many times it publishes, or why it cannot be read; its address, which may be secret, is not printed."""
    feed = PayerFeed("bulk")
    payer = PayerEndpoint("uhc_general", feed=feed)
    smart = type(world.settings.smart)(issuers=world.settings.smart.issuers, payers=(payer,))
    with publishing() as publisher:
        publisher.files["/s3cret"] = b'{"output": []}'
        place = {"uhc_general": Feed(f"{publisher.base}/s3cret")}
        told = found(smart=smart, feeds=place)
        assert has(told["good"], "Its published times (bulk, at 127.0.0.1) can be read: 0 free times")
        publisher.status["/s3cret"] = 404
        missing = found(smart=smart, feeds=place)
    assert has(missing["warning"], "Its published times (bulk, at 127.0.0.1)")
    assert not has(missing["warning"], "s3cret")


def test_clients_for_calendars_are_tried(world, found):
    """Google knows the client, Microsoft does not, and is away in the end; what to register is told."""
    with json_server(OAuthLike(GoogleLike())) as base:
        google = GoogleCalendars(CLIENT, base, f"{base}/auth", f"{base}/token", f"{base}/revoke")
        calendars = Calendars(google=google, microsoft=MicrosoftCalendars(CLIENT, login_base=base))
        smart = msgspec.structs.replace(world.settings.smart, calendars=calendars)
        secrets = {"google": CALENDAR_SECRET, "microsoft": "another"}
        told = found(smart=smart, calendar_secrets=secrets)
        assert "Google knows Parley's client" in told["good"]
        assert "Microsoft does not know Parley's client (invalid_client)" in told["fault"]
        assert "clinicians may connect: Google, Microsoft, published files and CalDAV servers" in told["note"]

    assert "Google's sign-in does not answer." in found(smart=smart, calendar_secrets=secrets)["warning"]


def test_payers_own_forms_are_read_before_a_coordinator_needs_one(found, tmp_path):
    """A form with a place that nobody fills is a fault, one of no payer in the rule book a warning; PDFs are tried."""
    forms = tmp_path / "forms"
    forms.mkdir()
    assert has(found(payer_forms=forms)["good"], "PDFs can be made")

    a_word_form(forms, "{{payer}}", name="nobody")
    a_word_form(forms, "{{payer}}", name="bcbssc")
    told = found(payer_forms=forms)
    assert ["nobody.docx is the form of no payer in the rule book"] == told["warning"]
    a_word_form(forms, "{{date of birth}}", name="bcbssc")
    assert has(found(payer_forms=forms)["fault"], "bcbssc.docx has a place that no field fills: {{date of birth}}")


def test_keys_that_others_may_read_are_warned_of(found, signing_keys_path):
    """Whoever has them signs in at the EHR as Parley."""
    assert not has(found()["warning"], "may read the file")
    signing_keys_path.chmod(0o644)
    try:
        assert has(found()["warning"], "others on this machine may read the file")
    finally:
        signing_keys_path.chmod(0o600)
