"""One assignment as callers see it, with names where they are wanted."""

from __future__ import annotations

from typing import Any

from pileus.identity.api import address
from pileus.identity.assignments.effective import Effect
from pileus.identity.groups import groups
from pileus.identity.projects.table import projects
from pileus.identity.roles.roles import roles
from pileus.identity.users.table import users
from pileus.kernel.store import Tx

_TABLES = {"user": users, "group": groups, "role": roles, "project": projects, "domain": projects}


class Names:
    """Shows assignments of one list; what was looked up once is kept."""

    def __init__(self, tx: Tx, *, told: bool) -> None:
        self._tx = tx
        self._told = told
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def shown(self, one: Effect) -> dict[str, Any]:
        """The whole of it."""
        actor = ("user", one.user_id) if one.user_id is not None else ("group", str(one.group_id))
        return {
            "role": self._named("role", one.role_id),
            actor[0]: self._named(actor[0], str(actor[1])),
            "scope": self._scope(one),
            "links": self._links(one),
        }

    def _scope(self, one: Effect) -> dict[str, Any]:
        inherited = {"OS-INHERIT:inherited_to": "projects"} if one.row["inherited"] else {}
        if one.scope == "system":
            return {"system": {"all": True}}
        return {one.scope: self._named(one.scope, str(one.scope_id)), **inherited}

    def _links(self, one: Effect) -> dict[str, str]:
        row = one.row
        place = "/system" if row["scope"] == "system" else f"/{row['scope']}s/{row['scope_id']}"
        actor = f"users/{row['user_id']}" if row["user_id"] else f"groups/{row['group_id']}"
        before, after = ("/OS-INHERIT", "/inherited_to_projects") if row["inherited"] else ("", "")
        assignment = f"{before}{place}/{actor}/roles/{row['role_id']}{after}"
        links = {"assignment": address(self._tx) + assignment}
        if one.prior_id is not None:
            links["prior_role"] = address(self._tx, "prior_roles", one.prior_id, "implies", one.role_id)
        if one.group_id is not None and one.user_id is not None:
            links["membership"] = address(self._tx, "groups", one.group_id, "users", one.user_id)
        return links

    def _named(self, kind: str, key: str) -> dict[str, Any]:
        if not self._told:
            return {"id": key}
        if (kind, key) not in self._known:
            row = self._tx.find(_TABLES[kind], key)
            self._known[kind, key] = {"id": key} if row is None else {"id": key, "name": row["name"]}
            if row is not None and kind != "domain" and row["domain_id"] is not None:
                self._known[kind, key]["domain"] = self._named("domain", row["domain_id"])
        return self._known[kind, key]
