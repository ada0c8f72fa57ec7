"""What the agent refuses, whoever sent it (what all drivers refuse is in the suite)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from pileus.compute.host import check
from pileus.compute.host.hypervisor import Hopeless
from pileus.compute.host.spec import Boot, Disk
from tests.compute.host.specs import KERNEL, card, guest, image, uuid_of


def test_an_identifier_is_given_back() -> None:
    assert check.identifier(uuid_of(1)) == uuid_of(1)


def test_an_ordinary_guest_is_no_trouble() -> None:
    check.guest(guest(nics=(card(1), card(2)), disks=(Disk("root", 0, image=image("a", "qcow2")), Disk("swap", 8))))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"memory_mib": -5}, "-5 MiB of memory"),
        ({"disks": (Disk("root", 5, image=image("a", "aki")),)}, "an image of format aki below its root disk"),
        ({"boot": Boot(image("a", "raw"))}, "not a kernel"),
        ({"boot": replace(KERNEL, ramdisk=image("a", "qcow2"))}, "not a kernel"),
        ({"disks": (Disk("ephemeral", 1 << 40),)}, "a disk of"),
    ],
    ids=str,
)
def test_the_owner_is_told_what_is_wrong(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Hopeless, match=said):
        check.guest(guest(**wrong))
