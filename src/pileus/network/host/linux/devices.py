"""What links and addresses the namespace has, as the kernel shows them.

Every device of ours says so in its alias: what it is, the whole identifier and its number.  So the agent
finds them again after any restart, and never touches another's device that merely has a similar name.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping

import msgspec

from pileus.network.host.linux.netlink import (
    ADDRESS_HEADER,
    GET_ADDRESS,
    GET_LINK,
    LINK_HEADER,
    Attributes,
    Interrupted,
    attributes,
    listed,
    number,
    text,
)

ALIAS = re.compile(r"pileus (network|port) ([0-9a-f-]{36}) (\d{1,9})")
GROUPS = 0x1 | 0x10 | 0x100
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR (linux/rtnetlink.h)."""
BRIDGE_OPTIONS = {
    "br_stp_state": 0,
    "br_forward_delay": 0,
    "br_mcast_snooping": 0,  # it would lose neighbour solicitations of guests that report no membership
    "br_nf_call_iptables": 1,
    "br_nf_call_ip6tables": 1,
}
"""Of every bridge of ours; the last two show its frames to the inet table, whatever the namespace's default."""


IFF_UP, IFLA_IFNAME, IFLA_MTU, IFLA_MASTER, IFLA_LINKINFO, IFLA_IFALIAS = 1, 3, 4, 10, 18, 20
IFLA_INFO_KIND, IFLA_INFO_DATA, IFA_ADDRESS, IFA_LOCAL = 1, 2, 1, 2
IFLA_BR = {
    "br_forward_delay": 1,
    "br_stp_state": 5,
    "br_mcast_snooping": 23,
    "br_nf_call_iptables": 36,
    "br_nf_call_ip6tables": 37,
}
"""All from linux/if_link.h and linux/if_addr.h."""


class Device(msgspec.Struct, frozen=True):
    """A link as the kernel shows it."""

    index: int
    name: str
    alias: str
    master: int
    mtu: int
    up: bool
    options: Mapping[str, int]
    """Of a bridge: those of BRIDGE_OPTIONS."""


class Devices:
    """All links and addresses; they are read again only after the kernel announced a change."""

    def __init__(self) -> None:
        self._news = _announcements()
        self._known: dict[str, Device] | None = None
        self._addresses: dict[int, frozenset[str]] = {}

    def close(self) -> None:
        """Hear nothing any more."""
        self._news.close()

    def by_name(self) -> dict[str, Device]:
        """All links."""
        while _heard(self._news) or self._known is None:
            try:
                addresses = _addresses()
                known = {device.name: device for device in _links()}
            except Interrupted:
                continue
            self._addresses, self._known = addresses, known
        return self._known

    def addresses(self, index: int) -> frozenset[str]:
        """The addresses of a device, each with its prefix length."""
        self.by_name()
        return self._addresses.get(index, frozenset())

    def ours(self, kind: str) -> Iterator[tuple[str, int, Device]]:
        """(identifier, number, device) of each device whose alias says it is ours and of this kind."""
        for device in self.by_name().values():
            said = ALIAS.fullmatch(device.alias)
            if said and said[1] == kind:
                yield said[2], int(said[3]), device


def index_of(name: str) -> int:
    """The index of a device, 0 if there is none."""
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0


def _announcements() -> socket.socket:
    """A socket on which the kernel announces each change of links and addresses."""
    news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    news.setblocking(False)
    news.bind((0, GROUPS))
    return news


def _heard(news: socket.socket) -> bool:
    """Whether anything was announced since the last time; losing some (ENOBUFS) counts as hearing it."""
    heard = False
    while True:
        try:
            news.recv(65536)
        except BlockingIOError:
            return heard
        except OSError:
            pass
        heard = True


def _links() -> Iterator[Device]:
    for (_, _, index, flags, _), held in listed(GET_LINK, LINK_HEADER):
        yield Device(
            index=index,
            name=text(held[IFLA_IFNAME]),
            alias=text(held.get(IFLA_IFALIAS, b"")),
            master=number(held.get(IFLA_MASTER, b"")),
            mtu=number(held.get(IFLA_MTU, b"")),
            up=bool(flags & IFF_UP),
            options=_options(held.get(IFLA_LINKINFO, b"")),
        )


def _options(info: bytes) -> dict[str, int]:
    """Of a bridge those of BRIDGE_OPTIONS, of any other link none."""
    held = attributes(info, 0, len(info))
    if text(held.get(IFLA_INFO_KIND, b"")) != "bridge":
        return {}
    data: Attributes = attributes(held[IFLA_INFO_DATA], 0, len(held[IFLA_INFO_DATA]))
    return {option: number(data.get(IFLA_BR[option], b"")) for option in BRIDGE_OPTIONS}


def _addresses() -> dict[int, frozenset[str]]:
    """Addresses by device, but for those every IPv6 device gives itself."""
    found: dict[int, set[str]] = {}
    for (family, length, _, _, index), held in listed(GET_ADDRESS, ADDRESS_HEADER):
        address = socket.inet_ntop(family, held.get(IFA_LOCAL) or held[IFA_ADDRESS])
        if not address.startswith("fe80:"):
            found.setdefault(index, set()).add(f"{address}/{length}")
    return {index: frozenset(texts) for index, texts in found.items()}
