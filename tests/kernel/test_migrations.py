"""How the schema moves on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

import pileus.app  # noqa: F401  (declares every table)
from pileus.kernel.databases import database
from pileus.kernel.history import history
from pileus.kernel.migrations import current, newest, upgrade
from pileus.kernel.migrations.drafting import draft, drift
from pileus.kernel.store import Store


def test_the_steps_bring_an_empty_database_to_the_tables_as_they_are_declared(empty_database_url: str) -> None:
    store = Store(empty_database_url, durable=False)
    store.create_schema()
    store.close()
    with database(empty_database_url).schema() as connection:
        assert drift(connection) == []


def test_a_schema_that_is_there_is_left_alone(empty_database_url: str) -> None:
    store = Store(empty_database_url, durable=False)
    for _ in range(2):
        store.create_schema()
        store.write(lambda tx: tx.run(history.insert(), at=tx.now, kind="kind", resource_id="", action="create"))
    assert store.look(lambda tx: tx.value(text("SELECT count(*) FROM history"))) == 2
    store.close()


def test_a_drafted_step_says_all_that_differs(empty_database_url: str, tmp_path: Path) -> None:
    with database(empty_database_url).schema() as connection:
        drafted = draft(connection, "the beginning", tmp_path)
        assert drafted.name == "0001_the_beginning.py"
        assert newest(tmp_path) == "0001"
        upgrade(connection, tmp_path)
        assert drift(connection) == []
        assert "info" not in drafted.read_text()


STEP = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = {number!r}, {before!r}


def upgrade() -> None:
    op.create_table("made_by_{number}", sa.Column("id", sa.Integer()))
    {then}
"""


def test_a_step_that_fails_leaves_the_schema_as_it_was(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_well.py").write_text(STEP.format(number="0001", before=None, then=""))
    with database(empty_database_url).schema() as connection:
        upgrade(connection, tmp_path)
    (tmp_path / "0002_badly.py").write_text(STEP.format(number="0002", before="0001", then="raise ValueError"))
    with pytest.raises(ValueError), database(empty_database_url).schema() as connection:
        upgrade(connection, tmp_path)
    with database(empty_database_url).schema() as connection:
        assert current(connection) == "0001"
        assert set(inspect(connection).get_table_names()) == {"alembic_version", "made_by_0001"}
