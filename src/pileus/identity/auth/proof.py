"""Somebody says who it is and gives a password: right or not, and how often not."""

from __future__ import annotations

from pileus.identity.auth.lockout import forgive, is_locked, note_failure
from pileus.identity.auth.passwords import Passwords
from pileus.identity.settings import IdentitySettings
from pileus.kernel.errors import Unauthorized
from pileus.kernel.store import Row, Store, Tx

REFUSED = "The request you have made requires authentication."


def check_password(store: Store, user: Row | None, subject: str, password: str) -> Row:
    """The user, if that is its password and it may log in; raises Unauthorized, always with the same words.

    Takes as long for a wrong user as for a wrong password, a disabled or a locked user: one hash, and where
    failures are counted one write.
    """
    right = store.part(Passwords).matches(user["password_hash"] if user else None, password)
    good = right and user is not None and user["enabled"] and user["domain_enabled"]
    counts = bool(store.part(IdentitySettings).lockout_attempts) and not _never_locked(user)
    if counts and not store.write(_counted, subject, good):
        good = False
    if not good or user is None:
        raise Unauthorized(REFUSED)
    return user


def _counted(tx: Tx, subject: str, good: bool) -> bool:
    """Whether the door is open, after this try was counted."""
    if is_locked(tx, subject):
        return False
    if good:
        forgive(tx, subject)
    else:
        note_failure(tx, subject)
    return True


def _never_locked(user: Row | None) -> bool:
    return user is not None and bool(user["options"].get("ignore_lockout_failure_attempts"))
