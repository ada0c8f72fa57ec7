"""A decision as a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.placement.choice.decision import decide
from pileus.placement.choice.needs import Alternative, Needs, Spot
from pileus.placement.choice.wording import sentence
from pileus.placement.names import EGRESS, MEMORY_MB, VCPU
from pileus.placement.settings import PlacementSettings
from pileus.placement.stock import Stock
from tests.placement.choice.hosts import needs, spot


def said(asked: Needs, *spots: Spot) -> str:
    return sentence(decide(asked, spots, PlacementSettings()).record)


def memory(free: int) -> dict[str, Stock]:
    return {VCPU: Stock(4), MEMORY_MB: Stock(2048, 2048 - free)}


def test_a_refusal_says_who_lacks_what_and_what_would_fit() -> None:
    asked = needs(resources={MEMORY_MB: 1536}, alternatives=[Alternative("m1.small", {MEMORY_MB: 1024})])
    assert said(asked, spot("a", memory(1024)), spot("b", memory(256))) == (
        "No valid host was found: 2 hosts lack 512 MB of memory (1536 asked, at most 1024 of 2048 free). "
        "Flavor m1.small would fit on 1."
    )


def test_every_kind_of_reason_has_its_words() -> None:
    asked = needs(resources={VCPU: 3, EGRESS: 5, "CUSTOM_GPU": 2}, zone="east", ecu_per_vcpu=4)
    slow = spot("a", {VCPU: Stock(4, max_unit=2), "CUSTOM_GPU": Stock(1)}, ecu_per_core=2, zone="east")
    dumb = spot("b", {VCPU: Stock(4), EGRESS: Stock(9), "CUSTOM_GPU": Stock(2)}, enabled=False, up=False)
    assert said(asked, slow, dumb) == (
        "No valid host was found: 1 host is disabled; 1 host is down; 1 host is in another zone; "
        "1 host has cores that are too slow (4 ECU per VCPU asked, at most 2 per core); "
        "1 host does not report what a core is worth; "
        "1 host does not give a single server 3 VCPU; "
        "1 host does not report any outgoing bandwidth; "
        "1 host lacks 1 CUSTOM_GPU (2 asked, at most 1 of 1 free)."
    )


@pytest.mark.parametrize(
    ("asked", "here", "end"),
    [
        ({"zone": "east"}, {}, "1 host is in another zone. Without that zone it would fit on 1."),
        ({}, {"enabled": False}, "1 host is disabled. 1 host would do if it were enabled."),
        ({}, {"up": False}, "1 host is down. 1 host would do if it were up."),
    ],
)
def test_what_would_help_is_said(asked: dict[str, Any], here: dict[str, Any], end: str) -> None:
    assert said(needs(**asked), spot(**here)) == f"No valid host was found: {end}"


def test_no_hosts_are_no_hosts() -> None:
    assert said(needs()) == "No valid host was found: there are no hosts."


def test_a_choice_is_said_with_its_host() -> None:
    assert said(needs(), spot("a"), spot("b", up=False)) == "a was chosen, of 1 with room among 2 hosts."
