"""How workflows are declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from pileus.kernel.workflow import KINDS, Workflow, minutes, outside, step, wait
from tests.kernel.workflow.houses import BuildHouse


def do(_tx: Any, _work: Any) -> None:
    """Does."""


def undo(_tx: Any, _work: Any) -> None:
    """Undoes."""


@pytest.mark.parametrize("make", [step, outside])
def test_a_step_has_an_undo_or_says_why_not(make: Any) -> None:
    make(do, undo)
    make(do, undo=None, because="it cannot be taken back")
    with pytest.raises(TypeError, match="reason"):
        make(do, undo=None)
    with pytest.raises(TypeError, match="reason"):
        make(do, undo, because="never mind")


def test_steps_are_named_for_their_functions() -> None:
    assert [one.name for one in BuildHouse.steps] == ["choose_plot", "pour_foundation", "raise_walls", "is_painted"]
    assert step(do, undo).undo_name == "undo"
    assert wait(do, deadline=minutes(2)).deadline == 120


def test_a_workflow_is_known_by_its_kind_and_version() -> None:
    assert KINDS["BuildHouse", 1] is BuildHouse
    assert BuildHouse.kind == "BuildHouse"


def test_two_workflows_of_one_name_are_a_mistake() -> None:
    with pytest.raises(TypeError, match="two workflows are called BuildHouse"):
        type("Other", (Workflow,), {"kind": "BuildHouse"})


def test_notes_come_back_as_they_were_and_unknown_ones_are_ignored() -> None:
    work = BuildHouse("home", plot="north")
    assert work.notes() == {"house_id": "home", "plot": "north", "foundation": None}
    assert BuildHouse.of({**work.notes(), "later": "addition"}) == work
    assert BuildHouse.of({"house_id": "home"}) == BuildHouse("home")


def test_notes_may_have_any_shape_that_json_has() -> None:
    @dataclass
    class Paint(Workflow):
        """In colours."""

        room_id: str
        colours: dict[str, list[int]]
        resource = "room"
        title = "paint"
        steps = (step(do, undo),)

    work = Paint("hall", {"red": [1, 2]})
    assert Paint.of(work.notes()) == work
    assert work.resource_id == "hall"
