"""What callers give and see of application credentials and access rules."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from pileus.identity.api import IdText, NameText
from pileus.identity.listing import Listed
from pileus.kernel.resource import UNSET, given, shown

Verb = Literal["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]
ServiceType = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9-]+\Z")]
Path = Annotated[str, Meta(max_length=225, pattern=r"^/")]


class RoleName(Struct, forbid_unknown_fields=True):
    """A role, by id or name."""

    id: IdText | None = None
    name: NameText | None = None


class RuleGiven(Struct, forbid_unknown_fields=True):
    """An access rule: a new one, or one the user has already, by its id."""

    id: IdText | None = None
    service: ServiceType | None = None
    method: Verb | None = None
    path: Path | None = None


class ApplicationCredential(Listed, one="application_credential", many="application_credentials"):
    """A secret for a program, with some of its owner's roles in one project."""

    id: str = given("create", default=UNSET) | shown()
    name: NameText = given("create") | given("list", str, default=UNSET) | shown()
    description: str | None = given("create", default=None) | shown()
    secret: str | None = given("create", default=None) | shown("create")
    roles: list[Any] = given("create", list[RoleName], default=[]) | shown()
    access_rules: list[Any] = given("create", list[RuleGiven], default=UNSET) | shown(maybe=True)
    expires_at: str | None = given("create", default=None) | shown(
        made=lambda at: at and at.strftime("%Y-%m-%dT%H:%M:%S.%f")
    )
    unrestricted: bool | None = given("create", default=False) | shown()
    project_id: str = given("create", default=UNSET) | shown()
    system: str | None = given("create", default=None) | shown()
    user_id: str = shown() | given("create", path=True)
    links: dict[str, str] = shown()


class AccessRule(Listed, one="access_rule", many="access_rules"):
    """A request that an application credential may make."""

    id: str = shown()
    service: str = given("list", default=UNSET) | shown()
    method: str = given("list", default=UNSET) | shown()
    path: str = given("list", default=UNSET) | shown()
    links: dict[str, str] = shown()
