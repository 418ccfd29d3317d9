"""What came by mail is told as it is: words, kind, what it answers; nothing is dropped, opened or believed."""

import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.edges.payers import Reader, read_certificate, read_signer
from app.edges.payers.mime import ENCRYPTED, ENVELOPED, LEFT_THERE, NO_SENDER, OPENED, SIGNED
from app.edges.payers.smime import encrypt, sign
from tests.edges.mail_server import Papers, openssl, papers

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
OURS = "0b9f5a52-3c1d-5e6f-8a7b-1c2d3e4f5a6b"
HEAD = b"From: Payer Desk <P2P@Payer.example>\r\nSubject: Re: case\r\nMessage-ID: <1@payer.example>\r\n"
ICS = (
    b"BEGIN:VCALENDAR\r\nMETHOD:%s\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T150000Z\r\n"
    b"DTEND:20261201T153000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> Papers:
    """Our S/MIME key."""
    return papers(tmp_path_factory.mktemp("ours"), "ours", host="hospital.example")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory) -> Papers:
    """The payer's S/MIME key."""
    return papers(tmp_path_factory.mktemp("theirs"), "theirs", host="payer.example")


def read(raw: bytes, signer=None):
    """Return what came."""
    return Reader("hospital.example", signer).read(raw, arrived_at=AT)


def a_mail(text: str = "Tuesday at 2 pm CT.", **headers: str) -> EmailMessage:
    """Return a plain message."""
    message = EmailMessage(policy=email.policy.SMTP)
    told = {"From": "Payer Desk <p2p@payer.example>", "Subject": "Re: case", "Message-ID": "<1@payer.example>"}
    for name, value in (told | {each.replace("_", "-"): value for each, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    return message


def test_the_words_sender_and_subject_are_told():
    """The address, never the display name, which may say anything."""
    came = read(bytes(a_mail(From='"p2p@payer.example" <somebody@elsewhere.example>')))

    assert ("somebody@elsewhere.example", "Re: case", "words") == (came.sender, came.subject, came.kind)
    assert ("Tuesday at 2 pm CT.", AT) == (came.text.strip(), came.at)


@pytest.mark.parametrize(
    ("charset", "transfer"),
    [("utf-8", "quoted-printable"), ("utf-8", "base64"), ("iso-8859-1", "8bit"), ("cp1252", "quoted-printable"),
     ("utf-16", "base64"), ("iso-2022-jp", "7bit"), ("koi8-r", "base64")],
)  # fmt: skip
def test_letters_of_any_charset_are_read(charset: str, transfer: str):
    """As programs send them (RFC 2045)."""
    words = {"iso-2022-jp": "火曜日 2 pm", "koi8-r": "вторник 2 pm"}.get(charset, "Müller 2 pm – at noon")
    words = words.replace("–", "-") if charset == "iso-8859-1" else words
    message = a_mail()
    if charset == "utf-16":
        message.set_content(words.encode("utf-16"), "text", "plain", cte="base64")
        message.set_param("charset", "utf-16")
    else:
        message.set_content(words, charset=charset, cte=transfer)

    assert words == read(bytes(message)).text.strip()


@pytest.mark.parametrize("charset", [b"x-unknown", b"utf-8", b"us-ascii", b"", b"cp65001\x00", b"rot13", b"hex"])
def test_a_charset_that_is_none_or_untrue_loses_no_words(charset: bytes):
    """What can be read is read; the rest is marked, never an error."""
    raw = HEAD + b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\nTuesday at 2 pm, M\xfcller\r\n"

    assert "Tuesday at 2 pm" in read(raw).text


def test_html_alone_is_read_without_what_it_quotes():
    """Our own offered times, quoted in the answer, are no offer of the payer's; scripts and styles are no words."""
    source = (
        "<html><head><style>p{}</style></head><body><p>We can do <b>Tuesday</b> 2&nbsp;pm.</p>"
        "<script>alert(1)</script><blockquote type=cite>You wrote: Monday 9 am</blockquote></body></html>"
    )
    came = read(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + source.encode())

    assert "We can do Tuesday 2 pm." == came.text
    quoted = read(HEAD + b"Content-Type: text/html\r\n\r\n<blockquote>Tuesday 2 pm")
    assert "Tuesday 2 pm" == quoted.text


def test_plain_words_win_over_their_html_twin():
    """multipart/alternative; an empty plain part does not hide the HTML."""
    message = a_mail("plain words")
    message.add_alternative("<p>html words</p>", subtype="html")
    bare = a_mail("  \n")
    bare.add_alternative("<p>html words</p>", subtype="html")

    assert "plain words" == read(bytes(message)).text.strip()
    assert "html words" == read(bytes(bare)).text


def test_what_comes_with_it_is_named_and_left():
    """By names of any alphabet, folded, hostile or missing; nothing is opened."""
    message = a_mail()
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="Gutachten-Müller.pdf")
    message.add_attachment(b"PK", maintype="application", subtype="zip", filename="../../etc/pass\twd")
    message.add_attachment(b"x", maintype="image", subtype="png")
    came = read(bytes(message))

    assert "Gutachten-Müller.pdf" == came.attachments[0] and "\t" not in came.attachments[1]
    assert "image/png" in came.attachments[2] and LEFT_THERE in came.remarks
    assert "Tuesday" in came.text


def test_a_calendar_file_may_offer_times():
    """Attached and inline is one; what cancels or answers offers nothing and says so."""
    message = a_mail()
    message.add_alternative((ICS % b"REQUEST").decode(), subtype="calendar", params={"method": "REQUEST"})
    message.add_attachment((ICS % b"REQUEST").replace(b"\r\n", b"\r\n"), maintype="application", subtype="ics",
                           filename="invite.ics")  # fmt: skip
    offered = read(bytes(message))
    assert offered.calendars and b"DTSTART" in offered.calendars[0][1]
    for method, word in ((b"CANCEL", "cancels"), (b"REPLY", "answers an invitation")):
        came = read(HEAD + b"Content-Type: text/calendar\r\n\r\n" + ICS % method)
        assert () == came.calendars and any(word in each for each in came.remarks)


def test_what_it_answers_is_told_by_our_own_names_alone():
    """From In-Reply-To and References; a stranger's name of the same shape at another host counts for nothing."""
    names = f"<a@b.example> <{OURS}@hospital.example>"
    assert (OURS,) == read(bytes(a_mail(References=names, In_Reply_To=f"<{OURS.upper()}@HOSPITAL.example>"))).answers
    assert () == read(bytes(a_mail(References=f"<{OURS}@elsewhere.example>"))).answers


def a_report(kind: str, status: str, *, returned: str = "message/rfc822") -> bytes:
    """Return a delivery report as mail servers write it (RFC 6522)."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nSubject: Delivery\r\nAuto-Submitted: auto-replied\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="B"\r\n\r\n'
        f"--B\r\n\r\nI could not deliver it. Try Monday at 9 am.\r\n--B\r\n"
        f"Content-Type: message/{kind}\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n{status}\r\n\r\n"
        f"--B\r\nContent-Type: {returned}\r\n\r\nMessage-ID: <{OURS}@hospital.example>\r\nSubject: ours\r\n\r\nx\r\n"
        f"--B--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "status", "told"),
    [
        ("delivery-status", "Final-Recipient: rfc822; p2p@payer.example\r\nAction: failed\r\nStatus: 5.1.1",
         "undelivered"),
        ("delivery-status", "Action: delayed", "report"),
        ("delivery-status", "Action: delivered\r\n\r\nAction: failed", "undelivered"),
        ("delivery-status", "Action: relayed", "report"),
        ("delivery-status", "nonsense", "undelivered"),
        ("disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed", "report"),
    ],
)  # fmt: skip
def test_a_report_is_one_and_names_the_message_it_is_about(kind: str, status: str, told: str):
    """In doubt it says that ours did not arrive: somebody looks then."""
    for returned in ("message/rfc822", "text/rfc822-headers"):
        came = read(a_report(kind, status, returned=returned))
        assert (told, (OURS,)) == (came.kind, came.answers)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-replied (vacation)"}, "auto"),
        ({"Auto_Submitted": "auto-generated", "Subject": "Automatic reply: case"}, "auto"),
        ({"Subject": "Out of Office Re: case"}, "auto"),
        ({"Subject": "Réponse automatique"}, "words"),
        ({"X_Autoreply": "yes"}, "auto"),
        ({"Precedence": "bulk"}, "auto"),
        ({"Auto_Submitted": "auto-generated"}, "program"),
        ({"Auto_Submitted": "no"}, "words"),
        ({"Return_Path": "<>", "From": "Mailer-Daemon@mx.example"}, "undelivered"),
        ({"X_Failed_Recipients": "p2p@payer.example"}, "undelivered"),
        ({}, "words"),
    ],
)
def test_what_answers_by_itself_is_told_apart(headers: dict, kind: str):
    """RFC 3834, and what servers do in its place."""
    assert kind == read(bytes(a_mail(**headers))).kind


@pytest.mark.parametrize(
    "header",
    [b"", b"From: nobody\r\n", b"From: a@b.example, c@d.example\r\n", b"From: a@b.example\r\nFrom: c@d.example\r\n",
     b"From: p2p@payer.example <x@evil.example> <y@evil.example>\r\n", b"From: p2p@payer.example(\r\n",
     b"From: \xff\xfe@\x00\r\n"],
)  # fmt: skip
def test_a_sender_that_cannot_be_told_is_said_to_be_so(header: bytes):
    """No address is guessed out of a header that names none or several."""
    came = read(header + b"Subject: x\r\n\r\nwords\r\n")

    assert (None, "words") == (came.sender, came.text.strip())
    assert NO_SENDER in came.remarks


def test_a_message_to_our_key_is_opened(ours: Papers, theirs: Papers):
    """By our library and by openssl, signed inside or not; what is signed outside is read and said to be unchecked."""
    signer = read_signer(ours.both)
    certificate = read_certificate(ours.certificate.read_bytes())
    part = b"Content-Type: text/plain\r\n\r\nTuesday at 2 pm CT.\r\n"
    signed = sign(part, read_signer(theirs.both))
    by_openssl = openssl("smime", "-encrypt", "-aes256", ours.certificate, given=part)
    for inner, remarks in (
        (encrypt(part, certificate), {OPENED}),
        (encrypt(signed, certificate), {OPENED, SIGNED}),
        (by_openssl, {OPENED}),
        (signed, {SIGNED}),
    ):
        came = read(HEAD + inner, signer)
        assert ("Tuesday at 2 pm CT.", "words") == (came.text.strip(), came.kind)
        assert remarks == set(came.remarks)


def test_a_message_that_is_closed_to_us_is_told_and_not_lost(ours: Papers, theirs: Papers):
    """To another key, without a key of ours, cut, by PGP, in an opaque signature: the header is all that is told."""
    part = b"Content-Type: text/plain\r\n\r\nTuesday\r\n"
    others = HEAD + encrypt(part, read_certificate(theirs.certificate.read_bytes()))
    mine = HEAD + encrypt(part, read_certificate(ours.certificate.read_bytes()))
    opaque = HEAD + openssl(
        "smime", "-sign", "-nodetach", "-signer", theirs.certificate, "-inkey", theirs.key, given=part
    )
    pgp = HEAD + b'Content-Type: multipart/encrypted; boundary="B"\r\n\r\n--B\r\n\r\nx\r\n--B--\r\n'
    signer = read_signer(ours.both)
    for raw, key, remark in (
        (others, signer, ENCRYPTED), (mine, None, ENCRYPTED), (mine[: len(mine) * 2 // 3], signer, ENCRYPTED),
        (opaque, signer, ENVELOPED), (pgp, signer, ENCRYPTED),
    ):  # fmt: skip
        came = read(raw, key)
        assert ("sealed", "p2p@payer.example", "Re: case") == (came.kind, came.sender, came.subject)
        assert remark in came.remarks


def nested(depth: int) -> bytes:
    """Return a message in a message in a message."""
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (each, each) for each in range(depth)
    )
    return HEAD + opening + b"\r\nwords\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        nested(200_000),
        HEAD + b"\r\n" + b"\r\n" * 7_000_000,
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 100_000,
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 130_000,
        HEAD + b"Subject: " + b"=?utf-8?q?=41?= " * 500_000 + b"\r\n\r\nwords",
        HEAD + b"X: " + b"\r\n " * 390_000 + b"\r\n\r\nwords",
        HEAD + b"References: " + b"<" * 10_000_000 + b"\r\n\r\nwords",
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<b" * 5_000_000,
        HEAD + b"Content-Type: text/plain; " + b"a*0=x;" * 1_000_000 + b"\r\n\r\nwords",
    ],
    ids=["nested", "lines", "messages", "parts", "words", "folds", "names", "html", "parameters"],
)
def test_a_message_that_is_built_to_harm_is_told_soon(raw: bytes):
    """Ten megabytes of anything: told as it is or by its header. The suite's own limit ends what takes minutes."""
    assert "p2p@payer.example" == read(raw).sender


@settings(deadline=None)
@given(st.binary(max_size=3_000))
def test_no_bytes_raise(raw: bytes):
    """Whatever stands in a mailbox is a message that somebody is told of."""
    for each in (raw, HEAD + raw, HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' + raw):
        came = read(each)
        assert came.name and came.at == AT


@settings(deadline=None)
@given(st.lists(st.sampled_from(
    [b"Content-Type: multipart/report; boundary=b", b"Content-Type: message/delivery-status", b"--b", b"--b--", b"",
     b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data", b"Content-Transfer-Encoding: base64",
     b"Content-Type: text/calendar; charset=\xff", b"Content-Disposition: attachment; filename*=utf-8''%ff%00",
     b"Content-Type: message/rfc822", b"Subject: =?utf-8?b?/////?=", b"Action: failed", b"From: <a@b>", b"AAAA\xff"]),
    max_size=25))  # fmt: skip
def test_no_parts_in_any_order_raise(lines: list[bytes]):
    """Reports without their parts, closed messages without a key, files without names."""
    came = read(HEAD + b"\r\n".join(lines))

    assert came.kind in ("words", "program", "auto", "undelivered", "report", "sealed")


def test_the_same_message_by_two_ways_has_one_name_and_another_has_another():
    """Relays add to the header; a second message that bears a first one's Message-ID is not taken for it."""
    raw = bytes(a_mail())
    again = read(b"Received: by mx2.example\r\nX-Spam: no\r\n" + raw)

    assert read(raw).name == again.name
    assert read(raw).name != read(bytes(a_mail("Wednesday"))).name
    assert read(raw).name == read(raw.replace(b"\r\n", b"\n")).name
