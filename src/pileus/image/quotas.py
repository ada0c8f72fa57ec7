"""What a project may have of images: limits that the identity service keeps, and how far they are used.

Sizes are checked before bytes come, when nobody knows how many will: a project may go over its limit by what is under
way, and gets no further.  A limit that nobody has said is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from pileus import identity
from pileus.image.images.table import images
from pileus.image.pushes.table import parts
from pileus.kernel.errors import OverQuota
from pileus.kernel.store import Tx

MIB = 1 << 20

_OWN = images.c.owner.in_(bindparam("owners", expanding=True))
_UNDER_WAY = or_(images.c.status.in_(("saving", "uploading", "importing")), images.c.import_task.is_not(None))
_BYTES = func.sum(images.c.size * func.coalesce(images.c.copies, 1))


def _counted(what: Any, *conditions: Any) -> Select[Any]:
    return select(func.coalesce(what, 0)).where(_OWN, *conditions)


_STAGED = _counted(func.sum(images.c.staged_size))
_PUSHED = _counted(func.sum(parts.c.size), parts.c.image_id == images.c.id)


USED: dict[str, tuple[Select[Any], int]] = {
    "image_size_total": (_counted(_BYTES, images.c.status.in_(("active", "deactivated"))), MIB),
    "image_stage_total": (select(_STAGED.scalar_subquery() + _PUSHED.scalar_subquery()), MIB),
    "image_count_total": (_counted(func.count()), 1),
    "image_count_uploading": (_counted(func.count(), _UNDER_WAY), 1),
}
"""How each limit's use is counted, and the unit it is told in."""

LIMITS = tuple(USED)
"""What a project's images may be limited in."""


def used(tx: Tx, name: str, *owners: str | None) -> int:
    """How much of a limit a project uses, or several together, in the limit's unit."""
    statement, unit = USED[name]
    return int(tx.value(statement, owners=owners)) // unit


def limit_of(tx: Tx, owner: str | None, name: str) -> int | None:
    """A project's limit; None where nobody has said, -1 is any amount."""
    return None if owner is None else identity.limit(tx, "image", name, owner)


def check(tx: Tx, owner: str | None, name: str, more: int = 0) -> None:
    """Raise OverQuota where a project would have more than its limit."""
    for most, owners in _bounds(tx, owner, name):
        now = used(tx, name, *owners)
        if now + more > most:
            among = " by all projects of the domain" if len(owners) > 1 else ""
            raise OverQuota(f"The limit of {most} for {name} is exceeded: {now} in use{among}, {more} more asked for.")


def _bounds(tx: Tx, owner: str | None, name: str) -> Iterator[tuple[int, Sequence[str | None]]]:
    """What a project may have, and what those that it counts together with may have together, where that is bounded."""
    most = limit_of(tx, owner, name)
    if most is not None and most >= 0:
        yield most, [owner]
    tree = identity.tree_limits(tx, "image", owner)
    if tree and tree.limits.get(name, -1) >= 0:
        yield tree.limits[name], tree.projects


def check_sizes(tx: Tx, owner: str | None, more: int = 0) -> None:
    """Raise OverQuota where a project has no room for more bytes in images; `more` is in bytes."""
    check(tx, owner, "image_size_total", -(-more // MIB))


def check_staging(tx: Tx, owner: str | None, more: int = 0) -> None:
    """Raise OverQuota where a project has no room for more bytes that wait: staged, or parts of pushes."""
    check(tx, owner, "image_stage_total", -(-more // MIB))


def check_uploading(tx: Tx, owner: str | None) -> None:
    """Raise OverQuota where a project may not have one image more on its way in."""
    check(tx, owner, "image_count_uploading", 1)


def usage(tx: Tx, owner: str | None) -> dict[str, dict[str, int]]:
    """Each limit that somebody has said, and how far it is used."""
    found = {name: limit_of(tx, owner, name) for name in USED}
    return {name: {"limit": most, "usage": used(tx, name, owner)} for name, most in found.items() if most is not None}
