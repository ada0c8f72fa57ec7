"""The two ways out of a host: NAT through an uplink, and a real interface on a network's bridge."""

from __future__ import annotations

import struct
from collections.abc import Callable

import msgspec
import pytest

from pileus.network.host.spec import Address
from pileus.network.host.switch import Outside
from tests.hosts.namespaces import links
from tests.hosts.network.switched import HOME, OPEN, Host
from tests.network.host.specs import group, network, port, subnet

IPV4, DHCP_ASKS = b"\x08\x00", struct.pack("!HH", 68, 67)
pytestmark = pytest.mark.hosts


def test_guests_of_a_network_with_uplink_leave_by_nat_and_nobody_comes_in(host_with: Callable[..., Host]) -> None:
    host, world = host_with(Outside(uplink="uplink")), host_with().space
    host.space.run(f"ip link add uplink type veth peer name world netns {world.name}")
    host.space.run("ip addr add 192.0.2.2/24 dev uplink; ip link set uplink up; ip route add default via 192.0.2.1")
    world.run("ip addr add 192.0.2.1/24 dev world; ip link set world up; ip route add 10.1.0.0/24 via 192.0.2.2")
    world.run("ip addr add 198.51.100.1/32 dev lo")
    home = network(uplink=True, gateway_here=True)
    inner = network(2, (subnet(2, "10.2.0.0/24", "10.2.0.1"),), service_addresses=("10.2.0.2",), gateway_here=True)
    one, other = port(1, groups=(group(1).id,)), port(2, inner, addresses=(Address(subnet(2).id, "10.2.0.12"),))
    host.hold(home, inner, one, other, group(1))
    guest, shut = host.guest(one), host.guest(other)
    guest.run("ip route add default via 10.1.0.1")
    shut.run("ip route add default via 10.2.0.1")
    world.listens(80)
    assert guest.pings("198.51.100.1")
    assert guest.connects("198.51.100.1", 80)
    assert not world.pings("10.1.0.11")
    assert not shut.pings("198.51.100.1")
    assert not shut.pings("10.1.0.11")
    host.hold(home, inner, msgspec.structs.replace(one, groups=(OPEN.id,)), other, OPEN)
    assert world.pings("10.1.0.11")


def test_an_attached_network_is_one_with_the_world_but_for_dhcp_and_metadata(host_with: Callable[..., Host]) -> None:
    host, lan = host_with(Outside(attach="lan0")), host_with().space
    host.space.run(f"ip link add lan0 type veth peer name lan netns {lan.name}; ip link set lan0 up")
    lan.run("ip addr add 10.1.0.200/24 dev lan; ip link set lan up")
    home, one = network(attached=True), port(1, groups=(OPEN.id,))
    assert host.hold(home, one, OPEN).networks[home.id].state == "up"
    guest = host.guest(one)
    assert guest.pings("10.1.0.200")
    assert lan.pings("10.1.0.11")
    lan.run("ip route add 169.254.169.254 via 10.1.0.2")
    host.space.listens(80)
    assert not lan.connects("169.254.169.254", 80)
    with lan.hearing("lan") as heard:
        assert guest.leases()["ip"] == "10.1.0.11"
        assert not [
            frame for frame in heard.all() if frame[12:14] == b"\x08\x00" and frame[34:38] == b"\x00\x44\x00\x43"
        ]
    host.hold()
    assert "master" not in links(host.space)["lan0"]


def test_an_interface_in_use_is_not_taken(host_with: Callable[..., Host]) -> None:
    host = host_with(Outside(attach="lan0"))
    host.space.run("ip link add lan0 type veth peer name lan1; ip addr add 192.0.2.2/24 dev lan0; ip link set lan0 up")
    seen = host.hold(network(attached=True)).networks[HOME.id]
    assert seen.state == "failed"
    assert "in use" in seen.because


def test_guests_questions_are_passed_on_to_the_hosts_resolvers(host_with: Callable[..., Host]) -> None:
    host = host_with(Outside(resolvers=("127.0.0.53",)))
    host.space.run(
        "dnsmasq --conf-file=/dev/null -p 53 --no-resolv --no-hosts --bind-interfaces --listen-address=127.0.0.53"
        f" --address=/example.org/192.0.2.7 --pid-file={host.directory}/upstream"
    )
    one = port(1)
    host.hold(HOME, one)
    guest = host.guest(one)
    assert guest.leases()["dns"] == "10.1.0.2"
    assert "192.0.2.7" in guest.run("busybox nslookup -type=a example.org 10.1.0.2")
