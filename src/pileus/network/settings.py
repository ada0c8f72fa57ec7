"""Settings of Networking."""

from __future__ import annotations

import msgspec


class NetworkQuotas(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of each resource a project may have, unless its own quota says otherwise; -1 is no limit."""

    network: int = 100
    subnet: int = 100
    subnetpool: int = -1
    port: int = 500
    security_group: int = 10
    security_group_rule: int = 100


class NetworkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How networks are made where their owners do not say."""

    mtu: int = 1500
    """Bytes; what the underlying network carries, so the most a network may have."""
    physical_network: str = "physical"
    """The name by which administrators mean the interface that hosts give away (`provider:physical_network`)."""
    gateway_on_hosts: bool = True
    """Whether each host answers for the gateway of the physical network's subnets (and leads guests outside by NAT);
    false where a router of the site has that address."""
    mac_prefix: str = "fa:16:3e"
    """The first three bytes of MAC addresses made here."""
    dns_servers: tuple[str, ...] = ()
    """Name servers of subnets that name none; where these are none either, the host answers."""
    dns_domain: str = "pileus.internal"
    """The domain guests are told."""
    quota: NetworkQuotas = NetworkQuotas()
    unified_limits: bool = False
    """Whether limits that the identity service keeps for this one (`openstack limit`, named as the quotas are) count
    instead of our own; what nobody has registered there is limited as before."""
