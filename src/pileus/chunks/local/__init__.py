"""A chunk store in a folder of a local disk: packs, an index beside them, and leases of who is at work."""

from pileus.chunks.local.store import LocalChunkStore

__all__ = ["LocalChunkStore"]
