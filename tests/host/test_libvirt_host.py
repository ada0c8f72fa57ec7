"""What of a real host can be seen without libvirt: what its interfaces carry."""

from __future__ import annotations

from pileus.host.libvirt_host import BRIDGED_KBPS, kbps_of


def test_an_interface_that_tells_no_speed_counts_as_a_bridge() -> None:
    assert kbps_of(None) == kbps_of("lo") == BRIDGED_KBPS
