"""Groups: users who are given roles together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint, bindparam, select, union

from pileus.identity.api import IdText, NameText, about, all_linked, fresh_id, identity, linked, no_such
from pileus.identity.domains.directories.directory import refuse_outside
from pileus.identity.federation.memberships import LENT_GROUPS, lent_to
from pileus.identity.listing import Listed, chosen, given_of, listed, of_own_domain
from pileus.identity.projects.rules import listed_domain, new_in_domain
from pileus.identity.projects.table import domain_of_id
from pileus.identity.revision import changed
from pileus.identity.users.compliance import expiring
from pileus.identity.users.rules import one_user, shown_users
from pileus.identity.users.shape import User
from pileus.identity.users.table import existing_user, users
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Group(Listed, one="group", many="groups", extras=object):
    """Some users of one domain or several."""

    id: str = shown()
    name: NameText = given("create") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    domain_id: IdText = given("create update", default=UNSET) | given("list", str, default=UNSET) | shown()
    description: str | None = given("create", default="") | given("update", default=UNSET) | shown()
    membership_expires_at: datetime | None = shown("of-user")
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

groups = Table(
    "identity_groups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("domain_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", Name, nullable=False),
    Column("description", Text),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("domain_id", "name"),
    Index(None, "name"),
    info={"kind": "group"},
)

members = Table(
    "identity_members",
    metadata,
    Column("group_id", Id, ForeignKey("identity_groups.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "user_id"),
    info={"kind": "member"},
)

_OF_NAME = select(groups).where(groups.c.name == bindparam("name"), groups.c.domain_id == bindparam("domain_id"))
MY_GROUPS = union(select(members.c.group_id).where(members.c.user_id == bindparam("user_id")), LENT_GROUPS)
"""The groups a user is in, for good or for a while; takes `user_id` and `now`."""


def existing_group(tx: Tx, group_id: str) -> Row:
    """A group; raises Missing."""
    found = tx.find(groups, group_id)
    if found is None:
        raise no_such("group", group_id)
    return found


def groups_of(tx: Tx, user_id: str) -> list[str]:
    """The ids of the groups a user is in."""
    return [row["group_id"] for row in tx.all(MY_GROUPS, user_id=user_id, now=tx.now)]


def group_of_name(tx: Tx, domain_id: str, name: str) -> Row | None:
    """A group by its name in a domain."""
    return tx.one(_OF_NAME, name=name, domain_id=domain_id)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_group(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The group a path names."""
    return about(group=existing_group(tx, path["group_id"]))


def _membership(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    return about(group=existing_group(tx, path["group_id"]), user=existing_user(tx, path["user_id"]))


def _new_group(tx: Tx, who: Caller, path: Mapping[str, str], asked: Group) -> Mapping[str, Any]:
    return new_in_domain("group", who, asked)


def _listed_groups(tx: Tx, who: Caller, path: Mapping[str, str], asked: Group) -> Mapping[str, Any]:
    return about(group=listed_domain(tx, who, path, asked)["target"])


def _claim_name(tx: Tx, row: Row) -> None:
    other = group_of_name(tx, row["domain_id"], row["name"])
    if other is not None and other["id"] != row["id"]:
        raise Conflict(
            "Conflict occurred attempting to store group - Duplicate entry found with name "
            f"{row['name']} at domain ID {row['domain_id']}."
        )


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /groups", Group, "list", rule="identity:list_groups", of=_listed_groups)
def list_groups(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Group) -> Page:
    """Groups; a domain's caller sees its own only."""
    conditions = [*of_own_domain(who, groups), *chosen(groups, asked, "domain_id", "name")]
    return all_linked(tx, "groups", listed(tx, groups, asked, *conditions))


@identity.route("POST /groups", Group, "create", rule="identity:create_group", of=_new_group, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Group) -> Row:
    """A group without members."""
    row = {"id": fresh_id(tx), "name": asked.name, "domain_id": target["place"]}
    domain_of_id(tx, row["domain_id"])
    refuse_outside(tx, row["domain_id"])
    _claim_name(tx, row)
    return linked(tx, "groups", tx.insert(groups, **row, description=asked.description, extras=asked.extras))


@identity.route("GET /groups/{group_id}", Group, "show", rule="identity:get_group", of=one_group)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Group) -> Row:
    """One group."""
    return linked(tx, "groups", target["group"])


@identity.route("PATCH /groups/{group_id}", Group, "update", rule="identity:update_group", of=one_group)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Group) -> Row:
    """Rename or describe."""
    group = target["group"]
    refuse_outside(tx, group["domain_id"])
    if asked.domain_id not in (UNSET, group["domain_id"]):
        raise Invalid("Cannot change Domain ID.")
    new = given_of(asked, "name description") | {"extras": {**group["extras"], **asked.extras}}
    _claim_name(tx, {**group, **new})
    return linked(tx, "groups", tx.change(groups, group, **new))


@identity.route(
    "DELETE /groups/{group_id}", Group, "delete", rule="identity:delete_group", of=one_group, quiet=False, code=204
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Group) -> None:
    """Remove a group with its assignments; its members lose what they had by it."""
    refuse_outside(tx, target["group"]["domain_id"])
    tx.remove(groups, target["group"])
    changed(tx)


@identity.route("GET /groups/{group_id}/users", User, "list", rule="identity:list_users_in_group", of=one_group)
def list_members(tx: Tx, who: Caller, target: Mapping[str, Any], asked: User) -> Page:
    """The users in a group; a domain's caller sees those of its domain only."""
    inside = select(members.c.user_id).where(members.c.group_id == target["group"]["id"])
    conditions = [users.c.id.in_(inside), *of_own_domain(who, users), *chosen(users, asked, "name", "enabled")]
    conditions += expiring(asked)
    return shown_users(tx, listed(tx, users, asked, *conditions))


@identity.route(
    "GET /users/{user_id}/groups",
    Group,
    "list",
    rule="identity:list_groups_for_user",
    of=one_user,
    view="of-user",
)
def list_groups_of_user(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Group) -> Page:
    """The groups a user is in, and when a membership ends that is lent; a domain's caller sees those of its domain."""
    until = {row["group_id"]: row["until"] for row in lent_to(tx, target["user"]["id"])}
    of_user = groups.c.id.in_(groups_of(tx, target["user"]["id"]))
    conditions = [of_user, *of_own_domain(who, groups), *chosen(groups, asked, "name")]
    found = all_linked(tx, "groups", listed(tx, groups, asked, *conditions))
    return found._replace(rows=[{**row, "membership_expires_at": until.get(row["id"])} for row in found.rows])


@identity.route("PUT /groups/{group_id}/users/{user_id}", rule="identity:add_user_to_group", of=_membership, code=204)
def add_member(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Put a user into a group; again is no mistake."""
    refuse_outside(tx, target["group"]["domain_id"])
    key = {"group_id": target["group"]["id"], "user_id": target["user"]["id"]}
    if tx.find(members, key) is None:
        tx.insert(members, **key)
        changed(tx)


@identity.route("GET /groups/{group_id}/users/{user_id}", rule="identity:check_user_in_group", of=_membership, code=204)
def check_member(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Whether a user is in a group; raises Missing."""
    key = {"group_id": target["group"]["id"], "user_id": target["user"]["id"]}
    if tx.find(members, key) is None:
        raise Missing(f"User '{key['user_id']}' not found in group '{key['group_id']}'.")


@identity.route(
    "DELETE /groups/{group_id}/users/{user_id}", rule="identity:remove_user_from_group", of=_membership, code=204
)
def remove_member(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Take a user out of a group, and what it had by that."""
    refuse_outside(tx, target["group"]["domain_id"])
    check_member(tx, who, target, asked)
    tx.remove(members, {"group_id": target["group"]["id"], "user_id": target["user"]["id"]})
    changed(tx)
