"""What is put together is checked when it is: a file of policy rules that cannot be used is refused at start."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus import app
from pileus.settings import ApiSettings, BadSettings, Settings
from tests.toy import Toy

RULE = "os_compute_api:extensions"
BAD = {
    "[]": "Expected `object",
    "compute: 7": "Expected `object",
    f"compute: {{'{RULE}': true}}": "Expected `str`",
    f"compute: {{'{RULE}': null}}": "Expected `str`",
    "compute: {5: '@'}": "Expected `str`",
    "nosuch: {}": "no service 'nosuch'",
    "compute: {nosuch: '@'}": "unknown policy rules: nosuch",
    f"compute: {{'{RULE}': 'role:admin and'}}": "cannot be read",
    f"compute: {{'{RULE}': 'rolle:admin'}}": "cannot be read",
    f"compute: {{'{RULE}': 'field:it:name=~['}}": "cannot be read",
    f"compute: {{'{RULE}': 'rule:nosuch'}}": "refers to nosuch",
    f"compute: {{'{RULE}': 'rule:{RULE}'}}": "refers to itself",
    "compute: {": "flow",
}


@pytest.mark.parametrize("text", BAD)
def test_policy_rules_that_cannot_be_used_are_refused_at_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=r"policy\.yaml") as met:
        app.build(Settings(api=ApiSettings(policy_file=str(file))), tmp_path, "ticket", durable=False)
    assert BAD[text] in str(met.value)


def test_a_file_of_policy_rules_that_is_not_there_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="No such file"):
        app.build(Settings(api=ApiSettings(policy_file=f"{tmp_path}/none.yaml")), tmp_path, "ticket", durable=False)


def test_a_rule_of_a_file_replaces_the_published_one(toy: Toy, tmp_path: Path) -> None:
    alice = toy.member("alice")
    assert alice.compute("GET /extensions").code == 200
    (tmp_path / "policy.yaml").write_text(f"image:\ncompute: {{'{RULE}': 'role:admin'}}")
    toy.cloud.front.policies = app._policies(f"{tmp_path}/policy.yaml")
    assert alice.compute("GET /extensions").code == 403
    assert toy.admin.compute("GET /extensions").code == 200
