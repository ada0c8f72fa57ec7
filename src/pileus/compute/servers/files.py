"""Files that owners lay into new servers (`personality`, before 2.57): how many and how large they may be."""

from __future__ import annotations

import base64
import binascii

from pileus.compute.quotas import limits_of
from pileus.compute.servers.shape import File, Server
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, OverQuota
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Tx


def given_files(tx: Tx, who: Caller, asked: Server) -> list[dict[str, str]]:
    """The files as they are kept (`path`, `contents`); raises Invalid, and OverQuota for too many or too large."""
    files: list[File] = [] if asked.personality is UNSET else asked.personality
    if not files:
        return []
    limits = limits_of(tx, who.project_id)
    _check(limits["injected_files"], len(files), "injected files")
    _check(limits["injected_file_path_bytes"], max(len(one.path.encode()) for one in files), "bytes of a file's path")
    _check(limits["injected_file_content_bytes"], max(map(_size, files)), "bytes of a file's contents")
    return [{"path": one.path, "contents": one.contents} for one in files]


def _size(file: File) -> int:
    try:
        return len(base64.b64decode(file.contents, validate=True))
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"Invalid input for field/attribute contents. {file.path[:255]!r} is not base64.") from error


def _check(most: int, count: int, what: str) -> None:
    if 0 <= most < count:
        raise OverQuota(f"Quota exceeded: {count} {what} were asked for, and at most {most} are allowed.")
