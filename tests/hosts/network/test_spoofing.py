"""What a guest may say it is: frames of every kind, forged and honest, on a real tap."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Any

import pytest

from pileus.network.host.spec import Pair
from tests.hosts.namespaces import Guest
from tests.hosts.network.switched import HOME, OPEN, Host
from tests.network.host.specs import port

pytestmark = pytest.mark.hosts


def watched(host: Host, **more: Any) -> tuple[Guest, Guest]:
    """A guest that may try its worst, and one that hears everything that reaches it."""
    bad, good = port(1, groups=(OPEN.id,), **more), port(2, guarded=False)
    host.hold(HOME, bad, good, OPEN)
    return host.guest(bad), host.guest(good)


BAD, GOOD = "02:00:00:00:00:01", "02:00:00:00:00:02"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def raw(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def arp(source: str, sender: str, ip: str, *, target: str = "10.1.0.12", operation: int = 1) -> bytes:
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + raw(sender) + socket.inet_aton(ip) + bytes(6)
    return raw(BROADCAST) + raw(source) + b"\x08\x06" + body + socket.inet_aton(target)


def udp4(source: str, ip: str, *, ports: tuple[int, int] = (1000, 2000), to: str = "10.1.0.12") -> bytes:
    payload = struct.pack("!HHHH", *ports, 12, 0) + b"evil"
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 32, 0, 0, 64, 17, 0, socket.inet_aton(ip), socket.inet_aton(to))
    return raw(GOOD) + raw(source) + b"\x08\x00" + head[:10] + checksum(head) + head[12:] + payload


def icmp6(source: str, ip: str, kind: int, target: str, to: str = "ff02::1") -> bytes:
    ends = ipaddress.IPv6Address(ip).packed + ipaddress.IPv6Address(to).packed
    body = struct.pack("!BBHI", kind, 0, 0, 0x20000000) + ipaddress.IPv6Address(target).packed
    sum16 = checksum(ends + struct.pack("!II", len(body), 58) + body)
    head = struct.pack("!IHBB", 0x60000000, len(body), 58, 255) + ends
    return raw("33:33:00:00:00:01") + raw(source) + b"\x86\xdd" + head + body[:2] + sum16 + body[4:]


def checksum(data: bytes) -> bytes:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


OWN6 = "fe80::ff:fe00:1"
FORGED = {
    "a strange MAC": udp4("02:00:00:00:00:99", "10.1.0.11"),
    "a strange address": udp4(BAD, "10.1.0.99"),
    "another's address": udp4(BAD, "10.1.0.12"),
    "no address": udp4(BAD, "0.0.0.0"),
    "a DHCP server's answer": udp4(BAD, "10.1.0.11", ports=(67, 68)),
    "ARP for a strange address": arp(BAD, BAD, "10.1.0.99"),
    "ARP for another's address": arp(BAD, BAD, "10.1.0.2", operation=2),
    "ARP with a strange MAC inside": arp(BAD, "02:00:00:00:00:99", "10.1.0.11"),
    "ARP that probes another's address": arp(BAD, BAD, "0.0.0.0", target="10.1.0.12"),
    "an IPv6 address not its own": icmp6(BAD, "fe80::99", 128, "::"),
    "a router advertisement": icmp6(BAD, OWN6, 134, "::"),
    "a redirect": icmp6(BAD, OWN6, 137, "::"),
    "a neighbour advertisement for another": icmp6(BAD, OWN6, 136, "fe80::99"),
    "a probe for another's IPv6 address": icmp6(BAD, "::", 135, "fe80::99"),
    "a frame of another protocol": raw(GOOD) + raw(BAD) + b"\x88\xb5" + bytes(60),
}
HONEST = {
    "its own address": udp4(BAD, "10.1.0.11"),
    "ARP for its own address": arp(BAD, BAD, "10.1.0.11"),
    "a probe for its own address": arp(BAD, BAD, "0.0.0.0", target="10.1.0.11"),
    "its link-local address": icmp6(BAD, OWN6, 128, "::"),
    "a neighbour advertisement for itself": icmp6(BAD, OWN6, 136, OWN6),
}


def test_nothing_forged_leaves_a_guest(host: Host) -> None:
    bad, good = watched(host)
    with good.hearing() as heard:
        for frame in FORGED.values():
            bad.sends(frame)
        bad.sends(HONEST["its own address"])
        frames = heard.until(HONEST["its own address"])
    assert [what for what, forged in FORGED.items() if any(frame.startswith(forged) for frame in frames)] == []


def test_without_a_guard_every_one_of_these_would_arrive(host: Host) -> None:
    bad, good = watched(host, guarded=False)
    with good.hearing() as heard:
        for frame in FORGED.values():
            bad.sends(frame)
            heard.until(frame)


@pytest.mark.parametrize("what", HONEST)
def test_what_is_a_guests_own_passes(host: Host, what: str) -> None:
    bad, good = watched(host)
    with good.hearing() as heard:
        bad.sends(HONEST[what])
        heard.until(HONEST[what])


def test_no_pair_makes_a_guest_the_metadata_service(host: Host) -> None:
    bad, good = watched(host, pairs=(Pair("0.0.0.0/0", BAD),))
    forged = [udp4(BAD, "169.254.169.254"), arp(BAD, BAD, "169.254.169.254", operation=2)]
    with good.hearing() as heard:
        for frame in (*forged, udp4(BAD, "8.8.8.8")):
            bad.sends(frame)
        assert not [frame for frame in heard.until(udp4(BAD, "8.8.8.8")) if frame in forged]


def test_allowed_pairs_widen_what_may_be_sent(host: Host) -> None:
    pairs = (Pair("10.1.0.99", BAD), Pair("10.3.0.0/16", "02:00:00:00:00:99"), Pair("fe80::/64", BAD))
    bad, good = watched(host, pairs=pairs)
    frames = [
        udp4(BAD, "10.1.0.99"),
        udp4("02:00:00:00:00:99", "10.3.200.1"),
        arp(BAD, BAD, "10.1.0.99"),
        icmp6(BAD, "fe80::99", 128, "::"),
        icmp6(BAD, OWN6, 136, "fe80::99"),
    ]
    with good.hearing() as heard:
        for frame in frames:
            bad.sends(frame)
        for frame in frames:
            heard.until(frame)


@pytest.mark.parametrize("guarded", [True, False])
def test_a_tagged_frame_passes_only_without_a_guard(host: Host, guarded: bool) -> None:
    inner = udp4(BAD, "10.1.0.11", ports=(5, 5))[14:]
    bad, good = watched(host, guarded=guarded)
    with good.hearing() as heard:
        bad.sends(raw(GOOD) + raw(BAD) + b"\x81\x00\x00\x05\x08\x00" + inner)
        bad.sends(HONEST["its own address"])
        frames = heard.until(HONEST["its own address"])
    assert any(frame.endswith(inner) for frame in frames) is not guarded
