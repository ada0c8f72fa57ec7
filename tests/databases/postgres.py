"""A private PostgreSQL for the tests: started by the first process that asks, ended with the last.

A keeper process owns the server. Every test process holds a connection to the keeper for as long as it lives;
when the last one is closed, by an end or by a kill, the keeper stops the server and removes its files. Should
the keeper itself be killed, the kernel tells the server to quit. So nothing has to be ended by anybody.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PATIENCE = 60.0  # seconds for a server to answer, on a machine that is busy
SETTINGS = {
    "listen_addresses": "",  # a socket in the server's own folder is the only way in
    "max_connections": "200",
    "shared_buffers": "32MB",
    "fsync": "off",  # the data need not outlive the machine's power
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@contextmanager
def postgres_database(prepare: Callable[[str], None] | None = None) -> Iterator[str]:
    """The SQLAlchemy URL of a database of one's own, gone afterwards.

    `prepare` fills a database given by its URL and closes every connection to it; it is called once per run,
    and each further database is a copy of what it made.
    """
    name = f"test_{uuid.uuid4().hex}"
    run_sql(f"CREATE DATABASE {name} TEMPLATE {template(prepare) if prepare else 'template0'}")
    try:
        yield postgres_url(name)
    finally:
        run_sql(f"DROP DATABASE {name} WITH (FORCE)")


def postgres_url(database: str) -> str:
    """The SQLAlchemy URL of a database on the private server, which is started where it does not run yet."""
    return f"postgresql+psycopg://postgres@/{database}?host={server_folder()}"


def template(prepare: Callable[[str], None]) -> str:
    """The name of the database that `prepare` filled, once for all processes of this run."""
    name = "template_" + hashlib.sha256(f"{prepare.__module__}.{prepare.__qualname__}".encode()).hexdigest()[:16]
    with locked(meeting_place() / "template.lock"):
        if not run_sql("SELECT 1 FROM pg_database WHERE datname = %s", name):
            half = f"half_{uuid.uuid4().hex}"
            run_sql(f"CREATE DATABASE {half} TEMPLATE template0")
            prepare(postgres_url(half))
            run_sql(f"ALTER DATABASE {half} RENAME TO {name}")
    return name


def run_sql(statement: str, *values: object) -> list[tuple[object, ...]]:
    """Run one statement on the server, outside any transaction; the rows it gives, if it gives any."""
    with psycopg.connect(host=server_folder(), user="postgres", dbname="postgres", autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


@functools.cache
def server_folder() -> str:
    """The folder with the server's socket; from now on this process keeps the server alive."""
    place = meeting_place()
    with locked(place / "start.lock"):
        folder = greeted(place)
        if not folder:  # nobody is there, or its keeper is just leaving
            start_keeper(place)
            folder = greeted(place)
    if not folder:
        raise RuntimeError("PostgreSQL did not start:\n" + (place / "log").read_text())
    return folder


_lines: list[socket.socket] = []  # to the keeper, open while this process lives


def meeting_place() -> Path:
    """A folder of this user's and this working copy's own, with a name short enough for a socket in it."""
    copy = hashlib.sha256(str(Path(__file__).resolve()).encode()).hexdigest()[:12]
    place = Path(tempfile.gettempdir(), f"pileus-tests-{os.getuid()}-{copy}")
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.getuid():
        raise PermissionError(f"{place} belongs to somebody else")
    return place


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock among processes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def greeted(place: Path) -> str:
    """What the keeper says to a new connection: the server's folder; nothing if there is no keeper."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(PATIENCE)
    try:
        line.connect(str(place / "keeper"))
        said = line.recv(4096).decode().strip()
    except OSError:
        said = ""
    _lines.append(line)
    return said


def start_keeper(place: Path) -> None:
    """Start a keeper whose end does not depend on this process, and wait until it can be called."""
    (place / "keeper").unlink(missing_ok=True)
    with (place / "log").open("w") as log:
        command = [sys.executable, __file__, str(place)]
        keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    wait_until(lambda: (place / "keeper").exists() or keeper.poll() is not None)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look every few milliseconds until it is so, or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)


def keep(place: Path) -> None:
    """The keeper's life: start a server, name it to whoever connects, stop it when all have gone."""
    folder = Path(tempfile.mkdtemp(prefix="pileus-postgres-"))
    try:
        with listening(place) as listener, running_server(folder):
            stay(listener, str(folder).encode())
    finally:
        shutil.rmtree(folder)


@contextmanager
def listening(place: Path) -> Iterator[socket.socket]:
    """The socket test processes connect to; it appears only when it can be connected to."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / "opening"))
        listener.listen(64)
        (place / "opening").rename(place / "keeper")
        yield listener


@contextmanager
def running_server(folder: Path) -> Iterator[None]:
    """A new and empty server in folder, run by an ordinary user; it answers when one gets here."""
    become = ["setpriv", "--pdeathsig", "QUIT"]
    folder.chmod(0o755)
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        become += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    make = [f"{PROGRAMS}/initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "--no-sync"]
    subprocess.run([*become, *make, "--encoding", "UTF8", "--locale", "C.UTF-8"], check=True, cwd="/")
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    run = [f"{PROGRAMS}/postgres", "-D", f"{folder}/data", f"--unix_socket_directories={folder}", *settings]
    server = subprocess.Popen([*become, *run], cwd="/")
    try:
        wait_until(lambda: answers(folder) or server.poll() is not None)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # "fast": ends what is still connected
        server.wait()


def answers(folder: Path) -> bool:
    """Whether the server lets one in."""
    try:
        psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def stay(listener: socket.socket, greeting: bytes) -> None:
    """Greet every connection; return when there were some and none is left, or nobody ever came."""
    lines: list[socket.socket] = []
    while ready := select.select([listener, *lines], [], [], None if lines else PATIENCE)[0]:
        for line in set(ready) & set(lines):  # nobody ever writes: it has been closed
            lines.remove(line)
            line.close()
        if listener in ready:
            lines.append(listener.accept()[0])
            with suppress(OSError):  # who came may be gone already, which the next turn sees
                lines[-1].sendall(greeting)
        if not lines:
            return


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
