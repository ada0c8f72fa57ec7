"""The words of the NBD protocol that are spoken here, by the names of its specification (doc/proto.md of nbd)."""

from __future__ import annotations

import struct
from typing import NamedTuple

NBDMAGIC, IHAVEOPT, OPTION_REPLY = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9
REQUEST, SIMPLE_REPLY, STRUCTURED_REPLY = 0x25609513, 0x67446698, 0x668E33EF

FIXED_NEWSTYLE, NO_ZEROES = 1, 2
"""Handshake flags."""

OPT_EXPORT_NAME, OPT_ABORT, OPT_LIST, OPT_INFO, OPT_GO = 1, 2, 3, 6, 7
OPT_STRUCTURED_REPLY, OPT_LIST_META_CONTEXT, OPT_SET_META_CONTEXT = 8, 9, 10
REP_ACK, REP_SERVER, REP_INFO, REP_META_CONTEXT = 1, 2, 3, 4
REP_ERR_UNSUP, REP_ERR_INVALID, REP_ERR_UNKNOWN, REP_ERR_TOO_BIG = ((1 << 31) + each for each in (1, 3, 6, 9))
INFO_EXPORT, INFO_BLOCK_SIZE = 0, 3

CMD_READ, CMD_WRITE, CMD_DISC, CMD_FLUSH, CMD_TRIM, CMD_CACHE, CMD_WRITE_ZEROES, CMD_BLOCK_STATUS = range(8)
CMD_FLAG_REQ_ONE = 8

FLAGS = 1 | 2 | 256 | 1024
"""Of an export: has flags, is read only, may be read over several connections, takes CMD_CACHE."""

REPLY_DONE, REPLY_NONE, REPLY_OFFSET_DATA, REPLY_OFFSET_HOLE, REPLY_BLOCK_STATUS, REPLY_ERROR = 1, 0, 1, 2, 5, 0x8001
"""The flag of the last chunk of a structured reply, then kinds of chunk."""

STATE_HOLE_AND_ZERO = 3
ALLOCATION, CONTEXT = b"base:allocation", 1

EPERM, EIO, EINVAL, EOVERFLOW = 1, 5, 22, 75

HEAD = struct.Struct(">IHHQQI")
OPTION_HEAD = struct.Struct(">QII")
STRUCTURED_HEAD = struct.Struct(">IHHQI")
SIMPLE_HEAD = struct.Struct(">IIQ")


class Request(NamedTuple):
    """What a client asks of an export."""

    flags: int
    command: int
    cookie: int
    offset: int
    length: int


def greeting() -> bytes:
    """The first words of a server."""
    return struct.pack(">QQH", NBDMAGIC, IHAVEOPT, FIXED_NEWSTYLE | NO_ZEROES)


def option_reply(option: int, kind: int, data: bytes = b"") -> bytes:
    """An answer to an option of the handshake."""
    return struct.pack(">QIII", OPTION_REPLY, option, kind, len(data)) + data


def structured(cookie: int, kind: int, data: bytes = b"", *, length: int | None = None, is_last: bool = True) -> bytes:
    """A chunk of a structured reply; with `length`, of which only a part is `data` and the rest is sent after it."""
    whole = len(data) if length is None else length
    return STRUCTURED_HEAD.pack(STRUCTURED_REPLY, REPLY_DONE if is_last else 0, kind, cookie, whole) + data


def simple(cookie: int, error: int = 0) -> bytes:
    """The head of a simple reply."""
    return SIMPLE_HEAD.pack(SIMPLE_REPLY, error, cookie)
