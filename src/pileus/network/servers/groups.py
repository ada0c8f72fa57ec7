"""The security groups of servers: those of their ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.store import Tx
from pileus.network.ports.making import set_groups
from pileus.network.ports.table import GROUPS_OF, memberships, ports
from pileus.network.security_groups.standing import NAME, default_group
from pileus.network.security_groups.table import NAMED, groups
from pileus.network.servers.proxied import with_rules
from pileus.network.servers.table import PORTS_OF
from pileus.network.standard import touched
from pileus.network.wants import members_changed, plug

_NAMES = (
    select(ports.c.device_id, groups.c.name)
    .join(memberships, memberships.c.port_id == ports.c.id)
    .join(groups, groups.c.id == memberships.c.group_id)
    .where(ports.c.device_id.in_(bindparam("servers", expanding=True)), ports.c.device_owner.startswith("compute:"))
    .distinct()
    .order_by(ports.c.device_id, groups.c.name)
)
_OF_SERVER = (
    select(groups)
    .join(memberships, memberships.c.group_id == groups.c.id)
    .join(ports, ports.c.id == memberships.c.port_id)
    .where(ports.c.device_id == bindparam("server_id"), ports.c.device_owner.startswith("compute:"))
    .distinct()
    .order_by(groups.c.name)
)
_OWN = select(groups.c.id).where(groups.c.project_id == bindparam("project_id"), groups.c.id == bindparam("id"))


def groups_named(tx: Tx, project_id: str, names: Sequence[str]) -> list[str]:
    """A project's groups by name or identifier; raises Missing, or Conflict where several bear a name."""
    return list(dict.fromkeys(_group_named(tx, project_id, name) for name in names))


def _group_named(tx: Tx, project_id: str, name: str) -> str:
    if name == NAME:
        return str(default_group(tx, project_id)["id"])
    found = tx.all(_OWN, project_id=project_id, id=name) or tx.all(NAMED, project_id=project_id, name=name)
    if len(found) > 1:
        raise Conflict(f"Multiple security groups found matching '{name}'. Use an ID to be more specific.")
    if not found:
        raise Missing(f"Security group {name} not found for project {project_id}.")
    return str(found[0]["id"])


def group_names_of(tx: Tx, server_ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """The groups of many servers by one query, as servers show them; servers without any are left out."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in tx.all(_NAMES, servers=list(server_ids)) if server_ids else ():
        found.setdefault(row["device_id"], []).append({"name": row["name"]})
    return found


def groups_of(tx: Tx, server_id: str) -> list[dict[str, Any]]:
    """The groups of one server by name, each with its `rules` as this service has them."""
    return with_rules(tx, tx.all(_OF_SERVER, server_id=server_id))


def add_group(tx: Tx, server: Mapping[str, Any], name: str) -> None:
    """Put every guarded port of a server (`id`, `project_id`) into a group; raises Missing, or Invalid without one."""
    group_id = _group_named(tx, server["project_id"], name)
    guarded = [row for row in tx.all(PORTS_OF, server_id=server["id"]) if row["port_security_enabled"]]
    if not guarded:
        raise Invalid(
            f"Network requires port_security_enabled and subnet associated to apply security groups to {name}."
        )
    for port in guarded:
        _regroup(tx, port, lambda had: [*had, group_id])
    members_changed(tx, [group_id])


def remove_group(tx: Tx, server: Mapping[str, Any], name: str) -> None:
    """Take every port of a server out of a group; raises Missing where none is in it."""
    group_id = _group_named(tx, server["project_id"], name)
    left = [
        _regroup(tx, port, lambda had: [one for one in had if one != group_id])
        for port in tx.all(PORTS_OF, server_id=server["id"])
    ]
    if not any(left):
        raise Missing(f"Security group {name} not associated with the instance {server['id']}")
    members_changed(tx, [group_id])


def _regroup(tx: Tx, port: Mapping[str, Any], change: Any) -> bool:
    had = [row["group_id"] for row in tx.all(GROUPS_OF, ports=[port["id"]])]
    changed = set_groups(tx, port["id"], change(had))
    if changed:
        touched(tx, ports, port)
        plug(tx, port, left=changed)
    return bool(changed)
