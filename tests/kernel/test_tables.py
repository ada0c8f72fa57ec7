"""What tables are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import Column, MetaData, Table, select, text
from sqlalchemy.schema import UniqueConstraint

from pileus.kernel.store import Id, Name, Number, Store
from pileus.kernel.tables import metadata, statements_of
from tests.things import parts, tables, things


class Point(msgspec.Struct):
    """A struct that somebody keeps in a document."""

    x: int


@pytest.fixture(autouse=True)
def _tables(store: Store) -> None:
    store.sketch(tables)


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ({"a": [1, 2.5, None, "ü\U0001f344"]}, {"a": [1, 2.5, None, "ü\U0001f344"]}),
        ([], []),
        ("", ""),
        (0, 0),
        (Point(7), {"x": 7}),
        (datetime(2026, 1, 2), "2026-01-02T00:00:00"),
    ],
)
def test_a_document_holds_what_json_can_say(store: Store, kept: Any, found: Any) -> None:
    store.write(lambda tx: tx.insert(things, extras=kept))
    assert store.look(lambda tx: tx.value(select(things.c.extras))) == found


def test_no_document_is_null(store: Store) -> None:
    store.write(lambda tx: tx.insert(things, extras=None))
    assert store.look(lambda tx: tx.value(text("SELECT count(*) FROM things WHERE extras IS NULL"))) == 1


def test_a_number_has_64_bits_and_counts_by_itself(store: Store) -> None:
    thing = store.write(lambda tx: tx.insert(things))
    large = store.write(lambda tx: tx.insert(parts, id=2**62, thing_id=thing["id"]))
    assert store.look(lambda tx: tx.find(parts, large["id"])) == large


def test_statements_know_what_a_table_says_of_itself() -> None:
    of = statements_of(things)
    assert (of.kind, of.keys, of.counted) == ("big_thing", ("id",), None)
    assert of.secret == {"password_hash"}
    assert of.defaults["size"] == 1
    assert statements_of(parts).counted == "id"


def test_a_row_is_named_by_itself_or_by_its_key() -> None:
    of = statements_of(things)
    assert of.key({"id": "a", "name": "web"}) == of.key("a") == {"key_id": "a"}


def test_a_key_of_several_columns_is_named_by_the_row(store: Store) -> None:
    own = MetaData()
    tags = Table("tags", own, Column("thing", Id, primary_key=True), Column("tag", Name, primary_key=True))
    store.sketch(own)
    row = store.write(lambda tx: tx.insert(tags, thing="a", tag="b"))
    store.write(lambda tx: tx.remove(tags, row))
    assert store.look(lambda tx: tx.all(select(tags))) == []


def test_a_statement_is_built_once() -> None:
    of = statements_of(things)
    assert of is statements_of(things)
    assert of.update(["name", "size"], {}) is of.update(["size", "name"], {})
    assert of.update(["name"], {"size": 1}) is of.update(["name"], {"size": 2})
    assert of.update(["name"], {"size": None}) is not of.update(["name"], {"size": 2})


def test_constraints_have_names_that_migrations_can_speak_of() -> None:
    own = MetaData(naming_convention=metadata.naming_convention)
    table = Table("towers", own, Column("id", Number, primary_key=True), Column("name", Name), UniqueConstraint("name"))
    assert {constraint.name for constraint in table.constraints} == {"pk_towers", "uq_towers_name"}
