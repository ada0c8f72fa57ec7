"""What callers give and see of a user."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from pileus.identity.api import IdText, NameText
from pileus.identity.listing import Listed
from pileus.identity.users.federated import Federated
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.values import Flag

Maybe = bool | None | msgspec.UnsetType
Rule = Annotated[list[str], Meta(min_length=1)]


class UserOptions(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What may be set about one user; null takes an option back."""

    ignore_change_password_upon_first_use: Maybe = UNSET
    ignore_lockout_failure_attempts: Maybe = UNSET
    ignore_password_expiry: Maybe = UNSET
    ignore_user_inactivity: Maybe = UNSET
    lock_password: Maybe = UNSET
    multi_factor_auth_enabled: Maybe = UNSET
    multi_factor_auth_rules: list[Rule] | msgspec.UnsetType | None = UNSET


class User(Listed, one="user", many="users", extras=object):
    """Somebody, or some program, who can log in."""

    id: str = shown()
    name: NameText = given("create") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    domain_id: IdText = given("create update", default=UNSET) | given("list", str, default=UNSET) | shown()
    enabled: Flag = given("create", default=True) | given("update list", default=UNSET) | shown()
    password: str | None = given("create update", default=UNSET)
    default_project_id: str | None = given("create update", default=UNSET) | shown(maybe=True)
    description: str | None = given("create update", default=UNSET)
    options: UserOptions = given("create update", default=UNSET) | shown()
    federated: list[Federated] = given("create update", default=UNSET) | shown(maybe=True)
    idp_id: str = given("list", default=UNSET)
    protocol_id: str = given("list", default=UNSET)
    unique_id: str = given("list", default=UNSET)
    password_expires_at: datetime | None = shown()
    expiring: list[str] = given("list", default=UNSET, wire="password_expires_at")
    links: dict[str, str] = shown()


class PasswordChange(Resource, one="user", extras=object):
    """A user's own change of its password."""

    user_id: str = given("do", path=True)
    password: str = given("do")
    original_password: str = given("do")
