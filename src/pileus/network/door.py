"""Networking: networks, subnets, ports and security groups, as the Networking API (Neutron v2.0) speaks of them.

The door: Compute chooses what a server is plugged into with `check_requests`, has its ports made with
`make_ports` and given back with `release`; what hosts say is heard through `EARS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pileus.kernel.store import Tx
from pileus.network import agents, extensions, quotas, tags
from pileus.network.api import network
from pileus.network.security_group_rules import rules as security_group_rules
from pileus.network.seeding import seed
from pileus.network.servers.cards import add_address, bind, make_ports, release, remove_address, unplug
from pileus.network.servers.choosing import check_requests
from pileus.network.servers.groups import add_group, group_names_of, groups_named, groups_of, remove_group
from pileus.network.servers.proxied import (
    Line,
    describe_group,
    have_default_group,
    make_group,
    make_line,
    own_group,
    own_groups,
    strike_group,
    strike_line,
)
from pileus.network.servers.table import servers_with_address
from pileus.network.servers.told import addresses_of, network_data, nics_of
from pileus.network.settings import NetworkSettings
from pileus.network.wants import heard_network, heard_port, host_forgotten

EARS: Mapping[str, Callable[[Tx, str, str, Mapping[str, Any]], None]] = {"port": heard_port, "network": heard_network}
"""Who hears what hosts say of ports and networks, by kind."""

ROOMS = (agents, extensions, quotas, security_group_rules, tags)
"""The modules whose routes are this service's, and which nothing else names."""


__all__ = [
    "EARS",
    "ROOMS",
    "Line",
    "NetworkSettings",
    "add_address",
    "add_group",
    "addresses_of",
    "bind",
    "check_requests",
    "describe_group",
    "group_names_of",
    "groups_named",
    "groups_of",
    "have_default_group",
    "host_forgotten",
    "make_group",
    "make_line",
    "make_ports",
    "network",
    "network_data",
    "nics_of",
    "own_group",
    "own_groups",
    "release",
    "remove_address",
    "remove_group",
    "seed",
    "servers_with_address",
    "strike_group",
    "strike_line",
    "unplug",
]
