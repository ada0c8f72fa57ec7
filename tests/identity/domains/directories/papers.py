"""What a server shows to be believed: an authority made for one test, and a certificate it has signed."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Papers(NamedTuple):
    """Files, in PEM."""

    authority: Path
    """The certificate of who signs."""
    certificate: Path
    key: Path


def made_papers(place: Path, address: str = "127.0.0.1") -> Papers:
    """Papers for a server at an address, signed by an authority nobody else knows."""
    place.mkdir(parents=True)
    found = Papers(*(place / f"{name}.pem" for name in Papers._fields))
    above, own = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    is_authority = x509.BasicConstraints(ca=True, path_length=0)
    for_address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    found.authority.write_bytes(_signed("authority", above, above, is_authority))
    found.certificate.write_bytes(_signed("directory", own, above, for_address))
    found.key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return found


def _signed(name: str, own: EllipticCurvePrivateKey, above: EllipticCurvePrivateKey, more: x509.ExtensionType) -> bytes:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(_named("authority"), _named(name), own.public_key(), x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(more, critical=False)
    )
    return made.sign(above, SHA256()).public_bytes(Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
