"""Every request to the S3, in one place: whole objects under names used once, each looked at after it was written.

Only what every S3 has is used: put, get with a range, head, list, delete, and If-None-Match on a put (If-Match is
broken on some). Objects are never changed, so no answer can be an old one. A write counts when the S3, asked anew,
tells the object's size and MD5; where its tag is no MD5 the object is read back instead.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from pileus.chunks.errors import Absent, ChunkError, Unreachable
from pileus.chunks.settings import S3StoreSettings

if TYPE_CHECKING:
    from obstore.store import ObjectStore, S3Config

_TRIES = 3  # writes that turn out not to be there
_MD5 = re.compile(r'"?([0-9a-f]{32})"?\Z')


def name_of(pack: str) -> str:
    """The object of a pack."""
    return f"packs/{pack}.pack"


class Bucket:
    """One bucket, beneath one prefix. Raises Unreachable where the S3 does not do as asked."""

    def __init__(self, settings: S3StoreSettings) -> None:
        place: S3Config = {"region": settings.region, "virtual_hosted_style_request": False}
        if settings.endpoint:
            place["endpoint"] = settings.endpoint
        if settings.secrets:
            place |= read_secrets(Path(settings.secrets))
        self._store: ObjectStore = S3Store(
            settings.bucket,
            prefix=settings.prefix or None,
            config=place,
            client_options={"timeout": timedelta(seconds=settings.patience), "allow_http": True},
            retry_config={"max_retries": 8, "retry_timeout": timedelta(seconds=settings.patience)},
        )

    def put(self, name: str, content: bytes) -> None:
        """Write an object that is not there yet, and see that it is; one of these very bytes may be there already."""
        for _ in range(_TRIES):
            with _reached():
                with suppress(AlreadyExistsError, FileExistsError):
                    obstore.put(self._store, name, content, mode="create", use_multipart=False)
                if self._has(name, content):
                    return
                self.remove(name)
        raise Unreachable(f"the S3 took {name} and does not have it")

    def ranges(self, name: str, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        """Parts of an object, each given by its first byte and its length. Raises Absent."""
        starts, lengths = [start for start, _ in spans], [length for _, length in spans]
        with _reached(name):
            return [bytes(part) for part in obstore.get_ranges(self._store, name, starts=starts, lengths=lengths)]

    def whole(self, name: str) -> bytes:
        """All of an object. Raises Absent."""
        with _reached(name):
            return bytes(obstore.get(self._store, name).bytes())

    def names(self, folder: str) -> Iterator[str]:
        """The objects whose names begin with `folder/`."""
        with _reached():
            for page in obstore.list(self._store, folder):
                yield from (each["path"] for each in page)

    def remove(self, name: str) -> None:
        """Take an object away, if it is there."""
        with _reached(), suppress(NotFoundError, FileNotFoundError):
            obstore.delete(self._store, name)

    def _has(self, name: str, content: bytes) -> bool:
        try:
            found = obstore.head(self._store, name)
        except (NotFoundError, FileNotFoundError):
            return False
        if found["size"] != len(content):
            return False
        tag = _MD5.match(found["e_tag"] or "")
        if tag and tag[1] == hashlib.md5(content, usedforsecurity=False).hexdigest():
            return True
        return bytes(obstore.get(self._store, name).bytes()) == content


@contextmanager
def _reached(name: str = "") -> Iterator[None]:
    """Say in our words what went wrong on the way."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise Absent(f"there is no object {name} on the S3") from error
    except (BaseError, OSError) as error:
        raise Unreachable(f"the S3 does not do as asked: {str(error)[:300]}") from error


def read_secrets(path: Path) -> S3Config:
    """The keys in a file that nobody but its owner may read. Raises ChunkError."""
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ChunkError(f"{path} may be read by others than its owner: chmod 600 {path}")
        given = json.loads(path.read_text())
        return {
            "access_key_id": str(given["access_key_id"]),
            "secret_access_key": str(given["secret_access_key"]),
        }
    except PermissionError as error:
        raise ChunkError(f"{path} cannot be read by the cloud: chown {os.geteuid()} {path}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ChunkError(f"{path} does not hold access_key_id and secret_access_key") from error
