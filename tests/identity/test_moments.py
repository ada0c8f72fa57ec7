"""Moments as callers write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from pileus.identity.moments import read_moment
from pileus.kernel.errors import Invalid

NOW = datetime(2026, 1, 1)


@pytest.mark.parametrize(
    "text", ["2026-02-03T04:05:06Z", "2026-02-03T04:05:06", "2026-02-03T05:05:06+01:00", "2026-02-03T04:05:06.000000Z"]
)
def test_every_form_means_the_same(text: str):
    assert read_moment(text, "expires_at", NOW) == datetime(2026, 2, 3, 4, 5, 6)


def test_no_moment_is_none():
    assert read_moment(None, "expires_at", NOW) is None


@pytest.mark.parametrize("text", ["", "soon", "bad.123Z", "2026-13-01T00:00:00Z", "2025-12-31T23:59:59Z", "2026-01-01"])
def test_what_is_past_or_no_moment_is_refused(text: str):
    with pytest.raises(Invalid, match="expires_at"):
        read_moment(text, "expires_at", NOW)
