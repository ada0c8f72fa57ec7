"""The contract: what of a guest its hypervisor must know, and names derived from it."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from pileus.compute.host.spec import Cpu, Guest, definition_of, tap_of
from tests.compute.host.specs import card, guest

GUEST = guest()


@pytest.mark.parametrize(
    "change", [{"cpu": Cpu(2)}, {"memory_mib": 256}, {"disks": ()}, {"nics": (card(1),)}, {"boot": None}], ids=str
)
def test_what_the_hypervisor_must_know_changes_the_definition(change: dict[str, object]) -> None:
    assert definition_of(replace(GUEST, **change)) != definition_of(GUEST)


@pytest.mark.parametrize(
    "change", [{"power": "stopped"}, {"turn": 9}, {"name": "x"}, {"metadata": {"a": "b"}}], ids=str
)
def test_what_it_need_not_know_does_not(change: dict[str, object]) -> None:
    assert definition_of(replace(GUEST, **change)) == definition_of(GUEST)


def test_a_taps_name_fits_a_link() -> None:
    assert tap_of("0e1d2c3b-aaaa-4bbb-8ccc-000000000000") == "tap0e1d2c3b-aa"


def test_fields_of_a_newer_cloud_are_ignored() -> None:
    sent = msgspec.json.decode(msgspec.json.encode(GUEST)) | {"hologram": True}
    assert msgspec.json.decode(msgspec.json.encode(sent), type=Guest) == GUEST
