"""What callers see of a port, and what they may say of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.values import Address, Checked, Flag, Mac, Text, Uuid
from pileus.network.standard import Standard, settable, sought
from pileus.network.subnets.ranges import any_range

HOST = "binding:host_id"
PROFILE = "binding:profile"
VNIC = "binding:vnic_type"


class FixedIp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An address wanted: this one, one of this subnet, or both."""

    subnet_id: Uuid | None = None
    ip_address: Address | None = None


class Prefix(Checked):
    """An address or a range of addresses, as the caller wrote it."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Prefix:
        return cls(any_range(value))


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A further address the port may use; with its own MAC where none is given."""

    ip_address: Prefix
    mac_address: Mac | None = None


def _guarded(name: str, **more: Any) -> Any:
    """A field that a policy rule of its own guards."""
    return given("create", default=UNSET, to=f"create_port:{name}", **more) | given(
        "update", default=UNSET, to=f"update_port:{name}", **more
    )


class Port(Standard, one="port", many="ports", bulk=True):
    """A place on a network."""

    name: Text = settable("") | sought() | shown()
    tags: list[str] = given("create", default=UNSET, to="create_port:tags") | sought() | shown()
    network_id: Uuid = given("create") | sought() | shown()
    mac_address: Mac | None = _guarded("mac_address") | sought() | shown()
    fixed_ips: list[FixedIp] = _guarded("fixed_ips") | sought() | shown()
    admin_state_up: Flag = settable(True) | sought(Flag) | shown()
    status: str = sought() | shown()
    device_id: Text = _guarded("device_id") | sought() | shown()
    device_owner: Text = settable(UNSET) | sought() | shown()
    security_groups: list[str] | None = settable(UNSET) | sought() | shown()
    port_security_enabled: Flag = _guarded("port_security_enabled") | shown()
    allowed_address_pairs: list[Pair] | None = _guarded("allowed_address_pairs") | shown()
    vnic_type: Literal["normal"] = _guarded(VNIC, wire=VNIC) | shown(wire=VNIC)
    binding_host: Text | None = (
        _guarded(HOST, wire=HOST) | sought(wire=HOST) | shown(wire=HOST, to="get_port:binding:host_id")
    )
    profile: dict[str, Any] | None = _guarded(PROFILE, wire=PROFILE) | shown(
        wire=PROFILE, to="get_port:binding:profile"
    )
    vif_type: str = shown(wire="binding:vif_type", to="get_port:binding:vif_type")
    vif_details: dict[str, Any] = shown(wire="binding:vif_details", to="get_port:binding:vif_details")
