"""What a server's status is: one pure function of what is wanted, what is seen, what runs, and what is marked.

Nothing else decides a status.  It is saved beside the server only so that lists can filter on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pileus.compute.servers.table import servers
from pileus.kernel.store import Tx
from pileus.kernel.workflow import running


class Standing(NamedTuple):
    """How a server stands, in the four words the API has for it."""

    status: str
    vm_state: str
    task_state: str | None
    power_state: int


STATUSES = frozenset(
    "ACTIVE BUILD DELETED ERROR HARD_REBOOT MIGRATING PASSWORD PAUSED REBOOT REBUILD RESCUE RESIZE REVERT_RESIZE"
    " SHELVED SHELVED_OFFLOADED SHUTOFF SOFT_DELETED SUSPENDED UNKNOWN VERIFY_RESIZE".split()
)
"""Every status the API knows, whether servers of ours come to it or not."""

_BY_SIGHT = {
    "running": ("ACTIVE", "active", 1),
    "paused": ("PAUSED", "paused", 3),
    "stopped": ("SHUTOFF", "stopped", 4),
    "halted": ("SHUTOFF", "stopped", 4),
    "suspended": ("SUSPENDED", "suspended", 4),
    "crashed": ("ERROR", "error", 6),
    "failed": ("ERROR", "error", 0),
}
"""What a host sees of a guest → status, vm_state, power_state (0 none, 1 running, 3 paused, 4 off, 6 crashed)."""

TASKS = {
    "CreateServer": "spawning",
    "DeleteServer": "deleting",
    "StartServer": "powering-on",
    "StopServer": "powering-off",
    "PauseServer": "pausing",
    "UnpauseServer": "unpausing",
    "SuspendServer": "suspending",
    "ResumeServer": "resuming",
    "RebootServer": "reboot_started",
    "RebootServerHard": "rebooting_hard",
    "SnapshotServer": "image_snapshot_pending",
}
"""Work by its kind → the task it shows as; other work (plugging a port) shows as none."""

_STAGES = {"preparing": "image_snapshot", "reading": "image_pending_upload", "sending": "image_uploading"}
"""How far the host is with a snapshot → the task."""

_DURING = {"RebootServer": "REBOOT", "RebootServerHard": "HARD_REBOOT"}
_COMING_BACK = {
    "ResumeServer": ("SUSPENDED", "suspended", 4),
    "RebootServer": ("REBOOT", "active", 1),
    "RebootServerHard": ("HARD_REBOOT", "active", 1),
}
"""What a server is while its guest is being started again; by itself, or after a stop, it is off until it runs."""

_MARKED = {"error": ("ERROR", "error"), "active": ("ACTIVE", "active")}


def status_of(server: Mapping[str, Any], work: str | None) -> Standing:
    """How a server stands, given the kind of work that runs on it (or None)."""
    if server["deleted_at"] is not None:
        return Standing("DELETED", "deleted", None, 0)
    task = TASKS.get(work or "")
    if work == "CreateServer" and server["host_id"] is None:
        task = "scheduling"
    if work == "SnapshotServer":
        task = _STAGES.get(server["stage"] or "", task)
    sight = (server["seen"] or {}).get("state")
    status, vm_state, power = _BY_SIGHT.get(sight or "", ("BUILD", "building", 0))
    if server["launched_at"] is None and work == "CreateServer":
        return Standing("BUILD", "building", task, 0)
    if server["marked"] in _MARKED:
        marked = _MARKED[server["marked"]]
        return Standing(*marked, task, power)
    if status == "BUILD" and not _may_still_come(server, work):
        return Standing("ERROR", "error", task, 0)
    if status == "BUILD" and server["launched_at"] is not None:
        status, vm_state, power = _COMING_BACK.get(work or "", ("SHUTOFF", "stopped", 4))
    return Standing(_DURING.get(work or "", status), vm_state, task, power)


def _may_still_come(server: Mapping[str, Any], work: str | None) -> bool:
    """Whether one that no host has shown yet is not given up: it has been seen, or is taken back before it came."""
    return server["launched_at"] is not None or (work == "DeleteServer" and server["fault"] is None)


def settle(tx: Tx, server: Mapping[str, Any], *, ended: bool = False, **values: Any) -> dict[str, Any]:
    """Save values of a server together with the standing they give it; the only writer of its status.

    `ended` is said by the last act of a work, which itself no longer counts as running.
    """
    work = None if ended else running(tx, "server", server["id"])
    standing = status_of({**server, **values}, work["kind"] if work else None)
    return tx.change(servers, server, **values, **standing._asdict())
