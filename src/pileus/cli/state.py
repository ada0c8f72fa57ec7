"""The state directory: what of the cloud lies where on this machine, and who may read it."""

from __future__ import annotations

import fcntl
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pileus.cli.words import HOPELESS, Trouble

DEFAULT = Path("/var/lib/pileus")

FIRST_USER, USERS = 70_000, 20_000
"""Numbers of users that neither Debian gives out (below 65536) nor container tools do (from 100000 on); no name is
made for the one a cloud takes, so nothing of it remains."""

MODES = {"run": 0o755, "log": 0o711, "secrets": 0o700, "hosts": 0o711, "cloud": 0o700}


@dataclass(frozen=True)
class State:
    """A cloud's directory, which must be absolute: processes of the cloud work elsewhere."""

    root: Path

    @property
    def socket(self) -> Path:
        """Where the agent of the same machine finds the API."""
        return self.root / "run" / "pileus.sock"

    @property
    def cloud(self) -> Path:
        """What belongs to `serve`: database, keys of tokens, chunks."""
        return self.root / "cloud"

    @property
    def settings(self) -> Path:
        """The settings `up` was given last, for every process."""
        return self.root / "settings.json"

    @property
    def url(self) -> str:
        """The public address as `serve` told it, or nothing while it never ran."""
        return _text(self.root / "run" / "url")

    def host(self, name: str) -> Path:
        """What belongs to a host."""
        return self.root / "hosts" / name

    def hosts(self) -> list[str]:
        """The hosts that have lived here."""
        folder = self.root / "hosts"
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def log(self, name: str) -> Path:
        """What a process wrote down."""
        return self.root / "log" / f"{name}.log"

    def prepare(self) -> None:
        """Make what is missing of it."""
        try:
            if not self.root.is_dir():
                self.root.mkdir(parents=True)
            if self.root.stat().st_uid == os.geteuid():
                self.root.chmod(0o711)
            for name, mode in MODES.items():
                self._make(name, mode)
        except OSError as error:
            said = f"the state directory {self.root} cannot be used"
            raise Trouble(said, error.strerror or "", "give another one with --state DIR") from error

    def _make(self, name: str, mode: int) -> None:
        folder = self.root / name
        if not folder.is_dir():
            folder.mkdir()
            if name == "cloud" and os.geteuid() == 0 and is_reachable(self.root):
                user = FIRST_USER + zlib.crc32(os.fsencode(self.root)) % USERS
                os.chown(folder, user, user)
        if folder.stat().st_uid == os.geteuid() or os.geteuid() == 0:
            folder.chmod(mode)

    def secret(self, name: str) -> str:
        """A secret of that name, drawn when it is asked for first."""
        file = self.root / "secrets" / name
        if not file.exists():
            drawn = file.with_name(f".{name}.{os.getpid()}")
            write(drawn, secrets.token_urlsafe(24))
            with suppress(FileExistsError):  # another process was faster: its secret holds
                file.hardlink_to(drawn)
            drawn.unlink()
        return file.read_text().strip()

    def process(self, name: str) -> int | None:
        """The process that holds this name now.  Its holder must not ask: that would end its lock."""
        file = self.root / "run" / f"{name}.pid"
        try:
            with file.open() as stream:
                fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except OSError:
            return int(_text(file) or 0) or None
        return None

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold a name as this process, until the end or the process' death; the lock tells it from a stale number."""
        file = self.root / "run" / f"{name}.pid"
        with file.open("a+") as stream:
            try:
                fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                cause = f"process {_text(file)} is {name} of {self.root}"
                raise Trouble(f"{name} runs already", cause, "stop it with pileus down", code=HOPELESS) from None
            stream.truncate(0)
            stream.write(f"{os.getpid()}\n")
            stream.flush()
            try:
                yield
            finally:
                with suppress(PermissionError):
                    file.unlink(missing_ok=True)


def is_reachable(folder: Path) -> bool:
    """Whether a user who owns nothing on the way may get there."""
    return all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents)


def write(file: Path, text: str, mode: int = 0o600) -> None:
    """Write a file whole or not at all, readable for its owner alone unless told."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as stream:
        os.fchmod(stream.fileno(), mode)
        stream.write(text)
    unfinished.rename(file)


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return ""
