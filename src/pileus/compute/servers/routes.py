"""Routes of servers themselves: make, list, show, change, delete."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from pileus.compute.api import compute
from pileus.compute.places.zones import check_repinning
from pileus.compute.servers.create import create_servers
from pileus.compute.servers.find import many_servers, one_server
from pileus.compute.servers.guard import check_unlocked
from pileus.compute.servers.shape import Server, ServerQuery
from pileus.compute.servers.show import brief, whole
from pileus.compute.servers.states import settle
from pileus.compute.servers.workflows import DeleteServer
from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET, Nothing
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Page, Row, Tx
from pileus.kernel.workflow import begin


@compute.route("GET /servers", ServerQuery, "list", rule="os_compute_api:servers:index")
def list_servers(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ServerQuery) -> Answer:
    """Servers by name."""
    found = many_servers(tx, who, asked, "index")
    return Answer(Page(brief(tx, found.rows), found.more), kind=Server)


@compute.route("GET /servers/detail", ServerQuery, "list", rule="os_compute_api:servers:detail", view="detail")
def list_whole_servers(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ServerQuery) -> Answer:
    """Servers with all that is known of them."""
    found = many_servers(tx, who, asked, "detail")
    return Answer(Page(whole(tx, who, found.rows), found.more), kind=Server)


@compute.route("POST /servers", Server, "create", rule="os_compute_api:servers:create", code=202)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Server) -> Answer:
    """Accept a server (or several); what becomes of it is shown by its status."""
    made = create_servers(tx, who, asked)
    if asked.return_reservation_id:
        return Answer({"reservation_id": made[0]["reservation_id"]}, raw=True)
    groups = ["default"] if asked.security_groups is UNSET else [one.name for one in asked.security_groups]
    secret = secrets.token_urlsafe(9) if asked.admin_pass is UNSET else asked.admin_pass
    shown = {**made[0], **brief(tx, made[:1])[0], "admin_pass": secret, "security_groups": _named(groups)}
    location = f"{tx.part(PublicUrl).value}/compute/v2.1/servers/{made[0]['id']}"
    return Answer(shown, headers=[("Location", location)])


def _named(groups: list[str]) -> list[dict[str, str]]:
    return [{"name": name} for name in groups]


@compute.route("GET /servers/{server_id}", Server, "show", rule="os_compute_api:servers:show", of=one_server)
def show(tx: Tx, who: Caller, target: Row, asked: Server) -> dict[str, Any]:
    """One server, whole."""
    return whole(tx, who, [target])[0]


@compute.route("PUT /servers/{server_id}", Server, "update", rule="os_compute_api:servers:update", of=one_server)
def update(tx: Tx, who: Caller, target: Row, asked: Server) -> dict[str, Any]:
    """Change what its owner says of a server."""
    values = {
        name: getattr(asked, name)
        for name in ("name", "description", "access_ipv4", "access_ipv6", "disk_config")
        if getattr(asked, name) is not UNSET
    }
    if asked.hostname is not UNSET:
        values["hostname"] = asked.hostname
    if asked.pinned_availability_zone is not UNSET:
        check_repinning(target, asked.pinned_availability_zone)
        values["pinned_zone"] = asked.pinned_availability_zone
    return whole(tx, who, [settle(tx, target, **values)])[0]


@compute.route("DELETE /servers/{server_id}", Nothing, rule="os_compute_api:servers:delete", of=one_server, code=204)
def delete(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Begin to delete a server; work that runs on it turns back first."""
    check_unlocked(who, target)
    begin(tx, DeleteServer(server_id=target["id"]), follows="follow")
    settle(tx, target)
