"""The agent's loop: fetch what is wanted, converge, report what is seen.

It holds no thread and no socket of its own: `turn` does one round, with whatever link, hypervisor and switch it
was given.  `run.py` turns it in threads; the toy cloud of the tests turns it by hand.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from pileus.compute.host import metadata
from pileus.compute.host.hypervisor import (
    HearsGuests,
    Hypervisor,
    HypervisorFailed,
    Measures,
    ShowsConsole,
    Unreachable,
)
from pileus.compute.host.keeper import Keeper
from pileus.compute.host.spec import Capacity, Guest, Snapshot, Usage
from pileus.host.questions import Questions
from pileus.host.snapshots import NoSnapshots, Snapshots
from pileus.network.host.converge import converge
from pileus.network.host.reporting import Report
from pileus.network.host.spec import Group, Network, Port
from pileus.network.host.switch import Switch, SwitchFault
from pileus.network.host.wanted import Wanted

log = logging.getLogger(__name__)

KINDS: dict[str, type[msgspec.Struct]] = {
    "guest": Guest,
    "snapshot": Snapshot,
    "network": Network,
    "port": Port,
    "group": Group,
}
"""What this agent knows how to bring about; other kinds are reported as failed."""

NONE = NoSnapshots()


@dataclass(frozen=True)
class Asked:
    """A row of what is wanted: the newest number of a thing, and its body (None asks to remove it)."""

    kind: str
    id: str
    number: int
    body: Mapping[str, Any] | None


class Link(Protocol):
    """The way to the cloud."""

    def wanted(self, above: int, wait: float) -> Sequence[Asked]:
        """What is wanted above a number; waits for something to be, at most so many seconds."""

    def report(self, seen: Sequence[Mapping[str, Any]]) -> None:
        """Tell what is seen: `kind`, `id`, `number` answered, `body`."""

    def beat(self, capacity: Capacity, usage: Sequence[Usage]) -> None:
        """Tell that this host is alive, and what it has."""


class Agent:
    """One host's part of the cloud."""

    def __init__(
        self,
        link: Link,
        keeper: Keeper,
        hypervisor: Hypervisor,
        switch: Switch,
        *,
        snapshots: Snapshots | NoSnapshots = NONE,
        follow: Callable[[Mapping[str, Mapping[str, str]]], Mapping[str, str]] = lambda owners: {},
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        """`follow` tells the metadata service whom to answer, and says which bridges it could not serve.

        `tell` tells the cloud which images are here.
        """
        self.tell = tell
        self._link = link
        self._keeper = keeper
        self._hypervisor = hypervisor
        self._switch = switch
        self._snapshots = snapshots
        self._follow = follow
        self._questions = Questions(hypervisor if isinstance(hypervisor, ShowsConsole | Measures) else None)
        self._lock = threading.Lock()
        self._turning = threading.Lock()
        """Held for a whole turn, which is not to lose what is wanted under its hands."""
        self._life = 0
        """Counts this host's identifiers: what was fetched under an earlier one is not for it any more."""
        self._inbox: list[Asked] = []
        self._rows: dict[tuple[str, str], Asked] = {}
        self._specs: dict[tuple[str, str], msgspec.Struct] = {}
        self._told: dict[tuple[str, str], tuple[int, Any]] = {}
        self._usage: list[Usage] = []
        self.number = 0
        """The highest number fetched."""
        self.is_complete = False
        """Whether all that is wanted has been fetched once; until then nothing is removed, for nothing is known."""

    def fetch(self, wait: float = 0.0) -> bool:
        """Take in what is wanted by now; whether there was anything."""
        life = self._life
        rows = self._link.wanted(self.number, wait)
        with self._lock:
            if life != self._life:
                return False
            self._inbox += rows
            self.number = max([self.number, *(row.number for row in rows)])
            self.is_complete = self.is_complete or not rows
        return bool(rows)

    def start_anew(self) -> None:
        """Fetch everything again: the cloud knows this host under another identifier."""
        with self._turning, self._lock:
            self._life += 1
            self.number, self.is_complete = 0, False
            self._inbox, self._rows, self._specs, self._told = [], {}, {}, {}

    def _take_in(self) -> None:
        with self._lock:
            inbox, self._inbox = self._inbox, []
        for row in inbox:
            self._take(row)

    def _take(self, row: Asked) -> None:
        key = (row.kind, row.id)
        self._rows[key] = row
        self._specs.pop(key, None)
        if row.body is None or row.kind not in KINDS:
            return
        try:
            self._specs[key] = msgspec.convert(row.body, KINDS[row.kind])
        except msgspec.ValidationError as error:
            log.error("%s %s is wanted in a way that cannot be understood: %s", row.kind, row.id, error)

    def turn(self) -> bool:
        """Converge once and report; whether anything was told.  Raises what the link raises."""
        with self._turning:
            return self.is_complete and self._turn()

    def _turn(self) -> bool:
        self._take_in()
        seen = [*self._network(), *self._guests(), *self._taken(), *self._answers(), *self._misread()]
        fresh = [one for one in seen if self._told.get(_key(one)) != (one["number"], one["body"])]
        if fresh:
            self._link.report(fresh)
        for one in fresh:
            self._told[_key(one)] = (one["number"], one["body"])
            self._settle(one)
        return bool(fresh)

    def beat(self) -> None:
        """Tell that this host is alive, what it has, and what was last measured; asks nobody who could keep it."""
        self._link.beat(self._hypervisor.capacity(), self._usage)

    def measure(self) -> None:
        """Look at what guests use, for the beats to come."""
        if isinstance(self._hypervisor, Measures):
            try:
                self._usage = list(self._hypervisor.usage().values())
            except HypervisorFailed as trouble:
                log.warning("what guests use is not known: %s", trouble)

    def documents(self, guest_id: str, path: str) -> bytes | None:
        """A guest's metadata under a path; its asking shows that its system came up."""
        guest = self._specs.get(("guest", guest_id))
        if not isinstance(guest, Guest):
            return None
        if isinstance(self._hypervisor, HearsGuests):
            self._hypervisor.heard(guest_id)
        return metadata.read(metadata.tree(guest), path)

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────────────

    def _network(self) -> list[dict[str, Any]]:
        wanted = Wanted(self._of("network", Network), self._of("port", Port), self._of("group", Group))
        try:
            told = converge(self._switch, wanted)
        except SwitchFault as fault:
            log.warning("the switch does not answer: %s", fault)
            return []
        for bridge, because in self._follow(told.owners).items():
            log.warning("no metadata on %s: %s", bridge, because)
        return [*self._removed(told), *self._kept(told)]

    def _kept(self, told: Report) -> list[dict[str, Any]]:
        parts: dict[str, Mapping[str, msgspec.Struct]] = {
            "network": told.networks,
            "port": told.ports,
            "group": told.groups,
        }
        return [
            self._sight(kind, id, seen)
            for kind, each in parts.items()
            for id, seen in each.items()
            if (kind, id) in self._specs
        ]

    def _removed(self, told: Report) -> list[dict[str, Any]]:
        """What was withdrawn is gone once the switch, after acting, holds no fault about it."""
        failed = {
            (kind, id)
            for kind, each in (("network", told.networks), ("port", told.ports), ("group", told.groups))
            for id, seen in each.items()
            if seen.state == "failed"
        }
        return [self._gone(key) for key in self._withdrawn("network", "port", "group") if key not in failed]

    def _guests(self) -> list[dict[str, Any]]:
        spare = {id for kind, id in self._unclear() if kind == "guest"}
        try:
            seen = self._keeper.look(self._of("guest", Guest), spare=spare)
        except Unreachable as trouble:
            log.warning("the hypervisor does not answer: %s", trouble)
            return []
        gone = [self._gone(key) for key in self._withdrawn("guest") if key[1] not in seen]
        return [*gone, *(self._sight("guest", id, one) for id, one in seen.items() if self._speaks_of(id))]

    def _taken(self) -> list[dict[str, Any]]:
        """Snapshots; after the guests, whose disks they are of."""
        seen = self._snapshots.look(self._of("snapshot", Snapshot))
        gone = [self._gone(key) for key in self._withdrawn("snapshot") if key[1] not in seen]
        return [
            *gone,
            *(self._sight("snapshot", id, one) for id, one in seen.items() if ("snapshot", id) in self._rows),
        ]

    def _speaks_of(self, guest_id: str) -> bool:
        return ("guest", guest_id) in self._specs or self._is_withdrawn(("guest", guest_id))

    def _unclear(self) -> list[tuple[str, str]]:
        """What is wanted in a way that this agent cannot understand."""
        return [
            key
            for key, row in self._rows.items()
            if row.body is not None and key not in self._specs and key[0] != "question"
        ]

    def _misread(self) -> list[dict[str, Any]]:
        because = "The host cannot understand what is wanted of it."
        return [
            {"kind": key[0], "id": key[1], "number": self._rows[key].number}
            | {"body": {"id": key[1], "state": "failed", "because": because}}
            for key in self._unclear()
        ]

    def _answers(self) -> list[dict[str, Any]]:
        open_ones = [row for key, row in self._rows.items() if key[0] == "question" and row.body is not None]
        return [
            {"kind": "question", "id": row.id, "number": row.number, "body": self._questions.answer(row.body or {})}
            for row in open_ones
        ]

    def _of(self, kind: str, of: type[Any]) -> dict[str, Any]:
        return {id: spec for (each, id), spec in self._specs.items() if each == kind and isinstance(spec, of)}

    def _withdrawn(self, *kinds: str) -> list[tuple[str, str]]:
        return [key for key in self._rows if key[0] in kinds and self._is_withdrawn(key)]

    def _is_withdrawn(self, key: tuple[str, str]) -> bool:
        return key in self._rows and self._rows[key].body is None

    def _sight(self, kind: str, id: str, seen: msgspec.Struct) -> dict[str, Any]:
        return {"kind": kind, "id": id, "number": self._rows[kind, id].number, "body": msgspec.to_builtins(seen)}

    def _gone(self, key: tuple[str, str]) -> dict[str, Any]:
        kind, id = key
        return {"kind": kind, "id": id, "number": self._rows[key].number, "body": {"id": id, "state": "gone"}}

    def _settle(self, told: Mapping[str, Any]) -> None:
        """Forget what was told to be gone, and questions that were answered."""
        key = _key(told)
        row = self._rows.get(key)
        is_over = key[0] == "question" or told["body"].get("state") == "gone"
        if row is not None and is_over and row.number == told["number"]:
            del self._rows[key]
            self._told.pop(key, None)


def _key(told: Mapping[str, Any]) -> tuple[str, str]:
    return told["kind"], told["id"]
