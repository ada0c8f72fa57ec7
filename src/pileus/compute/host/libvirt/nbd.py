"""Reading a disk that QEMU gives out over a unix socket, by the NBD protocol (doc/proto.md of nbd)."""

from __future__ import annotations

import socket
import struct

PATIENCE = 60.0
"""Seconds a disk may keep one reading waiting."""

MOST = 4 << 20
"""Bytes asked for at once."""

GREETING = b"NBDMAGICIHAVEOPT"
FIXED_NEWSTYLE, NO_ZEROES = 1, 2
EXPORT_NAME, READ, DISCONNECT = 1, 0, 2
REQUEST_MAGIC, REPLY_MAGIC = 0x25609513, 0x67446698

_EXPORT = struct.Struct(">QH")
_REQUEST = struct.Struct(">IHHQQI")
_REPLY = struct.Struct(">IIQ")


class NbdReader:
    """One export, open for reading by one thread at a time.  Raises OSError whatever goes wrong."""

    def __init__(self, path: str, export: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(PATIENCE)
            self._socket.connect(path)
            self.size = self._greet(export.encode())
        except BaseException:
            self._socket.close()
            raise

    def read(self, position: int, length: int) -> bytes:
        """So many bytes of the disk."""
        parts = [self._read(position + first, min(MOST, length - first)) for first in range(0, length, MOST)]
        return b"".join(parts)

    def close(self) -> None:
        """Take leave."""
        try:
            self._socket.sendall(_REQUEST.pack(REQUEST_MAGIC, 0, DISCONNECT, 0, 0, 0))
        except OSError:
            pass  # it has gone already
        finally:
            self._socket.close()

    def _greet(self, export: bytes) -> int:
        if self._take(16) != GREETING:
            raise OSError("this is no NBD server")
        (offered,) = struct.unpack(">H", self._take(2))
        if not offered & FIXED_NEWSTYLE:
            raise OSError("this NBD server is too old")
        self._socket.sendall(struct.pack(">I", offered & (FIXED_NEWSTYLE | NO_ZEROES)))
        self._socket.sendall(b"IHAVEOPT" + struct.pack(">II", EXPORT_NAME, len(export)) + export)
        size, _ = _EXPORT.unpack(self._take(_EXPORT.size))
        if not offered & NO_ZEROES:
            self._take(124)
        return int(size)

    def _read(self, position: int, length: int) -> bytes:
        self._socket.sendall(_REQUEST.pack(REQUEST_MAGIC, 0, READ, position, position, length))
        magic, error, handle = _REPLY.unpack(self._take(_REPLY.size))
        if magic != REPLY_MAGIC or handle != position:
            raise OSError("the NBD server answers something else than was asked")
        if error:
            raise OSError(error, f"the disk cannot be read at {position}")
        return self._take(length)

    def _take(self, length: int) -> bytes:
        found = bytearray(length)
        view = memoryview(found)
        while view:
            count = self._socket.recv_into(view)
            if not count:
                raise ConnectionResetError("the NBD server has gone")
            view = view[count:]
        return bytes(found)
