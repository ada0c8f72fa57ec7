"""What a server needs of a host, and what is known of a host: the words a choice is made in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from pileus.placement.names import DISK_GB, ECU, EGRESS, INGRESS, MEMORY_MB, VCPU
from pileus.placement.stock import Stocks

Together = Literal["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"]


@dataclass(frozen=True)
class Group:
    """The server group a server is in."""

    policy: Together
    members: frozenset[str] = frozenset()
    """Its other servers that have a host."""
    most_per_host: int = 1
    """How many of it one host may have, where its policy is anti-affinity."""


@dataclass(frozen=True)
class Alternative:
    """A flavor that might be asked for instead."""

    name: str
    resources: Mapping[str, int]
    ecu_per_vcpu: int | None = None
    extra_specs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Everything that is asked of the host of one server."""

    resources: Mapping[str, int]
    """Amounts by class, as `resources` makes them."""
    ecu_per_vcpu: int | None = None
    """What a core must be worth; None where the flavor does not say."""
    zone: str | None = None
    host: str | None = None
    """The name or identifier of the one host that will do."""
    avoid: frozenset[str] = frozenset()
    """Identifiers of hosts that will not do."""
    same_host: frozenset[str] = frozenset()
    """Servers; it must be beside one of them."""
    different_host: frozenset[str] = frozenset()
    """Servers; it must not be beside any of them."""
    group: Group | None = None
    image: Mapping[str, Any] = field(default_factory=dict)
    """The image's properties."""
    extra_specs: Mapping[str, str] = field(default_factory=dict)
    """The flavor's."""
    project_id: str | None = None
    alternatives: Sequence[Alternative] = ()
    """Flavors to try where this does not fit."""

    @property
    def neighbours(self) -> frozenset[str]:
        """Servers whose whereabouts matter."""
        return self.same_host | self.different_host | (self.group.members if self.group else frozenset())

    def with_flavor(self, other: Alternative) -> Needs:
        """The same needs with another flavor."""
        return replace(
            self,
            resources=other.resources,
            ecu_per_vcpu=other.ecu_per_vcpu,
            extra_specs=other.extra_specs,
            alternatives=(),
        )


@dataclass(frozen=True, kw_only=True)
class Host:
    """What compute knows of a host; placement knows its inventories and traits itself."""

    id: str
    name: str
    zone: str
    enabled: bool = True
    up: bool = True
    """Whether its heart beats."""
    ecu_per_core: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    """What it reports of itself: `architectures`, `hypervisor_type`, `vm_modes`, `cpu_info` …"""
    aggregates: Sequence[Mapping[str, str]] = ()
    """The metadata of each aggregate it is in."""


class Spot(NamedTuple):
    """A host as filters see it: with what it has and whom it has."""

    host: Host
    stocks: Stocks
    neighbours: frozenset[str] = frozenset()
    """Those of the servers in question that are there."""
    traits: frozenset[str] = frozenset()


def resources(
    *,
    vcpus: int,
    memory_mb: int,
    disk_gb: int = 0,
    ecu: int = 0,
    ingress_kbit: int = 0,
    egress_kbit: int = 0,
    extra_specs: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """Amounts by class; extra specs such as `resources:CUSTOM_GPU=1` add to them or replace them, zero leaves out."""
    found = {
        VCPU: vcpus,
        MEMORY_MB: memory_mb,
        DISK_GB: disk_gb,
        ECU: ecu,
        INGRESS: ingress_kbit,
        EGRESS: egress_kbit,
    }
    for name, value in (extra_specs or {}).items():
        scope, _, inner = name.partition(":")
        if scope == "resources" and value.isdigit():
            found[inner] = int(value)
    return {name: amount for name, amount in found.items() if amount > 0}
