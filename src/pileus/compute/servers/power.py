"""Actions that change a server's power, its lock, or the state it is shown in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from pileus.compute.api import compute
from pileus.compute.servers.find import one_server
from pileus.compute.servers.guard import check_has_run, check_status, check_unlocked
from pileus.compute.servers.states import settle
from pileus.compute.servers.table import servers
from pileus.compute.servers.workflows import (
    PauseServer,
    RebootServer,
    RebootServerHard,
    ResumeServer,
    SetPower,
    StartServer,
    StopServer,
    SuspendServer,
    UnpauseServer,
)
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden
from pileus.kernel.resource import UNSET, Nothing, Resource, given
from pileus.kernel.store import Row, Tx
from pileus.kernel.workflow import begin

ACTION = "POST /servers/{server_id}/action "
API = "os_compute_api:"
OVERRIDE = API + "os-lock-server:unlock:unlock_override"


def _set_power(tx: Tx, who: Caller, server: Row, work: type[SetPower], power: str) -> None:
    begin(tx, work(server_id=server["id"], power=power, former=server["power"]))
    settle(tx, server)


@compute.route(ACTION + "os-start", Nothing, rule=API + "servers:start", of=one_server, code=202)
def start(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Boot a stopped server."""
    check_unlocked(who, target)
    check_status(target, "start", "stopped", "error")
    check_has_run(target, "start")
    _set_power(tx, who, target, StartServer, "running")


@compute.route(ACTION + "os-stop", Nothing, rule=API + "servers:stop", of=one_server, code=202)
def stop(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Shut a server down, asking its system first."""
    check_unlocked(who, target)
    check_status(target, "stop", "active", "error")
    check_has_run(target, "stop")
    _set_power(tx, who, target, StopServer, "stopped")


@compute.route(ACTION + "pause", Nothing, rule=API + "os-pause-server:pause", of=one_server, code=202)
def pause(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Halt a server in memory."""
    check_unlocked(who, target)
    check_status(target, "pause", "active")
    _set_power(tx, who, target, PauseServer, "paused")


@compute.route(ACTION + "unpause", Nothing, rule=API + "os-pause-server:unpause", of=one_server, code=202)
def unpause(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Go on with a paused server."""
    check_unlocked(who, target)
    check_status(target, "unpause", "paused")
    _set_power(tx, who, target, UnpauseServer, "running")


@compute.route(ACTION + "suspend", Nothing, rule=API + "os-suspend-server:suspend", of=one_server, code=202)
def suspend(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Save a server's memory to disk and halt it."""
    check_unlocked(who, target)
    check_status(target, "suspend", "active")
    _set_power(tx, who, target, SuspendServer, "suspended")


@compute.route(ACTION + "resume", Nothing, rule=API + "os-suspend-server:resume", of=one_server, code=202)
def resume(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Go on with a suspended server."""
    check_unlocked(who, target)
    check_status(target, "resume", "suspended")
    _set_power(tx, who, target, ResumeServer, "running")


class Reboot(Resource, one="reboot"):
    """How to restart a server."""

    type: Literal["SOFT", "HARD", "soft", "hard", "Soft", "Hard"] = given("do")


@compute.route(ACTION + "reboot", Reboot, rule=API + "servers:reboot", of=one_server, code=202)
def reboot(tx: Tx, who: Caller, target: Row, asked: Reboot) -> None:
    """Restart a server: softly by asking its system, hard by pulling the plug."""
    check_unlocked(who, target)
    hard = asked.type.upper() == "HARD"
    allowed = ("active", "stopped", "paused", "suspended", "error") if hard else ("active",)
    check_status(target, "reboot", *allowed)
    check_has_run(target, "reboot")
    begin(tx, (RebootServerHard if hard else RebootServer)(server_id=target["id"]))
    settle(tx, target)


Reason = Annotated[str, Meta(min_length=1, max_length=255)]


class Lock(Resource, one="lock", nullable=True):
    """Why a server is locked."""

    locked_reason: Reason = given("do", default=UNSET, since="2.73")


@compute.route(ACTION + "lock", Lock, rule=API + "os-lock-server:lock", of=one_server, code=202)
def lock(tx: Tx, who: Caller, target: Row, asked: Lock) -> None:
    """Keep everybody but administrators from acting on a server."""
    by = "owner" if target["project_id"] == who.project_id and not who.is_admin else "admin"
    tx.change(
        servers, target, locked_by=by, locked_reason=None if asked.locked_reason is UNSET else asked.locked_reason
    )


@compute.route(ACTION + "unlock", Nothing, rule=API + "os-lock-server:unlock", of=one_server, code=202)
def unlock(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Take the lock off; one that an administrator put on, only an administrator takes off."""
    if target["locked_by"] == "admin" and not who.may(OVERRIDE, target):
        raise Forbidden(f"Policy doesn't allow {OVERRIDE} to be performed.")
    tx.change(servers, target, locked_by=None, locked_reason=None)


class ResetState(Resource, one="os-resetState"):
    """The state a server is to be shown in."""

    state: Literal["active", "error"] = given("do")


@compute.route(ACTION + "os-resetState", ResetState, rule=API + "os-admin-actions:reset_state", of=one_server, code=202)
def reset_state(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ResetState) -> None:
    """Show a server in a state, whatever its guest does, until its next action."""
    settle(tx, target, marked=asked.state)
