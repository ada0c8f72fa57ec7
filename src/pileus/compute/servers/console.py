"""What a guest wrote to its console, and what it uses: asked of its host when a caller asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pileus import fleet, network
from pileus.compute.api import compute
from pileus.compute.changes import DIAGNOSTICS_IN_WORDS
from pileus.compute.servers.find import one_server
from pileus.compute.servers.power import ACTION
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, NotNow
from pileus.kernel.resource import UNSET, Nothing, Resource, given
from pileus.kernel.routes import Answer, Later
from pileus.kernel.store import Row, Store, Tx
from pileus.kernel.values import Whole

MOST_LINES = 10000


class ConsoleOutput(Resource, one="os-getConsoleOutput"):
    """How many of the last lines; all where it is not said, or is -1."""

    length: Whole | None = given("do", default=UNSET)


def _lines(length: int | None) -> int:
    if length is UNSET or length is None or length == -1:
        return MOST_LINES
    if length < -1:
        raise Invalid(f"Invalid input for field/attribute length. Value: {length}. It must be at least -1.")
    return min(length, MOST_LINES)


def _host_of(tx: Tx, server: Row) -> str:
    if server["host_id"] is None or (server["launched_at"] is None and server["seen"] is None):
        raise NotNow(f"Instance {server['id']} is not ready")
    return str(server["host_id"])


def _asking(tx: Tx, server: Row, question: fleet.Question) -> Any:
    host_id = _host_of(tx, server)
    return partial(fleet.answer_to, tx.part(Store), host_id, fleet.ask(tx, host_id, question))


@compute.route(ACTION + "os-getConsoleOutput", ConsoleOutput, rule="os_compute_api:os-console-output", of=one_server)
def console(tx: Tx, who: Caller, target: Row, asked: ConsoleOutput) -> Later:
    """The last lines of a guest's console."""
    question = fleet.Question("console", target["id"], {"lines": _lines(asked.length)})
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
    nics = len(network.nics_of(tx, target["id"]))
    return Later(_asking(tx, target, question), lambda heard: Answer(_counters(who, target, nics, heard), raw=True))


_STATES = {"PAUSED": "paused", "SHUTOFF": "shutdown", "SUSPENDED": "suspended", "ERROR": "crashed", "BUILD": "pending"}


def _counters(who: Caller, server: Row, nics: int, heard: Mapping[str, Any]) -> dict[str, Any]:
    """A guest's counters, summed over its disks and cards; older callers know other names for them."""
    if not who.can(DIAGNOSTICS_IN_WORDS):
        names = {"cpu0_time": "cpu_ns", "vda_read": "disk_read_bytes", "vda_write": "disk_write_bytes"}
        names |= {"net0_rx": "net_rx_bytes", "net0_tx": "net_tx_bytes"}
        return {"memory": server["memory_mib"] * 1024, **{wire: heard.get(name, 0) for wire, name in names.items()}}
    flavor = server["flavor"]
    return {
        "state": _STATES.get(server["status"], "running"),
        "driver": "libvirt",
        "hypervisor": "kvm",
        "hypervisor_os": "linux",
        "uptime": None,
        "config_drive": server["config_drive"],
        "num_cpus": server["vcpus"],
        "num_nics": nics,
        "num_disks": 1 + bool(flavor["ephemeral"]) + bool(flavor["swap"]),
        "memory_details": {"maximum": server["memory_mib"], "used": heard.get("memory_mib", 0)},
        "cpu_details": [{"id": 0, "time": heard.get("cpu_ns", 0), "utilisation": None}],
        "disk_details": [_disk(heard)],
        "nic_details": [_card(heard)] if nics else [],
    }


def _disk(heard: Mapping[str, Any]) -> dict[str, Any]:
    known = {"read_bytes": heard.get("disk_read_bytes", 0), "write_bytes": heard.get("disk_write_bytes", 0)}
    return {**known, "read_requests": None, "write_requests": None, "errors_count": None}


def _card(heard: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"mac_address": None}
    for way in ("rx", "tx"):
        unknown = dict.fromkeys(f"{way}_{what}" for what in ("errors", "drop", "packets", "rate"))
        told |= {f"{way}_octets": heard.get(f"net_{way}_bytes", 0), **unknown}
    return told
