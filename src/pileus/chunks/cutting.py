"""Cut a stream into chunks where its contents say so, so that equal contents give equal chunks wherever they lie.

File systems place data in blocks of 4 KiB, so cuts fall on such blocks only: a chunk ends after a block whose CRC-32 is
a multiple of `ODDS`, never before `LEAST` and never after `MOST` bytes. On two file systems that share half their files
these three numbers give chunks of 76 KiB on average, of which 55 % are shared; an average of 120 KiB shared 50 %.
They are part of the stored format: with other numbers, known contents would no longer be recognised.

A run of zeros of at least `HOLE` bytes is a piece of its own without data, however long it is.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

BLOCK = 4096
LEAST = 10 * BLOCK
MOST = 64 * BLOCK
ODDS = 10
HOLE = 16 * BLOCK

_ZEROS = bytes(BLOCK)


class Piece(NamedTuple):
    """A part of the stream; `data` is None for a run of zeros."""

    length: int
    data: memoryview | None


class Cutter:
    """Takes a stream in batches of any size; the pieces do not depend on how it was divided into batches."""

    def __init__(self) -> None:
        self._rest = b""  # what follows the last cut
        self._seen = 0  # bytes of it in blocks already looked at
        self._zeros = 0  # zeros just before the next block; from HOLE on they are in no buffer

    def feed(self, *batches: bytes) -> list[Piece]:
        """The pieces that these batches complete. At most `MOST` bytes are kept for later."""
        buffer = b"".join((self._rest, *batches))
        view = memoryview(buffer)
        pieces: list[Piece] = []
        start, end, zeros = 0, self._seen, self._zeros
        for end in range(self._seen + BLOCK, len(buffer) + 1, BLOCK):
            if buffer.startswith(_ZEROS, end - BLOCK):
                zeros += BLOCK
                if zeros == HOLE and end - HOLE > start:
                    pieces.append(_data(view[start : end - HOLE]))
                if zeros >= HOLE:
                    start = end
                    continue
                is_last = end - start >= MOST
            else:
                if zeros >= HOLE:
                    pieces.append(Piece(zeros, None))
                zeros = 0
                is_last = end - start >= LEAST and (crc32(view[end - BLOCK : end]) % ODDS == 0 or end - start >= MOST)
            if is_last:
                pieces.append(_data(view[start:end]))
                start, zeros = end, 0
        self._rest, self._seen, self._zeros = buffer[start:], end - start, zeros
        return pieces

    def skip(self, zeros: int) -> list[Piece]:
        """As many zeros as the next bytes, without one of them being looked at, as far as that is possible."""
        looked_at = min(zeros, MOST + HOLE)  # wherever the last cut was: after so many, nothing but a hole is left
        pieces = self.feed(bytes(looked_at))
        if zeros > looked_at:
            self._zeros += (zeros - looked_at) // BLOCK * BLOCK
            pieces += self.feed(bytes((zeros - looked_at) % BLOCK))
        return pieces

    def finish(self) -> list[Piece]:
        """The pieces left at the end of the stream: a hole, a last chunk, both or none."""
        rest, hole = self._rest, self._zeros if self._zeros >= HOLE else 0
        if rest.count(0) == len(rest):
            hole, rest = hole + len(rest), b""
        pieces = [Piece(hole, None)] if hole else []
        return [*pieces, _data(memoryview(rest))] if rest else pieces


def _data(view: memoryview) -> Piece:
    return Piece(len(view), view)
