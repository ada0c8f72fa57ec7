"""How long passwords last and users stay enabled that do not come; all of it off unless an operator sets it.

A password that an administrator sets is the user's to change at once where the first use shall change it; one that the
user chose itself stays for its least age.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, select

from pileus.identity.settings import IdentitySettings
from pileus.identity.users.table import users
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Row, Tx

# ── passwords ────────────────────────────────────────────────────────────────────────────────────────────


def with_password(tx: Tx, options: Mapping[str, Any], hashed: str | None, *, own: bool) -> dict[str, Any]:
    """What a user's row says of a new password, by who set it: the user, its `own`, or an administrator."""
    settings, ends = tx.part(IdentitySettings), None
    if settings.password_expires_days and not options.get("ignore_password_expiry"):
        ends = (tx.now + timedelta(days=settings.password_expires_days)).replace(microsecond=0)
    at_once = settings.password_first_use and not own and not options.get("ignore_change_password_upon_first_use")
    return {
        "password_hash": hashed,
        "password_expires_at": None if hashed is None else tx.now if at_once else ends,
        "password_chosen_at": tx.now if own else None,
    }


def is_expired(user: Row, now: datetime) -> bool:
    """Whether a user's password is good for nothing but to be changed."""
    ends = user["password_expires_at"]
    return ends is not None and ends <= now and not user["options"].get("ignore_password_expiry")


def check_age(settings: IdentitySettings, user: Row, now: datetime) -> None:
    """Refuse to change a password that the user chose too short a time ago; raises Invalid."""
    chosen_at, least = user["password_chosen_at"], settings.password_least_days
    if chosen_at is not None and now < chosen_at + timedelta(days=least):
        raise Invalid(f"A password cannot be changed before it is {least} days old.")


# ── those who do not come ────────────────────────────────────────────────────────────────────────────────

_CAME = users.update().where(users.c.id == bindparam("whose")).values(last_active_at=bindparam("at"))


def is_inactive(settings: IdentitySettings, user: Row, now: datetime) -> bool:
    """Whether a user has not come for so long that it counts as disabled."""
    last, most = user["last_active_at"], settings.inactive_days
    return bool(most) and last is not None and last + timedelta(days=most) <= now and not _never_inactive(user)


def _never_inactive(user: Row) -> bool:
    return bool(user["options"].get("ignore_user_inactivity"))


def note_active(tx: Tx, user_id: str) -> None:
    """Write down, once a day, that a user has come who does not count as disabled."""
    user = tx.find(users, user_id)
    if user is None or is_inactive(tx.part(IdentitySettings), user, tx.now):
        return
    if user["last_active_at"] is None or user["last_active_at"].date() != tx.now.date():
        tx.run(_CAME, whose=user_id, at=tx.now)


# ── the filter ───────────────────────────────────────────────────────────────────────────────────────────

_ENDING = users.alias("ending")
_COMPARED: dict[str, Callable[[Column[Any], datetime], ColumnElement[bool]]] = {
    "lt": lambda column, at: column < at,
    "lte": lambda column, at: column <= at,
    "gt": lambda column, at: column > at,
    "gte": lambda column, at: column >= at,
    "eq": lambda column, at: column == at,
    "neq": lambda column, at: column != at,
}


def expiring(asked: Any) -> list[ColumnElement[bool]]:
    """The condition of `password_expires_at=lt:2026-01-31T12:00:00Z` and the like, by the index; raises Invalid."""
    if asked.expiring is UNSET:
        return []
    return [users.c.id.in_(select(_ENDING.c.id).where(*(_compared(text) for text in asked.expiring)))]


def _compared(text: str) -> ColumnElement[bool]:
    word, _, moment = text.partition(":")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        at = None
    if word not in _COMPARED or at is None:
        raise Invalid(f"Invalid input for query parameter password_expires_at. Value: {text}.")
    naive = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return _COMPARED[word](_ENDING.c.password_expires_at, naive)
