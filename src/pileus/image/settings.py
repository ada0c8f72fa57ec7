"""Settings of images."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

import msgspec

from pileus.chunks import AnyStoreSettings, default_stores

ImportMethod = Literal["glance-direct", "web-download", "glance-download", "copy-image"]

_STORE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")


class ImageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be uploaded."""

    enforce_format: bool = True
    """Whether uploaded bytes must be what the image claims to be."""
    web_download_allow: tuple[str, ...] = ()
    """Addresses and networks that an import from the web may be fetched from although they are private, at any port."""
    web_download_ports: tuple[int, ...] = (80, 443)
    """Ports that everybody else's addresses may be fetched from."""
    web_download_seconds: float = 4 * 3600
    """How long one download may take."""
    import_methods: tuple[ImportMethod, ...] = ("glance-direct", "web-download", "copy-image", "glance-download")
    """Ways in which images may be imported; none is that there is no import."""
    show_multiple_locations: bool = False
    """Whether callers see, and by patches set, where an image's bytes are."""
    http_locations: bool = False
    """Whether callers may say that an image's bytes are at a URL of the web; it is fetched like an import."""
    do_secure_hash: bool = True
    """Whether an image whose location a service says is shown only when its bytes were read and hashed."""
    property_protections: str = ""
    """A file of property protections; empty is none."""
    property_protection_mode: Literal["roles", "policies"] = "roles"
    import_conversion: Literal["", "raw", "qcow2"] = ""
    """The format that raw and qcow2 images become when they are imported; empty leaves them as they are."""
    most_bytes: int = 1 << 43
    """The largest image, in bytes (8 TiB)."""
    most_properties: int = 128
    """Additional properties of one image."""
    most_tags: int = 128
    most_members: int = 128
    stores: dict[str, AnyStoreSettings] = msgspec.field(default_factory=default_stores)
    """Where bytes are kept: `[image.stores.NAME]` with `kind = "local"` or `kind = "s3"`."""
    unpack_most_bytes: int = 1 << 38
    """The largest disk in a qcow2 image that is unpacked for hosts, in bytes (256 GiB); 0 leaves all as they are."""
    push_days: int = 7
    """Days that an interrupted push is waited for."""
    stage_days: float = 7
    """Days that staged bytes are kept for an import that nobody asks for."""
    default_store: str = ""
    """The store of an image whose sender names none; empty is the first."""
    cache_store: str = ""
    """One of the stores that is not one of images but a cache of those in others; empty is none."""
    cache_bytes: int = 10 << 30
    """What a pruned cache holds at most, in bytes."""

    def __post_init__(self) -> None:
        """Refuse names that no path or header could carry, and a default that is not there."""
        for name in self.stores:
            if not _STORE_NAME.match(name):
                raise ValueError(f"{name!r} cannot be the name of a store")
        if not self.stores or (self.default_store and self.default_store not in self.stores):
            raise ValueError(f"there is no store {self.default_store!r}")
        if self.cache_store and self.cache_store not in self.stores:
            raise ValueError(f"there is no store {self.cache_store!r} to be the cache")
        if self.cache_store == (self.default_store or next(iter(self.stores))):
            raise ValueError("the default store cannot be the cache")
        if self.stores[self.default_store or next(iter(self.stores))].read_only:
            raise ValueError("the default store cannot be read-only")
        for one in self.web_download_allow:
            ipaddress.ip_network(one)
