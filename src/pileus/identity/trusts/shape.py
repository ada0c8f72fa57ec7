"""What callers give and see of a trust."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from pileus.identity.api import MOMENT
from pileus.identity.application_credentials.shape import RoleName
from pileus.identity.listing import Listed
from pileus.kernel.resource import UNSET, given, shown

Uses = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Depth = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Trust(Listed, one="trust", many="trusts", extras=object):
    """One user lets another act with some of its roles."""

    id: str = shown()
    trustor_user_id: str = given("create") | given("list", default=UNSET) | shown()
    trustee_user_id: str = given("create") | given("list", default=UNSET) | shown()
    impersonation: bool = given("create") | shown()
    project_id: str | None = given("create", default=None) | shown()
    roles: list[Any] = given("create", list[RoleName], default=[]) | shown("show create")
    roles_links: dict[str, Any] = shown("show create")
    expires_at: str | None = given("create", default=None) | shown(made=lambda at: at and at.strftime(MOMENT))
    remaining_uses: Uses | None = given("create", default=None) | shown()
    allow_redelegation: bool | None = given("create", default=False)
    redelegated_trust_id: str | None = given("create", default=None) | shown()
    redelegation_count: Depth | None = given("create", default=None) | shown()
    deleted_at: str | None = shown()
    links: dict[str, Any] = shown()
