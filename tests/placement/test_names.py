"""Names that are one's own to give."""

from __future__ import annotations

import pytest

from pileus.placement.names import is_custom


@pytest.mark.parametrize(
    ("name", "custom"),
    [("CUSTOM_A", True), ("CUSTOM_A1_B", True), ("CUSTOM_", False), ("CUSTOM_a", False), ("CUSTOM_A\n", False)],
)
def test_what_is_ones_own_begins_with_custom(name: str, custom: bool) -> None:
    assert is_custom(name) is custom
