"""Images as the chunk stores under them have to do with them: what must be kept, what is damaged."""

from pileus.image.chunks.live import InUse, live_manifests
from pileus.image.chunks.plain import unpack_packed
from pileus.image.chunks.upkeep import collect, collected, counted, scrubbed, told

__all__ = ["InUse", "collect", "collected", "counted", "live_manifests", "scrubbed", "told", "unpack_packed"]
