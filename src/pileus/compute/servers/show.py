"""Rows of servers made ready to be shown: addresses, groups, links and standing, with one query for many."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pileus import fleet, network
from pileus.compute.changes import FLAVOR_SPECS
from pileus.compute.links import bookmark, links
from pileus.kernel.caller import Caller
from pileus.kernel.store import Row, Tx


def whole(tx: Tx, who: Caller, rows: Sequence[Row | dict[str, Any]]) -> list[dict[str, Any]]:
    """Servers as the views that show them whole need them."""
    ids = [row["id"] for row in rows]
    addresses = network.addresses_of(tx, ids)
    groups = network.group_names_of(tx, ids)
    hosts = {host["id"]: _host_status(tx, host) for host in fleet.every_host(tx)} if who.may(_HOST_STATUS) else {}
    specs = who.may("os_compute_api:os-flavor-extra-specs:index")
    return [
        {
            **row,
            **_told(tx, row),
            "addresses": addresses.get(row["id"], {}),
            "flavor": _flavor(tx, who, row, specs=specs),
            "host_status": hosts.get(row["host_id"], ""),
            **({"security_groups": groups[row["id"]]} if row["id"] in groups else {}),
        }
        for row in rows
    ]


def brief(tx: Tx, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Servers as lists without detail show them."""
    return [{"id": row["id"], "name": row["name"], "links": links(tx, "servers", row["id"])} for row in rows]


ROOT_DEVICE = "/dev/vda"
_HOST_STATUS = "os_compute_api:servers:show:host_status"


def _told(tx: Tx, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "links": links(tx, "servers", row["id"]),
        "tenant_id": row["project_id"],
        "image": {"id": row["image_id"], "links": bookmark(tx, "images", row["image_id"])} if row["image_id"] else "",
        "host": row["host_name"],
        "hypervisor_hostname": row["host_name"],
        "host_tag": host_tag(row),
        "instance_name": f"instance-{row['id']}",
        "availability_zone": row["zone"] or "",
        "pinned_availability_zone": row["pinned_zone"],
        "config_drive": "True" if row["config_drive"] else "",
        "locked": row["locked_by"] is not None,
        "kernel_id": row["kernel_id"] or "",
        "ramdisk_id": row["ramdisk_id"] or "",
        "root_device_name": ROOT_DEVICE,
        "terminated_at": row["deleted_at"],
        "server_groups": [row["group_id"]] if row["group_id"] else [],
        "trusted_image_certificates": None,
        "volumes": [],
        **_while_it_lasts(row),
    }


def _while_it_lasts(row: Mapping[str, Any]) -> dict[str, Any]:
    """A fault is shown while the server has one (and of one that is no more, its last), progress while it has none."""
    fault = {"trouble": row["fault"]} if row["status"] in ("ERROR", "DELETED") and row["fault"] else {}
    progress = {"progress": 100 if row["launched_at"] else 0} if row["status"] in PROGRESSING else {}
    return {**fault, **progress}


PROGRESSING = frozenset({"ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "REVERT_RESIZE", "MIGRATING"})


def host_tag(row: Mapping[str, Any]) -> str:
    """A host as its tenant may know it: the same for two servers on it, telling nothing of its name."""
    return "" if row["host_id"] is None else _tag(row["project_id"], row["host_name"])


@lru_cache(1024)
def _tag(project_id: str, host_name: str) -> str:
    return hashlib.sha224(f"{project_id}{host_name}".encode()).hexdigest()


def _flavor(tx: Tx, who: Caller, row: Mapping[str, Any], *, specs: bool) -> dict[str, Any]:
    """The flavor the server was made with: its contents, with `id` and `links` for older callers only."""
    flavor = row["flavor"]
    if not who.can(FLAVOR_SPECS):
        return {"id": row["flavor_id"], "links": bookmark(tx, "flavors", row["flavor_id"])}
    told = {name: flavor[name] for name in ("vcpus", "ram", "disk", "ephemeral", "swap")}
    more = {"extra_specs": flavor["extra_specs"]} if specs else {}
    return {**told, "original_name": flavor["name"], **more}


def _host_status(tx: Tx, host: Mapping[str, Any]) -> str:
    if not fleet.is_up(tx, host):
        return "DOWN"
    return "UP" if host["enabled"] else "MAINTENANCE"
