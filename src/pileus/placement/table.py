"""Rows of placement: providers and what they have, consumers and what they hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    func,
    select,
)

from pileus.kernel.store import Id, Moment, Name, metadata

providers = Table(
    "placement_providers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Name, nullable=False, unique=True),
    Column("generation", Integer, nullable=False, default=0),
    Column("parent_id", Id, ForeignKey("placement_providers.id"), index=True),
    Column("root_id", Id, nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment),
    info={"kind": "resource_provider"},
)


def _provider() -> Column[str]:
    return Column("provider_id", Id, ForeignKey(providers.c.id, ondelete="CASCADE"), primary_key=True)


inventories = Table(
    "placement_inventories",
    metadata,
    _provider(),
    Column("resource_class", String(255), primary_key=True),
    Column("total", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("min_unit", Integer, nullable=False),
    Column("max_unit", Integer, nullable=False),
    Column("step_size", Integer, nullable=False),
    Column("allocation_ratio", Float, nullable=False),
    info={"kind": "inventory"},
)

provider_traits = Table(
    "placement_provider_traits",
    metadata,
    _provider(),
    Column("trait", String(255), primary_key=True, index=True),
    info={"kind": "provider_trait"},
)

provider_aggregates = Table(
    "placement_provider_aggregates",
    metadata,
    _provider(),
    Column("aggregate_id", Id, primary_key=True),
    info={"kind": "provider_aggregate"},
)

traits = Table(
    "placement_traits",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("created_at", Moment, nullable=False),
    info={"kind": "trait"},
)
"""Those that are not standard."""

classes = Table(
    "placement_resource_classes",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("created_at", Moment, nullable=False),
    info={"kind": "resource_class"},
)
"""Those that are not standard."""

consumers = Table(
    "placement_consumers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("generation", Integer, nullable=False, default=0),
    Column("project_id", Name, nullable=False),
    Column("user_id", Name, nullable=False),
    Column("type", String(255)),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment),
    Index(None, "project_id", "user_id"),
    info={"kind": "consumer"},
)

allocations = Table(
    "placement_allocations",
    metadata,
    Column("consumer_id", Id, ForeignKey(consumers.c.id), primary_key=True),
    Column("provider_id", Id, ForeignKey(providers.c.id), primary_key=True),
    Column("resource_class", String(255), primary_key=True),
    Column("used", Integer, nullable=False),
    Index(None, "provider_id", "resource_class", "used"),
    info={"kind": "allocation"},
)

# ── providers ────────────────────────────────────────────────────────────────────────────────────────────

EVERY_PROVIDER = select(providers).order_by(providers.c.created_at, providers.c.id)
PROVIDER_NAMED = select(providers).where(providers.c.name == bindparam("name"))
CHILD = select(providers.c.id).where(providers.c.parent_id == bindparam("id")).limit(1)
OF_ROOT = select(providers).where(providers.c.root_id == bindparam("root_id"))
TRAITS_OF = (
    select(provider_traits).where(provider_traits.c.provider_id == bindparam("id")).order_by(provider_traits.c.trait)
)
AGGREGATES_OF = (
    select(provider_aggregates)
    .where(provider_aggregates.c.provider_id == bindparam("id"))
    .order_by(provider_aggregates.c.aggregate_id)
)
INVENTORIES_OF = (
    select(inventories).where(inventories.c.provider_id == bindparam("id")).order_by(inventories.c.resource_class)
)
STEP = providers.update().where(providers.c.id == bindparam("key_id")).values(generation=providers.c.generation + 1)
"""The next generation of a provider whose allocations have changed; the consumer's history tells what."""

# ── consumers ────────────────────────────────────────────────────────────────────────────────────────────

HELD_BY = (
    select(allocations, providers.c.generation)
    .join(providers, providers.c.id == allocations.c.provider_id)
    .where(allocations.c.consumer_id == bindparam("id"))
    .order_by(providers.c.created_at, allocations.c.provider_id, allocations.c.resource_class)
)
HELD_ON = (
    select(allocations, consumers.c.generation)
    .join(consumers, consumers.c.id == allocations.c.consumer_id)
    .where(allocations.c.provider_id == bindparam("id"))
    .order_by(allocations.c.consumer_id, allocations.c.resource_class)
)
ANY_HELD_ON = select(allocations.c.consumer_id).where(allocations.c.provider_id == bindparam("id")).limit(1)
ANY_HELD_OF = ANY_HELD_ON.where(allocations.c.resource_class == bindparam("resource_class"))
WHEREABOUTS = (
    select(allocations.c.consumer_id, allocations.c.provider_id)
    .where(allocations.c.consumer_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)


def _columns(used: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """An inventory with what is used of it, in the order of a stock's fields."""
    of = inventories.c
    own = (of.reserved, of.min_unit, of.max_unit, of.step_size, of.allocation_ratio)
    return [of.provider_id, of.resource_class, of.total, func.coalesce(used, 0).label("used"), *own]


def _stock() -> Select[Any]:
    """All inventories, each with what is used of it: all sums at once."""
    used = (
        select(allocations.c.provider_id, allocations.c.resource_class, func.sum(allocations.c.used).label("used"))
        .group_by(allocations.c.provider_id, allocations.c.resource_class)
        .subquery()
    )
    same = and_(used.c.provider_id == inventories.c.provider_id, used.c.resource_class == inventories.c.resource_class)
    return select(*_columns(used.c.used)).select_from(inventories.outerjoin(used, same))


def _stock_of_some() -> Select[Any]:
    """The same of some providers: each row looks its own sum up."""
    used = (
        select(func.sum(allocations.c.used))
        .where(
            allocations.c.provider_id == inventories.c.provider_id,
            allocations.c.resource_class == inventories.c.resource_class,
        )
        .scalar_subquery()
    )
    some = inventories.c.provider_id.in_(bindparam("ids", expanding=True))
    return select(*_columns(used)).where(some)


STOCK = _stock()
STOCK_OF = _stock_of_some()
