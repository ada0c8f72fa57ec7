"""How a user changes its own password, and which ones it may not choose again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pileus.identity.api import identity
from pileus.identity.auth.events import tell_ended
from pileus.identity.auth.lockout import stranger
from pileus.identity.auth.passwords import Passwords
from pileus.identity.auth.proof import REFUSED, check_password
from pileus.identity.domains.directories.directory import refuse_outside
from pileus.identity.revision import changed
from pileus.identity.settings import IdentitySettings
from pileus.identity.users.compliance import check_age, with_password
from pileus.identity.users.shape import PasswordChange
from pileus.identity.users.table import former_hashes, former_passwords, user_of_id, users
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Unauthorized
from pileus.kernel.store import Row, Store, Tx

# ── table ────────────────────────────────────────────────────────────────────────────────────────────────


def keep_former(tx: Tx, user: Row) -> None:
    """Remember a password that is about to be replaced, as long as the settings want."""
    kept = tx.part(IdentitySettings).password_history - 1
    if kept < 1 or user["password_hash"] is None:
        return
    tx.insert(former_passwords, user_id=user["id"], password_hash=user["password_hash"])
    for row in former_hashes(tx, user["id"])[kept:]:
        tx.remove(former_passwords, row)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


class _Prepared(NamedTuple):
    proved: str | None
    """The hash the original password was compared with."""
    hashed: str


def whose(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The user a path names, or nobody: it is not told which."""
    return {"user": user_of_id(tx, path["user_id"])}


def _known(tx: Tx, user_id: str) -> tuple[Row | None, list[str]]:
    user = user_of_id(tx, user_id)
    kept = max(0, tx.part(IdentitySettings).password_history - 1)
    former = [row["password_hash"] for row in former_hashes(tx, user_id)[:kept]]
    return user, former


def _proved(store: Store, who: Caller, asked: PasswordChange) -> _Prepared:
    """Compare and hash before the transaction; raises Unauthorized, Invalid."""
    user, former = store.read(_known, asked.user_id)
    if user is not None:
        store.look(refuse_outside, user["domain_id"])
    subject = asked.user_id if user else stranger(asked.user_id)
    user = check_password(store, user, subject, asked.original_password, to_change=True)
    check_age(store.part(IdentitySettings), user, store.clock.now())
    if user["options"].get("lock_password"):
        raise Invalid("The user's password is locked and cannot be changed by the user itself.")
    passwords, many = store.part(Passwords), store.part(IdentitySettings).password_history
    spent = [user["password_hash"], *former] if many else []
    if any(passwords.matches(one, asked.password) for one in spent):
        raise Invalid(f"The new password cannot be identical to a previous password: the last {many} count.")
    return _Prepared(user["password_hash"], passwords.hashed(asked.password))


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route(
    "POST /users/{user_id}/password",
    PasswordChange,
    public=True,
    of=whose,
    code=204,
    pool="secrets",
    prepare=_proved,
)
def change_password(tx: Tx, who: Caller, target: Mapping[str, Any], asked: PasswordChange) -> None:
    """The new password ends all tokens of the user; nobody else's change may have come between."""
    user = target["user"]
    if user is None or user["password_hash"] != asked.prepared.proved or not user["enabled"]:
        raise Unauthorized(REFUSED)
    keep_former(tx, user)
    new = with_password(tx, user["options"], asked.prepared.hashed, own=True)
    tx.change(users, user["id"], **new, generation=user["generation"] + 1)
    changed(tx)
    tell_ended(tx, user_id=user["id"])
