"""Tags: words that callers put on resources, each a path of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import Nothing, Resource, given, shown
from pileus.kernel.store import Tx
from pileus.network.api import network, typed
from pileus.network.listing import Collection
from pileus.network.networks.rules import NETWORKS
from pileus.network.ports.rules import PORTS
from pileus.network.security_groups.rules import GROUPS
from pileus.network.standard import changed
from pileus.network.subnetpools.rules import POOLS
from pileus.network.subnets.rules import SUBNETS

Tag = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*\Z")]

MOST = 50
"""Tags a resource may have."""


class Tags(Resource):
    """All tags of a resource."""

    tags: list[Tag] = given("replace add") | shown()


TAGGED: Mapping[str, tuple[Collection, str]] = {
    "networks": (NETWORKS, "network"),
    "subnets": (SUBNETS, "subnet"),
    "ports": (PORTS, "port"),
    "subnetpools": (POOLS, "subnetpool"),
    "security-groups": (GROUPS, "security_group"),
    "security_groups": (GROUPS, "security_group"),
}
"""Resources with tags: by their path, and by the word in their policy rules."""


def _set(tx: Tx, collection: Collection, row: Mapping[str, Any], tags: Sequence[str]) -> dict[str, Any]:
    kept = list(dict.fromkeys(tags))
    if len(kept) > MOST:
        raise typed(Invalid, "InvalidInput", f"A resource may have {MOST} tags at most.")
    changed(tx, collection.table, row, tags=kept)
    return {"tags": kept}


def _tag_of(path: str) -> Tag:
    if not 1 <= len(path) <= 255 or not path.isprintable():
        raise typed(Invalid, "InvalidInput", f"Invalid input for operation: '{path}' is no tag.")
    return path


def _missing(tag: str) -> Missing:
    return Missing(f"Tag {tag} could not be found.", extra={"type": "TagNotFound"})


def _routes(path: str, collection: Collection, word: str) -> None:
    """The tag calls of one resource."""

    def find(tx: Tx, who: Caller, at: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
        return {**collection.known(tx, who, at["id"]), "tag": at.get("tag", "")}

    def route(line: str, verb: str, code: int = 200) -> Callable[[Any], Any]:
        method, _, rest = line.partition(" ")
        rules = {"GET": "get", "POST": "create", "PUT": "update", "DELETE": "delete"}
        rule, kind = f"{rules[method]}_{word}:tags", Tags if code == 200 else Nothing
        return network.route(f"{method} /{path}/{{id}}/tags{rest}", kind, verb, rule=rule, of=find, code=code)

    @route("GET ", "show")
    def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tags) -> Mapping[str, Any]:
        return {"tags": target["tags"]}

    @route("PUT ", "replace")
    def replace(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tags) -> Mapping[str, Any]:
        return _set(tx, collection, target, asked.tags)

    @route("POST ", "add")
    def add(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tags) -> Mapping[str, Any]:
        return _set(tx, collection, target, [*target["tags"], *asked.tags])

    @route("DELETE ", "clear", 204)
    def clear(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tags) -> None:
        _set(tx, collection, target, ())

    @route("GET /{tag}", "check", 204)
    def check(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tags) -> None:
        if target["tag"] not in target["tags"]:
            raise _missing(target["tag"])

    @route("PUT /{tag}", "put", 201)
    def put(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tags) -> None:
        _set(tx, collection, target, [*target["tags"], _tag_of(target["tag"])])

    @route("DELETE /{tag}", "remove", 204)
    def remove(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tags) -> None:
        if target["tag"] not in target["tags"]:
            raise _missing(target["tag"])
        _set(tx, collection, target, [one for one in target["tags"] if one != target["tag"]])


for _path, (_collection, _word) in TAGGED.items():
    _routes(_path, _collection, _word)
