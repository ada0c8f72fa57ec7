"""Who has which role where, as callers see it and ask for it."""

from __future__ import annotations

from typing import Any

from pileus.identity.api import IdText
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.values import Positive


class RoleAssignment(Resource, one="role_assignment", many="role_assignments"):
    """Who has which role where."""

    role: dict[str, Any] = shown()
    user: dict[str, Any] = shown(maybe=True)
    group: dict[str, Any] = shown(maybe=True)
    scope: dict[str, Any] = shown()
    links: dict[str, str] = shown()
    user_id: IdText | None = given("list", default=None, wire="user.id")
    group_id: IdText | None = given("list", default=None, wire="group.id")
    role_id: IdText | None = given("list", default=None, wire="role.id")
    project_id: IdText | None = given("list", default=None, wire="scope.project.id")
    domain_id: IdText | None = given("list", default=None, wire="scope.domain.id")
    system: str = given("list", default=UNSET, wire="scope.system")
    inherited_to: str = given("list", default=UNSET, wire="scope.OS-INHERIT:inherited_to")
    effective: str = given("list", default=UNSET)
    include_names: str = given("list", default=UNSET)
    include_subtree: str = given("list", default=UNSET)
    limit: Positive | None = given("list", default=None)
    marker: str | None = given("list", default=None)


def is_on(flag: Any) -> bool:
    """A flag is on when it is there, unless its value says otherwise."""
    return flag is not UNSET and flag.lower() not in ("0", "false")
