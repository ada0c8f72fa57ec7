"""Texts are compared as Python compares them, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, literal, select, text

from pileus.kernel.databases.texts import begins, ends, holds, starts
from pileus.kernel.store import Store
from tests.things import tables, things

TEXTS = ["", "a", "A", "ab", "abc", "aB", "b", "%", "a%b", "_", "\\", "/", "é", "É", "ab ", " ab", "x" * 255]
TEXTS += ["\ud7ff", "\ue000", "\U0010ffff", "z\U0010fffe", "a\U0010ffff", "a\U0010ffff\U0010ffff", "a\U0010ffffb"]


@pytest.mark.parametrize("part", TEXTS)
def test_texts_hold_begin_and_end_as_in_python(store: Store, part: str):
    asked = []
    for number, one in enumerate(TEXTS):
        asked += [
            holds(literal(one), literal(part)).label(f"holds{number}"),
            begins(literal(one), part).label(f"begins{number}"),
            starts(literal(one), literal(part)).label(f"starts{number}"),
            ends(literal(one), literal(part)).label(f"ends{number}"),
        ]
    (heard,) = store.read(lambda tx: tx.all(select(*asked)))
    for number, one in enumerate(TEXTS):
        assert bool(heard[f"holds{number}"]) == (part in one)
        assert bool(heard[f"begins{number}"]) == bool(heard[f"starts{number}"]) == one.startswith(part)
        assert bool(heard[f"ends{number}"]) == one.endswith(part)


def test_a_beginning_is_a_range_of_an_index():
    engine = create_engine("sqlite://")
    asked = select(things.c.id).where(begins(things.c.name, "an"), things.c.size == 1)
    said = asked.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.begin() as link:
        tables.create_all(link)
        plan = [row.detail for row in link.execute(text(f"EXPLAIN QUERY PLAN {said}"))]
    assert [one.partition("INDEX ")[2].partition(" ")[2] for one in plan] == ["(name>? AND name<?)"]
