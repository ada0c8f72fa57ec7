"""Locations: where an image's bytes are, for clouds whose operator lets callers see and say it.

A caller's location is an http or https URL.  The image is active with it at once; the cloud fetches the bytes into a
store of its own meanwhile and gives them out from there, so that hosts, and the next reader, never depend on the URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pileus.image.addresses import place_of
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.shapes import unreadable
from pileus.kernel.store import Row, Tx

HASHES = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
"""Digits of the hashes that an image may be known by."""

MOST = 16
"""Locations of one image."""


class Validation(msgspec.Struct, forbid_unknown_fields=True):
    """What the bytes at a location must be."""

    os_hash_algo: str
    os_hash_value: str
    checksum: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")] | msgspec.UnsetType = UNSET

    def check(self) -> None:
        """Raise Invalid for what no bytes could be."""
        digits = HASHES.get(self.os_hash_algo)
        if digits is None:
            raise Invalid(f"The hash {self.os_hash_algo[:40]!r} is not one of {', '.join(HASHES)}.")
        if len(self.os_hash_value) != digits or not set(self.os_hash_value) <= set("0123456789abcdef"):
            raise Invalid(f"A value of {self.os_hash_algo} has {digits} hexadecimal digits.")


class Location(msgspec.Struct, forbid_unknown_fields=True):
    """One of the places where an image's bytes are."""

    url: Annotated[str, Meta(min_length=1, max_length=2048)]
    metadata: dict[str, Any]
    validation_data: Validation | msgspec.UnsetType = UNSET

    @property
    def kept(self) -> dict[str, Any]:
        """As an image's row has it."""
        return {"url": self.url, "metadata": self.metadata}


def shown(row: Mapping[str, Any], default: str) -> list[dict[str, Any]]:
    """An image's locations: what callers said, or the stores that have its bytes."""
    if row["locations"] is not None:
        found: list[dict[str, Any]] = row["locations"]
        return found
    names = (row["stores"] or [default]) if row["manifest"] else []
    return [{"url": f"chunks://{name}/{row['manifest']}", "metadata": {"store": name}} for name in names]


class Places:
    """An image's locations while a patch is made of them."""

    def __init__(self, tx: Tx, who: Caller, row: Row) -> None:
        self._settings = tx.part(ImageSettings)
        self._who = who
        self._row = row
        self._was: list[dict[str, Any]] = list(row["locations"] or [])
        self._now = list(self._was)
        self._more: dict[str, Any] = {}

    def edit(self, op: str, place: str | None, value: Any) -> None:
        """One operation; raises Invalid, Forbidden, Conflict."""
        if op == "remove":
            self._remove(place)
        elif place is not None:
            self._add(place, read(value, Location))
        else:
            self._replace(read(value, list[Location]))

    def values(self) -> dict[str, Any]:
        """What the patch changes in the row."""
        return {} if self._now == self._was else {"locations": self._now, **self._more}

    def _permit(self, rule: str) -> None:
        if not self._who.may(rule, {**self._row, "project_id": self._row["owner"]}):
            raise Forbidden(f"Policy doesn't allow {rule} to be performed.")

    def _add(self, place: str, asked: Location) -> None:
        self._permit("set_image_location")
        if self._row["status"] not in ("queued", "active") or (self._row["manifest"] and not self._was):
            raise Conflict(f"An image that is {self._row['status']} and has its bytes takes no location.")
        if not self._settings.http_locations:
            raise Invalid("This cloud takes no locations from callers.")
        place_of(asked.url, self._settings)
        at = len(self._now) if place == "-" else _number(place, len(self._now) + 1)
        if any(one["url"] == asked.url for one in self._now) or len(self._now) >= MOST:
            raise Invalid("The image has that location already, or too many.")
        self._believe(asked.validation_data)
        self._now.insert(at, asked.kept)
        self._more["status"] = "active"

    def _believe(self, said: Validation | msgspec.UnsetType) -> None:
        """What a caller says of the bytes, as long as nothing else is known of them."""
        if isinstance(said, msgspec.UnsetType):
            return
        told = {"os_hash_algo": said.os_hash_algo, "os_hash_value": said.os_hash_value}
        told |= {} if isinstance(said.checksum, msgspec.UnsetType) else {"checksum": said.checksum}
        known = {name: self._more.get(name, self._row[name]) for name in told}
        if self._was or self._now:
            if known != told:
                raise Conflict("The image is known by other hashes.")
            return
        said.check()
        self._more |= told

    def _replace(self, asked: Sequence[Location]) -> None:
        self._permit("set_image_location")
        if not self._now:
            for one in asked:
                self._add("-", one)
            return
        if not asked:
            raise Forbidden("An image keeps one location at least.")
        if [one.url for one in asked] != [one["url"] for one in self._now]:
            raise Invalid("Locations are added and removed one by one; here only their metadata may be another.")
        self._now = [one.kept for one in asked]

    def _remove(self, place: str | None) -> None:
        self._permit("delete_image_location")
        at = _number("" if place is None else place, len(self._now))
        if len(self._now) == 1:
            raise Forbidden("An image keeps one location at least.")
        del self._now[at]


def _number(text: str, most: int) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 4 or int(text) >= most:
        raise Invalid(f"There is no place {text[:20]!r} in the list of locations.")
    return int(text)


def read(value: Any, kind: Any) -> Any:
    """What a caller gave, as one of the kinds above; raises Invalid."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Invalid(f"Provided object does not match schema 'image': {unreadable(error).said}") from error
