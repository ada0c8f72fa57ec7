"""What every hypervisor does whose guests may begin on an image that is still on its way."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from pileus.compute.host.keeper import Keeper
from pileus.compute.host.spec import Guest
from pileus.kernel.clock import SystemClock
from tests.compute.host.hypervisor_suite import seen


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
