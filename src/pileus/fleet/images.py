"""Which hosts hold which image, and what a first boot of it read: told by hosts, and told to the next that needs it.

An image is known here by the name of its bytes (the address of its manifest) alone: what it is called, and whose it is,
hosts need not know.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Column, ForeignKey, Index, String, Table, bindparam, func, select

from pileus.chunks import is_address, issue_pass
from pileus.fleet.hosts import is_up, this_host
from pileus.fleet.manner import fleet
from pileus.fleet.table import HOST, hosts
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import Resource, given, shown
from pileus.kernel.store import Document, Id, Moment, Row, Tx, metadata
from pileus.kernel.values import Count

NEIGHBOURS = 4
"""Hosts that are named to whoever looks for an image."""

GOOD_FOR = timedelta(hours=1)
"""How long a neighbour lets in who was sent to it."""

LISTS = 1000
"""Boot lists that are kept; the oldest go."""

Address = Annotated[str, Meta(pattern="^[0-9a-f]{64}\\Z")]

holdings = Table(
    "fleet_holdings",
    metadata,
    Column("host_id", ForeignKey(hosts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("image", Id, primary_key=True),
    Column("door", String(255), nullable=False),
    Index(None, "image"),
    info={"history": False},
)
"""Whole images on hosts, and where each host gives them out: `unix:/path` on the same machine, or `https://…`."""

boot_lists = Table(
    "fleet_boot_lists",
    metadata,
    Column("image", Id, primary_key=True),
    Column("numbers", Document, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    info={"history": False},
)
"""The chunks that a first boot read, by their numbers within the image, in the order it did."""

_HELD_BY = select(holdings).where(holdings.c.host_id == bindparam("host_id"))
_HOLDERS = select(holdings).where(holdings.c.image == bindparam("image")).limit(50)
_BOOT_LIST = select(boot_lists).where(boot_lists.c.image == bindparam("image"))
_HOW_MANY = select(func.count()).select_from(boot_lists)
_OLDEST = select(boot_lists).order_by(boot_lists.c.at).limit(bindparam("limit"))


class Holdings(Resource, extras=object):
    """The whole images of a host, and where it gives out their chunks; no door where it does not."""

    door: Annotated[str, Meta(max_length=255, pattern="^(unix:/|https://|\\Z)")] = given("hold")
    images: Annotated[list[Address], Meta(max_length=2000)] = given("hold")


class Known(Resource, one="image"):
    """What the cloud knows of an image that helps a host to bring it."""

    neighbours: list[dict[str, str]] = shown()
    first: list[int] = shown()


class BootList(Resource, extras=object):
    """What a first boot read."""

    numbers: Annotated[list[Count], Meta(max_length=8192)] = given("keep")


@fleet.route("PUT /hosts/{host_id}/images", Holdings, "hold", of=this_host, public=True, code=204)
def hold(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Holdings) -> None:
    """Keep which images a host holds, instead of what it said before."""
    keep_holdings(tx, target["id"], asked.door, asked.images)


def keep_holdings(tx: Tx, host_id: str, door: str, images: Sequence[str]) -> None:
    """The same by name; a host without a door holds nothing for others."""
    wanted = set(images) if door else set()
    before = {row["image"]: row for row in tx.all(_HELD_BY, host_id=host_id)}
    for image, row in before.items():
        if image not in wanted or row["door"] != door:
            tx.remove(holdings, row)
    for image in sorted(wanted):
        if image not in before or before[image]["door"] != door:
            tx.insert(holdings, host_id=host_id, image=image, door=door)


@fleet.route("GET /images/{image}", Known, of=this_host, public=True)
def tell(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Known) -> dict[str, Any]:
    """What the host that asks had better know before it brings this image."""
    return known_of(tx, target, target["image"])


def known_of(tx: Tx, host: Mapping[str, Any], image: str) -> dict[str, Any]:
    """Neighbours of a host that have the image, each with a pass for it, and the boot list if there is one."""
    found = [_neighbour(tx, host, row) for row in tx.all(_HOLDERS, image=image)]
    near = [each for each in found if each]
    kept = tx.one(_BOOT_LIST, image=image)
    return {
        "neighbours": random.sample(near, min(NEIGHBOURS, len(near))),
        "first": kept["numbers"] if kept else [],
    }


def _neighbour(tx: Tx, host: Mapping[str, Any], holding: Row) -> dict[str, str] | None:
    """A unix socket is no use to who runs on another machine; where both run, their kernel's boot tells."""
    other = tx.one(HOST, id=holding["host_id"])
    if other is None or other["id"] == host["id"] or not is_up(tx, other):
        return None
    if holding["door"].startswith("unix:") and other["boot"] != host["boot"]:
        return None
    until = int((tx.now + GOOD_FOR).replace(tzinfo=UTC).timestamp())
    return {"door": holding["door"], "pass": issue_pass(other["secret"], holding["image"], until)}


@fleet.route("PUT /images/{image}/first", BootList, "keep", of=this_host, public=True, code=204)
def keep_first(tx: Tx, who: Caller, target: Mapping[str, Any], asked: BootList) -> None:
    """Keep what a first boot read, unless it is known."""
    if not is_address(target["image"]):
        raise Missing("There is no such image.")
    keep_boot_list(tx, target["image"], asked.numbers)


def keep_boot_list(tx: Tx, image: str, numbers: Sequence[int]) -> None:
    """The same by name."""
    if tx.one(_BOOT_LIST, image=image) is not None or not numbers:
        return
    for row in tx.all(_OLDEST, limit=max(0, tx.value(_HOW_MANY) - LISTS + 1)):
        tx.remove(boot_lists, row)
    tx.insert(boot_lists, image=image, numbers=list(numbers), at=tx.now)
