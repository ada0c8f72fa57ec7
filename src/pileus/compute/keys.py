"""SSH keys and certificates: fingerprints of given ones, and the making of new ones."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pileus.kernel.errors import Invalid


def fingerprint_of(kind: str, public_key: str) -> str:
    """MD5 of an SSH key's blob, or SHA-1 of a certificate, in pairs of hex digits; raises Invalid."""
    try:
        if kind == "x509":
            certificate = x509.load_pem_x509_certificate(public_key.encode())
            return _in_pairs(certificate.fingerprint(hashes.SHA1()).hex())
        serialization.load_ssh_public_key(public_key.encode())
        blob = base64.b64decode(public_key.split()[1], validate=True)
    except (ValueError, IndexError, UnsupportedAlgorithm) as error:
        raise Invalid("Keypair data is invalid: failed to generate fingerprint") from error
    return _in_pairs(hashlib.md5(blob, usedforsecurity=False).hexdigest())


def generate(kind: str, name: str) -> tuple[str, str]:
    """A new public and private key; RSA for certificates, Ed25519 for SSH."""
    if kind == "x509":
        return _certificate(name)
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return f"{public.decode()} Generated-by-Pileus", secret.decode()


def _certificate(name: str) -> tuple[str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM).decode(), secret.decode()


def _in_pairs(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
