"""The fake switch is a switch, and fails as it is told to."""

from __future__ import annotations

import pytest

from pileus.network.host.converge import converge
from pileus.network.host.fake import FakeSwitch
from tests.network.host.specs import network, port, wanted
from tests.network.host.switch_suite import SwitchSuite


@pytest.fixture
def switch() -> FakeSwitch:
    return FakeSwitch()


class TestFakeSwitch(SwitchSuite):
    """The shared suite."""


@pytest.mark.parametrize("verb", ["lay", "plug", "serve", "guard"])
def test_a_verb_that_fails_leaves_its_own_undone_and_is_tried_again(verb: str) -> None:
    switch = FakeSwitch(refuses={verb: "no more memory"})
    report = converge(switch, wanted(network(), port(1)))
    assert report.ports[port(1).id].state == "failed"
    assert report.ports[port(1).id].because == "no more memory"
    switch.refuses.clear()
    assert converge(switch, wanted(network(), port(1))).ports[port(1).id].state == "up"
