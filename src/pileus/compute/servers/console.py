"""What a guest wrote to its console, and what it uses: asked of its host when a caller asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pileus import fleet
from pileus.compute.api import compute
from pileus.compute.servers.find import one_server
from pileus.compute.servers.power import ACTION
from pileus.kernel.caller import Caller
from pileus.kernel.errors import NotNow
from pileus.kernel.resource import UNSET, Nothing, Resource, given
from pileus.kernel.routes import Answer, Later
from pileus.kernel.store import Row, Store, Tx
from pileus.kernel.values import Whole

MOST_LINES = 10000


class ConsoleOutput(Resource, one="os-getConsoleOutput"):
    """How many of the last lines; all where it is not said, or is -1."""

    length: Whole | None = given("do", default=UNSET)


def _host_of(tx: Tx, server: Row) -> str:
    if server["host_id"] is None or server["launched_at"] is None and server["seen"] is None:
        raise NotNow(f"Instance {server['id']} is not ready")
    return str(server["host_id"])


def _asking(tx: Tx, server: Row, question: fleet.Question) -> Any:
    host_id = _host_of(tx, server)
    return partial(fleet.answer_to, tx.part(Store), host_id, fleet.ask(tx, host_id, question))


@compute.route(ACTION + "os-getConsoleOutput", ConsoleOutput, rule="os_compute_api:os-console-output", of=one_server)
def console(tx: Tx, who: Caller, target: Row, asked: ConsoleOutput) -> Later:
    """The last lines of a guest's console."""
    lines = MOST_LINES if asked.length in (UNSET, None, -1) else max(0, min(int(asked.length or 0), MOST_LINES))
    question = fleet.Question("console", target["id"], {"lines": lines})
    return Later(_asking(tx, target, question), lambda heard: Answer({"output": heard["text"]}, raw=True))


@compute.route(
    "GET /servers/{server_id}/diagnostics",
    Nothing,
    rule="os_compute_api:os-server-diagnostics",
    of=one_server,
    writes=True,
)
def diagnostics(tx: Tx, who: Caller, target: Row, asked: Nothing) -> Later:
    """A guest's counters."""
    question = fleet.Question("usage", target["id"])
    return Later(_asking(tx, target, question), lambda heard: Answer(_counters(who, target, heard), raw=True))


def _counters(who: Caller, server: Row, heard: Mapping[str, Any]) -> dict[str, Any]:
    memory = server["memory_mib"]
    return {
        "state": server["status"].lower(),
        "driver": "libvirt",
        "config_drive": server["config_drive"],
        "num_cpus": server["vcpus"],
        "cpu_details": [{"id": 0, "time": heard.get("cpu_ns", 0), "utilisation": None}],
        "memory_details": {"maximum": memory, "used": heard.get("memory_mib", 0)},
        "disk_details": [
            {"read_bytes": heard.get("disk_read_bytes", 0), "write_bytes": heard.get("disk_write_bytes", 0)}
        ],
        "nic_details": [{"rx_octets": heard.get("net_rx_bytes", 0), "tx_octets": heard.get("net_tx_bytes", 0)}],
    }
