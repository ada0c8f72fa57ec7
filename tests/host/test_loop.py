"""The agent's loop: nothing is lost before all is known, and one wrong wish stops no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pytest

from pileus.compute.host.fake import FakeHypervisor
from pileus.compute.host.keeper import Keeper
from pileus.compute.host.spec import Capacity, Usage
from pileus.host.loop import Agent, Asked
from pileus.kernel.clock import HeldClock
from pileus.network.host.fake import FakeSwitch
from tests.compute.host.specs import guest


class Cloud:
    """A cloud that wants what it is told to want, a page at a time."""

    def __init__(self) -> None:
        self.rows: list[Asked] = []
        self.heard: list[Mapping[str, Any]] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.fails = False

    def want(self, spec: Any, *, id: str = "", kind: str = "guest") -> None:
        """Want a thing, or its removal."""
        body = msgspec.to_builtins(spec)
        self.rows.append(Asked(kind, id or body["id"], len(self.rows) + 1, body))

    def wanted(self, above: int, wait: float) -> Sequence[Asked]:
        """Two rows at most."""
        found = [row for row in self.rows if row.number > above][:2]
        self.meanwhile()
        return found

    def report(self, seen: Sequence[Mapping[str, Any]]) -> None:
        """Hear what is seen."""
        if self.fails:
            raise ConnectionError("away")
        self.heard += seen

    def beat(self, capacity: Capacity, usage: Sequence[Usage]) -> None:
        """Feel the heart."""
        self.heard.append({"capacity": capacity.vcpus})

    def states(self) -> dict[str, str]:
        """What was said last of each thing."""
        return {one["id"]: one["body"].get("state", "") for one in self.heard}


class Host:
    """An agent on a fake host."""

    def __init__(self) -> None:
        self.cloud, self.clock, self.switch = Cloud(), HeldClock(), FakeSwitch()
        self.hypervisor = FakeHypervisor(self.clock)
        self.restart()

    def restart(self) -> None:
        """The agent begins anew; guests live on."""
        self.agent = Agent(self.cloud, Keeper(self.hypervisor, self.clock), self.hypervisor, self.switch)

    def settle(self) -> None:
        """Fetch all, and turn until nothing is told."""
        while self.agent.fetch():
            pass
        while self.agent.turn():
            pass


@pytest.fixture
def host() -> Host:
    """A host with nothing on it."""
    return Host()


ONE, TWO, THREE = guest(1), guest(2), guest(3)


def test_a_guest_is_made_told_and_removed(host: Host) -> None:
    host.cloud.want(ONE)
    host.settle()
    assert host.cloud.states()[ONE.id] == "running"
    host.cloud.want(None, id=ONE.id)
    host.settle()
    assert host.cloud.states()[ONE.id] == "gone"
    assert not host.hypervisor.guests()


def test_nothing_is_removed_before_everything_wanted_was_fetched(host: Host) -> None:
    for one in (ONE, TWO, THREE):
        host.cloud.want(one)
    host.settle()
    host.restart()
    assert host.agent.fetch()
    assert not host.agent.turn()
    assert host.hypervisor.guests().keys() == {ONE.id, TWO.id, THREE.id}
    host.settle()
    assert host.hypervisor.guests().keys() == {ONE.id, TWO.id, THREE.id}


def test_an_agent_that_restarts_adopts_its_guests_and_removes_what_nobody_wants(host: Host) -> None:
    for one in (ONE, TWO):
        host.cloud.want(one)
    host.settle()
    host.cloud.rows = [row for row in host.cloud.rows if row.id == ONE.id]
    started = host.hypervisor.guests()[ONE.id].started_at
    host.clock.forward(100)
    host.restart()
    host.settle()
    assert {id: seen.started_at for id, seen in host.hypervisor.guests().items()} == {ONE.id: started}


def test_a_wish_that_cannot_be_understood_is_told_and_stops_no_other(host: Host) -> None:
    host.cloud.want({"id": ONE.id, "power": "flying"})
    host.cloud.want({"id": "n"}, kind="network")
    host.cloud.want({"id": "v"}, kind="volume")
    host.cloud.want(TWO)
    host.settle()
    assert host.cloud.states() == {ONE.id: "failed", "n": "failed", "v": "failed", TWO.id: "running"}


def test_a_guest_of_which_something_unclear_is_wanted_is_left_alone(host: Host) -> None:
    host.cloud.want(ONE)
    host.settle()
    host.cloud.want({"id": ONE.id, "power": "flying"})
    host.settle()
    assert host.hypervisor.guests()[ONE.id].state == "running"
    assert host.cloud.states()[ONE.id] == "failed"


def test_what_could_not_be_told_is_told_later(host: Host) -> None:
    host.cloud.want(ONE)
    host.cloud.fails = True
    with pytest.raises(ConnectionError):
        host.settle()
    host.cloud.fails = False
    host.settle()
    assert host.cloud.states()[ONE.id] == "running"


def test_a_host_under_a_new_identifier_fetches_everything_again_and_keeps_its_guests(host: Host) -> None:
    host.cloud.want(ONE)
    host.settle()
    host.agent.start_anew()
    assert not host.agent.turn()
    assert host.hypervisor.guests().keys() == {ONE.id}
    host.settle()
    assert host.hypervisor.guests().keys() == {ONE.id}


def test_an_answer_to_whom_the_host_was_before_does_not_count(host: Host) -> None:
    host.cloud.want(ONE)
    host.settle()
    host.cloud.meanwhile = host.agent.start_anew
    host.agent.fetch()
    host.cloud.meanwhile = lambda: None
    assert not host.agent.is_complete
    assert host.agent.number == 0
    assert not host.agent.turn()
    assert host.hypervisor.guests().keys() == {ONE.id}


def test_a_question_is_answered_once_even_if_it_cannot_be(host: Host) -> None:
    host.cloud.want(ONE)
    host.settle()
    host.cloud.want({"about": "console", "id": ONE.id, "more": {"lines": "many"}}, id="q1", kind="question")
    host.cloud.want({"about": "console", "id": ONE.id}, id="q2", kind="question")
    host.settle()
    answers = {one["id"]: one["body"] for one in host.cloud.heard if one["kind"] == "question"}
    assert "failed" in answers["q1"]
    assert "text" in answers["q2"]
    assert len([one for one in host.cloud.heard if one["kind"] == "question"]) == 2


def test_only_known_guests_have_metadata(host: Host) -> None:
    host.cloud.want(ONE)
    host.settle()
    assert host.agent.documents("nobody", "/latest/meta-data/") is None
    assert host.agent.documents(ONE.id, "/openstack/latest/meta_data.json") is not None


def test_a_heart_beats_with_what_the_host_has(host: Host) -> None:
    host.agent.beat()
    assert host.cloud.heard[0]["capacity"] > 0
