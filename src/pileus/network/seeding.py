"""The first network of a new cloud: shared by all projects, so that a server can be made at once."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

from pileus.kernel.store import Tx
from pileus.network.networks.table import PHYSICAL_ONE, networks
from pileus.network.settings import NetworkSettings
from pileus.network.standard import made
from pileus.network.subnets.ranges import default_pools, gateway_of, pools_as_text
from pileus.network.subnets.table import subnets


def seed(tx: Tx, project_id: str, *, cidr: str = "10.93.0.0/16", name: str = "pileus", dns: Sequence[str] = ()) -> str:
    """See that there is a network on the physical one, with a subnet and DHCP; returns its identifier.

    Nothing is done where the physical network already has its network, whatever was made of that since.
    """
    settings = tx.part(NetworkSettings)
    found = tx.one(PHYSICAL_ONE, name=settings.physical_network)
    if found is not None:
        return str(found["id"])
    network = made(
        tx,
        networks,
        project_id=project_id,
        name=name,
        admin_state_up=True,
        shared=True,
        external=False,
        mtu=settings.mtu,
        port_security_enabled=True,
        network_type="flat",
        physical_network=settings.physical_network,
    )
    subnet = ip_network(cidr)
    gateway = gateway_of(subnet)
    made(
        tx,
        subnets,
        project_id=project_id,
        name=name,
        network_id=network["id"],
        ip_version=subnet.version,
        cidr=str(subnet),
        gateway_ip=gateway,
        allocation_pools=pools_as_text(subnet, default_pools(subnet, gateway)),
        enable_dhcp=True,
        dns_nameservers=list(dns),
        host_routes=[],
    )
    return str(network["id"])
