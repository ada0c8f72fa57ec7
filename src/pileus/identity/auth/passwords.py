"""Passwords as argon2id hashes: made, and compared in a time that tells nothing."""

from __future__ import annotations

import re

import argon2
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from pileus.identity.settings import IdentitySettings
from pileus.kernel.errors import Invalid

_SALT, _HASH = "A" * 22, "A" * 43
"""Of 16 and 32 zeros, in base64."""
LONGEST = 4096
"""Characters; a longer password is refused before it costs anything."""


class Passwords:
    """Hashes at the cost the settings name; one of the cloud's parts."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._settings = settings
        self._hasher = argon2.PasswordHasher(
            time_cost=settings.hash_passes, memory_cost=settings.hash_memory, parallelism=1
        )

    def hashed(self, password: str) -> str:
        """A salted hash; raises Invalid for a password that is too long or against the rules."""
        rule, described = self._settings.password_regex, self._settings.password_regex_description
        if rule is not None and not re.match(rule, password):
            raise Invalid(f"The password does not match the requirements: {described or rule}.")
        return self.hashed_secret(password)

    def hashed_secret(self, secret: str) -> str:
        """A salted hash of a secret that is no user's password; raises Invalid where it is too long."""
        if len(secret) > LONGEST:
            raise Invalid(f"A secret has {LONGEST} characters at most.")
        return self._hasher.hash(secret)

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed; takes as long where there is none."""
        try:
            return self._hasher.verify(kept or self._decoy, password[: LONGEST + 1]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    @property
    def _decoy(self) -> str:
        """What looks like a hash and is that of nothing anybody knows; to compare with it costs what others do."""
        cost = f"m={self._settings.hash_memory},t={self._settings.hash_passes},p=1"
        return f"$argon2id$v={ARGON2_VERSION}${cost}${_SALT}${_HASH}"
