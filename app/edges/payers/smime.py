"""
S/MIME: a message signed by us, and closed to everybody but the payer where its certificate is known.

source: RFC 8551; signed first, then enveloped, so that the signature is as confidential as the words
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    PKCS7SignatureBuilder,
    pkcs7_decrypt_der,
)
from cryptography.x509 import Certificate, load_pem_x509_certificate

from app.errors import BadInput


@dataclass(frozen=True, slots=True)
class Signer:
    """Our key, and the certificate by which others know it."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: Certificate


def read_certificate(pem: bytes) -> Certificate:
    """Return a payer's certificate, in PEM; raises BadInput for none, and for one that cannot be encrypted to."""
    certificate = _certificate(pem)
    if not isinstance(certificate.public_key(), rsa.RSAPublicKey):
        raise BadInput("is no RSA certificate; messages cannot be encrypted to any other")
    return certificate


def read_signer(pem: bytes) -> Signer:
    """Return our key with its certificate, both in one PEM; raises BadInput."""
    certificate = _certificate(pem)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput("holds no private key without a password, in PEM") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise BadInput("holds a key that is neither RSA nor EC")
    if _public(key.public_key()) != _public(certificate.public_key()):
        raise BadInput("holds a certificate of another key")
    return Signer(key, certificate)


def is_over(certificate: Certificate, *, now: datetime) -> bool:
    """Whether a certificate is not valid yet, or not any more."""
    return not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def sign(part: bytes, signer: Signer) -> bytes:
    """Return a MIME part as multipart/signed, readable also for those who cannot check it."""
    builder = PKCS7SignatureBuilder().set_data(part)
    signed = builder.add_signer(signer.certificate, signer.key, SHA256())
    return signed.sign(Encoding.SMIME, [PKCS7Options.DetachedSignature])


def encrypt(part: bytes, certificate: Certificate) -> bytes:
    """Return a MIME part that only the holder of the certificate's key can read."""
    builder = PKCS7EnvelopeBuilder().set_data(part).add_recipient(certificate)
    closed = builder.set_content_encryption_algorithm(AES256)
    return closed.encrypt(Encoding.SMIME, [PKCS7Options.Binary])


def open_closed(der: bytes, signer: Signer) -> bytes:
    """Return the MIME part that was encrypted to us; raises BadInput where our key does not open it."""
    if not isinstance(signer.key, rsa.RSAPrivateKey):
        raise BadInput("is encrypted, and our key is not RSA")
    try:
        return pkcs7_decrypt_der(der, signer.certificate, signer.key, [])
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput("is not encrypted to our key, or by a cipher that is not known here") from error


def _certificate(pem: bytes) -> Certificate:
    try:
        return load_pem_x509_certificate(pem)
    except ValueError as error:
        raise BadInput("holds no certificate in PEM") from error


def _public(key) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
