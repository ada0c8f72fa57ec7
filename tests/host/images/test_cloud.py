"""Several chunks in one answer."""

from __future__ import annotations

import pytest

from pileus.chunks.errors import Damaged
from pileus.host.images.cloud import apart


def test_chunks_are_told_apart_by_their_lengths() -> None:
    assert apart(b"abbccc", {"X-Lengths": "1,2,3"}) == [b"a", b"bb", b"ccc"]
    assert apart(b"", {"x-lengths": ""}) == []


@pytest.mark.parametrize("told", ["", "1", "1,1,9", "-1,7", "x", "6,,1"])
def test_lengths_that_do_not_add_up_are_damage(told: str) -> None:
    with pytest.raises(Damaged):
        apart(b"abbccc", {"x-lengths": told})
