"""What a token says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from pileus.identity.auth.keys import TokenKeys
from pileus.identity.auth.tokens import Token, audit_id, moment_of, open_token, seal, seconds_of


def _token(**more: Any) -> Token:
    hexadecimal = "0" * 32
    return Token(hexadecimal, "project", hexadecimal, ("password",), 1_000, 4_600, (audit_id(),), 0, **more)


def test_a_token_comes_back_whole(tmp_path: Path):
    keys = TokenKeys(tmp_path)
    for token in (_token(), _token(credential_id="c" * 32), _token(trust_id="t" * 32)):
        assert open_token(keys, seal(keys, token)) == token


def test_a_token_fits_into_a_short_header(tmp_path: Path):
    assert len(seal(TokenKeys(tmp_path), _token())) < 256


def test_what_is_sealed_but_is_no_token_is_none(tmp_path: Path):
    keys = TokenKeys(tmp_path)
    assert open_token(keys, keys.seal(b"\xc1", 0)) is None
    assert open_token(keys, keys.seal(b"\x93\x01\x02\x03", 0)) is None


def test_audit_ids_differ():
    assert len({audit_id() for _ in range(1_000)}) == 1_000


@given(some.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
def test_moments_and_seconds_are_each_other(at: datetime):
    assert moment_of(seconds_of(at)) == at.replace(microsecond=0)
