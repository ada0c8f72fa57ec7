"""A port's status."""

from __future__ import annotations

import pytest

from pileus.network.ports.states import status_of, vif_type_of


@pytest.mark.parametrize(
    ("seen", "status"), [(None, "BUILD"), ("up", "ACTIVE"), ("down", "DOWN"), ("failed", "ERROR"), ("gone", "DOWN")]
)
def test_a_port_on_a_host_is_what_its_host_says(seen: str | None, status: str) -> None:
    assert status_of({"host_id": "h", "admin_state_up": True}, seen) == status


def test_a_port_that_nobody_plugs_in_is_down() -> None:
    assert status_of({"host_id": None, "admin_state_up": True}, "up") == "DOWN"
    assert status_of({"host_id": "h", "admin_state_up": False}, "up") == "DOWN"


def test_a_port_is_joined_only_to_a_host_that_is_known() -> None:
    assert vif_type_of(host="", known=False) == "unbound"
    assert vif_type_of(host="moon", known=False) == "binding_failed"
    assert vif_type_of(host="h1", known=True) == "bridge"
