"""Limits on what a header may claim."""

from __future__ import annotations

import pytest

from pileus.image.inspection.finding import MOST_VIRTUAL, Danger, sane, whole


def test_a_disk_has_a_size_that_disks_have() -> None:
    assert sane(MOST_VIRTUAL) == MOST_VIRTUAL
    with pytest.raises(Danger):
        sane(MOST_VIRTUAL + 1)


def test_a_header_is_whole() -> None:
    whole(b"1234", 4, "format")
    with pytest.raises(Danger, match="format"):
        whole(b"123", 4, "format")
