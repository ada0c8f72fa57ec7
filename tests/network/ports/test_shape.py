"""What may be said of a port."""

from __future__ import annotations

import pytest

from pileus.network.ports.shape import Prefix


def test_a_further_address_is_kept_as_it_was_written() -> None:
    for text in ("10.0.0.5", "10.0.0.5/24", "2001:db8::/64"):
        assert str(Prefix.read(text)) == text


@pytest.mark.parametrize("bad", ["224.0.0.1", "ff02::1", "10.0.0.300", "fe80::1%eth0", "", 7, None])
def test_what_no_port_may_use_is_refused(bad: object) -> None:
    with pytest.raises(ValueError):
        Prefix.read(bad)
