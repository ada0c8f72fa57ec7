"""A service's OpenAPI 3.1 document, made from the same declarations that read its requests and show its answers.

A document describes the newest version (or another one that is asked for); nothing in it is written by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from pileus.kernel.resource import REQUIRED, UNSET, Clause, Resource
from pileus.kernel.routes import Operation, Service
from pileus.kernel.values import schema_of
from pileus.kernel.versions import NONE, Version

REFUSALS = {"400": "Invalid", "401": "Unauthorized", "403": "Forbidden", "404": "Missing", "409": "Conflict"}
RARE = {"405": "BadMethod", "406": "Unacceptable", "413": "TooLarge", "415": "Unsupported", "503": "Unavailable"}

EMPTY = frozenset({204, 304})
"""Answers that have no body."""


def document(service: Service, url: str, at: Version | None = None) -> dict[str, Any]:
    """The OpenAPI document of a service at a version, the newest unless named."""
    version = at or (service.versions.newest if service.versions else NONE)
    paths: dict[str, dict[str, Any]] = {}
    for operations in _grouped(service, version).values():
        first = operations[0]
        paths.setdefault(first.path or "/", {})[first.method.lower()] = _operation(operations, version)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Pileus {service.name}", "version": str(version) if service.versions else "1"},
        "servers": [{"url": url + service.root}],
        "paths": dict(sorted(paths.items())),
        "components": {"securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"}}},
        "security": [{"token": []}],
    }


@lru_cache(maxsize=16)
def encoded(service: Service, url: str) -> bytes:
    """A service's document as it is sent: made when somebody first asks, since few ever do."""
    return msgspec.json.encode(document(service, url))


def _grouped(service: Service, at: Version) -> dict[tuple[str, str], list[Operation]]:
    """The operations that exist at a version; actions of one path stand together."""
    found: dict[tuple[str, str], list[Operation]] = {}
    for operation in service.operations:
        if operation.span.holds(at):
            found.setdefault((operation.path, operation.method), []).append(operation)
    return found


def _operation(operations: Sequence[Operation], at: Version) -> dict[str, Any]:
    first = operations[0]
    found: dict[str, Any] = {
        "operationId": f"{first.method} {first.path}",
        "summary": (first.call.__doc__ or "").strip().split("\n")[0],
        "parameters": [*_variables(first), *_parameters(first, at)],
        "responses": _responses(operations, at),
    }
    if first.public:
        found["security"] = []
    body = _body(operations, at)
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    return found


def _variables(operation: Operation) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in operation.names]


def _parameters(operation: Operation, at: Version) -> list[dict[str, Any]]:
    """Headers and the query; what is given in the path stands among its variables."""
    return [
        {"name": str(clause.wire), "in": place, "required": clause.default is REQUIRED, "schema": _schema(clause)}
        for _, clause in _given(operation.kind, operation.verb, at)
        for place in ["header"] * clause.header + ["query"] * _is_query(operation, clause)
    ]


def _is_query(operation: Operation, clause: Clause) -> bool:
    return clause.query or not (operation.reads_body or clause.apart)


def _body(operations: Sequence[Operation], at: Version) -> dict[str, Any] | None:
    first = operations[0]
    if not first.reads_body:
        return None
    if first.stream:
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    declared = first.kind.declared
    if declared.media:
        return {media: {"schema": schema_of(kind)} for media, kind in declared.media.items()}
    schemas = [_asked(operation, at) for operation in operations]
    media = "application/x-www-form-urlencoded" if declared.form else "application/json"
    return {media: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}}


def _asked(operation: Operation, at: Version) -> dict[str, Any]:
    declared = operation.kind.declared
    if declared.loose:
        return _object({operation.action: {}}, [operation.action]) if operation.action else {}
    if declared.free:
        return {}
    clauses = [one for one in _given(operation.kind, operation.verb, at) if not one[1].apart]
    inner = _fields([clause for _, clause in clauses if not clause.beside])
    if declared.extras is not None:
        inner["additionalProperties"] = True
    if declared.one is None:
        return inner
    beside = _fields([clause for _, clause in clauses if clause.beside])
    return _object({declared.one: inner, **beside["properties"]}, [declared.one, *beside["required"]])


def _fields(clauses: Sequence[Clause]) -> dict[str, Any]:
    required = [str(clause.wire) for clause in clauses if clause.default is REQUIRED]
    return _object({str(clause.wire): _schema(clause) for clause in clauses}, required)


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": False}


def _given(kind: type[Resource], verb: str, at: Version) -> list[tuple[str, Clause]]:
    picked = ((field, field.clause("given", verb, at)) for field in kind.declared.fields)
    return [(field.name, field.filled(clause)) for field, clause in picked if clause is not None]


def _schema(clause: Clause) -> dict[str, Any]:
    schema = schema_of(clause.kind)
    plain = clause.default not in (REQUIRED, UNSET, None) and isinstance(clause.default, str | int | float | bool)
    return {**schema, "default": clause.default} if plain else schema


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────


def _responses(operations: Sequence[Operation], at: Version) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for operation in operations:
        for code in sorted({operation.code.at(at), *operation.also}):
            found.setdefault(str(code), {"description": "Done", **({} if code in EMPTY else _content(operation, at))})
    return found | {code: {"description": meaning} for code, meaning in (REFUSALS | RARE).items()}


def _content(operation: Operation, at: Version) -> dict[str, Any]:
    """What a rule shows, which says itself whether that is anything."""
    if operation.call.__annotations__.get("return") == "None":
        return {}
    declared = operation.kind.declared
    picked = ((field, field.clause("shown", operation.view, at)) for field in declared.fields)
    clauses = [field.filled(clause) for field, clause in picked if clause is not None]
    if not clauses:
        return {}
    item: dict[str, Any] = {"type": "object", "properties": {str(one.wire): _told(one) for one in clauses}}
    if operation.verb == "list" and declared.many is not None:
        shown: dict[str, Any] = {"type": "object", "properties": {declared.many: {"type": "array", "items": item}}}
    else:
        shown = {"type": "object", "properties": {declared.one: item}} if declared.one else item
    return {"content": {"application/json": {"schema": shown}}}


def _told(clause: Clause) -> dict[str, Any]:
    """What is made of a row's value may be of another type than the field's."""
    return schema_of(clause.kind) if clause.made is None else {}
