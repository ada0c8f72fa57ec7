"""Long work on servers as step lists: create, delete, power, reboot, plugging ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pileus import fleet, network, placement
from pileus.compute.servers.needs import needs_of, places
from pileus.compute.servers.orders import ask_host, hand_over
from pileus.compute.servers.states import settle
from pileus.compute.servers.table import even_leaving
from pileus.kernel.errors import Conflict, Missing, NoCapacity, Refusal
from pileus.kernel.store import Row, Tx
from pileus.kernel.workflow import Workflow, minutes, step, wait

PATIENCE = minutes(15)
"""How long a host may take for a boot or a change of power; a queue of boots waits in it too."""

FOREVER = minutes(60 * 24 * 365)
"""A delete outlasts its host's silence."""


@dataclass
class OnServer(Workflow):
    """Work on a server: what each of its kinds has in common."""

    server_id: str
    resource: ClassVar[str] = "server"
    title: ClassVar[str] = "work"
    steps: ClassVar[tuple[Any, ...]] = ()

    def server(self, tx: Tx) -> Row:
        """The server worked on; raises Missing when it is gone."""
        row = even_leaving(tx, self.server_id)
        if row is None:
            raise Missing(f"Instance {self.server_id} could not be found.")
        return row

    def sight(self, tx: Tx) -> dict[str, Any]:
        """What its host says of it since it was last asked; raises Conflict where it failed."""
        server = self.server(tx)
        seen: dict[str, Any] = server["seen"] or {}
        if seen.get("turn", 0) < server["turn"]:
            return {}
        if seen.get("state") in ("failed", "crashed"):
            raise Conflict(seen.get("because") or "The guest did not start.")
        return seen

    def finished(self, tx: Tx) -> None:
        """Show what has become of it."""
        settle(tx, self.server(tx), ended=True, fault=None)

    def failed(self, tx: Tx, because: Refusal) -> None:
        """Show what has become of it, and why it is not what was asked."""
        decision = because.extra.get("decision")
        more = {} if decision is None else {"decision": decision}
        settle(tx, self.server(tx), ended=True, fault=fault_of(tx, because), **more)


def fault_of(tx: Tx, because: Refusal) -> dict[str, Any]:
    """A refusal as servers show it."""
    code = 500 if isinstance(because, NoCapacity) else because.code
    return {"code": code, "message": because.said, "created": tx.now.strftime("%Y-%m-%dT%H:%M:%SZ")}


# ── create ───────────────────────────────────────────────────────────────────────────────────────────────


def choose_place(tx: Tx, work: OnServer) -> None:
    """Host, claim and ports, all or nothing."""
    server = work.server(tx)
    if server["host_id"] is not None:
        return
    hosts = places(tx)
    consumer = placement.Consumer(server["id"], server["project_id"], server["user_id"], "INSTANCE")
    choice = placement.choose(tx, consumer, needs_of(tx, server), hosts)
    network.make_ports(tx, server, choice.host_id)
    zone = next(host.zone for host in hosts if host.id == choice.host_id)
    settle(tx, server, host_id=choice.host_id, host_name=choice.host_name, zone=zone, decision=choice.decision)


def release_place(tx: Tx, work: OnServer) -> None:
    """Give back claim and ports."""
    network.release(tx, work.server_id)
    placement.release(tx, work.server_id)
    settle(tx, work.server(tx), host_id=None, host_name=None, zone=None)


def hand_to_host(tx: Tx, work: OnServer) -> None:
    """Ask the chosen host for the guest."""
    hand_over(tx, work.server(tx))


def take_from_host(tx: Tx, work: OnServer) -> None:
    """Ask the host to remove the guest, if it has it."""
    server = work.server(tx)
    if server["host_id"] is not None:
        fleet.withdraw(tx, server["host_id"], "guest", server["id"])


def is_running(tx: Tx, work: OnServer) -> bool:
    """Whether the guest runs."""
    return work.sight(tx).get("state") == "running"


@dataclass
class CreateServer(OnServer):
    """From an accepted request to a running guest."""

    title = "create"
    steps = (
        step(choose_place, undo=release_place),
        step(hand_to_host, undo=take_from_host),
        wait(is_running, deadline=PATIENCE),
    )


# ── delete ───────────────────────────────────────────────────────────────────────────────────────────────


def is_gone(tx: Tx, work: OnServer) -> bool:
    """Whether the host has let the guest go; a silent host's guest is hidden from its owner meanwhile."""
    server = even_leaving(tx, work.server_id)
    if server is None or server["host_id"] is None or not fleet.holds(tx, server["host_id"], "guest", server["id"]):
        return True
    if server["deleted_at"] is None and not fleet.is_up(tx, fleet.host_of(tx, server["host_id"])):
        settle(tx, server, deleted_at=tx.now)
    return False


def give_back(tx: Tx, work: OnServer) -> None:
    """Give back ports and claim; the row stays for those who ask what there was, without what only a guest needs."""
    server = even_leaving(tx, work.server_id)
    if server is None:
        return
    network.release(tx, server["id"])
    placement.release(tx, server["id"])
    nothing: dict[str, Any] = {"host_id": None, "seen": None, "public_key": None, "user_data": None, "files": []}
    settle(tx, server, ended=True, deleted_at=server["deleted_at"] or tx.now, **nothing)


@dataclass
class DeleteServer(OnServer):
    """From a request to delete until nothing is left of the guest."""

    title = "delete"
    steps = (
        step(take_from_host, undo=None, because="its owner wants it gone"),
        wait(is_gone, deadline=FOREVER),
        step(give_back, undo=None, because="there is nothing left to go back to"),
    )

    def finished(self, tx: Tx) -> None:
        """The last step has shown it."""


# ── power ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class SetPower(OnServer):
    """From one power state to another."""

    power: str = "running"
    former: str = "running"
    turn: int = 0


def _next_turn(work: SetPower | OneMoreBoot, server: Row) -> int:
    """The boot that this work asks for: noted once, so that asking twice is asking for one."""
    work.turn = work.turn or server["turn"] + 1
    return work.turn


def ask_for_power(tx: Tx, work: SetPower) -> None:
    """Tell the host how the guest is wanted; a start is a boot of its own, a stop asks the guest first."""
    server = work.server(tx)
    turn = _next_turn(work, server) if isinstance(work, StartServer) else server["turn"]
    gently = isinstance(work, StopServer)
    ask_host(tx, settle(tx, server, power=work.power, turn=turn, gently=gently, marked=None))


def ask_for_former_power(tx: Tx, work: SetPower) -> None:
    """Want again what was wanted before."""
    ask_host(tx, settle(tx, work.server(tx), power=work.former))


def has_power(tx: Tx, work: SetPower) -> bool:
    """Whether the host says so; one that has crashed is still to be switched off."""
    seen = work.server(tx)["seen"] or {}
    if work.power == "stopped" and seen.get("state") == "crashed":
        return False
    return work.sight(tx).get("state") == work.power


_POWER = (step(ask_for_power, undo=ask_for_former_power), wait(has_power, deadline=PATIENCE))


@dataclass
class StartServer(SetPower):
    """Boot a stopped server."""

    title = "start"
    steps = _POWER


@dataclass
class StopServer(SetPower):
    """Shut a server down."""

    title = "stop"
    steps = _POWER


@dataclass
class PauseServer(SetPower):
    """Halt a server in memory."""

    title = "pause"
    steps = _POWER


@dataclass
class UnpauseServer(SetPower):
    """Go on with a paused server."""

    title = "unpause"
    steps = _POWER


@dataclass
class SuspendServer(SetPower):
    """Save a server's memory to disk and halt it."""

    title = "suspend"
    steps = _POWER


@dataclass
class ResumeServer(SetPower):
    """Go on with a suspended server."""

    title = "resume"
    steps = _POWER


@dataclass
class OneMoreBoot(OnServer):
    """A restart."""

    turn: int = 0


def ask_for_reboot(tx: Tx, work: OneMoreBoot) -> None:
    """Ask the host for one more boot."""
    server = work.server(tx)
    gently = isinstance(work, RebootServer)
    ask_host(tx, settle(tx, server, power="running", turn=_next_turn(work, server), gently=gently, marked=None))


_REBOOT = (
    step(ask_for_reboot, undo=None, because="a reboot cannot be taken back"),
    wait(is_running, deadline=PATIENCE),
)


@dataclass
class RebootServer(OneMoreBoot):
    """Ask the guest to restart, and pull the plug if it does not."""

    title = "reboot"
    steps = _REBOOT


@dataclass
class RebootServerHard(OneMoreBoot):
    """Pull the plug and boot again."""

    title = "reboot"
    steps = _REBOOT


# ── ports ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class PlugPort(OnServer):
    """From a bound port to a card in the guest."""

    port_id: str = ""
    title = "attach_interface"

    def failed(self, tx: Tx, because: Refusal) -> None:
        """The port was bound before the work began, and is let go of with it."""
        let_go_of_port(tx, self)
        super().failed(tx, because)


def has_card(tx: Tx, work: PlugPort) -> bool:
    """Whether the guest has the card; one that does not run gets it at its next start."""
    seen = work.sight(tx)
    return seen.get("state") != "running" or work.port_id in seen.get("nics", ())


def let_go_of_port(tx: Tx, work: PlugPort | UnplugPort) -> None:
    """Take the port from the server, and tell the host."""
    network.unplug(tx, work.server_id, work.port_id)
    ask_host(tx, work.server(tx))


PlugPort.steps = (
    step(hand_to_host, undo=None, because="the port is let go of where the work has failed"),
    wait(has_card, deadline=minutes(2)),
)


@dataclass
class UnplugPort(OnServer):
    """From a card in the guest to a free port."""

    port_id: str = ""
    title = "detach_interface"
    steps = (step(let_go_of_port, undo=None, because="its owner wants it gone"),)
