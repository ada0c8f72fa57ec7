"""Settings of images."""

from __future__ import annotations

import msgspec


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
