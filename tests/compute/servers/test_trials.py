"""Work on servers keeps the promises of a workflow, wherever it fails or dies."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text

from pileus.compute.servers.workflows import (
    CreateServer,
    DeleteServer,
    PauseServer,
    PlugPort,
    RebootServer,
    RebootServerHard,
    ResumeServer,
    StartServer,
    StopServer,
    SuspendServer,
    UnpauseServer,
    UnplugPort,
)
from pileus.kernel.store import Store
from tests.kernel.workflow.trials import Case, Trial, cases
from tests.toy import Toy

pytestmark = pytest.mark.slow

FILE = text("SELECT file FROM pragma_database_list")


class Creating:
    """A cloud on the trial's database, with one host and one member, who asks as callers do."""

    def __init__(self, store: Store) -> None:
        self._folder = TemporaryDirectory(prefix="toy-")
        self.toy = Toy(Path(self._folder.name), hosts=1, url=f"sqlite:///{store.look(lambda tx: tx.value(FILE))}")
        store.parts.update(self.toy.cloud.store.parts)
        store.clock = self.toy.clock
        self.alice = self.toy.member("alice")
        self.web = "none"
        self.prepare()

    def prepare(self) -> None:
        """What there is beforehand: the default group of the project."""
        self.alice.network("GET /security-groups")

    def begin(self) -> None:
        self.web = self.alice.boot("web")

    def go_on(self) -> None:
        for host in self.toy.hosts:
            host.turn()

    def result(self) -> object:
        return self.shown(), self.leftovers()

    def shown(self) -> list[tuple[object, ...]]:
        """The member's servers as it sees them."""
        listed = self.alice.compute("GET /servers/detail").body["servers"]
        return [(one["status"], one["OS-EXT-STS:task_state"], len(one["addresses"])) for one in listed]

    def leftovers(self) -> object:
        for _ in range(3):
            self.go_on()
        claimed = self.toy.admin.placement(f"GET /allocations/{self.web}").body["allocations"]
        seen = [
            (guest.state, len(guest.nics)) for host in self.toy.hosts for guest in host.hypervisor.guests().values()
        ]
        return len(self.alice.network("GET /ports").body["ports"]), len(claimed), seen


class Running(Creating):
    """The same with a server that runs."""

    def prepare(self) -> None:
        self.web = self.alice.boot("web")
        self.toy.settle()

    def leftovers(self) -> object:
        return super().leftovers(), self.shown()


class Deleting(Running):
    """The member has its server deleted."""

    def begin(self) -> None:
        assert self.alice.compute(f"DELETE /servers/{self.web}").code == 204


class Acting(Running):
    """The member has something done to its server, perhaps after something else."""

    def __init__(self, store: Store, *, before: str | None = None, **action: object) -> None:
        self._before, self._action = before, action
        super().__init__(store)

    def prepare(self) -> None:
        super().prepare()
        if self._before:
            assert self.alice.act(self.web, **{self._before: None}).code == 202
            self.toy.settle()

    def begin(self) -> None:
        assert self.alice.act(self.web, **self._action).code == 202

    def result(self) -> object:
        boots = [life.boots for host in self.toy.hosts for life in host.hypervisor._lives.values()]
        return boots, super().result()


class Plugging(Running):
    """The member gives its server another card."""

    def begin(self) -> None:
        body = {"interfaceAttachment": {"net_id": self.toy.shared}}
        assert self.alice.compute(f"POST /servers/{self.web}/os-interface", body).code == 200


class Unplugging(Running):
    """The member takes a card from its server."""

    def begin(self) -> None:
        cards = self.alice.compute(f"GET /servers/{self.web}/os-interface").body["interfaceAttachments"]
        assert self.alice.compute(f"DELETE /servers/{self.web}/os-interface/{cards[0]['port_id']}").code == 202


TRIALS = (
    Trial(CreateServer, Creating),
    Trial(DeleteServer, Deleting, is_undone=False),
    Trial(StartServer, partial(Acting, before="os_stop", os_start=None)),
    Trial(StopServer, partial(Acting, os_stop=None)),
    Trial(PauseServer, partial(Acting, pause=None)),
    Trial(UnpauseServer, partial(Acting, before="pause", unpause=None)),
    Trial(SuspendServer, partial(Acting, suspend=None)),
    Trial(ResumeServer, partial(Acting, before="suspend", resume=None)),
    Trial(RebootServer, partial(Acting, reboot={"type": "SOFT"}), is_undone=False),
    Trial(RebootServerHard, partial(Acting, reboot={"type": "HARD"}), is_undone=False),
    Trial(PlugPort, Plugging),
    Trial(UnplugPort, Unplugging, is_undone=False),
)


OFTEN = (CreateServer, DeleteServer)
"""Tried at every check; the others, which are made like them, with everything else."""

CASES = [
    pytest.param(case, marks=() if trial.kind in OFTEN else pytest.mark.slow, id=str(case))
    for trial in TRIALS
    for case in cases(trial)
]


@pytest.mark.parametrize("case", CASES)
def test_work_on_a_server_keeps_its_promises(case: Case, sqlite_store: Store) -> None:
    case.check(sqlite_store)
