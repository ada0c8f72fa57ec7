"""Ending a DHCP lease from the server's side, as its guest would: with a DHCPRELEASE (RFC 2131, 3.1)."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from pathlib import Path

import msgspec

from pileus.network.host.served import own_addresses
from pileus.network.host.spec import Network
from pileus.network.host.switch import Service, SwitchFault, bridge_name

COOKIE = bytes((99, 130, 83, 99))


class Held(msgspec.Struct, frozen=True):
    """A line of dnsmasq's lease file."""

    line: str
    mac: str
    """Empty for IPv6, whose clients go by another identifier."""
    ip: str
    client: str
    """The identifier the client gave, in hexadecimal with colons, or `*`."""

    @property
    def is_v6(self) -> bool:
        """Whether DHCPv6 gave it."""
        return ":" in self.ip


def leases_of(path: Path) -> list[Held]:
    """What dnsmasq wrote into its lease file: expiry, MAC (or IAID), address, name, client."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return []
    parts = ((line, line.split(" ")) for line in lines)
    return [Held(line, "" if ":" in part[2] else part[1], part[2], part[4]) for line, part in parts if len(part) == 5]


def is_stale(lease: Held, service: Service) -> bool:
    """Whether nobody of this network may hold the lease any more."""
    if lease.is_v6:
        return not any(lease.ip in wanted.addresses for wanted in service.leases)
    return not any(lease.mac == wanted.mac and lease.ip in wanted.addresses for wanted in service.leases)


def release(lease: Held, network: Network) -> None:
    """Tell the network's dnsmasq that the lease has ended."""
    server = server_of(lease.ip, network)
    if server is None:
        return
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, bridge_name(network.id).encode())
            sender.sendto(packet(lease, server), (server, 67))
    except OSError as error:
        raise SwitchFault(f"the lease of {lease.ip} could not be ended: {error}") from error


def server_of(ip: str, network: Network) -> str | None:
    """The host's address in the subnet of a lease."""
    address = ipaddress.ip_address(ip)
    for text, length in own_addresses(network).items():
        if address in ipaddress.ip_network(f"{text}/{length}", strict=False):
            return text
    return None


def packet(lease: Held, server: str) -> bytes:
    """The release as the guest itself would send it."""
    mac = bytes.fromhex(lease.mac.replace(":", ""))
    fixed = struct.pack(
        "!4BIHH4s12x16s192x", 1, 1, 6, 0, int.from_bytes(os.urandom(4), "big"), 0, 0,
        socket.inet_aton(lease.ip), mac.ljust(16, b"\0"),
    )  # fmt: skip
    options = b"\x35\x01\x07" + b"\x36\x04" + socket.inet_aton(server)
    if lease.client != "*":
        client = bytes.fromhex(lease.client.replace(":", ""))
        options += bytes((61, len(client))) + client
    return fixed + COOKIE + options + b"\xff"
