"""What may be asked of subnets."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from sqlalchemy import bindparam, select

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict
from pileus.kernel.resource import UNSET
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.network.api import network, typed
from pileus.network.listing import Collection, any_of, chosen
from pileus.network.networks.rules import NETWORKS
from pileus.network.networks.table import networks
from pileus.network.ports.making import clear_subnet, follow_mac
from pileus.network.ports.table import SERVICE, addresses, ports
from pileus.network.quotas import take
from pileus.network.standard import changed, made, owner_of, touched
from pileus.network.subnetpools.rules import cidr_from_pool
from pileus.network.subnets.modes import check_dhcp, check_modes, is_by_mac
from pileus.network.subnets.ranges import (
    Range,
    check_gateway,
    check_gateway_free,
    check_pools,
    default_pools,
    gateway_of,
    invalid,
    pools_as_text,
    range_of,
)
from pileus.network.subnets.shape import Subnet
from pileus.network.subnets.table import OF_NETWORK, ROWS, subnets
from pileus.network.wants import network_changed

MOST_SERVERS, MOST_ROUTES = 5, 20
"""Name servers and routes a subnet may have (the reference's defaults)."""

_USED = (
    select(addresses.c.port_id)
    .join(ports, ports.c.id == addresses.c.port_id)
    .where(addresses.c.subnet_id == bindparam("subnet_id"), ports.c.device_owner != SERVICE)
    .limit(1)
)
_PORTS = select(ports).where(ports.c.network_id == bindparam("network_id"))

SUBNETS = Collection(
    what="Subnet",
    sentence="Subnet {} could not be found.",
    table=subnets,
    rows=ROWS,
    rule="get_subnet",
    ways={
        "project_id": subnets.c.project_id,
        "network:project_id": networks.c.project_id,
        "shared": networks.c.shared,
        "router:external": networks.c.external,
    },
    filters={
        "shared": lambda values: any_of(networks.c.shared, values),
        "external": lambda values: any_of(networks.c.external, values),
    },
)
one_subnet = SUBNETS.finder("subnet_id")


def _on_network(tx: Tx, who: Caller, path: Mapping[str, str], asked: Subnet) -> Mapping[str, Any]:
    """The network a new subnet is for, as the policy's target; raises Missing for one the caller does not know."""
    found = NETWORKS.known(tx, who, asked.network_id)
    return {"project_id": owner_of(who, asked), "network:project_id": found["project_id"], "network": found}


def _cidr(tx: Tx, who: Caller, asked: Subnet) -> tuple[Range, str | None]:
    """The range of a new subnet, and the pool it was cut from."""
    version = None if asked.ip_version is UNSET else asked.ip_version
    if version not in (None, 4, 6):
        raise invalid(f"'{version}' is not in [4, 6]")
    if asked.use_default_subnetpool or asked.subnetpool_id not in (UNSET, None):
        cidr, pool_id = cidr_from_pool(tx, who, asked)
        return range_of(cidr, None), pool_id
    if asked.cidr in (UNSET, None):
        raise invalid("a subnetpool must be specified in the absence of a cidr")
    if version is None:
        raise invalid("an ip_version must be specified in the absence of a subnetpool")
    return range_of(str(asked.cidr), version), None


def _refuse_overlap(tx: Tx, network_id: str, cidr: Range) -> None:
    for row in tx.all(OF_NETWORK, network_id=network_id):
        other = ip_network(row["cidr"])
        if other.version == cidr.version and other.overlaps(cidr):
            raise invalid(f"Requested subnet with cidr: {cidr} for network: {network_id} overlaps with another subnet.")


def _name_servers(asked: Subnet) -> Any:
    if asked.dns_nameservers is UNSET:
        return UNSET
    servers = list(asked.dns_nameservers or [])
    if len(servers) > MOST_SERVERS:
        raise invalid(f"The number of DNS nameservers exceeds the limit {MOST_SERVERS}.")
    if len(set(servers)) < len(servers):
        raise invalid("Duplicate nameserver.")
    return servers


def _routes(asked: Subnet, version: int) -> Any:
    if asked.host_routes is UNSET:
        return UNSET
    routes = [{"destination": one.destination, "nexthop": one.nexthop} for one in asked.host_routes or []]
    if len(routes) > MOST_ROUTES:
        raise invalid(f"The number of host routes exceeds the limit {MOST_ROUTES}.")
    for one in routes:
        if {ip_network(one["destination"]).version, ip_address(one["nexthop"]).version} != {version}:
            raise invalid(f"host_routes {one} does not match the ip_version {version}.")
    return routes


def _pools(cidr: Range, asked: Subnet, gateway: str | None) -> list[dict[str, str]]:
    """The addresses to be handed out: those asked for, or all but the gateway's; raises Invalid or Conflict."""
    if asked.allocation_pools is UNSET:
        return pools_as_text(cidr, default_pools(cidr, gateway))
    spans = check_pools(cidr, [(one.start, one.end) for one in asked.allocation_pools])
    check_gateway_free(cidr, gateway, spans)
    return pools_as_text(cidr, spans)


def _gateway(cidr: Range, asked: Subnet) -> str | None:
    if asked.gateway_ip is UNSET:
        return gateway_of(cidr)
    if asked.gateway_ip is not None:
        check_gateway(cidr, asked.gateway_ip)
    return asked.gateway_ip


def _mode(value: Any) -> str | None:
    return None if value is UNSET else value


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@network.route("GET /subnets", Subnet, "list")
def list_subnets(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Subnet) -> Answer:
    """A caller's subnets, and those of shared and external networks."""
    return SUBNETS.listed(tx, who, asked)


@network.route("POST /subnets", Subnet, "create", rule="create_subnet", of=_on_network, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Subnet) -> Mapping[str, Any]:
    """Add a range to a network; hosts that have the network serve it at once."""
    on = target["network"]
    cidr, pool_id = _cidr(tx, who, asked)
    _refuse_overlap(tx, on["id"], cidr)
    ra_mode, address_mode = _mode(asked.ipv6_ra_mode), _mode(asked.ipv6_address_mode)
    check_modes(cidr, ra_mode, address_mode, asked.enable_dhcp)
    if asked.enable_dhcp:
        check_dhcp(cidr)
    take(tx, target["project_id"], "subnet")
    gateway = _gateway(cidr, asked)
    row = made(
        tx,
        subnets,
        project_id=target["project_id"],
        name=asked.name,
        description=asked.description,
        network_id=on["id"],
        ip_version=cidr.version,
        cidr=str(cidr),
        subnetpool_id=pool_id,
        gateway_ip=gateway,
        allocation_pools=_pools(cidr, asked, gateway),
        enable_dhcp=asked.enable_dhcp,
        dns_nameservers=_name_servers(asked) or [],
        host_routes=_routes(asked, cidr.version) or [],
        ipv6_ra_mode=ra_mode,
        ipv6_address_mode=address_mode,
    )
    if is_by_mac(row):
        for port in tx.all(_PORTS, network_id=on["id"]):
            follow_mac(tx, port)
    touched(tx, networks, on)
    network_changed(tx, on["id"])
    return SUBNETS.one(tx, row["id"])


@network.route("GET /subnets/{subnet_id}", Subnet, "show", rule="get_subnet", of=one_subnet)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Subnet) -> Answer:
    """One subnet."""
    return Answer(target, only=chosen(asked))


@network.route("PUT /subnets/{subnet_id}", Subnet, "update", rule="update_subnet", of=one_subnet)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Subnet) -> Mapping[str, Any]:
    """Change what guests of a subnet are told and given; those who have an address keep it."""
    cidr = ip_network(target["cidr"])
    gateway = target["gateway_ip"] if asked.gateway_ip is UNSET else _gateway(cidr, asked)
    pools = target["allocation_pools"]
    if asked.allocation_pools is not UNSET:
        pools = _pools(cidr, asked, gateway)
    elif gateway != target["gateway_ip"]:
        check_gateway_free(cidr, gateway, check_pools(cidr, [(one["start"], one["end"]) for one in pools]))
    dhcp = target["enable_dhcp"] if asked.enable_dhcp is UNSET else asked.enable_dhcp
    check_modes(cidr, target["ipv6_ra_mode"], target["ipv6_address_mode"], dhcp)
    if dhcp:
        check_dhcp(cidr)
    new = changed(
        tx,
        subnets,
        target,
        name=asked.name,
        description=asked.description,
        gateway_ip=gateway,
        allocation_pools=pools,
        enable_dhcp=dhcp,
        dns_nameservers=_name_servers(asked),
        host_routes=_routes(asked, cidr.version),
    )
    if new:
        touched(tx, networks, NETWORKS.bare(tx, target["network_id"]))
        network_changed(tx, target["network_id"])
    return SUBNETS.one(tx, target["id"])


@network.route("DELETE /subnets/{subnet_id}", Subnet, "delete", rule="delete_subnet", of=one_subnet, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Subnet) -> None:
    """Remove a range in which nobody has an address but those who made theirs from their MAC."""
    if not is_by_mac(target) and tx.one(_USED, subnet_id=target["id"]) is not None:
        said = (
            f"Unable to complete operation on subnet {target['id']}: "
            "One or more ports have an IP allocation from this subnet."
        )
        raise typed(Conflict, "SubnetInUse", said)
    clear_subnet(tx, target["id"])
    tx.remove(subnets, target["id"])
    touched(tx, networks, NETWORKS.bare(tx, target["network_id"]))
    network_changed(tx, target["network_id"])
