"""Lists in pages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select

from pileus.kernel.errors import Invalid
from pileus.kernel.store import Id, Moment, Name, Page, Row, Store, page

tables = MetaData()
books = Table(
    "books",
    tables,
    Column("id", Id, primary_key=True),
    Column("title", Name),
    Column("pages", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
)
every = select(books)

ORDERS = [
    [("pages", "asc")],
    [("pages", "desc"), ("created_at", "desc")],
    [("title", "asc")],
    [("title", "desc"), ("pages", "asc")],
    [("title", "asc"), ("pages", "desc"), ("id", "desc")],
    [],
]


@pytest.fixture
def shelf(store: Store) -> Store:
    store.sketch(tables)
    chance = random.Random(7)
    titles = [None, None, "a", "b", "b", "c"]

    def fill(tx: Any) -> None:
        for number in range(37):
            tx.insert(books, id=f"{number:03}", title=chance.choice(titles), pages=chance.randrange(5))

    store.write(fill)
    return store


def ask(shelf: Store, **how: Any) -> Page:
    return shelf.read(lambda tx: page(tx, how.pop("of", every), books, **how))


def ids(rows: Sequence[Row]) -> list[str]:
    return [row["id"] for row in rows]


def in_order(rows: list[Row], order: list[tuple[str, str]]) -> list[Row]:
    """What the database should answer, worked out here: NULL is lowest, equal rows stand as `id` does."""
    ways = order if ("id", "desc") in order else [*order, ("id", order[-1][1] if order else "asc")]
    for name, way in reversed(ways):
        least: int | str = 0 if name == "pages" else ""
        rows = sorted(rows, key=lambda row: (row[name] is not None, row[name] or least))
        rows = rows if way == "asc" else _reversed_stably(rows, name)
    return rows


def _reversed_stably(rows: list[Row], name: str) -> list[Row]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return [row for key in reversed(list(groups)) for row in groups[key]]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_pages_put_together_are_the_whole_list_in_order(shelf: Store, order: list[tuple[str, str]]) -> None:
    whole = in_order(shelf.read(lambda tx: tx.all(every)), order) if order != [] else None
    found: list[Row] = []
    last = ask(shelf, sort=order, limit=5)
    while last.more:
        found += last.rows
        last = ask(shelf, sort=order, limit=5, marker=last.marker)
    found += last.rows
    assert len(found) == 37
    assert ids(found) == (ids(whole) if whole is not None else sorted(ids(found)))


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_page_backward_is_what_stands_before_the_marker(shelf: Store, order: list[tuple[str, str]]) -> None:
    whole = ids(ask(shelf, sort=order).rows)
    before = ask(shelf, sort=order, limit=5, marker=whole[20], backward=True)
    assert (ids(before.rows), before.more) == (whole[15:20], True)
    first = ask(shelf, sort=order, limit=5, marker=whole[3], backward=True)
    assert (ids(first.rows), first.more) == (whole[:3], False)


def test_the_last_page_says_that_nothing_follows(shelf: Store) -> None:
    assert ask(shelf, limit=36).more is True
    assert ask(shelf, limit=37).more is False


def test_an_empty_page_that_was_asked_for_leads_nowhere(shelf: Store) -> None:
    assert ask(shelf, sort=[("pages", "asc")], limit=0) == ([], False, "id")


def test_no_page_is_larger_than_the_service_allows(shelf: Store) -> None:
    assert len(ask(shelf, limit=30, most=10).rows) == 10
    assert len(ask(shelf, most=10).rows) == 10
    assert len(ask(shelf, most=None).rows) == 37


def test_a_row_that_comes_between_pages_moves_nothing(shelf: Store) -> None:
    order = [("pages", "asc")]
    first = ask(shelf, sort=order, limit=10)
    rest = ids(ask(shelf, sort=order, marker=first.rows[-1]["id"]).rows)
    shelf.write(lambda tx: tx.insert(books, id="new", pages=-1))
    assert ids(ask(shelf, sort=order, marker=first.rows[-1]["id"]).rows) == rest


@pytest.mark.parametrize("marker", ["nobody", "", "'; DROP TABLE books"])
def test_an_unknown_marker_is_invalid(shelf: Store, marker: str) -> None:
    with pytest.raises(Invalid, match="marker"):
        ask(shelf, marker=marker)


def test_a_marker_the_caller_may_not_see_is_unknown(shelf: Store) -> None:
    with pytest.raises(Invalid):
        ask(shelf, of=every.where(books.c.id > "010"), marker="001")


def test_a_marker_that_a_filter_hides_is_known_where_the_scope_has_it(shelf: Store) -> None:
    rows = ask(shelf, of=every.where(books.c.id > "010"), marker="001", scope=every, sort=[("id", "asc")]).rows
    assert ids(rows)[0] == "011"


@pytest.mark.parametrize("order", [[("weight", "asc")], [("pages", "up")], [("select", "asc")]])
def test_an_unknown_order_is_invalid(shelf: Store, order: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid, match="sort"):
        ask(shelf, sort=order)
