"""Chunks of one image from hosts that have it, and from the cloud where no host gives them."""

from __future__ import annotations

import http.client
import itertools
import logging
from collections.abc import Iterator, Sequence

from pileus.chunks.errors import ChunkError
from pileus.chunks.manifest import address_of
from pileus.chunks.store import Source
from pileus.host.images.cloud import Neighbour, apart
from pileus.host.line import Line

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds a neighbour has for an answer, before it is asked no more."""

AT_ONCE = 32


class Nearby:
    """Asks neighbours in turn, each as long as it gives what it should; nothing is believed, the cloud least needed."""

    def __init__(self, neighbours: Sequence[Neighbour], cloud: Source) -> None:
        self._ways = {each: Line(each.door, PATIENCE) for each in neighbours}
        self._turn = itertools.count()
        self._cloud = cloud

    def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
        """The chunks, in the order asked. Raises what the cloud raises."""
        for first in range(0, len(addresses), AT_ONCE):
            part = addresses[first : first + AT_ONCE]
            yield from self._from_neighbour(part) or self._cloud.chunks(part)

    def _from_neighbour(self, addresses: Sequence[str]) -> list[bytes]:
        """All of them, or none; a neighbour that fails once has failed."""
        ways = list(self._ways.items())
        for at in range(len(ways)):
            neighbour, way = ways[(next(self._turn) + at) % len(ways)]
            try:
                return _asked(way, neighbour, addresses)
            except (OSError, http.client.HTTPException, ChunkError, ValueError) as error:
                log.info("the neighbour at %s gives no chunks: %s", neighbour.door, error)
                self._ways.pop(neighbour, None)
        return []


def _asked(way: Line, neighbour: Neighbour, addresses: Sequence[str]) -> list[bytes]:
    status, content, headers = way.ask("GET", f"/chunks/{','.join(addresses)}", None, {"X-Pass": neighbour.shown})
    if status != 200:
        raise ChunkError(f"it answers {status}")
    found = apart(content, headers)
    if [address_of(each) for each in found] != list(addresses):
        raise ChunkError("it gives something else")
    return found
