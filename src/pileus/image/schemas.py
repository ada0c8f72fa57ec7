"""Schemas of what this service shows and takes, made from its declarations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.image.api import image
from pileus.image.images.shape import Image
from pileus.image.members import Member
from pileus.image.metadefs.namespaces import Namespace
from pileus.image.metadefs.objects import Object
from pileus.image.metadefs.properties import Property
from pileus.image.metadefs.resource_types import ResourceTypeAssociation
from pileus.image.metadefs.tags import Tag
from pileus.image.tasks import Task
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import REQUIRED, Nothing, Resource
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.kernel.values import schema_of

Kinds = Mapping[str, tuple[str, type[Resource]]]
"""By the last word of the schema's address: its name, and what it describes."""

KINDS: Kinds = {"image": ("images", Image), "member": ("members", Member), "task": ("tasks", Task)}
DEFINED: Kinds = {
    "namespace": ("namespaces", Namespace),
    "object": ("objects", Object),
    "property": ("properties", Property),
    "resource_type": ("resource_types", ResourceTypeAssociation),
    "tag": ("tags", Tag),
}
_LINKS = {"self": "{self}", "enclosure": "{file}", "describedby": "{schema}"}
_NAMES = {"resource_type": "resource_type_association", "resource_types": "resource_type_associations"}


def schema_of_one(name: str, kind: type[Resource]) -> dict[str, Any]:
    """A resource's schema, made from its declaration."""
    properties: dict[str, Any] = {}
    required = []
    for field in kind.declared.fields:
        clauses = {clause.side: clause for clause in field.clauses}
        if "shown" in clauses:
            given = clauses.get("given")
            wire = clauses["shown"].wire or field.name
            is_ours = given is None or given.kind is Any
            properties[wire] = {**_flat(schema_of(field.kind)), **({"readOnly": True} if is_ours else {})}
            required += [wire] if given is not None and given.default is REQUIRED else []
    schema: dict[str, Any] = {"name": _NAMES.get(name, name), "properties": properties}
    if kind.declared.extras is not None:
        schema["additionalProperties"] = {"type": "string"}
        schema["links"] = [{"rel": rel, "href": href} for rel, href in _LINKS.items()]
    if name in DEFINED:
        schema |= {"additionalProperties": False, "required": required}
    return schema


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its `type` in sight, where clients of this API look for it."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    if len(kinds) != 1 or not kinds[0]:
        return schema
    found = {"type": "string", **kinds[0]}
    if "anyOf" not in schema:
        return found
    return {**found, "type": ["null", found["type"]], **({"enum": [None, *found["enum"]]} if "enum" in found else {})}


def schema_of_many(many: str, one: str, kind: type[Resource]) -> dict[str, Any]:
    """The schema of a list."""
    links = [{"rel": rel, "href": f"{{{rel}}}"} for rel in ("first", "next")]
    inner = schema_of_one(one, kind)
    items = (
        {"type": "object", "additionalProperties": inner} if one == "property" else {"type": "array", "items": inner}
    )
    properties: dict[str, Any] = {_NAMES.get(many, many): items, "schema": {"type": "string"}}
    properties |= {link["rel"]: {"type": "string"} for link in links}
    links.append({"rel": "describedby", "href": "{schema}"})
    return {"name": _NAMES.get(many, many), "properties": properties, "links": links}


def _answer(kinds: Kinds, name: str) -> Answer:
    if name in kinds:
        return Answer(schema_of_one(name, kinds[name][1]), raw=True)
    for one, (many, kind) in kinds.items():
        if name == many:
            return Answer(schema_of_many(many, one, kind), raw=True)
    raise Missing("The resource could not be found.")


@image.route("GET /schemas/{name}", Nothing)
def schema(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The schema of an image, a member or a task, or of a list of them."""
    return _answer(KINDS, target["name"])


@image.route("GET /schemas/metadefs/{name}", Nothing)
def schema_of_definition(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The schema of a metadata definition, or of a list of them."""
    return _answer(DEFINED, target["name"])
