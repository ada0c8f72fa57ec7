"""Databases on PostgreSQL with tables and no rows, for one test after another: to copy one takes half a second."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from tests.databases.postgres import postgres_url, run_sql, server_folder, template

_idle: defaultdict[str, list[str]] = defaultdict(list)
"""By the template they are copies of."""

_SHAPE = """
SELECT (SELECT count(*) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = here.oid),
       (SELECT count(*) FROM pg_constraint WHERE connamespace = here.oid),
       (SELECT count(*) FROM pg_class WHERE relnamespace = here.oid),
       (SELECT count(*) FROM pg_proc WHERE pronamespace = here.oid)
FROM pg_namespace AS here WHERE nspname = 'public'
"""

_EMPTY = """
DO $$
DECLARE each regclass;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no foreign key says in which order
    FOR each IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('DELETE FROM %s', each);
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""


@contextmanager
def emptied_database(prepare: Callable[[str], None]) -> Iterator[str]:
    """The SQLAlchemy URL of a database of one's own with the tables that `prepare` makes, of which it fills none."""
    like = template(prepare)
    name = _idle[like].pop() if _idle[like] else _copy(like)
    before = _asked_in(name, _SHAPE)
    try:
        yield postgres_url(name)
    finally:
        run_sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", name)
        if _asked_in(name, _SHAPE) == before:
            _asked_in(name, _EMPTY)
            _idle[like].append(name)
        else:
            run_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _copy(like: str) -> str:
    name = f"emptied_{uuid.uuid4().hex}"
    run_sql(f"CREATE DATABASE {name} TEMPLATE {like}")
    return name


def _asked_in(name: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=server_folder(), user="postgres", dbname=name, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []
