"""Application credentials and access rules as rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, Text, UniqueConstraint, bindparam, select

from pileus.kernel.store import Id, Moment, Name, Row, Tx, metadata

application_credentials = Table(
    "identity_application_credentials",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False),
    Column("project_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Name, nullable=False),
    Column("description", Text),
    Column("secret_hash", Text, nullable=False),
    Column("expires_at", Moment),
    Column("unrestricted", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("user_id", "name"),
    info={"kind": "application_credential", "secret": {"secret_hash"}},
)

credential_roles = Table(
    "identity_application_credential_roles",
    metadata,
    Column(
        "credential_id", Id, ForeignKey("identity_application_credentials.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("role_id", Id, ForeignKey("identity_roles.id", ondelete="CASCADE"), primary_key=True, index=True),
    info={"kind": "application_credential_role"},
)

access_rules = Table(
    "identity_access_rules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False),
    Column("service", String(64), nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", String(225), nullable=False),
    UniqueConstraint("user_id", "service", "method", "path"),
    info={"kind": "access_rule"},
)

credential_rules = Table(
    "identity_application_credential_rules",
    metadata,
    Column(
        "credential_id", Id, ForeignKey("identity_application_credentials.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("rule_id", Id, ForeignKey("identity_access_rules.id", ondelete="CASCADE"), primary_key=True, index=True),
    info={"kind": "application_credential_rule"},
)

_ROLES = select(credential_roles.c.role_id).where(credential_roles.c.credential_id == bindparam("id"))
_RULES = (
    select(access_rules)
    .join(credential_rules, credential_rules.c.rule_id == access_rules.c.id)
    .where(credential_rules.c.credential_id == bindparam("id"))
    .order_by(access_rules.c.id)
)
_OF_USER = select(application_credentials).where(application_credentials.c.user_id == bindparam("user_id"))
_WITH_ROLE = (
    select(application_credentials)
    .join(credential_roles, credential_roles.c.credential_id == application_credentials.c.id)
    .where(credential_roles.c.role_id == bindparam("role_id"))
)
_OF_NAME = select(application_credentials).where(
    application_credentials.c.user_id == bindparam("user_id"), application_credentials.c.name == bindparam("name")
)


def role_ids_of(tx: Tx, credential_id: str) -> list[str]:
    """The roles a credential was given."""
    return [row["role_id"] for row in tx.all(_ROLES, id=credential_id)]


def rules_of(tx: Tx, credential_id: str) -> list[Row]:
    """The only requests a credential may make; none is any."""
    return tx.all(_RULES, id=credential_id)


def remove_credentials(tx: Tx, user_id: str, project_id: str | None = None) -> None:
    """Remove a user's credentials, in one project or all: their owner may no longer do what it could do."""
    for row in tx.all(_OF_USER, user_id=user_id):
        if project_id in (None, row["project_id"]):
            tx.remove(application_credentials, row)


def remove_credentials_with(tx: Tx, role_id: str) -> None:
    """Remove the credentials that were given a role: without it they would be something nobody made."""
    for row in tx.all(_WITH_ROLE, role_id=role_id):
        tx.remove(application_credentials, row)


def credential_of_name(tx: Tx, user_id: str, name: str) -> Row | None:
    """A user's credential by its name."""
    return tx.one(_OF_NAME, user_id=user_id, name=name)


def allows(rules: Sequence[Row], types: Sequence[str], method: str, path: str) -> bool:
    """Whether one of the rules is for this request to a service of these types; no rules allow all."""
    if not rules:
        return True
    return any(
        row["service"] in types and row["method"] == method and _pattern(row["path"]).match(path) for row in rules
    )


@lru_cache(maxsize=1024)
def _pattern(path: str) -> re.Pattern[str]:
    """`*` and `{name}` stand for one segment, `**` for any number."""
    parts = re.split(r"(\*\*|\*|\{[^}/]*\})", path)
    return re.compile("".join(_part(part) for part in parts) + r"\Z")


def _part(part: str) -> str:
    if part == "**":
        return ".*"
    return "[^/]+" if part == "*" or part.startswith("{") else re.escape(part)
