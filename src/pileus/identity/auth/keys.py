"""Keys on disk that seal tokens and stored credentials; they can be changed while tokens are in use.

A directory holds keys in files named by numbers.  The highest seals; every one opens.  Key 0 is the next to
seal, already known to all processes before any uses it; `rotate` promotes it, makes another, and drops the
oldest.  What a key that is gone has sealed is lost: tokens must be shorter lived than their keys, and what is stored
is sealed anew before a key is dropped (`identity/credentials/rotation.py`).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEPT = 3
"""How many keys a rotation leaves: the next one, the one that seals, and the one before."""


class Keyring:
    """The keys of one directory; follows changes other processes make."""

    def __init__(self, directory: Path) -> None:
        """Opens the directory, and where it has no keys makes the first two."""
        self.directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _numbers(directory):
            _make(directory, 1)
            _make(directory, 0)
        self._numbers: list[int] = []
        self._fernet = self._read()

    def seal(self, content: bytes, at: int) -> str:
        """Encrypt and sign; `at` is the moment in seconds since 1970."""
        self._follow()
        return self._fernet.encrypt_at_time(content, at).decode().rstrip("=")

    def open(self, sealed: str) -> bytes | None:
        """What was sealed, or None where no key of ours did it."""
        found = self._open(sealed)
        return self._open(sealed) if found is None and self._follow() else found

    def _open(self, sealed: str) -> bytes | None:
        try:
            return self._fernet.decrypt(sealed + "=" * (-len(sealed) % 4))
        except (InvalidToken, ValueError):
            return None

    def _follow(self) -> bool:
        """Read the keys again if another process has changed them."""
        changed = _numbers(self.directory) != self._numbers
        if changed:
            self._fernet = self._read()
        return changed

    def _read(self) -> MultiFernet:
        numbers = _numbers(self.directory)
        ordered = [number for number in numbers if number] + [0] * (0 in numbers)
        keys = [Fernet((self.directory / str(number)).read_bytes()) for number in ordered]
        self._numbers = numbers
        return MultiFernet(keys)


class TokenKeys(Keyring):
    """Keys that seal tokens."""


class CredentialKeys(Keyring):
    """Keys that seal the secrets users have stored."""


def rotate(directory: Path) -> None:
    """Let the next key seal, make another, and drop the oldest."""
    promote(directory)
    drop(directory)


def promote(directory: Path) -> None:
    """Let the next key seal, and make another."""
    numbers = _numbers(directory)
    if 0 not in numbers:
        _make(directory, 0)
    (directory / "0").rename(directory / str(max(numbers, default=0) + 1))
    _make(directory, 0)


def drop(directory: Path) -> None:
    """Drop the oldest keys; what only they open is lost."""
    old = [number for number in sorted(_numbers(directory)) if number]
    for number in old[: max(0, len(old) + 1 - KEPT)]:
        (directory / str(number)).unlink(missing_ok=True)


def _numbers(directory: Path) -> list[int]:
    """The numbers of the keys, highest first."""
    names = [path.name for path in directory.iterdir()]
    return sorted((int(name) for name in names if name.isdigit()), reverse=True)


def _make(directory: Path, number: int) -> None:
    """Write a new key unless another process has just done so; no half-written key is ever seen."""
    draft = directory / f".{os.getpid()}.{os.urandom(4).hex()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, Fernet.generate_key())
        os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(draft, directory / str(number))
    finally:
        os.close(descriptor)
        draft.unlink()
