"""What has to hold before an action on a server: its lock, its status, no other work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.kernel.caller import Caller
from pileus.kernel.errors import NotNow


def check_unlocked(who: Caller, server: Mapping[str, Any]) -> None:
    """A locked server is left alone by all but administrators; raises NotNow."""
    if server["locked_by"] is not None and not who.is_admin:
        raise NotNow(f"Instance {server['id']} is locked")


def check_has_run(server: Mapping[str, Any], action: str) -> None:
    """A server that never came to a host has no guest that could be acted on; raises NotNow."""
    if server["launched_at"] is None or server["host_id"] is None:
        raise NotNow(f"Cannot '{action}' instance {server['id']}: it has never been launched")


def check_status(server: Mapping[str, Any], action: str, *allowed: str) -> None:
    """The action needs one of these vm_states and no task under way; raises NotNow."""
    if server["vm_state"] not in allowed:
        state = server["vm_state"]
        raise NotNow(f"Cannot '{action}' instance {server['id']} while it is in vm_state {state}")
    if server["task_state"] is not None:
        state = server["task_state"]
        raise NotNow(f"Cannot '{action}' instance {server['id']} while it is in task_state {state}")
