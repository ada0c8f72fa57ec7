"""What a host refuses of what is wanted: the unsound, and what two parts cannot have at once."""

from __future__ import annotations

import msgspec

from pileus.network.host.spec import Group, Network, Port
from pileus.network.host.switch import Outside
from pileus.network.host.wanted import sound
from tests.network.host.specs import group, ident, network, port, subnet, wanted

OUTSIDE = Outside(attach="lan0", uplink="uplink")


def refused(*parts: Network | Port | Group, outside: Outside = OUTSIDE) -> dict[tuple[str, str], str]:
    return sound(wanted(*parts), outside)[1]


def test_an_unsound_part_is_refused_and_takes_with_it_only_what_needs_it() -> None:
    bad = network(2, mtu=9)
    assert set(refused(network(), bad, port(1), port(2, bad))) == {("network", bad.id), ("port", port(2).id)}


def test_a_host_serves_only_where_it_has_an_address() -> None:
    lost = network(subnets=(subnet(), subnet(2, "10.9.0.0/24", None)))
    assert "no address in 10.9.0.0/24" in refused(lost)["network", lost.id]
    assert refused(network(subnets=(subnet(), subnet(2, "10.9.0.0/24", None, dhcp=False)))) == {}


def test_the_real_interface_goes_to_one_network() -> None:
    both = network(attached=True), network(2, attached=True)
    assert set(refused(*both)) == {("network", network(2).id)}
    assert refused(*both, outside=Outside()) == {}


def test_networks_with_uplink_may_not_overlap() -> None:
    assert set(refused(network(uplink=True), network(2, uplink=True))) == {("network", network(2).id)}
    assert refused(network(uplink=True), network(2)) == {}
    apart = network(2, (subnet(2, "10.2.0.0/24", None),), service_addresses=("10.2.0.2",), uplink=True)
    assert refused(network(uplink=True), apart) == {}


def test_no_two_parts_share_a_device() -> None:
    for one in (network(), port(1), group(1)):
        twin = msgspec.structs.replace(one, id=one.id[:14] + ident(0, 9)[14:])
        assert [id for _, id in refused(network(), one, twin)] == [max(one.id, twin.id)]


def test_no_two_ports_of_a_network_hold_one_address_or_mac() -> None:
    same = port(2, addresses=port(1).addresses)
    assert refused(network(), port(1), same) == {("port", same.id): f"10.1.0.11 is that of port {port(1).id}"}
    assert refused(network(), network(2), port(1), port(2, network(2), addresses=port(1).addresses)) == {}
    twin = msgspec.structs.replace(port(2), mac=port(1).mac)
    assert set(refused(network(), port(1), twin)) == {("port", twin.id)}


def test_a_host_without_a_way_out_offers_the_network_without_it() -> None:
    good, flaws = sound(wanted(network(uplink=True, attached=True)), Outside())
    (offered,) = good.networks.values()
    assert (offered.uplink, offered.attached, flaws) == (False, False, {})
