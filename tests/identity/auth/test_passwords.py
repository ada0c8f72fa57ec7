"""Passwords as hashes."""

from __future__ import annotations

from typing import Any

import argon2
import pytest

from pileus.identity import IdentitySettings
from pileus.identity.auth.passwords import LONGEST, Passwords
from pileus.kernel.errors import Invalid

CHEAP = Passwords(IdentitySettings(hash_memory=8, hash_passes=1))


def test_only_the_password_matches_its_hash():
    kept = CHEAP.hashed("secret")
    assert "secret" not in kept
    assert CHEAP.matches(kept, "secret")
    assert not CHEAP.matches(kept, "Secret")
    assert not CHEAP.matches(kept, "")


def test_equal_passwords_have_different_hashes():
    assert CHEAP.hashed("secret") != CHEAP.hashed("secret")


def test_to_compare_with_no_password_costs_one_hash_of_the_same_kind():
    for settings in (IdentitySettings(hash_memory=8, hash_passes=1), IdentitySettings(hash_memory=64, hash_passes=3)):
        passwords, computed = Passwords(settings), Computed(settings)
        kept = passwords.hashed("secret")
        passwords._hasher = computed
        for one in (kept, None, None):
            assert not passwords.matches(one, "wrong")
        assert computed.hashed == 0
        assert len({str(argon2.extract_parameters(one)) for one in computed.compared}) == 1


class Computed(argon2.PasswordHasher):
    """Notes what it computes."""

    def __init__(self, settings: IdentitySettings) -> None:
        super().__init__(time_cost=settings.hash_passes, memory_cost=settings.hash_memory, parallelism=1)
        self.hashed, self.compared = 0, list[str]()

    def hash(self, *args: Any, **more: Any) -> str:
        self.hashed += 1
        return super().hash(*args, **more)

    def verify(self, hash: Any, password: Any) -> Any:  # as in argon2
        self.compared.append(hash)
        return super().verify(hash, password)


def test_nothing_matches_where_there_is_no_password():
    for text in ("", "secret", "x" * LONGEST):
        assert not CHEAP.matches(None, text)
        assert not CHEAP.matches("no hash at all", text)


def test_the_cost_is_at_least_the_recommended_one_unless_it_is_set():
    kept = Passwords(IdentitySettings()).hashed("secret")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_may_be_long_but_not_endless():
    longest = "x" * LONGEST
    assert CHEAP.matches(CHEAP.hashed(longest), longest)
    assert not CHEAP.matches(CHEAP.hashed(longest), longest + "x")
    with pytest.raises(Invalid):
        CHEAP.hashed(longest + "x")


def test_a_password_must_be_as_the_rule_says():
    strict = Passwords(
        IdentitySettings(hash_memory=8, hash_passes=1, password_regex=r"^\S{8,}$", password_regex_description="long")
    )
    assert strict.hashed("longenough")
    with pytest.raises(Invalid, match="long"):
        strict.hashed("short")
    assert strict.hashed_secret("short")
