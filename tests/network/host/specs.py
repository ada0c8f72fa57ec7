"""Wanted networks, ports and groups for tests, with counted identifiers that stay legible in a failure."""

from __future__ import annotations

from typing import Any

from pileus.network.host.spec import Address, Group, Network, Port, Rule, Subnet
from pileus.network.host.wanted import Wanted

EGRESS = (Rule("egress"), Rule("egress", "IPv6"))


def ident(kind: int, number: int) -> str:
    """A UUID that tells its kind and number at its front, where device names take theirs from."""
    return f"{kind:02x}{number:06x}-0000-4000-8000-{number:012x}"


def subnet(number: int = 1, cidr: str = "10.1.0.0/24", gateway: str | None = "10.1.0.1", **more: Any) -> Subnet:
    """A range of addresses."""
    return Subnet(ident(0x5B, number), cidr, gateway, **more)


def network(number: int = 1, subnets: tuple[Subnet, ...] | None = None, **more: Any) -> Network:
    """A network of 10.1.0.0/24 unless told otherwise, the host being 10.1.0.2."""
    given = {"service_addresses": ("10.1.0.2",), **more}
    return Network(ident(0xE0, number), subnets=(subnet(),) if subnets is None else subnets, **given)


def port(number: int, on: Network | None = None, **more: Any) -> Port:
    """The port whose MAC and address end in its number."""
    on = on or network()
    given = {"addresses": (Address(on.subnets[0].id, f"10.1.0.{10 + number}"),), "hostname": f"guest-{number}", **more}
    return Port(ident(0xA0, number), on.id, f"02:00:00:00:00:{number:02x}", **given)


def group(number: int, *rules: Rule, **more: Any) -> Group:
    """A group with these rules besides letting everything out."""
    return Group(ident(0x60, number), EGRESS + rules, **more)


def wanted(*parts: Network | Port | Group) -> Wanted:
    """All of these wanted."""
    kinds: dict[type, dict[str, Any]] = {Network: {}, Port: {}, Group: {}}
    for part in parts:
        kinds[type(part)][part.id] = part
    return Wanted(kinds[Network], kinds[Port], kinds[Group])
