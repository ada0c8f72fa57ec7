"""Key pairs: whose they are, what they were in older versions, and how many there may be."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.compute.keys import generate
from tests.toy import Toy

KEY = generate("ssh", "any")[0]


def test_a_key_is_kept_shown_and_forgotten(toy: Toy) -> None:
    ask = toy.member("alice").compute.at("2.92")
    made = ask("POST /os-keypairs", {"keypair": {"name": "mine", "public_key": KEY}})
    assert made.code == 201
    assert made.body["keypair"]["type"] == "ssh"
    shown = ask("GET /os-keypairs/mine").body["keypair"]
    assert (shown["public_key"], shown["deleted"]) == (KEY, False)
    assert [one["keypair"]["name"] for one in ask("GET /os-keypairs").body["keypairs"]] == ["mine"]
    assert ask("DELETE /os-keypairs/mine").code == 204
    assert ask("GET /os-keypairs/mine").code == 404
    assert ask("DELETE /os-keypairs/mine").code == 404


def test_the_oldest_version_answers_with_its_own_codes_and_makes_keys(toy: Toy) -> None:
    ask = toy.member("alice").compute
    made = ask("POST /os-keypairs", {"keypair": {"name": "mine"}})
    assert made.code == 200
    assert "PRIVATE KEY" in made.body["keypair"]["private_key"]
    assert "type" not in made.body["keypair"]
    assert "private_key" not in ask("GET /os-keypairs/mine").body["keypair"]
    assert ask("DELETE /os-keypairs/mine").code == 202


def test_certificates_are_made_too(toy: Toy) -> None:
    made = toy.member("alice").compute.at("2.2")("POST /os-keypairs", {"keypair": {"name": "c", "type": "x509"}})
    assert made.code == 201
    assert made.body["keypair"]["public_key"].startswith("-----BEGIN CERTIFICATE")


@pytest.mark.parametrize(
    ("version", "wrong"),
    [
        ("2.1", {"name": ""}),
        ("2.1", {"name": "a.b"}),
        ("2.1", {"name": "line\n"}),
        ("2.1", {"public_key": "nonsense"}),
        ("2.1", {"public_key": "ssh-rsa nonsense"}),
        ("2.1", {"type": "ssh"}),
        ("2.92", {"public_key": None}),
        ("2.92", {"type": "gpg"}),
        ("2.92", {"name": "a/b"}),
    ],
)
def test_what_is_no_key_is_refused(toy: Toy, version: str, wrong: dict[str, Any]) -> None:
    body = {"keypair": {"name": "mine", "public_key": KEY, **wrong}}
    assert toy.member("alice").compute.at(version)("POST /os-keypairs", body).code == 400


def test_a_name_is_used_once_by_each_user(toy: Toy) -> None:
    body = {"keypair": {"name": "mine", "public_key": KEY}}
    assert toy.member("alice").compute("POST /os-keypairs", body).code == 200
    assert toy.member("alice").compute("POST /os-keypairs", body).code == 409
    assert toy.member("bob").compute("POST /os-keypairs", body).code == 200


def test_others_keys_are_for_administrators_only(toy: Toy) -> None:
    alice, bob = toy.member("alice"), toy.member("bob")
    alice.compute("POST /os-keypairs", {"keypair": {"name": "hers", "public_key": KEY}})
    assert bob.compute("GET /os-keypairs/hers").code == 404
    assert bob.compute.at("2.10")("GET /os-keypairs/hers", user_id=alice.user_id).code == 403
    assert bob.compute.at("2.10")("DELETE /os-keypairs/hers", user_id=alice.user_id).code == 403
    assert toy.admin.compute.at("2.10")("GET /os-keypairs/hers", user_id=alice.user_id).code == 200
    assert toy.admin.compute.at("2.10")("GET /os-keypairs", user_id=alice.user_id).body["keypairs"]


def test_keys_come_in_pages_by_name(toy: Toy) -> None:
    ask = toy.member("alice").compute.at("2.35")
    for name in "cab":
        ask("POST /os-keypairs", {"keypair": {"name": name, "public_key": KEY}})
    first = ask("GET /os-keypairs", limit=2).body
    assert [one["keypair"]["name"] for one in first["keypairs"]] == ["a", "b"]
    assert "marker=b" in first["keypairs_links"][0]["href"]
    rest = ask("GET /os-keypairs", marker="b").body
    assert [one["keypair"]["name"] for one in rest["keypairs"]] == ["c"]
    assert ask("GET /os-keypairs", marker="nowhere").code == 400


def test_a_quota_says_how_many_keys_a_user_may_have(toy: Toy) -> None:
    alice = toy.member("alice")
    toy.admin.compute(f"PUT /os-quota-sets/{alice.project_id}", {"quota_set": {"key_pairs": 1}})
    codes = [
        alice.compute("POST /os-keypairs", {"keypair": {"name": name, "public_key": KEY}}).code for name in ("a", "b")
    ]
    assert codes == [200, 403]
