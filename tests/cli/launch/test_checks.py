"""What a machine is found to have."""

from __future__ import annotations

import socket
from pathlib import Path

from pileus.cli.launch import checks


def test_guests_are_told_of_servers_that_others_reach(tmp_path: Path) -> None:
    own, asked = tmp_path / "resolv.conf", tmp_path / "of-resolved"
    own.write_text("# by hand\nnameserver 127.0.0.53\nnameserver ::1\noptions edns0\nnameserver\n")
    assert checks.resolvers((own, asked)) == []
    asked.write_text("nameserver 192.0.2.53\nsearch example\nnameserver 2001:db8::53\n")
    assert checks.resolvers((own, asked)) == ["192.0.2.53", "2001:db8::53"]
    own.write_text("nameserver 198.51.100.53\n")
    assert checks.resolvers((own, asked)) == ["198.51.100.53"]


def test_an_interface_that_is_not_there_is_told_with_those_that_are() -> None:
    (row,) = checks.interfaces("nowhere0", None)
    assert row.state == "fail"
    assert "lo" in row.fix
    assert [row.state for row in checks.interfaces("lo", None)] == ["ok"]


def test_a_port_that_somebody_has_is_told() -> None:
    assert checks.port("127.0.0.1", 0).state == "ok"
    assert checks.port("192.0.2.254", 0).state == "fail"


def test_who_listens_at_any_address_is_reached_by_either_kind() -> None:
    with checks.listening("::", 0) as door:
        for address in ("127.0.0.1", "::1"):
            socket.create_connection((address, door.getsockname()[1]), timeout=5).close()
