"""Metadata over real bridges: each guest gets its own, whatever address another network or a liar has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pileus.host.metadata_server import MetadataServer
from pileus.network.host.spec import Network, Port
from pileus.network.host.switch import bridge_name
from tests.hosts.namespaces import Guest
from tests.hosts.network.switched import HOME, Host
from tests.network.host.specs import ident, network, port

pytestmark = pytest.mark.hosts
ONE, TWO = ident(0x61, 1), ident(0x61, 2)


@pytest.fixture
def server(host: Host) -> Iterator[MetadataServer]:
    server = MetadataServer(lambda guest_id, path: f"{guest_id} {path}".encode())
    with host.space.entered():
        server.start()
    yield server
    server.stop()


def served(host: Host, server: MetadataServer, *parts: Network | Port) -> None:
    """Converge, and let the server follow, as the agent does."""
    assert server.follow(host.hold(*parts).owners) == {}


def guest(host: Host, at: Port) -> Guest:
    """A guest that goes the way DHCP tells."""
    guest = host.guest(at)
    guest.run("ip route add 169.254.169.254 via 10.1.0.2")
    return guest


def heard(guest: Guest, header: str = "", source: str = "") -> str:
    """What a guest is told of itself."""
    with guest.connected("169.254.169.254", 80, source) as connection:
        connection.sendall(f"GET /who HTTP/1.1\r\n{header}\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(4096):
            answer += part
    return answer.partition(b"\r\n\r\n")[2].decode()


def test_guests_with_equal_addresses_on_two_networks_each_get_their_own(host: Host, server: MetadataServer) -> None:
    first = port(1, guest_id=ONE)
    second = port(2, network(2), addresses=first.addresses, guest_id=TWO)
    served(host, server, HOME, network(2), first, second)
    assert heard(guest(host, first)) == f"{ONE} /who"
    assert heard(guest(host, second)) == f"{TWO} /who"


@pytest.mark.parametrize("guarded", [True, False])
def test_a_liar_gets_nothing_of_anothers(host: Host, server: MetadataServer, guarded: bool) -> None:
    liar, victim = port(1, guest_id=ONE, guarded=guarded), port(2, guest_id=TWO)
    served(host, server, HOME, liar, victim)
    lying = guest(host, liar).addressed("10.1.0.12/32")
    assert heard(lying, "X-Forwarded-For: 10.1.0.12") == f"{ONE} /who"
    with pytest.raises(TimeoutError):
        heard(lying, source="10.1.0.12")
    assert heard(guest(host, victim)) == f"{TWO} /who"


def test_a_bridge_made_anew_is_served_anew(host: Host, server: MetadataServer) -> None:
    first = port(1, guest_id=ONE)
    served(host, server, HOME, first)
    asking = guest(host, first)
    assert heard(asking) == f"{ONE} /who"
    host.space.run(f"ip link del {bridge_name(HOME.id)}")
    served(host, server, HOME, first)
    assert heard(asking) == f"{ONE} /who"


def test_a_guest_that_came_or_went_counts_at_once(host: Host, server: MetadataServer) -> None:
    first = port(1)
    served(host, server, HOME, first)
    asking = guest(host, first)
    assert heard(asking).startswith("404")
    served(host, server, HOME, port(1, guest_id=ONE))
    assert heard(asking) == f"{ONE} /who"
