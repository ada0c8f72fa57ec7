"""What callers see of a network, and what they may say of it."""

from __future__ import annotations

from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.values import Flag, Text, Whole
from pileus.network.standard import Standard, settable, sought

TYPE = "provider:network_type"
PHYSICAL = "provider:physical_network"
SEGMENT = "provider:segmentation_id"
EXTERNAL = "router:external"


class Network(Standard, one="network", many="networks", bulk=True):
    """A network: one broadcast domain with its ranges of addresses."""

    name: Text = settable("") | sought() | shown()
    admin_state_up: Flag = settable(True) | sought(Flag) | shown()
    status: str = sought() | shown()
    subnets: list[str] = shown()
    shared: Flag = (
        given("create", default=UNSET, to="create_network:shared")
        | given("update", default=UNSET, to="update_network:shared")
        | sought(Flag)
        | shown()
    )
    external: Flag = (
        given("create", default=UNSET, wire=EXTERNAL, to="create_network:router:external")
        | given("update", default=UNSET, wire=EXTERNAL, to="update_network:router:external")
        | sought(Flag, wire=EXTERNAL)
        | shown(wire=EXTERNAL)
    )
    mtu: Whole = settable(UNSET) | sought(int) | shown()
    port_security_enabled: Flag = (
        given("create", default=UNSET, to="create_network:port_security_enabled")
        | given("update", default=UNSET, to="update_network:port_security_enabled")
        | shown()
    )
    network_type: str = (
        given("create", default=UNSET, wire=TYPE, to="create_network:provider:network_type")
        | sought(wire=TYPE)
        | shown(wire=TYPE, to="get_network:provider:network_type")
    )
    physical_network: str | None = (
        given("create", default=UNSET, wire=PHYSICAL, to="create_network:provider:physical_network")
        | sought(wire=PHYSICAL)
        | shown(wire=PHYSICAL, to="get_network:provider:physical_network")
    )
    segmentation_id: int | None = shown(wire=SEGMENT, to="get_network:provider:segmentation_id")
