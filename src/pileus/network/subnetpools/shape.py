"""What callers see of a subnet pool, and what they may say of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.values import Cidr, Flag, Name, Whole
from pileus.network.standard import Standard, settable, sought

Prefixes = Annotated[list[Cidr], Meta(min_length=1, max_length=64)]


class SubnetPool(Standard, one="subnetpool", many="subnetpools", bulk=True):
    """A stock of addresses."""

    name: Name = given("create") | given("update", default=UNSET) | sought() | shown()
    prefixes: Prefixes = given("create") | given("update", default=UNSET) | shown()
    ip_version: int = sought(int) | shown()
    min_prefixlen: Whole = settable(UNSET) | sought(int) | shown()
    default_prefixlen: Whole = settable(UNSET) | sought(int) | shown()
    max_prefixlen: Whole = settable(UNSET) | sought(int) | shown()
    shared: Flag = given("create", default=UNSET, to="create_subnetpool:shared") | sought(Flag) | shown()
    is_default: Flag = (
        given("create", default=UNSET, to="create_subnetpool:is_default")
        | given("update", default=UNSET, to="update_subnetpool:is_default")
        | sought(Flag)
        | shown()
    )
    default_quota: int | None = shown()
    address_scope_id: str | None = shown()
