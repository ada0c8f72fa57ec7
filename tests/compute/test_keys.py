"""Fingerprints of keys, and keys made here."""

from __future__ import annotations

import re

import pytest

from pileus.compute.keys import fingerprint_of, generate
from pileus.kernel.errors import Invalid


def test_a_generated_key_has_a_fingerprint() -> None:
    public, private = generate("ssh", "mine")
    assert re.fullmatch(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", fingerprint_of("ssh", public))
    assert "OPENSSH PRIVATE KEY" in private


def test_a_generated_certificate_has_one_too() -> None:
    public, private = generate("x509", "mine" * 50)
    assert re.fullmatch(r"([0-9a-f]{2}:){19}[0-9a-f]{2}", fingerprint_of("x509", public))
    assert "PRIVATE KEY" in private


def test_a_comment_changes_no_fingerprint() -> None:
    public = generate("ssh", "mine")[0]
    assert fingerprint_of("ssh", public) == fingerprint_of("ssh", " ".join(public.split()[:2]))


@pytest.mark.parametrize("text", ["", "ssh-rsa", "ssh-rsa AAAA", "ssh-ed25519 ???", "€", "-----BEGIN CERTIFICATE-----"])
@pytest.mark.parametrize("kind", ["ssh", "x509"])
def test_what_is_no_key_has_no_fingerprint(kind: str, text: str) -> None:
    with pytest.raises(Invalid):
        fingerprint_of(kind, text)
