"""Reading lists from the kernel by rtnetlink (rtnetlink(7)): what is looked at every two seconds must cost little.

pyroute2, which makes our devices, takes 250 ms to read a thousand links; this takes 20.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

GET_LINK, GET_ADDRESS = 18, 22
DONE, ERROR = 3, 2
ROOT_AND_REQUEST, INTERRUPTED = 0x301, 0x10
LINK_HEADER, ADDRESS_HEADER = struct.Struct("=BxHiII"), struct.Struct("=4Bi")
"""struct ifinfomsg (family, type, index, flags, change) and ifaddrmsg (family, prefix length, flags, scope, index)."""
Attributes = dict[int, bytes]


class Interrupted(Exception):
    """What was being read changed meanwhile; read again."""


def listed(kind: int, header: struct.Struct) -> Iterator[tuple[tuple[int, ...], Attributes]]:
    """Each item of a list: the fields of its header, and its attributes by number."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.settimeout(10)
        netlink.send(struct.pack("=IHHII", 16 + header.size, kind, ROOT_AND_REQUEST, 1, 0) + bytes(header.size))
        for data, start, end in _items(netlink):
            yield header.unpack_from(data, start), attributes(data, start + header.size, end)


def _items(netlink: socket.socket) -> Iterator[tuple[bytes, int, int]]:
    """Where the body of each message begins and ends, until the last."""
    data, start = b"", 0
    while True:
        if start >= len(data):
            data, start = netlink.recv(1 << 17), 0
        length, message, flags = struct.unpack_from("=IHH", data, start)
        if flags & INTERRUPTED:
            raise Interrupted
        if message == DONE:
            return
        if message == ERROR:
            raise OSError(-struct.unpack_from("=i", data, start + 16)[0], "the kernel lists nothing")
        yield data, start + 16, start + length
        start += (length + 3) & ~3


def attributes(data: bytes, start: int, end: int) -> Attributes:
    """The attributes between two places, by number."""
    found = {}
    while start + 4 <= end:
        length, number = struct.unpack_from("=HH", data, start)
        if length < 4:
            break
        found[number & 0x3FFF] = data[start + 4 : start + length]
        start += (length + 3) & ~3
    return found


def text(value: bytes) -> str:
    """A name as the kernel writes it."""
    return value.rstrip(b"\0").decode(errors="replace")


def number(value: bytes) -> int:
    """A number of one to eight bytes."""
    return int.from_bytes(value, "little" if struct.pack("=H", 1)[0] else "big")
