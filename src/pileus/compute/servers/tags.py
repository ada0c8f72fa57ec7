"""A server's tags: short labels its owner finds it by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from msgspec import Meta

from pileus.compute.api import compute
from pileus.compute.servers.find import one_server
from pileus.compute.servers.shape import Tag
from pileus.compute.servers.table import servers
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import Nothing, Resource, given
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Row, Tx

MOST = 50


class Tags(Resource):
    """Labels."""

    tags: Annotated[list[Tag], Meta(max_length=MOST)] = given("write")


def one_tag(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The server a path names, with the tag."""
    return {**one_server(tx, who, path, asked), "tag": path["tag"]}


def _present(target: Mapping[str, Any]) -> str:
    if target["tag"] not in target["tags"]:
        raise Missing(f"Instance {target['id']} has no tag '{target['tag']}'")
    return str(target["tag"])


RULE = "os_compute_api:os-server-tags:"
PATH = "/servers/{server_id}/tags"


@compute.route(f"GET {PATH}", Nothing, rule=RULE + "index", of=one_server, since="2.26")
def list_tags(tx: Tx, who: Caller, target: Row, asked: Nothing) -> Answer:
    """All tags."""
    return Answer({"tags": target["tags"]}, raw=True)


@compute.route(f"PUT {PATH}", Tags, "write", rule=RULE + "update_all", of=one_server, since="2.26")
def replace(tx: Tx, who: Caller, target: Row, asked: Tags) -> Answer:
    """Have exactly these tags."""
    tags = sorted(set(asked.tags))
    tx.change(servers, target, tags=tags)
    return Answer({"tags": tags}, raw=True)


@compute.route(f"DELETE {PATH}", Nothing, rule=RULE + "delete_all", of=one_server, since="2.26", code=204)
def clear(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Have no tags."""
    tx.change(servers, target, tags=[])


@compute.route(f"GET {PATH}/{{tag}}", Nothing, rule=RULE + "show", of=one_tag, since="2.26", code=204)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Whether a server has a tag."""
    _present(target)


@compute.route(f"PUT {PATH}/{{tag}}", Nothing, rule=RULE + "update", of=one_tag, since="2.26", code=201, also=(204,))
def add(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Add a tag: 201 if it is new, 204 if not."""
    tag = target["tag"]
    if tag in target["tags"]:
        return Answer(code=204)
    if not 1 <= len(tag) <= 60 or "," in tag or "/" in tag:
        raise Invalid(f"Invalid input for field/attribute tag. Value: {tag}.")
    if len(target["tags"]) >= MOST:
        raise Invalid(f"The number of tags exceeded the per-server limit {MOST}")
    tx.change(servers, target["id"], tags=sorted([*target["tags"], tag]))
    url = f"{tx.part(PublicUrl).value}/compute/v2.1/servers/{target['id']}/tags/{quote(tag)}"
    return Answer(code=201, headers=[("Location", url)])


@compute.route(f"DELETE {PATH}/{{tag}}", Nothing, rule=RULE + "delete", of=one_tag, since="2.26", code=204)
def remove(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take a tag away."""
    tag = _present(target)
    tx.change(servers, target["id"], tags=[one for one in target["tags"] if one != tag])
