"""What callers see of servers and say about them, and how older callers saw and said it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pileus.compute.values import Clean, IPv4, IPv6, PlainText
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.values import Count, Flag, Uuid, Whole

FULL = "show detail update rebuild"
"""The views that show a server whole."""

READ = "show detail"
CHANGED = "update rebuild"
"""Of these, those that answer a change: before 2.75 they told less than those that answer a question."""

EXTENDED = "os_compute_api:os-extended-server-attributes"
HOST_STATUS = "os_compute_api:servers:show:host_status"
DISK_CONFIG = "OS-DCF:diskConfig"
_ATTR = "OS-EXT-SRV-ATTR:"

Tag = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^,/]*\Z")]
Key = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9-_:. ]{1,255}\Z")]
Value = Annotated[str, Meta(max_length=255)]
Metadata = dict[Key, Value]
HostName = Annotated[str, Meta(min_length=2, max_length=63, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]\Z")]
FullName = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9-._]*\Z")]
"""A host name, and since 2.94 one with its domain."""
DiskConfig = Literal["AUTO", "MANUAL"]


def late(since: str | None = None, **more: Any) -> Any:
    """Shown to whoever asks, but after a change only since 2.75."""
    return shown(READ, since=since, **more) | shown(CHANGED, since="2.75", **more)


class Network(msgspec.Struct, forbid_unknown_fields=True):
    """A network, or a port, that a server is to be plugged into."""

    uuid: Uuid | msgspec.UnsetType = UNSET
    port: Uuid | None = None
    fixed_ip: str | msgspec.UnsetType = UNSET
    tag: Tag | msgspec.UnsetType = UNSET


class GroupName(msgspec.Struct, forbid_unknown_fields=True):
    """A security group, by name or identifier."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]


class File(msgspec.Struct, forbid_unknown_fields=True):
    """A file to be laid into a server: where its system is to put it, and what it holds, as base64."""

    path: Annotated[str, Meta(min_length=1, pattern=r"^[^\x00-\x1f]+\Z")]
    contents: str


class Server(Resource, one="server", many="servers"):
    """A virtual machine."""

    id: str = shown()
    name: Clean = given("create") | given("update", default=UNSET) | shown("show detail update rebuild list")
    links: list[Any] = shown()

    # what it is made from
    image_ref: str = given("create", default="", wire="imageRef")
    flavor_ref: str | int = given("create", wire="flavorRef")
    min_count: Whole = given("create", default=UNSET)
    max_count: Whole = given("create", default=UNSET)
    return_reservation_id: Flag = given("create", default=False)
    networks: list[Network] | Literal["auto", "none"] = given("create", since="2.37") | given(
        "create", list[Network], default=UNSET, until="2.37"
    )
    security_groups: list[Any] = given("create", list[GroupName], default=UNSET) | shown("create") | late(maybe=True)
    block_device_mapping: list[dict[str, Any]] = given("create", default=UNSET)
    block_device_mapping_v2: list[dict[str, Any]] = given("create", default=UNSET)
    personality: list[File] = given("create", default=UNSET, until="2.57")
    availability_zone: Clean = given("create", default=UNSET) | late(wire="OS-EXT-AZ:availability_zone")
    pinned_availability_zone: str | None = given("update", default=UNSET, since="2.104") | shown(FULL, since="2.96")
    hints: dict[str, Any] = given("create", default=UNSET, beside=True, wire="OS-SCH-HNT:scheduler_hints") | shown(
        FULL, since="2.100", wire="scheduler_hints"
    )
    hints_too: dict[str, Any] = given("create", default=UNSET, beside=True, wire="os:scheduler_hints")
    host: str = given("create", default=UNSET, since="2.74", to="compute:servers:create:requested_destination") | late(
        wire=_ATTR + "host", to=EXTENDED
    )
    hypervisor_hostname: str = given(
        "create", default=UNSET, since="2.74", to="compute:servers:create:requested_destination"
    ) | late(wire=_ATTR + "hypervisor_hostname", to=EXTENDED)
    trusted_image_certificates: list[str] | None = given("create", default=None, since="2.63") | shown(
        FULL, since="2.63"
    )
    admin_pass: str = given("create", default=UNSET, wire="adminPass") | shown("create", wire="adminPass", maybe=True)
    reservation: str = shown("reservation", wire="reservation_id")

    # what its owner says of it
    metadata: Metadata = given("create", default=UNSET) | shown(FULL)
    description: PlainText | None = given("create update", default=UNSET, since="2.19") | shown(FULL, since="2.19")
    tags: list[Any] = given("create", Annotated[list[Tag], Meta(max_length=50)], default=UNSET, since="2.52") | shown(
        FULL, since="2.26"
    )
    key_name: str | None = (
        given("create", Clean, default=UNSET) | shown("show detail") | shown("update rebuild", since="2.54")
    )
    user_data: str | None = given("create", Annotated[str, Meta(max_length=65535)], default=UNSET) | late(
        "2.3", wire=_ATTR + "user_data", to=EXTENDED
    )
    config_drive: str = (
        given("create", Flag, default=UNSET) | shown("show detail") | shown("update rebuild", since="2.75")
    )
    hostname: str = (
        given("create update", HostName, default=UNSET, since="2.90", until="2.94")
        | given("create update", FullName, default=UNSET, since="2.94")
        | shown(FULL, wire=_ATTR + "hostname", since="2.90")
        | shown(READ, wire=_ATTR + "hostname", since="2.3", until="2.90", to=EXTENDED)
        | shown(CHANGED, wire=_ATTR + "hostname", since="2.75", until="2.90", to=EXTENDED)
    )
    access_ipv4: str = given("create update", IPv4, default=UNSET, wire="accessIPv4") | shown(FULL, wire="accessIPv4")
    access_ipv6: str = given("create update", IPv6, default=UNSET, wire="accessIPv6") | shown(FULL, wire="accessIPv6")
    disk_config: DiskConfig = given("create update", default=UNSET, wire=DISK_CONFIG) | shown(
        FULL + " create", wire=DISK_CONFIG
    )

    # what has become of it
    status: str = shown(FULL)
    tenant_id: str = shown(FULL)
    user_id: str = shown(FULL)
    created_at: datetime = shown(FULL, wire="created")
    updated_at: datetime = shown(FULL, wire="updated")
    progress: int = shown(FULL, maybe=True)
    trouble: Any = shown(FULL, wire="fault", maybe=True)
    addresses: Any = shown(FULL)
    host_tag: str = shown(FULL, wire="hostId")
    image: Any = shown(FULL)
    flavor: Any = shown(FULL)
    locked: bool = shown(FULL, since="2.9")
    locked_reason: str | None = shown(FULL, since="2.73")
    server_groups: list[str] = shown("show", since="2.71") | shown("update rebuild", since="2.71")
    host_status: str = late("2.16", to=HOST_STATUS)
    instance_name: str = late(wire=_ATTR + "instance_name", to=EXTENDED)
    reservation_id: str | None = late("2.3", wire=_ATTR + "reservation_id", to=EXTENDED)
    launch_index: int = late("2.3", wire=_ATTR + "launch_index", to=EXTENDED)
    kernel_id: str | None = late("2.3", wire=_ATTR + "kernel_id", to=EXTENDED)
    ramdisk_id: str | None = late("2.3", wire=_ATTR + "ramdisk_id", to=EXTENDED)
    root_device_name: str = late("2.3", wire=_ATTR + "root_device_name", to=EXTENDED)
    power_state: int = late(wire="OS-EXT-STS:power_state")
    task_state: str | None = late(wire="OS-EXT-STS:task_state")
    vm_state: str = late(wire="OS-EXT-STS:vm_state")
    launched_at: datetime | None = late(wire="OS-SRV-USG:launched_at")
    terminated_at: datetime | None = late(wire="OS-SRV-USG:terminated_at")
    volumes: list[Any] = late(wire="os-extended-volumes:volumes_attached")


class ServerQuery(Resource, many="servers"):
    """Which servers a list is to hold.  `soft_deleted` finds nobody: a delete is final here."""

    limit: Count = given("list", default=UNSET)
    marker: str = given("list", default=UNSET)
    sort_key: list[str] = given("list", default=UNSET)
    sort_dir: list[str] = given("list", default=UNSET)
    all_tenants: str = given("list", default=UNSET)
    changes_since: str = given("list", default=UNSET, wire="changes-since")
    changes_before: str = given("list", default=UNSET, wire="changes-before", since="2.66")
    deleted: str = given("list", default=UNSET)
    soft_deleted: str = given("list", default=UNSET)
    name: str = given("list", default=UNSET)
    display_name: str = given("list", default=UNSET)
    status: list[str] = given("list", default=UNSET)
    vm_state: list[str] = given("list", default=UNSET)
    task_state: list[str] = given("list", default=UNSET)
    power_state: str = given("list", default=UNSET)
    image: str = given("list", default=UNSET)
    image_ref: str = given("list", default=UNSET)
    flavor: str = given("list", default=UNSET)
    host: str = given("list", default=UNSET)
    node: str = given("list", default=UNSET)
    hostname: str = given("list", default=UNSET)
    ip: str = given("list", default=UNSET)
    ip6: str = given("list", default=UNSET)
    uuid: str = given("list", default=UNSET)
    user_id: str = given("list", default=UNSET)
    project_id: str = given("list", default=UNSET)
    tenant_id: str = given("list", default=UNSET)
    key_name: str = given("list", default=UNSET)
    reservation_id: str = given("list", default=UNSET)
    availability_zone: str = given("list", default=UNSET)
    description: str = given("list", default=UNSET)
    display_description: str = given("list", default=UNSET)
    config_drive: str = given("list", default=UNSET)
    locked: Flag = given("list", default=UNSET, since="2.73")
    tags: str = given("list", default=UNSET, since="2.26")
    tags_any: str = given("list", default=UNSET, since="2.26", wire="tags-any")
    not_tags: str = given("list", default=UNSET, since="2.26", wire="not-tags")
    not_tags_any: str = given("list", default=UNSET, since="2.26", wire="not-tags-any")
    kernel_id: str = given("list", default=UNSET)
    ramdisk_id: str = given("list", default=UNSET)
    launch_index: str = given("list", default=UNSET)
    root_device_name: str = given("list", default=UNSET)
    access_ip_v4: str = given("list", default=UNSET)
    access_ip_v6: str = given("list", default=UNSET)
    progress: str = given("list", default=UNSET)
    locked_by: str = given("list", default=UNSET)
    launched_at: str = given("list", default=UNSET)
    terminated_at: str = given("list", default=UNSET)
    created_at: str = given("list", default=UNSET)
    auto_disk_config: str = given("list", default=UNSET)
