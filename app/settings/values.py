"""The PARLEY_ variables, each read and checked; a fault is a Misconfigured that names the variable."""

import re
from collections.abc import Mapping
from pathlib import Path

from app.edges.payers.hooks import read_secret
from app.edges.payers.smime import read_certificate, read_signer
from app.errors import BadInput, Misconfigured
from app.settings.checks import check_feed_url
from app.settings.smart import Feed, IntakeKey, SmartConfig

VARIABLES = (
    "PARLEY_SMART_CONFIG",
    "PARLEY_BASE_URL",
    "PARLEY_HOST",
    "PARLEY_PORT",
    "PARLEY_DATABASE_URL",
    "PARLEY_SECRET_KEY",
    "PARLEY_SECRET_KEY_FALLBACKS",
    "PARLEY_SIGNING_KEYS",
    "PARLEY_ALLOW_LOOPBACK",
    "PARLEY_PROXIES",
    "PARLEY_LAUNCHES_A_MINUTE",
    "PARLEY_SITE_RULES",
    "PARLEY_PAYER_FORMS",
    "PARLEY_INTAKE_KEYS",
    "PARLEY_SMTP_PASSWORD",
    "PARLEY_IMAP_PASSWORD",
    "PARLEY_HOOK_SECRETS",
    "PARLEY_FAX_SECRET",
    "PARLEY_SMIME_KEY",
    "PARLEY_SMS_TOKEN",
    "PARLEY_PUBMED_KEY",
    "PARLEY_WORDING_TOKEN",
    "PARLEY_GOOGLE_SECRET",
    "PARLEY_MICROSOFT_SECRET",
)


SECRET_PREFIX = "PARLEY_CLIENT_SECRET_"  # noqa: S105 the name of a variable, not a secret
FEED_URL_PREFIX, FEED_PASSWORD_PREFIX = "PARLEY_FEED_URL_", "PARLEY_FEED_PASSWORD_"
PREFIXES = (SECRET_PREFIX, FEED_URL_PREFIX, FEED_PASSWORD_PREFIX)


def environment_with_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return PARLEY_ values, those named by X_FILE read from their files."""
    known = set(VARIABLES)
    values: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith("PARLEY_"):
            continue
        base = name.removesuffix("_FILE")
        if base not in known and not base.startswith(PREFIXES):
            raise Misconfigured(name, "is not a setting of Parley; check its spelling")
        if name == base:
            values[base] = value
            continue
        if base in environ:
            raise Misconfigured(name, f"stands beside {base}; give one of them")
        try:
            values[base] = Path(value).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(name, "names a file that cannot be read as text") from error
    return values


def switch_of(values: Mapping[str, str], name: str) -> bool:
    """Return whether a variable is 1; what is neither that, 0 nor empty might have meant either."""
    told = values.get(name, "")
    if told not in ("", "0", "1"):
        raise Misconfigured(name, "must be 1 or 0")
    return told == "1"


def client_secrets(values: Mapping[str, str], smart: SmartConfig) -> dict[str, str]:
    """Return the secret of each issuer that signs in with one, by slug."""
    names = {SECRET_PREFIX + each.slug.upper().replace("-", "_"): each for each in smart.issuers}
    for name in values:
        if name.startswith(SECRET_PREFIX) and name not in names:
            raise Misconfigured(name, "is the secret of no issuer of smart-config.json; check its spelling")
    for name, each in names.items():
        if each.auth == "client_secret_basic" and not values.get(name):
            raise Misconfigured(name, f"is missing; issuer {each.slug} signs in with a client secret")
    return {each.slug: values[name] for name, each in names.items() if values.get(name)}


def folder_of(values: Mapping[str, str], name: str) -> Path | None:
    """Return a folder of the site's own: payer rules, request forms; None where the variable is not set."""
    folder = values.get(name)
    if folder and not Path(folder).is_dir():
        raise Misconfigured(name, "names a folder that is not there")
    return Path(folder) if folder else None


def smtp_password(values: Mapping[str, str], smart: SmartConfig) -> str | None:
    """Return the password for mail.user, where one signs in."""
    password, wanted = values.get("PARLEY_SMTP_PASSWORD"), smart.mail is not None and bool(smart.mail.user)
    if wanted and not password:
        raise Misconfigured("PARLEY_SMTP_PASSWORD", "is missing; mail.user signs in at the mail server")
    return password if wanted else None


def sms_token(values: Mapping[str, str], smart: SmartConfig) -> str | None:
    """Return the token for the text message service, where there is one."""
    token = values.get("PARLEY_SMS_TOKEN")
    if smart.sms is not None and not token:
        raise Misconfigured("PARLEY_SMS_TOKEN", "is missing; sms.url takes no message without it")
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise Misconfigured("PARLEY_SMS_TOKEN", "holds blanks or letters that no header takes")
    return token if smart.sms is not None else None


def pubmed_key(values: Mapping[str, str], smart: SmartConfig) -> str | None:
    """Return the key with which NCBI answers more often, where there is one and PubMed may be asked."""
    key = values.get("PARLEY_PUBMED_KEY")
    if key and not re.fullmatch(r"[0-9A-Za-z]{10,80}", key):
        raise Misconfigured("PARLEY_PUBMED_KEY", "is no key of NCBI: letters and digits only")
    return key if smart.literature is not None else None


def wording_token(values: Mapping[str, str], smart: SmartConfig) -> str | None:
    """Return the token of the language model; a model of the site's own may want none."""
    token = values.get("PARLEY_WORDING_TOKEN")
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise Misconfigured("PARLEY_WORDING_TOKEN", "holds blanks or letters that no header takes")
    return token if smart.wording is not None else None


def imap_password(values: Mapping[str, str], smart: SmartConfig) -> str | None:
    """Return the password for mail.inbox.user, where a mailbox is read."""
    password, wanted = values.get("PARLEY_IMAP_PASSWORD"), smart.mail is not None and smart.mail.inbox is not None
    if wanted and not password:
        raise Misconfigured("PARLEY_IMAP_PASSWORD", "is missing; mail.inbox.user signs in at the mailbox")
    return password if wanted else None


def feeds_of(values: Mapping[str, str], smart: SmartConfig, *, allow_loopback: bool) -> dict[str, Feed]:
    """Return the feeds of payers, by key, each with its address and what opens it."""
    found = {}
    for index, payer in enumerate(smart.payers):
        if payer.feed is None:
            continue
        place = f"smart-config.json payers[{index}].feed.url"
        name = re.sub(r"[^A-Z0-9]", "_", payer.key.upper())
        url, given = payer.feed.url, values.get(FEED_URL_PREFIX + name)
        if (url is None) == (given is None):
            why = "is missing" if url is None else "is given twice"
            raise Misconfigured(place, f"{why}; it stands here, or in {FEED_URL_PREFIX}{name}")
        if given is not None:
            check_feed_url(FEED_URL_PREFIX + name, given, allow_loopback=allow_loopback)
        password = values.get(FEED_PASSWORD_PREFIX + name)
        if payer.feed.user and not password:
            raise Misconfigured(FEED_PASSWORD_PREFIX + name, "is missing; the feed's user signs in with it")
        found[payer.key] = Feed(url or given or "", password)
    return found


def fax_secret(values: Mapping[str, str], smart: SmartConfig) -> str | None:
    """Return the token, or with fax.user the password, of the fax service, where there is one."""
    secret, wanted = values.get("PARLEY_FAX_SECRET"), smart.fax is not None and smart.fax.url is not None
    if wanted and not secret:
        raise Misconfigured("PARLEY_FAX_SECRET", "is missing; fax.url takes nothing without it")
    if secret and not re.fullmatch(r"[\x21-\x7e]+", secret):
        raise Misconfigured("PARLEY_FAX_SECRET", "holds blanks or letters that no header takes")
    return secret if wanted else None


def hook_secrets(values: Mapping[str, str], smart: SmartConfig) -> dict[str, tuple[bytes, ...]]:
    """Return the signing secrets of each hook, one "name secret" a line, two lines while one is changed."""
    found: dict[str, tuple[bytes, ...]] = {each.name: () for each in smart.hooks}
    for number, line in enumerate(values.get("PARLEY_HOOK_SECRETS", "").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or words[0] not in found:
            raise Misconfigured("PARLEY_HOOK_SECRETS", f"line {number} is not: the name of a hook, its secret")
        try:
            found[words[0]] += (read_secret(words[1]),)
        except BadInput as error:
            raise Misconfigured("PARLEY_HOOK_SECRETS", f"line {number} {error.what}") from error
    for name in (each for each, secrets in found.items() if not secrets):
        raise Misconfigured("PARLEY_HOOK_SECRETS", f"names no secret for the hook {name}")
    return found


def calendar_secrets(values: Mapping[str, str], smart: SmartConfig) -> dict[str, str]:
    """Return the secrets of Parley's clients at Google and Microsoft, by the name of the client in `calendars`."""
    found = {}
    for name in ("google", "microsoft"):
        variable = f"PARLEY_{name.upper()}_SECRET"
        if getattr(smart.calendars, name) is None:
            continue
        if not values.get(variable):
            raise Misconfigured(variable, f"is missing; calendars.{name} signs in with a client secret")
        found[name] = values[variable]
    return found


def smime_key(values: Mapping[str, str]) -> bytes | None:
    """Return our key and certificate for S/MIME, as PEM, or None."""
    pem = values.get("PARLEY_SMIME_KEY", "").encode()
    try:
        return pem if pem and read_signer(pem) else None
    except BadInput as error:
        raise Misconfigured("PARLEY_SMIME_KEY", error.what) from error


def payer_certificates(folder: Path, smart: SmartConfig) -> dict[str, bytes]:
    """Return the certificates of payers, by key, each one to which can be encrypted."""
    found = {}
    for index, payer in enumerate(smart.payers):
        if payer.message is None or payer.message.certificate is None:
            continue
        place = f"smart-config.json payers[{index}].message.certificate"
        pem = _file_beside(place, folder, payer.message.certificate)
        try:
            read_certificate(pem)
        except BadInput as error:
            raise Misconfigured(place, error.what) from error
        found[payer.key] = pem
    return found


def mail_ca_files(folder: Path, smart: SmartConfig) -> tuple[Path | None, Path | None]:
    """Return the files of the authorities by which the mail server and the mailbox are trusted; None: the system's."""
    mail = smart.mail
    wanted = (("mail", mail.ca_file), ("mail.inbox", mail.inbox.ca_file if mail.inbox else None)) if mail else ()
    found = [_authority(f"smart-config.json {place}.ca_file", folder, name) for place, name in wanted]
    return (found[0], found[1]) if found else (None, None)


def _authority(place: str, folder: Path, name: str | None) -> Path | None:
    if name is None:
        return None
    if b"BEGIN CERTIFICATE" not in _file_beside(place, folder, name):
        raise Misconfigured(place, "holds no certificate in PEM")
    return folder / name


def _file_beside(place: str, folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except (OSError, ValueError) as error:
        raise Misconfigured(place, "names a file that cannot be read") from error


def signing_keys_path(values: Mapping[str, str], smart: SmartConfig) -> Path | None:
    """Return the file of our signing keys, demanded where somebody signs in with private_key_jwt."""
    signing = values.get("PARLEY_SIGNING_KEYS")
    for_ehr = any(each.auth == "private_key_jwt" or each.backend_client_id for each in smart.issuers)
    for_payer = any(each.inquire is not None for each in smart.payers)
    if (for_ehr or for_payer) and not signing:
        who = "an issuer" if for_ehr else "a payer's inquire"
        raise Misconfigured("PARLEY_SIGNING_KEYS", f"is missing; {who} signs in with private_key_jwt")
    if signing and not Path(signing).is_file():
        raise Misconfigured("PARLEY_SIGNING_KEYS", "names a file that is not there")
    return Path(signing) if signing else None


def intake_keys_of(text: str, slugs: set[str]) -> tuple[IntakeKey, ...]:
    """Return the keys, one "sender issuer digest" a line; lines that begin with # are remarks."""
    keys = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 3 or not re.fullmatch(r"[0-9a-f]{64}", words[2]):
            raise Misconfigured("PARLEY_INTAKE_KEYS", f"line {number} is not: sender, issuer, SHA-256 in hex")
        if words[1] not in slugs:
            raise Misconfigured("PARLEY_INTAKE_KEYS", f"line {number} names an issuer that is not in smart-config.json")
        keys.append(IntakeKey(*words))
    return tuple(keys)


def required(values: Mapping[str, str], name: str) -> str:
    """Return a value that must be there."""
    if not values.get(name):
        raise Misconfigured(name, "is missing")
    return values[name]


def secret_keys_of(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys, newest first; each at least 32 characters, none a well-known placeholder."""
    first = required(values, "PARLEY_SECRET_KEY")
    rest = [each for each in values.get("PARLEY_SECRET_KEY_FALLBACKS", "").replace("\n", ",").split(",") if each]
    for name, key in [("PARLEY_SECRET_KEY", first), *(("PARLEY_SECRET_KEY_FALLBACKS", each.strip()) for each in rest)]:
        if len(key) < 32:
            raise Misconfigured(name, "is shorter than 32 characters; make one with `openssl rand -base64 48`")
        if len(set(key)) < 8:
            raise Misconfigured(name, "is guessable; make one with `openssl rand -base64 48`")
    return (first, *(each.strip() for each in rest))


def proxy_count_of(value: str) -> int:
    """Return how many trusted reverse proxies stand in front, 0 to 5."""
    if not (value.isascii() and value.isdigit()) or int(value) > 5:
        raise Misconfigured("PARLEY_PROXIES", "must be the number of trusted reverse proxies in front, 0 to 5")
    return int(value)


def launches_a_minute_of(value: str) -> int:
    """Return how often one address may knock at the launch within a minute, 1 to 10,000."""
    if not (value.isascii() and value.isdigit()) or not 1 <= int(value) <= 10_000:
        raise Misconfigured("PARLEY_LAUNCHES_A_MINUTE", "must be a number from 1 to 10000")
    return int(value)


def port_of(value: str) -> int:
    """Return a port, 1 to 65535."""
    if not (value.isascii() and value.isdigit()) or not 0 < int(value) < 65536:
        raise Misconfigured("PARLEY_PORT", "must be a number from 1 to 65535")
    return int(value)
