"""HTTP to one address: what may go over which kind."""

from __future__ import annotations

import pytest

from pileus.host.line import opener


def test_a_token_never_leaves_the_machine_unencrypted() -> None:
    with pytest.raises(ValueError, match="HTTPS"):
        opener("http://192.0.2.1:8770")
