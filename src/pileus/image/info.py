"""What this image service speaks of: schemas of its resources, and its ways to import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.image.api import image
from pileus.image.images.shape import READ_ONLY, Image
from pileus.image.members import Member
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import Nothing, Resource
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.kernel.values import schema_of

_KINDS: dict[str, type[Resource]] = {"image": Image, "member": Member}


def _schema(name: str) -> dict[str, Any]:
    """A resource's schema, made from its declaration."""
    kind = _KINDS[name]
    properties = {}
    for field in kind.declared.fields:
        shown = next((clause for clause in field.clauses if clause.side == "shown"), None)
        if shown is not None:
            found = _flat(schema_of(field.kind))
            properties[shown.wire or field.name] = {**found, "readOnly": True} if field.name in READ_ONLY else found
    schema: dict[str, Any] = {"name": name, "properties": properties}
    if kind.declared.extras is not None:
        schema["additionalProperties"] = {"type": "string"}
    return schema


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """Text or null in one schema, as clients of this API expect it: they look for `type`."""
    kinds = schema.get("anyOf", ())
    if {"type": "null"} not in kinds or len(kinds) != 2:
        return schema
    (other,) = (kind for kind in kinds if kind != {"type": "null"})
    if "enum" in other:
        return {"type": ["null", "string"], "enum": [None, *other["enum"]]}
    return {**other, "type": ["null", other["type"]]}


def _list_schema(name: str) -> dict[str, Any]:
    many = f"{name}s"
    links = [{"rel": rel, "href": f"{{{rel}}}"} for rel in ("first", "next")]
    properties: dict[str, Any] = {many: {"type": "array", "items": _schema(name)}, "schema": {"type": "string"}}
    properties |= {link["rel"]: {"type": "string"} for link in links}
    return {"name": many, "properties": properties, "links": [*links, {"rel": "describedby", "href": "{schema}"}]}


@image.route("GET /schemas/{name}", Nothing)
def schema(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The schema of an image or a member, or of a list of them."""
    name = target["name"]
    if name in _KINDS:
        return Answer(_schema(name), raw=True)
    if name.removesuffix("s") in _KINDS:
        return Answer(_list_schema(name.removesuffix("s")), raw=True)
    raise Missing("The resource could not be found.")


@image.route("GET /info/import", Nothing)
def import_methods(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Ways to import an image: none yet, bytes are uploaded."""
    told = {"description": "Import methods available.", "type": "array", "value": []}
    return Answer({"import-methods": told}, raw=True)
