"""What a server's status is, from what is wanted, seen, done and marked."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.compute.servers.states import status_of

UNSAID = ("deleted_at", "stage", "host_id", "seen", "launched_at", "marked", "fault")
NEW: dict[str, Any] = dict.fromkeys(UNSAID)
RAN = {**NEW, "host_id": "h", "launched_at": "then"}


@pytest.mark.parametrize(
    ("server", "work", "standing"),
    [
        ({**RAN, "seen": {"state": "running"}, "deleted_at": "now"}, "DeleteServer", ("DELETED", "deleted", None, 0)),
        (NEW, "CreateServer", ("BUILD", "building", "scheduling", 0)),
        ({**NEW, "host_id": "h"}, "CreateServer", ("BUILD", "building", "spawning", 0)),
        ({**NEW, "fault": {}}, None, ("ERROR", "error", None, 0)),
        (NEW, "DeleteServer", ("BUILD", "building", "deleting", 0)),
        ({**NEW, "fault": {"code": 500}}, "DeleteServer", ("ERROR", "error", "deleting", 0)),
        ({**RAN, "seen": {"state": "running"}}, None, ("ACTIVE", "active", None, 1)),
        ({**RAN, "seen": {"state": "running"}}, "StopServer", ("ACTIVE", "active", "powering-off", 1)),
        ({**RAN, "seen": {"state": "running"}}, "RebootServer", ("REBOOT", "active", "reboot_started", 1)),
        ({**RAN, "seen": {"state": "stopped"}}, "RebootServerHard", ("HARD_REBOOT", "stopped", "rebooting_hard", 4)),
        ({**RAN, "seen": {"state": "stopped"}}, None, ("SHUTOFF", "stopped", None, 4)),
        ({**RAN, "seen": {"state": "halted"}}, None, ("SHUTOFF", "stopped", None, 4)),
        ({**RAN, "seen": {"state": "building"}}, "StartServer", ("SHUTOFF", "stopped", "powering-on", 4)),
        ({**RAN, "seen": {"state": "building"}}, "ResumeServer", ("SUSPENDED", "suspended", "resuming", 4)),
        ({**RAN, "seen": {"state": "paused"}}, None, ("PAUSED", "paused", None, 3)),
        ({**RAN, "seen": {"state": "suspended"}}, None, ("SUSPENDED", "suspended", None, 4)),
        ({**RAN, "seen": {"state": "crashed"}}, None, ("ERROR", "error", None, 6)),
        ({**RAN, "seen": {"state": "failed"}}, None, ("ERROR", "error", None, 0)),
        ({**RAN, "seen": {"state": "running"}, "marked": "error"}, None, ("ERROR", "error", None, 1)),
        ({**RAN, "seen": {"state": "crashed"}, "marked": "active"}, None, ("ACTIVE", "active", None, 6)),
        ({**RAN, "seen": {"state": "running"}}, "PlugPort", ("ACTIVE", "active", None, 1)),
    ],
)
def test_a_server_stands_as_it_is_seen(server: dict[str, Any], work: str | None, standing: tuple[Any, ...]) -> None:
    assert tuple(status_of(server, work)) == standing
