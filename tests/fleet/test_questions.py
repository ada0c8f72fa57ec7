"""Questions to hosts are answered once, or given up in time."""

from __future__ import annotations

import pytest

from pileus.fleet import Question, answer_to, ask, holds, questions
from pileus.kernel.errors import Unavailable
from pileus.kernel.store import Store
from tests.asking import LOOP
from tests.fleet.conftest import Fleet


def test_an_answer_reaches_who_asked_and_nothing_stays(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    number = store.write(ask, host.id, Question("console", "g1", {"lines": 3}))
    (row,) = host.wanted()
    assert row["body"] == {"about": "console", "id": "g1", "more": {"lines": 3}}
    host.says("question", row["id"], row["number"], text="hello")
    assert LOOP.run(answer_to(store, host.id, number)) == {"text": "hello"}
    assert not store.look(holds, host.id, "question", number)


def test_who_gets_no_answer_in_time_is_told_so(
    fleet_cloud: Fleet, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "PATIENCE", 0.1)
    host = fleet_cloud.host("h1")
    number = store.write(ask, host.id, Question("console", "g1"))
    with pytest.raises(Unavailable):
        LOOP.run(answer_to(store, host.id, number))
    assert host.wanted() == []
    assert host.says("question", number, 1, text="too late").code == 204
    assert not store.look(holds, host.id, "question", number)
