"""The tests' own PostgreSQL: databases apart from each other, and nothing left when its users are gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.databases.postgres import postgres_database

USER = """
import sys
from tests.databases.postgres import server_folder
print(server_folder(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """Where a second server may live, apart from the one this run uses; open to the user it runs as."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def fill(url: str) -> None:
    """Make a table with a row."""
    with connected(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")


def connected(url: str) -> psycopg.Connection:
    """A plain connection to what SQLAlchemy would open."""
    return psycopg.connect(url.replace("+psycopg", ""))


def count(url: str) -> object:
    """How many rows the table has."""
    with connected(url) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()


def test_each_database_is_a_copy_of_its_own() -> None:
    with postgres_database(fill) as one, postgres_database(fill) as other:
        with connected(one) as connection:
            connection.execute("INSERT INTO kept VALUES (2)")
        assert (count(one), count(other)) == ((2,), (1,))


def test_the_server_ends_when_its_last_user_is_killed(place: Path) -> None:
    users = [user_of(place), user_of(place)]
    folders = {told(user) for user in users}
    (folder,) = folders
    users[0].kill()
    users[0].wait()
    assert (folder / "data/postmaster.pid").exists()
    users[1].kill()
    users[1].wait()
    wait_until(lambda: not folder.exists())


def user_of(place: Path) -> subprocess.Popen[str]:
    """Another process that asks for a server."""
    environment = os.environ | {"TMPDIR": str(place), "PYTHONPATH": str(Path(__file__).parents[2])}
    program = [sys.executable, "-c", USER]
    return subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def told(user: subprocess.Popen[str]) -> Path:
    """The server's folder, as that process was told."""
    assert user.stdout
    return Path(user.stdout.readline().strip())


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look often, for as long as a busy machine may need."""
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
