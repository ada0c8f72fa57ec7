"""What a token says: who, for what, since when, until when; sealed, so that nothing of it need be stored."""

from __future__ import annotations

import base64
import calendar
import os
from datetime import UTC, datetime

import msgspec

from pileus.identity.auth.keys import TokenKeys


class Token(msgspec.Struct, frozen=True, array_like=True):
    """A token's content; what it is worth is looked up when it is used."""

    user_id: str
    scope: str
    """`project`, `domain`, `system`, or empty."""
    scope_id: str
    methods: tuple[str, ...]
    issued: int
    """Seconds since 1970."""
    expires: int
    audit_ids: tuple[str, ...]
    """This token's own, and that of the token it was made from."""
    generation: int
    """The user's at that time: a new password, for one, begins another and ends all earlier tokens."""
    credential_id: str | None = None
    """The application credential it was made with."""
    trust_id: str | None = None
    federation: tuple[str, str] | None = None
    """The identity provider and the protocol by which its user came."""
    access_token_id: str | None = None
    """The access token (OAuth 1) it was made with."""

    @property
    def is_bound(self) -> bool:
        """Whether it stands on more than its user's roles in its scope."""
        return any(one is not None for one in self._bonds)

    @property
    def _bonds(self) -> tuple[object, ...]:
        return self.credential_id, self.trust_id, self.federation, self.access_token_id

    @property
    def issued_at(self) -> datetime:
        """When it was made."""
        return moment_of(self.issued)

    @property
    def expires_at(self) -> datetime:
        """When it ends."""
        return moment_of(self.expires)


def seal(keys: TokenKeys, token: Token) -> str:
    """A token's text."""
    return keys.seal(msgspec.msgpack.encode(token), token.issued)


def open_token(keys: TokenKeys, text: str) -> Token | None:
    """A token's content, or None where we did not make it; it may have expired."""
    content = keys.open(text)
    try:
        return None if content is None else msgspec.msgpack.decode(content, type=Token)
    except msgspec.MsgspecError:
        return None


def audit_id() -> str:
    """A name for a token that tells nothing of it."""
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")


def seconds_of(at: datetime) -> int:
    """A moment in whole seconds since 1970."""
    return calendar.timegm(at.timetuple())


def moment_of(seconds: int) -> datetime:
    """The moment that many seconds after 1970 began."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
