"""Settings of images."""

from __future__ import annotations

import re

import msgspec

from pileus.chunks import AnyStoreSettings, default_stores

_STORE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")


class ImageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be uploaded."""

    enforce_format: bool = True
    """Whether uploaded bytes must be what the image claims to be."""
    web_download_allow: tuple[str, ...] = ()
    """Addresses that an import from the web may be fetched from although they are private.

    There is no import yet, so it changes nothing so far: it is only known, and checked to be a list of texts.
    """
    most_bytes: int = 1 << 43
    """The largest image, in bytes (8 TiB)."""
    most_properties: int = 128
    """Additional properties of one image."""
    most_tags: int = 128
    most_members: int = 128
    stores: dict[str, AnyStoreSettings] = msgspec.field(default_factory=default_stores)
    """Where bytes are kept: `[image.stores.NAME]` with `kind = "local"` or `kind = "s3"`."""
    default_store: str = ""
    """The store of an image whose sender names none; empty is the first."""

    def __post_init__(self) -> None:
        """Refuse names that no path or header could carry, and a default that is not there."""
        for name in self.stores:
            if not _STORE_NAME.match(name):
                raise ValueError(f"{name!r} cannot be the name of a store")
        if not self.stores or (self.default_store and self.default_store not in self.stores):
            raise ValueError(f"there is no store {self.default_store!r}")
