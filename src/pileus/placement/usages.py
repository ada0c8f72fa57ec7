"""Usages: how much is held, of a provider or by a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Select, bindparam, func, select

from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.placement.allocations import Owner
from pileus.placement.api import dated, placement
from pileus.placement.changes import CONSUMER_TYPES
from pileus.placement.providers import provider_of
from pileus.placement.stock import stocks_of
from pileus.placement.table import allocations, consumers

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

TypeAsked = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^([A-Z0-9_]+|all|unknown)\Z")]


class ProviderUsages(Resource):
    """How much is used of each class a provider has."""

    usages: dict[str, int] = shown()
    resource_provider_generation: int = shown()


class Usages(Resource):
    """How much a project holds of each class, since 1.38 by the type of who holds it."""

    project_id: Owner = given("list")
    user_id: Owner = given("list", default=UNSET)
    consumer_type: TypeAsked = given("list", default=UNSET, since="1.38")
    usages: dict[str, Any] = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _held() -> Select[Any]:
    """Sums of a project by class and type."""
    total = func.sum(allocations.c.used).label("used")
    return (
        select(consumers.c.type, allocations.c.resource_class, total)
        .join(consumers, consumers.c.id == allocations.c.consumer_id)
        .where(consumers.c.project_id == bindparam("project_id"))
        .group_by(consumers.c.type, allocations.c.resource_class)
    )


_HELD = _held()
_COUNT = (
    select(consumers.c.type, func.count().label("count"))
    .where(consumers.c.project_id == bindparam("project_id"))
    .group_by(consumers.c.type)
)
_OF_USER = consumers.c.user_id == bindparam("user_id")
_HELD_BY_USER, _COUNT_OF_USER = _HELD.where(_OF_USER), _COUNT.where(_OF_USER)


def whose(tx: Tx, who: Caller, path: Mapping[str, str], asked: Usages) -> dict[str, Any]:
    """The project the query names."""
    return {"project_id": asked.project_id, "user_id": asked.user_id}


def _by_class(rows: list[Row]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row["resource_class"]] = found.get(row["resource_class"], 0) + int(row["used"])
    return found


def by_type(held: list[Row], counts: list[Row], wanted: str | None) -> dict[str, dict[str, int]]:
    """Sums and numbers of consumers, by the type of consumer (or under `all`)."""
    found: dict[str, dict[str, int]] = {}
    for row in counts:
        name = "all" if wanted == "all" else row["type"] or "unknown"
        one = found.setdefault(name, {"consumer_count": 0})
        one["consumer_count"] += row["count"]
    for name, one in found.items():
        one.update(_by_class([row for row in held if name in ("all", row["type"] or "unknown")]))
    return found if wanted in (None, "all") else {name: one for name, one in found.items() if name == wanted}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@placement.route(
    "GET /resource_providers/{uuid}/usages", ProviderUsages, "show", rule="placement:resource_providers:usages"
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ProviderUsages) -> Answer:
    """How much is used of each class a provider has."""
    provider = provider_of(tx, target["uuid"])
    stocks = stocks_of(tx, [provider["id"]]).get(provider["id"], {})
    usages = {name: stock.used for name, stock in stocks.items()}
    return dated(who, {"usages": usages, "resource_provider_generation": provider["generation"]}, tx.now)


@placement.route("GET /usages", Usages, "list", rule="placement:usages", of=whose, view="show", since="1.9")
def list_usages(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Usages) -> Answer:
    """How much a project, or a user in it, holds."""
    whose = {"project_id": asked.project_id}
    held, counts = _HELD, _COUNT
    if asked.user_id is not UNSET:
        whose["user_id"] = asked.user_id
        held, counts = _HELD_BY_USER, _COUNT_OF_USER
    rows = tx.all(held, **whose)
    if not who.can(CONSUMER_TYPES):
        return dated(who, {"usages": _by_class(rows)}, tx.now)
    wanted = None if asked.consumer_type is UNSET else asked.consumer_type
    return dated(who, {"usages": by_type(rows, tx.all(counts, **whose), wanted)}, tx.now)
