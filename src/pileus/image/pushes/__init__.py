"""Push and pull: images that travel as chunks, of which only those are sent that the other side has not."""

from pileus.image.pushes import pull, routes
from pileus.image.pushes.rules import forget_idle

__all__ = ["forget_idle", "pull", "routes"]
