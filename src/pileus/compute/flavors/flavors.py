"""Flavors: the sizes servers come in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from msgspec import Meta
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Integer,
    Table,
    Text,
    bindparam,
    or_,
    select,
)

from pileus.compute.api import compute
from pileus.compute.changes import FLAVOR_NAME_FILTER, FLAVOR_SPECS_SHOWN, SWAP_AS_NUMBER
from pileus.compute.links import links
from pileus.compute.values import Clean
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata, page
from pileus.kernel.values import Checked, Count, Flag, Whole, truth

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

DETAIL = "show detail create update"


class FlavorId(Checked):
    """An identifier an administrator chooses: letters, digits, points, blanks, hyphens; numbers too."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        if not re.fullmatch(r"(?! )[a-zA-Z0-9. _-]{1,255}(?<! )", text):
            raise ValueError(f"{value!r} is not an identifier of a flavor")
        return cls(text)


class Factor(Checked):
    """A positive number, as a number or as text."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        if not re.fullmatch(r"[0-9]{1,30}(\.[0-9]{1,30})?", text) or not 0 < float(text) <= 3.40282e38:
            raise ValueError(f"{value!r} is not a positive number")
        return cls(text)


class Flavor(Resource, one="flavor", many="flavors"):
    """How much of everything a server has."""

    id: str = given("create", FlavorId | None, default=None) | shown()
    name: Clean = given("create") | shown()
    links: list[Any] = shown()
    description: str | None = (
        given("create", Annotated[str, Meta(max_length=65535)] | None, default=None, since="2.55")
        | given("update", Annotated[str, Meta(max_length=65535)] | None)
        | shown(since="2.55")
    )
    ram: Whole = given("create") | shown(DETAIL)
    vcpus: Whole = given("create") | shown(DETAIL)
    disk: Whole = given("create") | shown(DETAIL)
    ephemeral: Whole = given("create", default=0, wire="OS-FLV-EXT-DATA:ephemeral") | shown(
        DETAIL, wire="OS-FLV-EXT-DATA:ephemeral"
    )
    swap: Whole = given("create", default=0) | shown(DETAIL)
    rxtx_factor: float = given("create", Factor, default="1.0", until="2.102") | shown(DETAIL, until="2.102")
    is_public: Flag = given("create", default=True, wire="os-flavor-access:is_public") | shown(
        DETAIL, wire="os-flavor-access:is_public"
    )
    disabled: bool = shown(DETAIL, wire="OS-FLV-DISABLED:disabled", until="2.102")
    extra_specs: dict[str, str] = shown(DETAIL, since="2.61", maybe=True)


class FlavorQuery(Resource, many="flavors"):
    """Which flavors a list is to hold."""

    limit: Count = given("list", default=UNSET)
    marker: str = given("list", default=UNSET)
    sort_key: str = given("list", default="flavorid")
    sort_dir: str = given("list", default="asc")
    least_ram: str = given("list", default=UNSET, wire="minRam")
    least_disk: str = given("list", default=UNSET, wire="minDisk")
    is_public: str = given("list", default=UNSET)
    name: str = given("list", default=UNSET, since="2.102")


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

flavors = Table(
    "compute_flavors",
    metadata,
    Column("id", Name, primary_key=True),
    Column("name", Name, nullable=False, unique=True),
    Column("description", Text),
    Column("ram", Integer, nullable=False),
    Column("vcpus", Integer, nullable=False),
    Column("disk", Integer, nullable=False),
    Column("ephemeral", Integer, nullable=False, default=0),
    Column("swap", Integer, nullable=False, default=0),
    Column("rxtx_factor", Float, nullable=False, default=1.0),
    Column("is_public", Boolean, nullable=False, default=True),
    Column("extra_specs", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment),
    info={"kind": "flavor"},
)

access = Table(
    "compute_flavor_access",
    metadata,
    Column("flavor_id", Name, ForeignKey(flavors.c.id, ondelete="CASCADE"), primary_key=True),
    Column("project_id", Id, primary_key=True),
    info={"kind": "flavor_access"},
)

_ONE = select(flavors).where(flavors.c.id == bindparam("id"))
_NAMED = select(flavors.c.id).where(flavors.c.name == bindparam("name"))
_HAS_ACCESS = select(access).where(
    access.c.flavor_id == bindparam("flavor_id"), access.c.project_id == bindparam("project_id")
)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

MOST_BYTES = 2**31 - 1
MANAGE = "os_compute_api:os-flavor-manage:"
SEE_SPECS = "os_compute_api:os-flavor-extra-specs:index"


def flavor_of(tx: Tx, who: Caller, flavor_id: str) -> Row | None:
    """A flavor the caller may use, or None."""
    row = tx.one(_ONE, id=flavor_id)
    if row is None or row["is_public"] or who.is_admin:
        return row
    return row if tx.one(_HAS_ACCESS, flavor_id=flavor_id, project_id=who.project_id) else None


def flavor_to_boot(tx: Tx, who: Caller, flavor_id: str) -> Row:
    """The flavor a new server names; raises Invalid."""
    row = flavor_of(tx, who, flavor_id)
    if row is None:
        raise Invalid(f"Flavor {flavor_id} could not be found.")
    return row


def alternatives(tx: Tx) -> Sequence[Row]:
    """Every public flavor, to name one that would fit where another did not."""
    return tx.all(select(flavors).where(flavors.c.is_public).order_by(flavors.c.ram, flavors.c.vcpus))


def one_flavor(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Row:
    """The flavor a path names; raises Missing."""
    row = flavor_of(tx, who, path["flavor_id"])
    if row is None:
        raise Missing(f"Flavor {path['flavor_id']} could not be found.")
    return row


def told(tx: Tx, who: Caller, row: Mapping[str, Any]) -> dict[str, Any]:
    """A flavor as it is shown."""
    specs = {"extra_specs": row["extra_specs"]} if who.can(FLAVOR_SPECS_SHOWN) and who.may(SEE_SPECS) else {}
    plain = {name: value for name, value in row.items() if name != "extra_specs"}
    swap = row["swap"] if row["swap"] or who.can(SWAP_AS_NUMBER) else ""
    return {**plain, **specs, "swap": swap, "disabled": False, "links": links(tx, "flavors", row["id"])}


def _many(tx: Tx, who: Caller, asked: FlavorQuery) -> Page:
    chosen = select(flavors).where(*_seen_by(who, asked), *_at_least(asked))
    if asked.name is not UNSET and who.can(FLAVOR_NAME_FILTER):
        chosen = chosen.where(flavors.c.name.contains(asked.name, autoescape=True))
    limit = None if asked.limit is UNSET else asked.limit
    marker = None if asked.marker is UNSET else asked.marker
    found = page(tx, chosen, flavors, limit=limit, marker=marker, sort=[(_sort(asked), asked.sort_dir)])
    return Page([told(tx, who, row) for row in found.rows], found.more)


def _seen_by(who: Caller, asked: FlavorQuery) -> list[ColumnElement[bool]]:
    mine = flavors.c.id.in_(select(access.c.flavor_id).where(access.c.project_id == who.project_id))
    if not who.is_admin:
        return [or_(flavors.c.is_public, mine)]
    if asked.is_public is UNSET:
        return [or_(flavors.c.is_public, mine)]
    if asked.is_public.lower() == "none":
        return []
    try:
        return [flavors.c.is_public.is_(truth(asked.is_public))]
    except ValueError as error:
        raise Invalid(f"Invalid is_public filter [{asked.is_public}]") from error


def _at_least(asked: FlavorQuery) -> list[ColumnElement[bool]]:
    found = []
    for text, column, name in (
        (asked.least_ram, flavors.c.ram, "minRam"),
        (asked.least_disk, flavors.c.disk, "minDisk"),
    ):
        if text is not UNSET:
            if not re.fullmatch(r"\d{1,9}", text):
                raise Invalid(f"Invalid {name} filter [{text}]")
            found.append(column >= int(text))
    return found


_SORTS = {
    "flavorid": "id",
    "id": "id",
    "name": "name",
    "memory_mb": "ram",
    "vcpus": "vcpus",
    "root_gb": "disk",
    "ephemeral_gb": "ephemeral",
    "swap": "swap",
    "rxtx_factor": "rxtx_factor",
    "is_public": "is_public",
    "description": "description",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "disabled": "id",
    "vcpu_weight": "id",
}


def _sort(asked: FlavorQuery) -> str:
    if asked.sort_key not in _SORTS or asked.sort_dir not in ("asc", "desc"):
        raise Invalid(f"Invalid input for query parameters sort_key. Value: {asked.sort_key}.")
    return _SORTS[asked.sort_key]


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@compute.route("GET /flavors", FlavorQuery, "list")
def list_flavors(tx: Tx, who: Caller, target: Mapping[str, Any], asked: FlavorQuery) -> Answer:
    """Flavors by name."""
    return Answer(_many(tx, who, asked), kind=Flavor)


@compute.route("GET /flavors/detail", FlavorQuery, "list", view="detail")
def list_whole_flavors(tx: Tx, who: Caller, target: Mapping[str, Any], asked: FlavorQuery) -> Answer:
    """Flavors with all that is known of them."""
    return Answer(_many(tx, who, asked), kind=Flavor)


@compute.route("GET /flavors/{flavor_id}", Flavor, "show", of=one_flavor)
def show(tx: Tx, who: Caller, target: Row, asked: Flavor) -> dict[str, Any]:
    """One flavor."""
    return told(tx, who, target)


@compute.route("POST /flavors", Flavor, "create", rule=MANAGE + "create")
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Flavor) -> dict[str, Any]:
    """Make a flavor; 409 where its name or identifier is taken."""
    for name, least in (("ram", 1), ("vcpus", 1), ("disk", 0), ("ephemeral", 0), ("swap", 0)):
        if not least <= getattr(asked, name) <= MOST_BYTES:
            raise Invalid(f"Invalid input for field/attribute {name}. Value: {getattr(asked, name)}.")
    flavor_id = asked.id if asked.id not in (None, "auto") else tx.new_id()
    if tx.one(_ONE, id=flavor_id) is not None:
        raise Conflict(f"Flavor with ID {flavor_id} already exists.")
    if tx.one(_NAMED, name=asked.name) is not None:
        raise Conflict(f"Flavor with name {asked.name} already exists.")
    plain = {name: getattr(asked, name) for name in ("name", "ram", "vcpus", "disk", "ephemeral", "swap", "is_public")}
    factor = 1.0 if asked.rxtx_factor is UNSET else float(asked.rxtx_factor)
    text = None if asked.description is UNSET else asked.description
    row = tx.insert(flavors, id=flavor_id, description=text, rxtx_factor=factor, extra_specs={}, **plain)
    return told(tx, who, row)


@compute.route("PUT /flavors/{flavor_id}", Flavor, "update", rule=MANAGE + "update", of=one_flavor, since="2.55")
def update(tx: Tx, who: Caller, target: Row, asked: Flavor) -> dict[str, Any]:
    """Describe a flavor anew."""
    return told(tx, who, tx.change(flavors, target, description=asked.description))


@compute.route("DELETE /flavors/{flavor_id}", Nothing, rule=MANAGE + "delete", of=one_flavor, code=202)
def delete(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Forget a flavor; servers keep what it was."""
    tx.remove(flavors, target)
