"""What callers give and see of a project."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from pileus.identity.api import IdText, ShortName
from pileus.identity.listing import Listed
from pileus.identity.options import Options
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.values import Flag

Tag = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^,/]*\Z")]
Tags = Annotated[list[Tag], Meta(max_length=80)]


class Project(Listed, one="project", many="projects", extras=object):
    """Owner of servers, images, networks …, and a scope for roles."""

    id: str = shown()
    name: ShortName = given("create") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    domain_id: IdText | None = given("create update", default=UNSET) | given("list", str, default=UNSET) | shown()
    parent_id: IdText | None = given("create update", default=UNSET) | given("list", str, default=UNSET) | shown()
    description: str | None = given("create", default="") | given("update", default=UNSET) | shown()
    enabled: Flag = given("create", default=True) | given("update list", default=UNSET) | shown()
    is_domain: Flag = given("create list", default=False) | given("update", default=UNSET) | shown()
    tags: Tags = given("create update", default=UNSET) | given("list", str, default=UNSET) | shown()
    tags_any: str = given("list", default=UNSET, wire="tags-any")
    not_tags: str = given("list", default=UNSET, wire="not-tags")
    not_tags_any: str = given("list", default=UNSET, wire="not-tags-any")
    options: Options = given("create update", default=UNSET) | shown()
    links: dict[str, str] = shown()
    parents: Any = shown("show", maybe=True)
    subtree: Any = shown("show", maybe=True)
    parents_as_list: str = given("show", default=UNSET)
    parents_as_ids: str = given("show", default=UNSET)
    subtree_as_list: str = given("show", default=UNSET)
    subtree_as_ids: str = given("show", default=UNSET)
