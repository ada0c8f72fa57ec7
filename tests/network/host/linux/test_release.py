"""Leases that end: which, and in what words dnsmasq is told."""

from __future__ import annotations

from pathlib import Path

from pileus.network.host.linux.release import Held, is_stale, leases_of, packet, server_of
from pileus.network.host.switch import Lease, Service
from tests.network.host.specs import network

FILE = """1754000000 02:00:00:00:00:01 10.1.0.11 web 01:02:00:00:00:00:01
1754000000 02:00:00:00:00:02 10.1.0.12 * *
duid 00:01:00:01
1754000000 1234 fd00::11 * 00:03:00:01:02
"""


def test_the_lease_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "leases").write_text(FILE)
    four, plain, six = leases_of(tmp_path / "leases")
    assert (four.mac, four.ip, four.client) == ("02:00:00:00:00:01", "10.1.0.11", "01:02:00:00:00:00:01")
    assert (plain.client, six.is_v6, six.mac) == ("*", True, "")
    assert leases_of(tmp_path / "none") == []


def test_a_lease_is_stale_when_its_card_or_its_address_is_wanted_no_more() -> None:
    service = Service(network(), (Lease("02:00:00:00:00:01", ("10.1.0.11", "fd00::11")),))
    held = [Held("", "02:00:00:00:00:01", "10.1.0.11", "*"), Held("", "", "fd00::11", "00")]
    gone = [Held("", "02:00:00:00:00:02", "10.1.0.11", "*"), Held("", "02:00:00:00:00:01", "10.1.0.12", "*")]
    assert [is_stale(lease, service) for lease in held + gone] == [False, False, True, True]


def test_it_ends_as_if_the_guest_itself_had_ended_it() -> None:
    said = packet(Held("", "02:00:00:00:00:01", "10.1.0.11", "01:02"), "10.1.0.2")
    assert said[:4] == bytes((1, 1, 6, 0))
    assert said[12:16] == bytes((10, 1, 0, 11))
    assert said[28:34] == bytes((2, 0, 0, 0, 0, 1))
    assert said[236:] == bytes((99, 130, 83, 99, 53, 1, 7, 54, 4, 10, 1, 0, 2, 61, 2, 1, 2, 255))


def test_the_server_is_the_hosts_address_in_the_same_subnet() -> None:
    assert server_of("10.1.0.77", network()) == "10.1.0.2"
    assert server_of("10.9.0.77", network()) is None
