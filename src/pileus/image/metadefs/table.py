"""Rows of namespaces and of what they hold; all of it goes with the namespace."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, bindparam, select

from pileus.kernel.store import Document, Id, Moment, Name, Row, Tx, metadata

namespaces = Table(
    "image_namespaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("namespace", String(80), nullable=False, unique=True),
    Column("display_name", String(80)),
    Column("description", Text),
    Column("visibility", String(16), nullable=False, default="private"),
    Column("protected", Boolean, nullable=False, default=False),
    Column("owner", Name),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "created_at", "namespace"),
    info={"kind": "metadata_namespace"},
)


def _inside(name: str, kind: str, *columns: Column[Any]) -> Table:
    """A table of named things, each in one namespace."""
    return Table(
        name,
        metadata,
        Column("id", Id, primary_key=True),
        Column("namespace_id", Id, ForeignKey(namespaces.c.id, ondelete="CASCADE"), nullable=False),
        Column("name", String(80), nullable=False),
        *columns,
        Column("created_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
        UniqueConstraint("namespace_id", "name"),
        info={"kind": kind},
    )


objects = _inside(
    "image_namespace_objects",
    "metadata_object",
    Column("description", Text),
    Column("required", Document, nullable=False),
    Column("properties", Document, nullable=False),
)
properties = _inside("image_namespace_properties", "metadata_property", Column("definition", Document, nullable=False))
tags = _inside("image_namespace_tags", "metadata_tag")
associations = _inside(
    "image_namespace_resource_types",
    "resource_type_association",
    Column("prefix", String(80)),
    Column("properties_target", String(80)),
)

resource_types = Table(
    "image_resource_types",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    info={"kind": "resource_type"},
)

NAMESPACE = select(namespaces).where(namespaces.c.namespace == bindparam("namespace"))
RESOURCE_TYPES = select(resource_types).order_by(resource_types.c.created_at, resource_types.c.name)

_HELD = {
    table: select(table)
    .where(table.c.namespace_id == bindparam("namespace_id"))
    .order_by(table.c.created_at, table.c.name)
    for table in (objects, properties, tags, associations)
}
_NAMED = {table: held.where(table.c.name == bindparam("name")) for table, held in _HELD.items()}


def held(tx: Tx, table: Table, namespace_id: str) -> list[Row]:
    """All of one kind that a namespace holds, in the order they came."""
    return tx.all(_HELD[table], namespace_id=namespace_id)


def named(tx: Tx, table: Table, namespace_id: str, name: str) -> Row | None:
    """One of a kind that a namespace holds."""
    return tx.one(_NAMED[table], namespace_id=namespace_id, name=name)
