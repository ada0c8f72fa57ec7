"""What dnsmasq reads about one network: its settings, hosts and options; pure.

Every value here was checked by `validity`, and none can hold a comma or an end of line.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

from pileus.network.host.served import is_served, service_address
from pileus.network.host.spec import Subnet
from pileus.network.host.switch import METADATA, Service, bridge_name

MODES = {"slaac": "ra-only", "stateless": "ra-stateless", "stateful": "static"}
LEASE = "1d"


def settings(service: Service, directory: Path, user: str) -> str:
    """The configuration file; another text asks for another process."""
    network = service.network
    bridge = bridge_name(network.id)
    lines = [
        f"interface={bridge}",
        "except-interface=lo",
        "bind-dynamic",
        "no-resolv",
        "no-hosts",
        "no-ping",
        "quiet-dhcp",
        "quiet-dhcp6",
        "quiet-ra",
        "dhcp-authoritative",
        "dhcp-ignore=tag:!known",  # who has no port here is somebody else's to answer
        "dhcp-lease-max=65536",
        f"user={user}",
        f"pid-file={directory}/pid",
        f"log-facility={directory}/log",
        f"dhcp-leasefile={directory}/leases",
        f"dhcp-hostsfile={directory}/hosts",
        f"dhcp-optsfile={directory}/options",
        *_dns(service),
        *_ranges(service, bridge),
    ]
    return "\n".join(lines) + "\n"


def _dns(service: Service) -> Iterator[str]:
    if not service.resolvers:
        yield "port=0"
    for resolver in service.resolvers:
        yield f"server={resolver}"
    if service.network.domain:
        yield f"domain={service.network.domain.removesuffix('.')}"


def _ranges(service: Service, bridge: str) -> Iterator[str]:
    advertised = False
    for tag, subnet in tagged(service):
        cidr = ipaddress.ip_network(subnet.cidr, strict=False)
        if cidr.version == 4:
            yield f"dhcp-range=set:{tag},{cidr.network_address},static,{cidr.netmask},{LEASE}"
        else:
            advertised = True
            mode = MODES[subnet.ipv6 or "slaac"]
            yield f"dhcp-range=set:{tag},{cidr.network_address},{mode},{cidr.prefixlen},{LEASE}"
    if advertised:
        lifetime = 1800 if service.network.gateway_here else 0
        yield "enable-ra"
        yield f"ra-param={bridge},mtu:{service.network.mtu},60,{lifetime}"


def tagged(service: Service) -> Iterator[tuple[str, Subnet]]:
    """The subnets that are served, each with the tag its options go by."""
    for number, subnet in enumerate(service.network.subnets):
        if is_served(subnet):
            yield f"s{number}", subnet


def hosts(service: Service) -> str:
    """Which address and name each card gets, a line for each."""
    lines = []
    for lease in service.leases:
        name = lease.hostname.partition(".")[0]
        for text in lease.addresses:
            address = ipaddress.ip_address(text)
            shown = f"[{address}]" if address.version == 6 else str(address)
            lines.append(",".join(part for part in (lease.mac, shown, name) if part) + "\n")
    return "".join(lines)


def options(service: Service) -> str:
    """What guests of each subnet are told besides their address."""
    lines = []
    for tag, subnet in tagged(service):
        if ipaddress.ip_network(subnet.cidr, strict=False).version == 4:
            lines += [f"tag:{tag},{option}\n" for option in _options4(service, subnet)]
        elif dns := subnet.dns:
            lines.append(f"tag:{tag},option6:dns-server,{','.join(f'[{text}]' for text in dns)}\n")
    return "".join(lines)


def _options4(service: Service, subnet: Subnet) -> Iterator[str]:
    here = service_address(service.network, subnet)
    yield f"option:mtu,{service.network.mtu}"
    yield "option:router" + (f",{subnet.gateway}" if subnet.gateway else "")  # bare: none, not dnsmasq itself
    routes = [(f"{METADATA}/32", here), *((route.destination, route.nexthop) for route in subnet.routes)]
    if subnet.gateway:  # who heeds classless routes ignores the router (RFC 3442)
        routes.append(("0.0.0.0/0", subnet.gateway))
    told = ",".join(f"{ipaddress.ip_network(to, strict=False)},{via}" for to, via in routes)
    yield f"option:classless-static-route,{told}"
    yield f"249,{told}"  # the number older Windows asks for
    resolvers = subnet.dns or ((here,) if service.resolvers and here else ())
    if resolvers:
        yield f"option:dns-server,{','.join(resolvers)}"
