"""Questions are answered, or refused in words."""

from __future__ import annotations

import pytest

from pileus.compute.host.fake import FakeHypervisor
from pileus.host.questions import Questions
from pileus.kernel.clock import HeldClock
from tests.compute.host.specs import guest


@pytest.mark.parametrize(
    "question",
    [{}, {"about": "weather"}, {"about": "console", "more": None},
     {"about": "console", "more": {"lines": "x"}}, {"about": "console", "more": 7}],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_words(question: dict[str, object]) -> None:
    assert Questions(FakeHypervisor(HeldClock())).answer(question)["failed"]


def test_a_guests_console_and_usage_are_told() -> None:
    hypervisor, one = FakeHypervisor(HeldClock()), guest(1)
    hypervisor.define(one)
    hypervisor.start(one)
    asked = Questions(hypervisor)
    assert isinstance(asked.answer({"about": "console", "id": one.id, "more": {"lines": 5}})["text"], str)
    assert asked.answer({"about": "usage", "id": one.id})["id"] == one.id
    assert asked.answer({"about": "usage", "id": "none"}) == {}


def test_a_host_without_a_console_says_so() -> None:
    assert "console" in Questions(None).answer({"about": "console", "id": "g"})["failed"]
