"""Roles: what somebody may be in a project, a domain or the system; of the whole cloud, or of one domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, select

from pileus.identity.api import IdText, NameText, about, all_linked, fresh_id, identity, linked, no_such
from pileus.identity.application_credentials.table import remove_credentials_with
from pileus.identity.auth.events import tell_ended
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.identity.options import Options, merged, refuse_immutable
from pileus.identity.projects.table import domain_of_id
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Role(Listed, one="role", many="roles", extras=object):
    """A name that policies know, or a bundle of such names."""

    id: str = shown()
    name: NameText = given("create") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    domain_id: IdText | None = (
        given("create", default=None) | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    )
    description: str | None = given("create", default=None) | given("update", default=UNSET) | shown()
    options: Options = given("create update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

roles = Table(
    "identity_roles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("domain_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE")),
    Column("name", Name, nullable=False),
    Column("description", Text),
    Column("options", Document, nullable=False),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "domain_id", "name", unique=True),
    info={"kind": "role"},
)
Index(
    "uq_identity_roles_global_name",
    roles.c.name,
    unique=True,
    sqlite_where=roles.c.domain_id.is_(None),
    postgresql_where=roles.c.domain_id.is_(None),
)

_OF_NAME = select(roles).where(
    roles.c.name == bindparam("name"), roles.c.domain_id.is_not_distinct_from(bindparam("domain_id"))
)


def role_of_name(tx: Tx, name: str, domain_id: str | None = None) -> Row | None:
    """A role by its name, of the whole cloud or of a domain."""
    return tx.one(_OF_NAME, name=name, domain_id=domain_id)


def existing_role(tx: Tx, role_id: str) -> Row:
    """A role; raises Missing."""
    found = tx.find(roles, role_id)
    if found is None:
        raise no_such("role", role_id)
    return found


def make_role(tx: Tx, **values: Any) -> dict[str, Any]:
    """Write a role; its name must be free.  Raises Conflict."""
    values = {"id": fresh_id(tx), "domain_id": None, "options": {}, "extras": {}, **values}
    _claim_name(tx, values)
    return tx.insert(roles, **values)


def _claim_name(tx: Tx, row: Row) -> None:
    other = role_of_name(tx, row["name"], row["domain_id"])
    if other is not None and other["id"] != row["id"]:
        raise Conflict(
            "Conflict occurred attempting to store role - Duplicate entry found with name "
            f"{row['name']}{'' if row['domain_id'] is None else ' at domain ID ' + row['domain_id']}."
        )


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_role(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The role a path names."""
    return about(role=existing_role(tx, path["role_id"]))


def _new_role(tx: Tx, who: Caller, path: Mapping[str, str], asked: Role) -> Mapping[str, Any]:
    return about(role={"domain_id": asked.domain_id, "name": asked.name})


def _permit(who: Caller, rule: str, role: Mapping[str, Any]) -> None:
    """Roles of one domain have rules of their own; raises Forbidden."""
    if role["domain_id"] is not None and not who.may(rule, about(role=role)):
        raise Forbidden(f"You are not authorized to perform the requested action: {rule}.")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /roles", Role, "list", rule="identity:list_roles")
def list_roles(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Role) -> Page:
    """Roles of the whole cloud, or those of a domain where one is asked for."""
    domain_id = None if asked.domain_id is UNSET else asked.domain_id
    _permit(who, "identity:list_domain_roles", {"domain_id": domain_id})
    of_domain = roles.c.domain_id.is_(None) if domain_id is None else roles.c.domain_id == domain_id
    return all_linked(tx, "roles", listed(tx, roles, asked, of_domain, *chosen(roles, asked, "name")))


@identity.route("POST /roles", Role, "create", rule="identity:create_role", of=_new_role, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Role) -> Row:
    """A role of the whole cloud, or of one domain."""
    _permit(who, "identity:create_domain_role", target["role"])
    if asked.domain_id is not None:
        domain_of_id(tx, asked.domain_id)
    row = make_role(
        tx,
        domain_id=asked.domain_id,
        name=asked.name,
        description=asked.description,
        options=merged({}, asked.options) if asked.options is not UNSET else {},
        extras=asked.extras,
    )
    return linked(tx, "roles", row)


@identity.route("GET /roles/{role_id}", Role, "show", rule="identity:get_role", of=one_role, quiet=False)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Role) -> Row:
    """One role."""
    _permit(who, "identity:get_domain_role", target["role"])
    return linked(tx, "roles", target["role"])


@identity.route("PATCH /roles/{role_id}", Role, "update", rule="identity:update_role", of=one_role, quiet=False)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Role) -> Row:
    """Rename or describe; policies go by the name."""
    role = target["role"]
    _permit(who, "identity:update_domain_role", role)
    if asked.domain_id not in (UNSET, role["domain_id"]):
        raise Invalid("Update of `domain_id` is not allowed.")
    refuse_immutable("role", role, asked.options)
    new = given_of(asked, "name description") | {"extras": {**role["extras"], **asked.extras}}
    if asked.options is not UNSET:
        new["options"] = merged(role["options"], asked.options)
    _claim_name(tx, {**role, **new})
    changed(tx)
    return linked(tx, "roles", tx.change(roles, role, **new))


@identity.route(
    "DELETE /roles/{role_id}", Role, "delete", rule="identity:delete_role", of=one_role, quiet=False, code=204
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Role) -> None:
    """Remove a role with all its assignments and implications, and the credentials that were given it."""
    _permit(who, "identity:delete_domain_role", target["role"])
    refuse_immutable("role", target["role"])
    remove_credentials_with(tx, target["role"]["id"])
    tx.remove(roles, target["role"])
    changed(tx)
    tell_ended(tx, role_id=target["role"]["id"])
