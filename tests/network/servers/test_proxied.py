"""The door through which Compute's older callers reach a project's own groups."""

from __future__ import annotations

import pytest

from pileus import network
from pileus.kernel.caller import Caller as Who
from pileus.kernel.errors import Invalid, Missing
from tests.toy import Toy


def test_a_project_gets_its_default_group_once(toy: Toy) -> None:
    for _ in range(2):
        network.have_default_group(toy.cloud.store, "p1")
    (group,) = toy.cloud.store.read(network.own_groups, "p1")
    assert group["is_default"]
    assert {rule["remote_group"]["name"] for rule in group["rules"] if rule["direction"] == "ingress"} == {"default"}


def test_a_group_is_its_owners_alone(toy: Toy) -> None:
    owner, other = Who(user_id="u", project_id="p1"), Who(user_id="v", project_id="p2")
    made = toy.cloud.store.write(network.make_group, owner, "doors", "")
    line = network.Line(made["id"], "tcp", 22, 22, "0.0.0.0/0")
    with pytest.raises(Missing):
        toy.cloud.store.write(network.make_line, other, line)
    rule = toy.cloud.store.write(network.make_line, owner, line)
    with pytest.raises(Invalid, match="already exists"):
        toy.cloud.store.write(network.make_line, owner, line)
    with pytest.raises(Missing):
        toy.cloud.store.write(network.strike_line, other, rule["id"])
    toy.cloud.store.write(network.strike_line, owner, rule["id"])
    toy.cloud.store.write(network.strike_group, owner, made)
    assert "doors" not in [group["name"] for group in toy.cloud.store.read(network.own_groups, "p1")]
