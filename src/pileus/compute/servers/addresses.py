"""A server's addresses, by network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus import network
from pileus.compute.api import compute
from pileus.compute.servers.find import one_server
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx


def _plain(tx: Tx, server_id: str) -> dict[str, list[dict[str, Any]]]:
    """Addresses by the network's name, as far as this list tells them."""
    found = network.addresses_of(tx, [server_id]).get(server_id, {})
    return {name: [{"addr": one["addr"], "version": one["version"]} for one in each] for name, each in found.items()}


@compute.route("GET /servers/{server_id}/ips", Nothing, rule="os_compute_api:ips:index", of=one_server)
def list_addresses(tx: Tx, who: Caller, target: Row, asked: Nothing) -> Answer:
    """All addresses."""
    return Answer({"addresses": _plain(tx, target["id"])}, raw=True)


def on_network(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The server a path names, with a network's name."""
    return {**one_server(tx, who, path, asked), "label": path["label"]}


@compute.route("GET /servers/{server_id}/ips/{label}", Nothing, rule="os_compute_api:ips:show", of=on_network)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The addresses on one network."""
    found = _plain(tx, target["id"])
    if target["label"] not in found:
        raise Missing(f"Network name {target['label']} could not be found")
    return Answer({target["label"]: found[target["label"]]}, raw=True)
