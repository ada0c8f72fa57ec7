"""The security groups of a server: those of all its ports."""

from __future__ import annotations

from pileus import network
from pileus.compute.api import compute
from pileus.compute.security_groups import RULE, told
from pileus.compute.servers.find import one_server
from pileus.compute.servers.guard import check_unlocked
from pileus.compute.servers.power import ACTION
from pileus.kernel.caller import Caller
from pileus.kernel.resource import Nothing, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.kernel.values import Name


class AddGroup(Resource, one="addSecurityGroup"):
    """The group to add, by name or identifier."""

    name: Name = given("do")


class RemoveGroup(Resource, one="removeSecurityGroup"):
    """The group to take away."""

    name: Name = given("do")


@compute.route("GET /servers/{server_id}/os-security-groups", Nothing, rule=RULE + "list", of=one_server)
def list_groups(tx: Tx, who: Caller, target: Row, asked: Nothing) -> Answer:
    """The groups of a server, with their rules."""
    return Answer({"security_groups": [told(group) for group in network.groups_of(tx, target["id"])]}, raw=True)


@compute.route(ACTION + "addSecurityGroup", AddGroup, rule=RULE + "add", of=one_server, code=202)
def add(tx: Tx, who: Caller, target: Row, asked: AddGroup) -> None:
    """Put all ports of a server into a group."""
    check_unlocked(who, target)
    network.add_group(tx, target, asked.name)


@compute.route(ACTION + "removeSecurityGroup", RemoveGroup, rule=RULE + "remove", of=one_server, code=202)
def remove(tx: Tx, who: Caller, target: Row, asked: RemoveGroup) -> None:
    """Take all ports of a server out of a group."""
    check_unlocked(who, target)
    network.remove_group(tx, target, asked.name)
