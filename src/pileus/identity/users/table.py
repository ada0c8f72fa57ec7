"""Users as rows, and the queries that find them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, bindparam, select

from pileus.identity.api import fresh_id, no_such
from pileus.identity.projects.table import projects
from pileus.kernel.databases.texts import index_of_beginnings
from pileus.kernel.errors import Conflict
from pileus.kernel.store import Document, Id, Moment, Name, Number, Row, Tx, metadata

users = Table(
    "identity_users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("domain_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", Name, nullable=False),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("password_hash", Text),
    Column("password_expires_at", Moment),
    Column("password_chosen_at", Moment),
    Column("generation", Integer, nullable=False, default=0),
    Column("default_project_id", Id),
    Column("options", Document, nullable=False),
    Column("extras", Document, nullable=False),
    Column("last_active_at", Moment),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("domain_id", "name"),
    Index(None, "name"),
    index_of_beginnings("ix_identity_users_name_beginning", "name"),
    Index(None, "domain_id", "id"),
    Index(None, "enabled", "id"),
    Index(None, "password_expires_at"),
    info={"kind": "user", "secret": {"password_hash"}},
)
"""`generation` is told by tokens; when it grows, all earlier tokens have ended.  `password_chosen_at` is when the user
itself chose its password; one that an administrator set has none."""

former_passwords = Table(
    "identity_former_passwords",
    metadata,
    Column("id", Number, primary_key=True),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False),
    Column("password_hash", Text, nullable=False),
    Index(None, "user_id"),
    info={"kind": "former_password", "history": False},
)

_DOMAIN = projects.alias("domain")
_WITH_DOMAIN = select(users, _DOMAIN.c.name.label("domain_name"), _DOMAIN.c.enabled.label("domain_enabled")).join(
    _DOMAIN, _DOMAIN.c.id == users.c.domain_id
)
_BY_ID = _WITH_DOMAIN.where(users.c.id == bindparam("id"))
_BY_NAME = _WITH_DOMAIN.where(users.c.name == bindparam("name"), users.c.domain_id == bindparam("domain_id"))
_BY_NAMES = _WITH_DOMAIN.where(users.c.name == bindparam("name"), _DOMAIN.c.name == bindparam("domain"))
_FORMER = (
    select(former_passwords)
    .where(former_passwords.c.user_id == bindparam("user_id"))
    .order_by(former_passwords.c.id.desc())
)


def user_of_id(tx: Tx, user_id: str) -> Row | None:
    """A user with its domain's name and whether that is enabled."""
    return tx.one(_BY_ID, id=user_id)


def user_of_name(tx: Tx, name: str, *, domain_id: str | None = None, domain: str | None = None) -> Row | None:
    """The same by name, in a domain that is named by its id or by its own name."""
    if domain_id is not None:
        return tx.one(_BY_NAME, name=name, domain_id=domain_id)
    return tx.one(_BY_NAMES, name=name, domain=domain)


def existing_user(tx: Tx, user_id: str) -> Row:
    """A user; raises Missing."""
    found = tx.find(users, user_id)
    if found is None:
        raise no_such("user", user_id)
    return found


def make_user(tx: Tx, **values: Any) -> dict[str, Any]:
    """Write a user; its name must be free in its domain.  Raises Conflict."""
    values = {"id": fresh_id(tx), "options": {}, "extras": {}, **values}
    claim_name(tx, values)
    return tx.insert(users, **values)


def claim_name(tx: Tx, row: Row) -> None:
    """Refuse a name that another user of the domain has; raises Conflict."""
    other = user_of_name(tx, row["name"], domain_id=row["domain_id"])
    if other is not None and other["id"] != row["id"]:
        raise Conflict(
            "Conflict occurred attempting to store user - Duplicate entry found with name "
            f"{row['name']} at domain ID {row['domain_id']}."
        )


def former_hashes(tx: Tx, user_id: str) -> list[Row]:
    """A user's earlier passwords, latest first."""
    return tx.all(_FORMER, user_id=user_id)
