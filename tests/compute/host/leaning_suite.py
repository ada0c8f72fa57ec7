"""What every hypervisor does whose guests may begin on an image that is still on its way."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from pileus.compute.host.hypervisor import HypervisorFailed
from pileus.compute.host.keeper import Keeper
from pileus.compute.host.spec import Guest, Snapshot
from pileus.kernel.clock import SystemClock
from tests.compute.host.hypervisor_suite import seen
from tests.compute.host.specs import uuid_of


class LeaningSuite:
    """To be inherited beside the fixtures `hypervisor`, `wanted` (a guest whose image is promised) and `promises`,
    which knows who holds what it promised (`held`) and can let all of it come (`come`)."""

    def test_a_guest_leans_on_what_it_was_promised(self, hypervisor: Any, wanted: Guest, promises: Any) -> None:
        hypervisor.define(wanted)
        hypervisor.define(wanted)
        assert leans(hypervisor, wanted) == "promised"
        assert promises.held() == {wanted.id}

    def test_a_guest_that_runs_is_settled_when_its_image_has_come(
        self, hypervisor: Any, wanted: Guest, promises: Any
    ) -> None:
        hypervisor.define(wanted)
        hypervisor.start(wanted)
        promises.come()
        assert leans(hypervisor, wanted) == "whole"
        hypervisor.settle(wanted)
        hypervisor.settle(wanted)
        assert leans(hypervisor, wanted) == ""
        assert promises.held() == set()
        now = seen(hypervisor, wanted.id)
        assert now is not None
        assert now.state == "running"

    @pytest.mark.parametrize("runs", [True, False])
    def test_its_disk_may_be_held_meanwhile(self, hypervisor: Any, wanted: Guest, promises: Any, runs: bool) -> None:
        hypervisor.define(wanted)
        if runs:
            hypervisor.start(wanted)
        still = hypervisor.hold(Snapshot(uuid_of(99), wanted.id, wanted.disks[0]))
        assert still.size == wanted.disks[0].size_mib << 20
        promises.come()
        with suppress(HypervisorFailed):  # it may have to wait until the disk is let go
            hypervisor.settle(wanted)
        still.close()
        hypervisor.release(wanted.id)
        hypervisor.settle(wanted)
        now = seen(hypervisor, wanted.id)
        assert now is not None
        assert (now.state, now.leans) == ("running" if runs else "stopped", "")

    def test_a_guest_is_settled_before_it_starts(self, hypervisor: Any, wanted: Guest, promises: Any) -> None:
        keeper = Keeper(hypervisor, SystemClock())
        keeper.look({wanted.id: replace(wanted, power="stopped")})
        promises.come()
        keeper.look({wanted.id: wanted})
        keeper.look({wanted.id: wanted})
        now = seen(hypervisor, wanted.id)
        assert now is not None
        assert (now.state, now.leans) == ("running", "")

    def test_a_guest_that_goes_holds_nothing(self, hypervisor: Any, wanted: Guest, promises: Any) -> None:
        hypervisor.define(wanted)
        hypervisor.forget(wanted.id)
        hypervisor.forget(wanted.id)
        assert promises.held() == set()


def leans(hypervisor: Any, wanted: Guest) -> str:
    now = seen(hypervisor, wanted.id)
    assert now is not None
    return now.leans
