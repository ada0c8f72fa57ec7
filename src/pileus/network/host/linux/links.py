"""Bridges and taps of the namespace, made and unmade by netlink."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import struct
from typing import Any

from pyroute2 import IPRoute

from pileus.network.host.linux import sysctl
from pileus.network.host.linux.devices import ALIAS, BRIDGE_OPTIONS, Devices, index_of
from pileus.network.host.switch import Bridge, Outside, SwitchFault, Tap, bridge_name, tap_name

TUNSETIFF, TUNSETPERSIST = 0x400454CA, 0x400454CB
TAP_FLAGS = 0x1002
"""IFF_TAP and IFF_NO_PI (linux/if_tun.h)."""


class Links:
    """Our devices in this namespace."""

    def __init__(self, outside: Outside, seed: bytes) -> None:
        self.outside = outside
        self.seed = seed
        self._kernel = IPRoute()
        self.devices = Devices()

    def close(self) -> None:
        """Let go of the kernel."""
        self.devices.close()
        self._kernel.close()

    def bridges(self) -> dict[str, Bridge]:
        """The bridges of ours by network."""
        real = self.devices.by_name().get(self.outside.attach or "")
        return {
            network_id: Bridge(
                network_id=network_id,
                number=number,
                mtu=device.mtu,
                addresses=self.devices.addresses(device.index),
                attached=real is not None and real.up and device.index == real.master,
                forwards=self._forwards(device.name) and self._forwards(self.outside.uplink),
                whole=device.up and device.options == BRIDGE_OPTIONS,
            )
            for network_id, number, device in self.devices.ours("network")
        }

    def taps(self) -> dict[str, Tap]:
        """The taps of ours by port; one that hangs on no bridge of ours shows no network."""
        networks = {device.index: network_id for network_id, _, device in self.devices.ours("network")}
        return {
            port_id: Tap(port_id, networks.get(device.master, ""), number, device.mtu, device.up)
            for port_id, number, device in self.devices.ours("port")
        }

    def lay(self, bridge: Bridge) -> None:
        """Make a bridge, or make it so."""
        name = bridge_name(bridge.network_id)
        if not index_of(name):
            self._kernel.link("add", ifname=name, kind="bridge", address=mac_of(bridge.network_id, self.seed))
        index = socket.if_nametoindex(name)
        self._kernel.link("set", index=index, ifalias=f"pileus network {bridge.network_id} {bridge.number}")
        self._kernel.link("set", index=index, kind="bridge", **BRIDGE_OPTIONS)
        _quieten(name, bridge)
        self._attach(index, bridge)
        self._open_uplink(bridge)
        self._kernel.link("set", index=index, mtu=bridge.mtu, state="up")
        self._address(index, bridge)

    def plug(self, tap: Tap) -> None:
        """Make a tap, or make it so."""
        name = tap_name(tap.port_id)
        alias = f"pileus port {tap.port_id} {tap.number}"
        if not index_of(name):
            self._make_tap(name, alias)
        index, master = socket.if_nametoindex(name), socket.if_nametoindex(bridge_name(tap.network_id))
        sysctl.write(f"ipv6/conf/{name}/disable_ipv6", "1")
        self._kernel.link("set", index=index, ifalias=alias, mtu=tap.mtu, master=master)
        self._kernel.link("set", index=index, state="up" if tap.up else "down")

    def remove(self, name: str, kind: str) -> None:
        """Remove a device if it is there and ours."""
        device = self.devices.by_name().get(name)
        if device is None or not (said := ALIAS.fullmatch(device.alias)) or said[1] != kind:
            return
        self._kernel.link("del", index=device.index)

    def _make_tap(self, name: str, alias: str) -> None:
        """A tap that lasts only once it bears its alias: one whose maker dies before vanishes with it."""
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP_FLAGS))
            self._kernel.link("set", index=socket.if_nametoindex(name), ifalias=alias)
            fcntl.ioctl(descriptor, TUNSETPERSIST, 1)
        finally:
            os.close(descriptor)

    def _attach(self, index: int, bridge: Bridge) -> None:
        """Join the host's real interface to the bridge, or take it off."""
        if self.outside.attach is None:
            return
        real = self.devices.by_name().get(self.outside.attach)
        if real is None:
            if bridge.attached:
                raise SwitchFault(f"there is no interface {self.outside.attach} to attach")
            return
        if bridge.attached:
            if real.master != index and (real.master or self.devices.addresses(real.index)):
                raise SwitchFault(f"{real.name} is in use (it has an address or a bridge); attach one that is free")
            self._kernel.link("set", index=real.index, master=index, state="up")
        elif real.master == index:
            self._kernel.link("set", index=real.index, master=0)

    def _open_uplink(self, bridge: Bridge) -> None:
        """Let answers from the uplink be routed to guests."""
        if not bridge.forwards:
            return
        if not index_of(self.outside.uplink or ""):
            raise SwitchFault(f"there is no interface {self.outside.uplink} to be the uplink")
        sysctl.write(f"ipv4/conf/{self.outside.uplink}/forwarding", "1")

    def _forwards(self, device: str | None) -> bool:
        return device is not None and sysctl.read(f"ipv4/conf/{device}/forwarding") == "1"

    def _address(self, index: int, bridge: Bridge) -> None:
        """Give the bridge exactly its addresses."""
        has = self.devices.addresses(index)
        for text in has - bridge.addresses:
            self._kernel.addr("del", index=index, **_told_address(text))
        for text in bridge.addresses - has:
            self._kernel.addr("add", index=index, **_told_address(text))


def mac_of(network_id: str, seed: bytes) -> str:
    """A bridge's MAC: the same whenever it is made, so that guests find it again, and another on every host.

    A bridge without one takes that of its lowest port, and changes it as ports come and go.
    """
    return "02:" + hashlib.blake2s(network_id.encode(), key=seed, digest_size=5).digest().hex(":")


def _quieten(name: str, bridge: Bridge) -> None:
    """Let the host take from guests nothing but packets: no route, no router, no answer for other bridges."""
    has6 = any(":" in text for text in bridge.addresses)
    settings = {
        "ipv4/conf/{}/arp_ignore": "1",
        "ipv4/conf/{}/arp_announce": "2",
        "ipv4/conf/{}/rp_filter": "2",  # loose: two networks may have equal addresses
        "ipv4/conf/{}/forwarding": "1" if bridge.forwards else "0",
        "ipv4/conf/{}/accept_redirects": "0",
        "ipv4/conf/{}/send_redirects": "0",
        "ipv6/conf/{}/accept_ra": "0",
        "ipv6/conf/{}/accept_dad": "0",
        "ipv6/conf/{}/disable_ipv6": "0" if has6 else "1",
    }
    for key, value in settings.items():
        sysctl.write(key.format(name), value)


def _told_address(text: str) -> dict[str, Any]:
    address, _, length = text.partition("/")
    return {"address": address, "prefixlen": int(length)}
