"""What this image service says of itself: schemas of its resources, its ways to import, limits in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.image.api import image
from pileus.image.images.shape import Image
from pileus.image.members import Member
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import Nothing, Resource
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.kernel.values import schema_of

_KINDS: dict[str, type[Resource]] = {"image": Image, "member": Member}


_LINKS = {"self": "{self}", "enclosure": "{file}", "describedby": "{schema}"}


def _schema(name: str) -> dict[str, Any]:
    """A resource's schema, made from its declaration."""
    kind = _KINDS[name]
    properties = {}
    for field in kind.declared.fields:
        clauses = {clause.side: clause for clause in field.clauses}
        if "shown" in clauses:
            found = _flat(schema_of(field.kind))
            wire = clauses["shown"].wire or field.name
            properties[wire] = found if "given" in clauses else {**found, "readOnly": True}
    schema: dict[str, Any] = {"name": name, "properties": properties}
    if kind.declared.extras is not None:
        schema["additionalProperties"] = {"type": "string"}
        schema["links"] = [{"rel": rel, "href": href} for rel, href in _LINKS.items()]
    return schema


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its `type` in sight, where clients of this API look for it."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    found = {"type": "string", **kinds[0]}
    if "anyOf" not in schema:
        return found
    return {**found, "type": ["null", found["type"]], **({"enum": [None, *found["enum"]]} if "enum" in found else {})}


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


@image.route("GET /info/usage", Nothing)
def usage(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Limits of the caller's project and how far they are used: there are none."""
    return Answer({"usage": {}}, raw=True)
