"""The first network's addresses, as they are given on the command line."""

from __future__ import annotations

import pytest

from pileus.cli.launch.first_day import CIDR, subnet_of
from pileus.cli.words import Trouble


def addresses(cidr: str | None, gateway: str | None = None, pool: str | None = None) -> dict[str, str | None]:
    return {"cidr": cidr, "gateway": gateway, "pool": pool}


def test_the_sites_addresses_become_those_of_the_subnet() -> None:
    assert subnet_of(addresses("192.0.2.0/24", "192.0.2.1", "192.0.2.100 - 192.0.2.200")) == {
        "ip_version": 4,
        "cidr": "192.0.2.0/24",
        "gateway_ip": "192.0.2.1",
        "allocation_pools": [{"start": "192.0.2.100", "end": "192.0.2.200"}],
    }
    assert subnet_of(addresses(None)) == {"ip_version": 4, "cidr": CIDR}


@pytest.mark.parametrize(
    "wrong",
    [
        addresses("nonsense"),
        addresses("192.0.2.1/24"),
        addresses("192.0.2.0/24", "198.51.100.1"),
        addresses("192.0.2.0/24", "192.0.2.1", "192.0.2.100"),
        addresses("192.0.2.0/24", "192.0.2.1", "192.0.2.100-192.0.3.1"),
        addresses("192.0.2.0/24", "fd00::1"),
    ],
)
def test_what_is_no_address_of_theirs_is_told_before_anything_is_made(wrong: dict[str, str | None]) -> None:
    with pytest.raises(Trouble, match="addresses cannot be used"):
        subnet_of(wrong)
