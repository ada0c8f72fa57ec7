"""Texts are compared as Python compares them, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import literal, select

from pileus.kernel.databases.texts import begins, ends, holds, starts
from pileus.kernel.store import Store

TEXTS = ["", "a", "A", "ab", "abc", "aB", "b", "%", "a%b", "_", "\\", "/", "é", "É", "ab ", " ab", "x" * 255]
TEXTS += ["\ud7ff", "\ue000", "\U0010ffff", "z\U0010fffe", "a\U0010ffff", "a\U0010ffff\U0010ffff", "a\U0010ffffb"]


@pytest.mark.parametrize("part", TEXTS)
def test_texts_hold_begin_and_end_as_in_python(store: Store, part: str):
    asked = []
    for number, text in enumerate(TEXTS):
        asked += [
            holds(literal(text), literal(part)).label(f"holds{number}"),
            begins(literal(text), part).label(f"begins{number}"),
            starts(literal(text), literal(part)).label(f"starts{number}"),
            ends(literal(text), literal(part)).label(f"ends{number}"),
        ]
    (heard,) = store.read(lambda tx: tx.all(select(*asked)))
    for number, text in enumerate(TEXTS):
        assert bool(heard[f"holds{number}"]) == (part in text)
        assert bool(heard[f"begins{number}"]) == bool(heard[f"starts{number}"]) == text.startswith(part)
        assert bool(heard[f"ends{number}"]) == text.endswith(part)
