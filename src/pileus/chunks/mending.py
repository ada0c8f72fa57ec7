"""Put another chunk in the place of one that is damaged, whatever keeps them."""

from __future__ import annotations

from typing import Protocol

from pileus.chunks.intake.keeper import Keeper
from pileus.chunks.store import Flaw


class Places(Protocol):
    """Knows which chunk lies where."""

    def drop_place(self, digest: bytes, pack: int) -> None:
        """Forget that a chunk lies in a pack."""
        ...


def mend(places: Places, keeper: Keeper, flaw: Flaw, data: bytes | None) -> None:
    """The other chunk (if there is one) is durable before the damaged one is forgotten. Raises StoreFull."""
    digest = bytes.fromhex(flaw.address)
    try:
        if data is not None:
            keeper.keep([(digest, memoryview(data))], anew=True)
            keeper.seal()
        places.drop_place(digest, flaw.pack)
    finally:
        keeper.drop()
