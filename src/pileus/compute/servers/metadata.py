"""A server's metadata: names and values its owner keeps with it, and its guest reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.compute.api import compute
from pileus.compute.quotas import check_metadata
from pileus.compute.servers.find import one_server
from pileus.compute.servers.guard import check_unlocked
from pileus.compute.servers.orders import ask_host
from pileus.compute.servers.shape import Key, Metadata, Value
from pileus.compute.servers.table import servers
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import Nothing, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Items(Resource):
    """Metadata by name."""

    metadata: Metadata = given("write")


class OneItem(Resource):
    """One item, under its name."""

    meta: dict[Key, Value] = given("write")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _keep(tx: Tx, who: Caller, server: Row, items: dict[str, str]) -> None:
    check_unlocked(who, server)
    check_metadata(tx, server["project_id"], items)
    ask_host(tx, tx.change(servers, server, metadata=items))


def one_item(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The server a path names, with the item's name."""
    return {**one_server(tx, who, path, asked), "key": path["key"]}


def _present(target: Mapping[str, Any]) -> str:
    if target["key"] not in target["metadata"]:
        raise Missing("Metadata item was not found")
    return str(target["key"])


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:server-metadata:"
PATH = "/servers/{server_id}/metadata"


@compute.route(f"GET {PATH}", Nothing, rule=RULE + "index", of=one_server)
def list_items(tx: Tx, who: Caller, target: Row, asked: Nothing) -> Answer:
    """All items."""
    return Answer({"metadata": target["metadata"]}, raw=True)


@compute.route(f"POST {PATH}", Items, "write", rule=RULE + "create", of=one_server)
def add(tx: Tx, who: Caller, target: Row, asked: Items) -> Answer:
    """Add items, or give those there are new values."""
    items = {**target["metadata"], **asked.metadata}
    _keep(tx, who, target, items)
    return Answer({"metadata": items}, raw=True)


@compute.route(f"PUT {PATH}", Items, "write", rule=RULE + "update_all", of=one_server)
def replace(tx: Tx, who: Caller, target: Row, asked: Items) -> Answer:
    """Have exactly these items."""
    _keep(tx, who, target, dict(asked.metadata))
    return Answer({"metadata": asked.metadata}, raw=True)


@compute.route(f"GET {PATH}/{{key}}", Nothing, rule=RULE + "show", of=one_item)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """One item."""
    key = _present(target)
    return Answer({"meta": {key: target["metadata"][key]}}, raw=True)


@compute.route(f"PUT {PATH}/{{key}}", OneItem, "write", rule=RULE + "update", of=one_item)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: OneItem) -> Answer:
    """Give one item a value."""
    if list(asked.meta) != [target["key"]]:
        raise Invalid("Request body and URI mismatch")
    _keep(tx, who, target, {**target["metadata"], **asked.meta})
    return Answer({"meta": asked.meta}, raw=True)


@compute.route(f"DELETE {PATH}/{{key}}", Nothing, rule=RULE + "delete", of=one_item, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take one item away."""
    key = _present(target)
    _keep(tx, who, target, {name: value for name, value in target["metadata"].items() if name != key})
