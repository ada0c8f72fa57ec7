"""From a token's text to a caller, on every request of every service.

What a token is worth is worked out once and kept while the revision stands, so that to validate is one read of
one row, and a revocation anywhere is in force everywhere with the commit that makes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pileus.identity.auth.keys import TokenKeys
from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.sessions import Session, session
from pileus.identity.auth.tokens import Token, open_token
from pileus.identity.revision import revision
from pileus.identity.settings import IdentitySettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing, Unauthorized
from pileus.kernel.store import Store, Tx

MOST = 2_000
"""Tokens kept worked out; when there are more, all are forgotten and come back as they are used."""


@dataclass
class Known:
    """A token worked out."""

    session: Session
    caller: Caller
    until: datetime
    """When it ends, by itself or by what it stands on."""
    stale: datetime | None = None
    """When it must be worked out anew, because something its roles come by ends."""
    document: bytes | None = None
    """How it is shown to who validates it, once that was asked."""

    def is_stale(self, now: datetime) -> bool:
        """Whether it may have become something else by the passing of time."""
        return self.stale is not None and self.stale <= now


class Callers:
    """Tokens worked out, each at its revision; one of the cloud's parts."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, Known]] = {}

    def __contains__(self, text: str) -> bool:
        return text in self._known

    def find(self, text: str, number: int, now: datetime) -> Known | None:
        """What is known of a token, if it was worked out at this revision and still holds."""
        at, known = self._known.get(text, (-1, None))
        return known if at == number and known and not known.is_stale(now) else None

    def keep(self, text: str, number: int, known: Known) -> None:
        """Remember what a token was worth at a revision."""
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[text] = (number, known)


def authenticate(store: Store, text: str, service_text: str | None = None) -> Caller:
    """Who asks; raises Unauthorized.  With a service's token beside it, a token may have expired a while ago.

    A service's token that is no good is not passed over: it is refused with all it was to vouch for.
    """
    service = authenticate(store, service_text) if service_text else None
    known = store.look(recall, text) if text in store.part(Callers) else None
    known = known or _learned(store, text)
    late = store.part(IdentitySettings).allow_expired_seconds if service and "service" in service.roles else 0
    if known.until + timedelta(seconds=late) <= store.clock.now():
        raise Unauthorized(REFUSED, "the token has expired")
    return replace(known.caller, service_roles=service.roles) if service else known.caller


def recall(tx: Tx, text: str) -> Known | None:
    """What is known of a token, by one read."""
    return tx.part(Callers).find(text, revision(tx), tx.now)


def work_out(tx: Tx, text: str) -> Known:
    """What a token is worth, to be remembered; raises Unauthorized."""
    return recall(tx, text) or _learn(tx, text, _opened(tx.part(TokenKeys), text))


def _learned(store: Store, text: str) -> Known:
    """The same by one statement, where that tells all."""
    token = _opened(store.part(TokenKeys), text)
    return (store.read if token.is_bound else store.look)(_learn, text, token)


def _learn(tx: Tx, text: str, token: Token) -> Known:
    known = known_of(session(tx, token))
    tx.part(Callers).keep(text, known.session.revision, known)
    return known


def _opened(keys: TokenKeys, text: str) -> Token:
    token = open_token(keys, text)
    if token is None:
        raise Unauthorized(REFUSED, "no key of ours made this token")
    return token


def good_token(tx: Tx, text: str, late: int = 0) -> Known:
    """A token that somebody else names, good until `late` seconds after its end; raises Missing."""
    try:
        known = work_out(tx, text)
    except Unauthorized as refusal:
        raise Missing("Could not find token.", refusal.logged) from refusal
    if known.until + timedelta(seconds=late) <= tx.now:
        raise Missing("Could not find token.", "the token has expired")
    return known


def known_of(found: Session) -> Known:
    """A session as it is remembered."""
    bonds = [row for row in (found.credential, found.trust, found.access_token) if row is not None]
    ends = [row["expires_at"] for row in bonds if row["expires_at"]]
    return Known(found, found.caller(), min([found.token.expires_at, *ends]), found.lent_until)
