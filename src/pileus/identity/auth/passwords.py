"""Passwords as argon2id hashes: made, and compared in a time that tells nothing."""

from __future__ import annotations

import re
from functools import cached_property

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from pileus.identity.settings import IdentitySettings
from pileus.kernel.errors import Invalid

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

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash("")
