"""What can go wrong with chunks; whoever asked decides how to say it to a caller."""

from __future__ import annotations


class ChunkError(Exception):
    """The chunk store could not do what was asked."""


class StoreFull(ChunkError):
    """The disk under the store, or the bound of a cache, has no room; what was being written has been given back."""


class Absent(ChunkError):
    """No chunk is kept under this address."""


class Damaged(ChunkError):
    """What is kept under an address is not what was put there."""


class Unreachable(ChunkError):
    """The place where chunks are kept does not do as asked; trying again later may help."""
