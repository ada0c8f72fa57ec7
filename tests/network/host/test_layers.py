"""What each layer must be for what is wanted."""

from __future__ import annotations

from pileus.network.host.layers import bridges_of, numbers_of, rules_of, services_of, taps_of
from pileus.network.host.spec import Address
from pileus.network.host.switch import Bridge, Lease, Outside, Rules, Seen, Tap
from tests.network.host.specs import ident, network, port, subnet, wanted

HOME = network()


def test_a_bridge_holds_the_hosts_addresses_and_that_of_metadata() -> None:
    held = bridges_of(wanted(network(gateway_here=True)), {HOME.id: 7})[HOME.id]
    assert held.addresses == {"10.1.0.1/24", "10.1.0.2/24", "169.254.169.254/32"}
    assert (
        bridges_of(wanted(network(4, (), service_addresses=())), {ident(0xE0, 4): 1})[ident(0xE0, 4)].addresses == set()
    )


def test_a_tap_is_as_wide_as_its_network() -> None:
    (tap,) = taps_of(wanted(network(mtu=1400), port(1, up=False)), {port(1).id: 5}).values()
    assert tap == Tap(port(1).id, HOME.id, 5, 1400, False)


def test_leases_are_of_served_subnets_only() -> None:
    quiet = subnet(2, "10.2.0.0/24", None, dhcp=False)
    both = network(subnets=(subnet(), quiet))
    addresses = (Address(subnet().id, "10.1.0.11"), Address(quiet.id, "10.2.0.11"))
    (service,) = services_of(wanted(both, port(1, both, addresses=addresses)), Outside()).values()
    assert service.leases == (Lease("02:00:00:00:00:01", ("10.1.0.11",), "guest-1"),)
    assert services_of(wanted(network(subnets=(quiet,))), Outside()) == {}


def test_of_networks_with_equal_host_addresses_only_the_first_has_dns() -> None:
    services = services_of(wanted(HOME, network(2)), Outside(resolvers=("9.9.9.9",)))
    assert [service.resolvers for service in services.values()] == [("9.9.9.9",), ()]


def test_a_number_is_that_of_the_device_else_of_the_rules_else_the_lowest_free() -> None:
    seen = Seen(
        bridges={HOME.id: Bridge(HOME.id, 4, 1500, frozenset())},
        taps={port(1).id: Tap(port(1).id, HOME.id, 3, 1500, True)},
        rules=Rules(numbers={port(1).id: 9, port(2).id: 8}),
    )
    assert numbers_of(wanted(HOME, port(1), port(2), port(3)), seen) == {
        HOME.id: 4,
        port(1).id: 3,
        port(2).id: 8,
        port(3).id: 1,
    }


def test_two_devices_that_claim_one_number_are_told_apart() -> None:
    taps = {port(n).id: Tap(port(n).id, HOME.id, 1, 1500, True) for n in (1, 2)}
    assert numbers_of(wanted(HOME, port(1), port(2)), Seen(taps=taps))[port(2).id] == 2


def test_rules_depend_on_nothing_but_what_is_wanted() -> None:
    numbers = {HOME.id: 1, port(1).id: 1, port(2).id: 2}
    assert rules_of(wanted(HOME, port(2), port(1)), numbers) == rules_of(wanted(HOME, port(1), port(2)), numbers)
