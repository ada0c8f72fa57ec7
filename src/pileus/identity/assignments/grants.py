"""Roles granted to one user or group in one project or domain, there or in all projects below, or in the system.

The API has a path for each combination of who and where; all of them lead to the same four rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select

from pileus.identity.api import about, all_linked, identity
from pileus.identity.application_credentials.table import remove_credentials
from pileus.identity.assignments.table import Grant, assignments, grant
from pileus.identity.auth.events import tell_ended
from pileus.identity.groups import existing_group
from pileus.identity.listing import listed
from pileus.identity.projects.rules import one_project
from pileus.identity.projects.table import domain_of_id
from pileus.identity.revision import changed
from pileus.identity.roles.roles import Role, existing_role, roles
from pileus.identity.users.table import existing_user
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid, Missing
from pileus.kernel.store import Page, Tx

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _joined(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The user or group, the project or domain, and the role that a path names."""
    found: dict[str, Any] = {}
    if "user_id" in path:
        found["user"] = existing_user(tx, path["user_id"])
    if "group_id" in path:
        found["group"] = existing_group(tx, path["group_id"])
    if "project_id" in path:
        found["project"] = one_project(tx, who, path, asked)["project"]
    if "domain_id" in path:
        found["domain"] = domain_of_id(tx, path["domain_id"])
    if "role_id" in path:
        found["role"] = existing_role(tx, path["role_id"])
    return about(**found)


def _grant(target: Mapping[str, Any], *, inherited: bool) -> Grant:
    actor = "user" if "user" in target else "group"
    scope = next((one for one in ("project", "domain") if one in target), "system")
    scope_id = target[scope]["id"] if scope in target else None
    role_id = target["role"]["id"] if "role" in target else ""
    return Grant(actor, target[actor]["id"], scope, scope_id, role_id, inherited)


def _fits(target: Mapping[str, Any]) -> None:
    """A role of one domain is for the projects of that domain, and never for the system; raises Forbidden, Invalid."""
    of_domain = target["role"]["domain_id"]
    if of_domain is None:
        return
    if "project" not in target and "domain" not in target:
        raise Invalid("A role of a domain cannot be assigned in the system.")
    if "project" in target and of_domain != target["project"]["domain_id"]:
        raise Forbidden(f"Role {target['role']['id']} must be in the same domain as what it is assigned in.")


class _Grants:
    """The four rules, for grants that are inherited or not."""

    def __init__(self, inherited: bool) -> None:
        self.inherited = inherited

    def list(self, tx: Tx, who: Caller, target: Mapping[str, Any], asked: Role) -> Page:
        """The roles that are granted directly."""
        wanted = _grant(target, inherited=self.inherited)
        same: list[ColumnElement[bool]] = [
            assignments.c[f"{wanted.actor}_id"] == wanted.actor_id,
            assignments.c.scope == wanted.scope,
            assignments.c.scope_id.is_not_distinct_from(wanted.scope_id),
            assignments.c.inherited.is_(self.inherited),
        ]
        granted = select(assignments.c.role_id).where(*same)
        return all_linked(tx, "roles", listed(tx, roles, asked, roles.c.id.in_(granted)))

    def check(self, tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
        """Whether a role is granted directly; raises Missing."""
        wanted = _grant(target, inherited=self.inherited)
        if tx.find(assignments, wanted.key) is None:
            raise Missing(
                f"Could not find role assignment with role: {wanted.role_id}, {wanted.actor}: {wanted.actor_id}, "
                f"{wanted.scope}: {wanted.scope_id or 'all'}."
            )

    def create(self, tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
        """Grant a role; again is no mistake."""
        _fits(target)
        grant(tx, _grant(target, inherited=self.inherited))

    def revoke(self, tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
        """Take a role back; it is gone for every token at once, and so are the user's credentials in the project."""
        self.check(tx, who, target, asked)
        revoked = _grant(target, inherited=self.inherited)
        tx.remove(assignments, revoked.key)
        if revoked.actor == "user" and revoked.scope == "project":
            remove_credentials(tx, revoked.actor_id, revoked.scope_id)
        changed(tx)
        if revoked.actor == "user" and revoked.scope_id is not None:
            tell_ended(tx, user_id=revoked.actor_id, **{f"{revoked.scope}_id": revoked.scope_id})
        else:
            tell_ended(tx, role_id=revoked.role_id)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


def _offer(grants: _Grants, path: str, end: str, rules: Mapping[str, str]) -> None:
    one = f"{path}/{{role_id}}{end}"
    identity.route(f"GET {path}{end}", Role, "list", rule=rules["list"], of=_joined)(grants.list)
    identity.route(f"GET {one}", rule=rules["check"], of=_joined, code=204)(grants.check)
    identity.route(f"PUT {one}", rule=rules["create"], of=_joined, code=204)(grants.create)
    identity.route(f"DELETE {one}", rule=rules["revoke"], of=_joined, code=204)(grants.revoke)


_DIRECT, _INHERITED = _Grants(inherited=False), _Grants(inherited=True)
_RULES = {verb: f"identity:{verb}_grant" for verb in ("check", "create", "revoke")} | {"list": "identity:list_grants"}

for _actor in ("user", "group"):
    for _scope in ("project", "domain"):
        _path = f"/{_scope}s/{{{_scope}_id}}/{_actor}s/{{{_actor}_id}}/roles"
        _offer(_DIRECT, _path, "", _RULES)
        _offer(_INHERITED, f"/OS-INHERIT{_path}", "/inherited_to_projects", _RULES)
    _of_system = {verb: f"identity:{verb}_system_grant_for_{_actor}" for verb in ("check", "create", "revoke")}
    _of_system["list"] = f"identity:list_system_grants_for_{_actor}"
    _offer(_DIRECT, f"/system/{_actor}s/{{{_actor}_id}}/roles", "", _of_system)
