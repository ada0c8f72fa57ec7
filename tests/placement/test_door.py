"""The door: everything compute needs is there, under one name each."""

from __future__ import annotations

import pileus.placement
from pileus.placement import door, placement


def test_what_is_offered_exists() -> None:
    assert all(hasattr(pileus.placement, name) for name in door.__all__)


def test_every_operation_asks_a_policy_rule_of_its_own() -> None:
    rules = {operation.rule for operation in placement.operations}
    assert None not in rules
    assert rules == {name for name in placement.rules if name.startswith("placement:")}
