"""What a host's images ask of the cloud, and how several chunks lie in one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from pileus.chunks.errors import Damaged
from pileus.chunks.store import Source


class Neighbour(NamedTuple):
    """A host that has an image: where it gives out chunks, and what lets one in."""

    door: str
    shown: str


class Known(NamedTuple):
    """What the cloud knows of an image."""

    neighbours: Sequence[Neighbour] = ()
    first: Sequence[int] = ()
    """The chunks that a first boot read, by number."""


class Cloud(Source, Protocol):
    """The image service, as far as a host needs it; every verb may raise what the way to it raises."""

    @property
    def key(self) -> bytes:
        """By which the passes are checked that the cloud gives to neighbours."""

    def image(self, name: str) -> Known:
        """What helps to bring an image."""

    def hold(self, door: str, images: Sequence[str]) -> None:
        """Tell which images are here for neighbours, and where."""

    def keep_first(self, name: str, numbers: Sequence[int]) -> None:
        """Tell which chunks a first boot read."""


def apart(content: bytes, headers: Mapping[str, str]) -> list[bytes]:
    """The chunks that were sent one after another; raises Damaged where their lengths do not add up."""
    told = next((value for name, value in headers.items() if name.lower() == "x-lengths"), "")
    lengths = [int(each) for each in told.split(",") if each.isascii() and each.isdigit()]
    if sum(lengths) != len(content):
        raise Damaged("the chunks of an answer do not have the lengths it tells")
    ends = [sum(lengths[: at + 1]) for at in range(len(lengths))]
    return [content[end - length : end] for end, length in zip(ends, lengths, strict=True)]
