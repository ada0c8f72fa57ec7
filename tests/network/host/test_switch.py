"""What names a switch's devices."""

from __future__ import annotations

from pileus.network.host.switch import bridge_name, group_name, tap_name

ID = "3f2a1b4c-12d5-4e6f-8a9b-0c1d2e3f4a5b"


def test_a_device_is_named_by_the_front_of_its_identifier_in_the_fifteen_characters_linux_has() -> None:
    assert (bridge_name(ID), tap_name(ID), group_name(ID)) == ("br3f2a1b4c-12", "tap3f2a1b4c-12", "3f2a1b4c-12")
