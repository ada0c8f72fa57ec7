"""The group every project has, made when it is first needed, and the rules every new group begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pileus.kernel.caller import Caller
from pileus.kernel.store import Store, Tx
from pileus.network.security_groups.table import DEFAULT, groups, rules
from pileus.network.standard import made

NAME = "default"
_FAMILIES = ("IPv4", "IPv6")


def default_group(tx: Tx, project_id: str) -> Mapping[str, Any]:
    """The project's default group: its members may reach each other, and everything outside."""
    found = tx.one(DEFAULT, project_id=project_id)
    if found is not None:
        return found
    row = made(tx, groups, project_id=project_id, name=NAME, description="Default security group", is_default=True)
    add_first_rules(tx, row)
    return row


def add_first_rules(tx: Tx, group: Mapping[str, Any]) -> None:
    """What lies in every new group: all may leave; into the default one its own members may come."""
    for values in _first_rules(group):
        made(tx, rules, project_id=group["project_id"], security_group_id=group["id"], **values)


def _first_rules(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for family in _FAMILIES:
        yield {"direction": "egress", "ethertype": family}
        if group["is_default"]:
            yield {"direction": "ingress", "ethertype": family, "remote_group_id": group["id"]}


def with_default_group(store: Store, who: Caller, asked: Any) -> None:
    """Before a list of groups: make the caller's default group where it has none."""
    project_id = who.project_id
    if not project_id or not who.may("create_default_security_group"):
        return
    if store.look(lambda tx: tx.one(DEFAULT, project_id=project_id)) is None:
        store.write(default_group, project_id, who=who)
