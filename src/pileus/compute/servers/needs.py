"""What a server needs of a host, in Placement's words, and the hosts there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pileus import fleet, placement
from pileus.compute.flavors.ecu import ecu_per_vcpu, total_ecu
from pileus.compute.flavors.flavors import alternatives
from pileus.compute.places.aggregates import metadata_of_hosts, zones_of_hosts
from pileus.kernel.store import Tx

MIB_PER_GIB = 1024
KBIT = "quota:vif_{direction}_rate_kbit"
"""Extra specs that guarantee bandwidth, in kbit/s."""


def needs_of(tx: Tx, server: Mapping[str, Any]) -> placement.Needs:
    """Everything that is asked of the host of a server."""
    flavor, hints, image = server["flavor"], server["hints"], server["image"] or {}
    return placement.Needs(
        resources=_resources(flavor),
        ecu_per_vcpu=ecu_per_vcpu(flavor),
        zone=server["pinned_zone"],
        host=server["asked"]["host"],
        same_host=_servers(hints.get("same_host")),
        different_host=_servers(hints.get("different_host")),
        image={name: value for name, value in image.items() if isinstance(value, str)},
        extra_specs=flavor["extra_specs"],
        project_id=server["project_id"],
        alternatives=[
            placement.Alternative(one["name"], _resources(one), ecu_per_vcpu(one), one["extra_specs"])
            for one in alternatives(tx)
        ],
    )


def _resources(flavor: Mapping[str, Any]) -> dict[str, int]:
    specs = flavor["extra_specs"]
    disk = flavor["disk"] + flavor["ephemeral"] - (-flavor["swap"] // MIB_PER_GIB)
    return placement.resources(
        vcpus=flavor["vcpus"],
        memory_mb=flavor["ram"],
        disk_gb=disk,
        ecu=total_ecu(flavor),
        ingress_kbit=_kbit(specs, "inbound"),
        egress_kbit=_kbit(specs, "outbound"),
        extra_specs=specs,
    )


def _kbit(specs: Mapping[str, str], direction: str) -> int:
    text = specs.get(KBIT.format(direction=direction), "0")
    return int(text) if re.fullmatch(r"[0-9]{1,10}", text) else 0


def _servers(hint: Any) -> frozenset[str]:
    return frozenset([hint] if isinstance(hint, str) else hint or [])


def places(tx: Tx) -> list[placement.Host]:
    """Every host, as far as a choice is concerned."""
    zones, groups = zones_of_hosts(tx), metadata_of_hosts(tx)
    return [
        placement.Host(
            id=host["id"],
            name=host["name"],
            zone=zones[host["id"]],
            enabled=host["enabled"],
            up=fleet.is_up(tx, host),
            ecu_per_core=(host["capacity"] or {}).get("ecu_per_core"),
            properties={"hypervisor_type": (host["capacity"] or {}).get("hypervisor", ""), "architectures": ["x86_64"]},
            aggregates=groups.get(host["id"], ()),
        )
        for host in fleet.every_host(tx)
    ]
