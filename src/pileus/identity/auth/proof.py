"""Somebody says who it is and gives a password: right or not, and how often not."""

from __future__ import annotations

from datetime import datetime

from pileus.identity.auth.lockout import forgive, is_locked, note_failure
from pileus.identity.auth.passwords import Passwords
from pileus.identity.settings import IdentitySettings
from pileus.identity.users.compliance import is_expired, is_inactive
from pileus.kernel.errors import Unauthorized
from pileus.kernel.store import Row, Store, Tx

REFUSED = "The request you have made requires authentication."


def check_password(store: Store, user: Row | None, subject: str, password: str, *, to_change: bool = False) -> Row:
    """The user, if that is its password and it may log in; raises Unauthorized, always with the same words.

    Who gives the right one is told that it has expired, unless it gives it `to_change` it.  Takes as long for a wrong
    user as for a wrong password, a disabled or a locked user: one hash, and where failures are counted one write.
    """
    right = store.part(Passwords).matches(user["password_hash"] if user else None, password)
    return admitted(store, user, subject, right=right, to_change=to_change)


def admitted(store: Store, user: Row | None, subject: str, *, right: bool, to_change: bool = False) -> Row:
    """The user, if what it gave was right and it may log in; raises Unauthorized, always with the same words."""
    good = right and user is not None and may_enter(store.part(IdentitySettings), user, store.clock.now())
    counts = bool(store.part(IdentitySettings).lockout_attempts) and not _never_locked(user)
    if counts and not store.write(_counted, subject, good):
        good = False
    if not good or user is None:
        raise Unauthorized(REFUSED)
    if not to_change and is_expired(user, store.clock.now()):
        raise Unauthorized(f"The password is expired and needs to be changed for user: {user['id']}.")
    return user


def may_enter(settings: IdentitySettings, user: Row, now: datetime) -> bool:
    """Whether a user is enabled, as is its domain, and has not been away too long."""
    return bool(user["enabled"] and user["domain_enabled"]) and not is_inactive(settings, user, now)


def _counted(tx: Tx, subject: str, good: bool) -> bool:
    """Whether the door is open, after this try was counted."""
    if is_locked(tx, subject):
        note_failure(tx, subject)
        return False
    if good:
        forgive(tx, subject)
    else:
        note_failure(tx, subject)
    return True


def _never_locked(user: Row | None) -> bool:
    return user is not None and bool(user["options"].get("ignore_lockout_failure_attempts"))
