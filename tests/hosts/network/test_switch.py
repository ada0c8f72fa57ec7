"""The Linux switch in a namespace: the shared suite, then what passes between guests and reaches the host."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pileus.network.host.spec import Address, Rule
from tests.hosts.namespaces import echoes
from tests.hosts.network.switched import HOME, OPEN, Host
from tests.network.host.specs import group, network, port, subnet
from tests.network.host.switch_suite import SwitchSuite

pytestmark = pytest.mark.hosts


class TestLinuxSwitch(SwitchSuite):
    """The shared suite."""


def test_guests_of_a_network_reach_each_other_where_a_rule_lets_them(host: Host) -> None:
    one, two = port(1, groups=(OPEN.id,)), port(2, groups=(group(2).id,))
    host.hold(HOME, one, two, OPEN, group(2))
    first, second = host.guest(one), host.guest(two)
    assert second.pings("10.1.0.11")
    assert not first.pings("10.1.0.12")


def test_a_rule_may_be_of_ports_and_of_a_far_end(host: Host) -> None:
    web = group(1, Rule("ingress", protocol="tcp", low=80, high=90, remote_cidr="10.1.0.12/32"))
    server, near, far = port(1, groups=(web.id,)), port(2, groups=(web.id,)), port(3, groups=(web.id,))
    host.hold(HOME, server, near, far, web)
    listening = host.guest(server)
    for number in (80, 91):
        listening.listens(number)
    first, second = host.guest(near), host.guest(far)
    assert first.connects("10.1.0.11", 80)
    assert not first.connects("10.1.0.11", 91)
    assert not second.connects("10.1.0.11", 80)


def test_members_of_a_group_pass_and_a_change_of_members_counts_at_once(host: Host) -> None:
    naming = group(1, Rule("ingress", protocol="icmp", remote_group=group(2).id))
    one, two = port(1, groups=(naming.id,)), port(2, groups=(group(2).id,))
    members = [group(2, members=texts) for texts in ((), ("10.1.0.12",), ("10.1.0.0/28",), ("10.1.0.0/27", "10.2.0.1"))]
    host.hold(HOME, one, two, naming, members[0])
    host.guest(one)
    asking = host.guest(two)
    assert not asking.pings("10.1.0.11")
    for allowed in members[1:]:
        host.hold(HOME, one, two, naming, allowed)
        assert asking.pings("10.1.0.11"), allowed.members
    host.hold(HOME, one, two, naming, members[0])
    assert not asking.pings("10.1.0.11")


def test_a_rule_taken_back_ends_what_it_had_let_in(host: Host) -> None:
    web = group(1, Rule("ingress", protocol="tcp", low=80, high=80))
    one, two = port(1, groups=(web.id,)), port(2, groups=(web.id,))
    host.hold(HOME, one, two, web)
    host.guest(one).listens(80)
    client = host.guest(two)
    with client.connected("10.1.0.11", 80) as connection:
        assert echoes(connection, b"before")
        host.hold(HOME, one, two, group(1))
        assert not echoes(connection, b"after")


def test_what_is_not_let_out_stays_in_but_for_what_the_host_serves(host: Host) -> None:
    silent = msgspec.structs.replace(group(2), rules=())
    one, two = port(1, groups=(OPEN.id,)), port(2, groups=(silent.id,))
    host.hold(HOME, one, two, OPEN, silent)
    host.guest(one)
    guest = host.guest(two)
    assert not guest.pings("10.1.0.11")
    assert guest.pings("10.1.0.2")
    assert guest.leases()["ip"] == "10.1.0.12"


def test_an_unguarded_port_is_left_alone(host: Host) -> None:
    one, two = port(1, guarded=False), port(2, guarded=False)
    host.hold(HOME, one, two)
    host.guest(one, "10.1.0.77/24")
    assert host.guest(two).pings("10.1.0.77")


def test_dhcp_tells_address_routes_mtu_and_name(host: Host) -> None:
    routed = network(subnets=(subnet(dns=("9.9.9.9",)),), mtu=1400, domain="example.org")
    one = port(1)
    host.hold(routed, one)
    told = host.guest(one, "10.1.0.11/24").leases()
    assert told["ip"] == "10.1.0.11"
    assert told["staticroutes"] == "169.254.169.254/32 10.1.0.2 0.0.0.0/0 10.1.0.1"
    assert (told["mtu"], told["hostname"], told["dns"]) == ("1400", "guest-1", "9.9.9.9")
    assert (told["router"], told["domain"]) == ("10.1.0.1", "example.org")


def test_dnsmasq_gives_up_its_rights_where_anybody_may_read_its_files(host_with: Callable[..., Host]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        host = host_with(None, Path(folder) / "network")
        host.hold(HOME, port(1))
        host.hold(HOME, port(1), port(2))
        assert host.guest(port(2)).leases()["ip"] == "10.1.0.12"
        host.guests.pop(port(2).id).end()
        host.hold(HOME, port(1), port(3, addresses=port(2).addresses))
        assert host.guest(port(3)).leases()["ip"] == "10.1.0.12"
        number = host.space.run(f"cat {folder}/network/dhcp/*/pid").strip()
        assert Path(f"/proc/{number}").stat().st_uid != 0
        assert "denied" not in host.space.run(f"cat {folder}/network/dhcp/*/log")


def test_an_address_is_free_for_another_the_moment_its_port_is_gone(host: Host) -> None:
    first, same = port(1), msgspec.structs.replace(port(2), addresses=port(1).addresses)
    host.hold(HOME, first)
    assert host.guest(first).leases()["ip"] == "10.1.0.11"
    host.guests.pop(first.id).end()
    host.hold(HOME)
    host.hold(HOME, same)
    assert host.guest(same).leases()["ip"] == "10.1.0.11"


def test_two_networks_with_equal_addresses_never_meet(host: Host) -> None:
    one, other = port(1, guarded=False), port(2, network(2), addresses=port(1).addresses)
    host.hold(HOME, network(2), one, other)
    first, second = host.guest(one), host.guest(other)
    assert first.leases()["ip"] == second.leases()["ip"] == "10.1.0.11"
    with second.hearing() as heard:
        assert not first.pings("10.1.0.99")
        assert not [frame for frame in heard.all() if frame[6:12].hex(":") == one.mac]


def test_ipv6_guests_hear_their_prefix_and_reach_each_other(host: Host) -> None:
    six = subnet(1, "fd00:1::/64", "fd00:1::1", ipv6="slaac")
    home = network(subnets=(six,), service_addresses=("fd00:1::2",))
    everything = group(1, Rule("ingress", "IPv6"))
    ports = [
        port(n, home, groups=(everything.id,), addresses=(Address(six.id, f"fd00:1::ff:fe00:{n}"),)) for n in (1, 2)
    ]
    host.hold(home, *ports, everything)
    first, second = (host.guest(each, f"fe80::{n}:1/64") for n, each in enumerate(ports))
    for guest in (first, second):
        guest.run("ip link set eth0 down; sysctl -qw net.ipv6.conf.eth0.accept_dad=0; ip link set eth0 up")
        guest.until("ip -6 addr show dev eth0", "fd00:1::ff:fe00:")
    assert first.pings("fd00:1::ff:fe00:2")
    assert second.pings("fd00:1::2")


def test_stateful_dhcpv6_is_told_by_router_advertisement(host: Host) -> None:
    six = subnet(1, "fd00:1::/64", None, ipv6="stateful")
    report = host.hold(network(subnets=(six,), service_addresses=("fd00:1::2",)))
    assert {seen.state for seen in report.networks.values()} == {"up"}


# What guests may ask of the host.


def test_guests_reach_only_what_the_host_serves(host: Host) -> None:
    one = port(1, groups=(OPEN.id,))
    host.hold(HOME, one, OPEN)
    guest = host.guest(one)
    guest.run("ip route add 169.254.169.254 via 10.1.0.2")
    host.space.listens(80)
    host.space.listens(22)
    assert guest.connects("169.254.169.254", 80)
    assert not guest.connects("10.1.0.2", 80)
    assert not guest.connects("10.1.0.2", 22)
    assert not guest.connects("169.254.169.254", 22)


def test_even_an_unguarded_port_cannot_ask_for_anothers_metadata(host: Host) -> None:
    bad = port(1, guarded=False)
    host.hold(HOME, bad, port(2))
    guest = host.guest(bad, "10.1.0.11/24", "10.1.0.12/24")
    guest.run("ip route add 169.254.169.254 via 10.1.0.2")
    host.space.listens(80)
    assert guest.connects("169.254.169.254", 80)
    assert not guest.connects("169.254.169.254", 80, source="10.1.0.12")
