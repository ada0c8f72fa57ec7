"""What holds for everything in a namespace: who sees it, names that are there once, and protection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from pileus.image.api import may_see
from pileus.image.metadefs.table import NAMESPACE, associations, named
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid, Missing
from pileus.kernel.store import Row, Tx


def one_namespace(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The namespace a path names, and what else the path says; one the caller may not see does not exist."""
    row = tx.one(NAMESPACE, namespace=path["namespace"])
    target = {} if row is None else {**row, "project_id": row["owner"]}
    if row is None or not may_see(who, "get_metadef_namespace", target):
        raise Missing(f"Metadata definition namespace={path['namespace']} was not found.")
    return {**target, "path": path}


def one_in(table: Table, what: str) -> Any:
    """A finder of one thing of that kind in the namespace a path names: the target's `found`."""

    def find(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
        target = one_namespace(tx, who, path, asked)
        return {**target, "found": thing(tx, table, target, path["name"], what)}

    return find


def thing(tx: Tx, table: Table, target: Mapping[str, Any], name: str, what: str) -> Row:
    """One thing in a namespace; raises Missing."""
    found = named(tx, table, target["id"], name)
    if found is None:
        raise Missing(f"Metadata definition {what} {name} was not found in namespace={target['namespace']}.")
    return found


def check_free(tx: Tx, table: Table, target: Mapping[str, Any], name: str, what: str) -> None:
    """Raise Conflict where a namespace has something of that kind and name."""
    if named(tx, table, target["id"], name) is not None:
        raise Conflict(f"A metadata definition {what} with name={name} already exists in this namespace.")


def check_unprotected(target: Mapping[str, Any]) -> None:
    """Raise Forbidden where nothing may be taken out of a namespace."""
    if target["protected"]:
        raise Forbidden(f"Metadata definition namespace {target['namespace']} is protected: nothing of it is deleted.")


def check_name(name: str) -> str:
    """A name that came in a path; raises Invalid."""
    if len(name) > 80:
        raise Invalid(f"The name {name[:80]!r} is longer than 80 characters.")
    return name


def prefix_of(tx: Tx, target: Mapping[str, Any], resource_type: Any) -> str:
    """What stands before the names of a namespace's properties on resources of a type."""
    found = named(tx, associations, target["id"], resource_type) if isinstance(resource_type, str) else None
    return (found["prefix"] or "") if found else ""
