"""Import an image from the image service of another region, with its bytes and some of what it says of itself.

Where that service is says the catalogue, which is the operator's; it is asked with the caller's own token.  That is
kept in this process's memory until the work is done, and written nowhere: after a restart the import fails, and its
caller asks again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from pileus import identity
from pileus.image.images.receive import Receipt
from pileus.image.images.shape import ContainerFormat, DiskFormat
from pileus.image.images.table import image_row, images
from pileus.image.imports.fetch import Web, fetch
from pileus.image.imports.jobs import Jobs
from pileus.image.imports.stage import UNSTAGED, staged
from pileus.image.imports.work import OnImage, Put, begin_work, take
from pileus.image.settings import ImageSettings
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.store import Row, Store, Tx

PREFIXES = ("hw_", "trait:", "os_distro", "os_secure_boot", "os_type")
"""Properties of these names come with an image; others mean something only where it comes from."""

MOST_SAID = 1 << 20
"""Bytes of a description."""


class Lent:
    """Tokens that callers lend to work of theirs, in memory only."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def lend(self, task_id: str, token: str) -> None:
        """Keep a token for a task."""
        self._tokens[task_id] = token

    def of(self, task_id: str) -> str:
        """The token of a task; raises Conflict where there is none any more."""
        if task_id not in self._tokens:
            raise Conflict("The service was started anew meanwhile and cannot ask in your name: please ask again.")
        return self._tokens[task_id]

    def give_back(self, task_id: str) -> None:
        """The task has ended."""
        self._tokens.pop(task_id, None)


class Said(msgspec.Struct):
    """What another region says of an image."""

    status: str
    disk_format: DiskFormat
    container_format: ContainerFormat


@dataclass
class Source:
    """An image of another region."""

    image_id: str
    region: str
    interface: str = "public"

    def url(self, tx: Tx) -> str:
        """Its address; raises Invalid for a region that has no images."""
        found = identity.endpoint(tx, "image", self.region, self.interface)
        if found is None:
            raise Invalid(f"There is no image service in region {self.region!r} by interface {self.interface!r}.")
        return f"{found.rstrip('/').removesuffix('/v2')}/v2/images/{self.image_id}"


def source_of(method: Any) -> Source:
    """What a caller asks for; raises Invalid."""
    wanted = {"image_id": method.glance_image_id, "region": method.glance_region}
    if any(not isinstance(value, str) for value in wanted.values()):
        raise Invalid("The import method glance-download requires 'glance_image_id' and 'glance_region'.")
    try:
        uuid.UUID(wanted["image_id"])
    except ValueError as error:
        raise Invalid("Remote glance image id does not look like a UUID") from error
    given = method.glance_service_interface
    return Source(**wanted, interface=given if isinstance(given, str) else "public")


@dataclass
class FromRegion(OnImage):
    """Work on an image that comes from another region: where it is, and what it was before."""

    source: Source = field(default_factory=lambda: Source("", ""))
    before: dict[str, Any] = field(default_factory=dict)


def fetch_image(store: Store, work: FromRegion) -> None:
    """Fetch the bytes, and what is said of them."""
    store.write(begin_work, work, who=work.who)
    work.job(store, "fetch", lambda: _fetch(store, work))


def _fetch(store: Store, work: FromRegion) -> None:
    url, web = store.read(work.source.url), _web(store, work)
    told: list[bytes] = []
    fetch(replaced(web, most_bytes=MOST_SAID), url, told.append)
    said, extras = read_said(b"".join(told))

    def fill(put: Put) -> None:
        fetch(web, f"{url}/file", put)

    def keep(receipt: Receipt) -> None:
        store.write(_keep, work, receipt, {**msgspec.to_builtins(said), "extras": extras}, who=work.who)

    take(store, work.stores[0], fill, keep)


def _web(store: Store, work: FromRegion) -> Web:
    """The way to the operator's own services, wherever they are."""
    settings = replace(store.part(ImageSettings), web_download_allow=("0.0.0.0/0", "::/0"))
    return Web(settings, store.clock, store.part(Jobs), {"X-Auth-Token": store.part(Lent).of(work.task_id)})


def replaced(web: Web, **settings: Any) -> Web:
    """The same way with other settings."""
    return Web(replace(web.settings, **settings), web.clock, web.jobs, web.headers)


def read_said(body: bytes) -> tuple[Said, dict[str, str]]:
    """What another region says of an image, and those of its properties that come along; raises Invalid."""
    try:
        whole: Any = msgspec.json.decode(body)
        said = msgspec.convert(whole, Said)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("The other region's image cannot be read.", str(error)) from error
    if said.status != "active":
        raise Invalid(f"The other region's image is {said.status}.")
    kept = {name: value for name, value in whole.items() if name.startswith(PREFIXES) and isinstance(value, str)}
    return said, kept


def _keep(tx: Tx, work: FromRegion, receipt: Receipt, said: Mapping[str, Any]) -> None:
    row = work.image(tx)
    formats = {name: said[name] for name in ("disk_format", "container_format")}
    tx.change(images, row, **staged(receipt), **formats, extras={**row["extras"], **said["extras"]})


def drop_image(store: Store, work: FromRegion) -> None:
    """Keep nothing of what was fetched, nor of what was said of it."""
    store.write(_drop, work, who=work.who)


def _drop(tx: Tx, work: FromRegion) -> None:
    row = image_row(tx, work.image_id)
    if row is not None and row["import_task"] == work.task_id and row["staged"] is not None:
        tx.change(images, row, **UNSTAGED, **work.before, updated_at=tx.now)


def give_back(tx: Tx, work: FromRegion) -> None:
    """Once the end of the work is written down its caller's token is kept no longer."""
    tx.after(partial(tx.part(Lent).give_back, work.task_id))


def before(row: Row) -> dict[str, Any]:
    """What of an image an import from another region changes."""
    return {name: row[name] for name in ("disk_format", "container_format", "extras")}
