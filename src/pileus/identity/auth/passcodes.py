"""Passcodes that change every half minute (TOTP, RFC 6238), made from a secret that both sides know.

Each is taken once, and none that is older than one that was taken.  Few wrong ones are heard in one window, for six
digits are soon guessed by who may try without end.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from sqlalchemy import Column, Integer, Table, bindparam, select

from pileus.identity.auth.tokens import seconds_of
from pileus.identity.credentials.credentials import blob_of, credentials
from pileus.kernel.store import Id, Number, Tx, metadata

WINDOW = 30
"""Seconds a passcode is shown for (RFC 6238's default)."""
DIGITS = 6
EARLIER = 1
"""How many windows back a passcode is still taken: clocks differ, and people type slowly."""
MOST_WRONG = 5
"""Wrong passcodes heard in one window."""

# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

passcodes = Table(
    "identity_passcodes",
    metadata,
    Column("subject", Id, primary_key=True),
    Column("spent", Number, nullable=False),
    Column("tried", Number, nullable=False, index=True),
    Column("wrong", Integer, nullable=False),
    info={"kind": "passcode", "history": False},
)
"""By who they are for: the window of the latest that was taken, and how many wrong ones the latest window heard."""

_SECRETS = select(credentials).where(credentials.c.user_id == bindparam("user_id"), credentials.c.type == "totp")
_FORGET = passcodes.delete().where(passcodes.c.tried < bindparam("before"))

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def passcode(secret: str, window: int) -> str:
    """The passcode of one window, by the secret's base32 text; raises ValueError where it is none."""
    try:
        key = base64.b32decode(secret.strip().upper() + "=" * (-len(secret.strip()) % 8))
    except binascii.Error as error:
        raise ValueError("a secret is base32") from error
    digest = hmac.digest(key, window.to_bytes(8, "big"), hashlib.sha1)
    at = digest[-1] & 15
    return str((int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def take_passcode(tx: Tx, user_id: str | None, subject: str, given: str) -> bool:
    """Whether a passcode is one of the user's, which it is only once; as much is done for a user who is none."""
    now = seconds_of(tx.now) // WINDOW
    tx.run(_FORGET, before=now - EARLIER - 1)
    row = tx.find(passcodes, subject) or tx.insert(passcodes, subject=subject, spent=-1, tried=now, wrong=0)
    wrong = row["wrong"] if row["tried"] == now else 0
    window = _window(tx, user_id, given, now) if wrong < MOST_WRONG else None
    good = window is not None and window > row["spent"]
    spent = window if good else row["spent"]
    tx.change(passcodes, row, spent=spent, tried=now, wrong=wrong if good else wrong + 1)
    return good


def _window(tx: Tx, user_id: str | None, given: str, now: int) -> int | None:
    """The latest window that a passcode is for, by any of the user's secrets."""
    rows = tx.all(_SECRETS, user_id=user_id) if user_id else []
    found = [at for row in rows for at in range(now - EARLIER, now + 1) if _is_same(blob_of(tx, row), at, given)]
    return max(found, default=None)


def _is_same(secret: str, window: int, given: str) -> bool:
    try:
        return hmac.compare_digest(passcode(secret, window).encode(), given.encode())
    except ValueError:
        return False
