"""Settings of compute."""

from __future__ import annotations

import msgspec


class Quota(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a project may have unless told otherwise (the reference's defaults); -1 is no limit."""

    instances: int = 10
    cores: int = 20
    ram: int = 51200
    """MiB."""
    ecu: int = 80
    """CPU in units of ECU, of all servers together; the Compute API has no word for it: see `ecu_quota.py`."""
    key_pairs: int = 100
    """Per user."""
    metadata_items: int = 128
    server_groups: int = 10
    server_group_members: int = 10
    injected_files: int = 5
    injected_file_content_bytes: int = 10240
    injected_file_path_bytes: int = 255


class ComputeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How servers are made."""

    quota: Quota = Quota()
    unified_limits: bool = False
    """Whether quotas are the limits that the identity service keeps (`openstack limit`), instead of our own; what
    nobody has registered there may then not be had at all."""
    cpu_ratio: float = 4.0
    """VCPUs given out for each of a host's."""
    memory_ratio: float = 1.0
    disk_ratio: float = 1.0
    keep_deleted_days: int = 90
    """How long servers that were deleted can still be listed, and their usage told."""
