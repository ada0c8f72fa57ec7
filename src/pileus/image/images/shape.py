"""What callers see of images and say about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.values import Count, Flag, Uuid

Text = Annotated[str, Meta(max_length=255)]
DiskFormat = Literal["ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"]
ContainerFormat = Literal["ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"]
Visibility = Literal["public", "private", "shared", "community"]
Status = Literal["queued", "saving", "uploading", "importing", "active", "deactivated"]


class Image(Resource, many="images", extras=Any):
    """A disk, a kernel or a ramdisk that servers are made from."""

    id: Uuid = given("create", default=UNSET) | shown()
    name: Text | None = given("create", default=None) | shown()
    status: Status = shown()
    visibility: Visibility = given("create", default=UNSET) | shown()
    protected: bool = given("create", default=False) | shown()
    os_hidden: bool = given("create", default=False) | shown()
    owner: Text | None = given("create", default=UNSET) | shown()
    disk_format: DiskFormat | None = given("create", default=None) | shown()
    container_format: ContainerFormat | None = given("create", default=None) | shown()
    min_disk: Count = given("create", default=0) | shown()
    min_ram: Count = given("create", default=0) | shown()
    tags: list[Text] = given("create", default=[]) | shown()
    size: int | None = shown()
    virtual_size: int | None = shown()
    checksum: str | None = shown()
    os_hash_algo: str | None = shown()
    os_hash_value: str | None = shown()
    stores: str = shown(maybe=True)
    locations: list[dict[str, Any]] = shown(maybe=True, to="get_image_location")
    created_at: datetime = shown()
    updated_at: datetime = shown()
    self: str = shown(wire="self")
    file: str = shown()
    schema: str = shown()


class ImageQuery(Resource, many="images"):
    """Which images a list is to hold; an undeclared key is an additional property."""

    limit: Count = given("list", default=UNSET)
    marker: str = given("list", default=UNSET)
    sort_key: list[str] = given("list", default=UNSET)
    sort_dir: list[str] = given("list", default=UNSET)
    sort: str = given("list", default=UNSET)
    name: str = given("list", default=UNSET)
    id: str = given("list", default=UNSET)
    status: str = given("list", default=UNSET)
    visibility: str = given("list", default=UNSET)
    owner: str = given("list", default=UNSET)
    member_status: str = given("list", default="accepted")
    disk_format: str = given("list", default=UNSET)
    container_format: str = given("list", default=UNSET)
    checksum: str = given("list", default=UNSET)
    os_hash_value: str = given("list", default=UNSET)
    size: str = given("list", default=UNSET)
    size_min: str = given("list", default=UNSET)
    size_max: str = given("list", default=UNSET)
    min_disk: str = given("list", default=UNSET)
    min_ram: str = given("list", default=UNSET)
    protected: Flag = given("list", default=UNSET)
    os_hidden: Flag = given("list", default=False)
    tag: list[str] = given("list", default=UNSET)
    created_at: str = given("list", default=UNSET)
    updated_at: str = given("list", default=UNSET)


class Edit(msgspec.Struct):
    """One operation of a patch."""

    op: Literal["add", "replace", "remove"]
    path: str
    value: Any = None


class OlderEdit(msgspec.Struct):
    """The same as callers said it first: the pointer stands beside the one verb that is given."""

    add: str | msgspec.UnsetType = UNSET
    replace: str | msgspec.UnsetType = UNSET
    remove: str | msgspec.UnsetType = UNSET
    value: Any = None


PATCHES = {
    "application/openstack-images-v2.1-json-patch": list[Edit],
    "application/json-patch+json": list[Edit],
    "application/openstack-images-v2.0-json-patch": list[OlderEdit],
}
"""How bodies of patches lie, by media type; the standard's own name (RFC 6902) is one that every tool knows."""


class Patch(Resource, free=True, media=PATCHES):
    """A JSON patch of one of its media types."""


READ_ONLY = frozenset(
    "checksum created_at direct_url file id os_hash_algo os_hash_value schema self size status stores updated_at"
    " virtual_size locations".split()
)
"""What only the service writes."""

_RESERVED = frozenset("deleted deleted_at is_public properties store".split())


def is_reserved(name: str) -> bool:
    """Whether no additional property may have this name."""
    return name in READ_ONLY or name in _RESERVED or name.startswith("os_glance")
