"""Files that owners lay into new servers."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sqlalchemy import select

from pileus.compute.servers.table import servers
from tests.asking import Heard
from tests.toy import Caller, Toy


def file(path: str = "/etc/motd", content: bytes = b"hello\n") -> dict[str, str]:
    """A file as it is asked for."""
    return {"path": path, "contents": base64.b64encode(content).decode()}


def ask(who: Caller, files: list[Any], version: str = "2.56") -> Heard:
    """Ask for a server with files."""
    body = {"name": "web", "imageRef": who.toy.image, "flavorRef": who.toy.flavor, "networks": "auto"}
    return who.compute.at(version)("POST /servers", {"server": {**body, "personality": files}})


def test_a_guest_finds_its_files_among_its_metadata(toy: Toy) -> None:
    alice = toy.member("alice")
    web = ask(alice, [file(), file("/etc/issue", b"\xff")]).body["server"]["id"]
    toy.settle()
    (guest,) = [host.agent for host in toy.hosts if web in host.hypervisor.guests()]
    told = guest.documents(web, "/openstack/latest/meta_data.json") or b""
    assert b'"files":[{"content_path":"/content/0000","path":"/etc/motd"}' in told
    assert guest.documents(web, "/openstack/content/0001") == b"\xff"
    assert guest.documents(web, "/openstack/content") == b"0000\n0001"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([file()] * 5, 202),
        ([file()] * 6, 403),
        ([file(path="/" + "x" * 254)], 202),
        ([file(path="/" + "x" * 255)], 403),
        ([file(content=b"x" * 10240)], 202),
        ([file(content=b"x" * 10241)], 403),
        ([{"path": "/a", "contents": "not base64!"}], 400),
        ([{"path": "/a\0b", "contents": ""}], 400),
        ([{"path": "/a"}], 400),
        ([{"path": "/a", "contents": "", "mode": "0600"}], 400),
        ("/a", 400),
    ],
    ids=lambda one: str(one)[:40],
)
def test_files_have_limits(toy: Toy, files: list[Any], code: int) -> None:
    assert ask(toy.member("alice"), files).code == code


def test_quotas_of_files_are_kept(toy: Toy) -> None:
    alice = toy.member("alice")
    limits = {"injected_files": 1, "injected_file_content_bytes": 3}
    path = f"PUT /os-quota-sets/{alice.project_id}"
    assert toy.admin.compute.at("2.56")(path, {"quota_set": limits}).code == 200
    told = alice.compute.at("2.56")("GET /limits").body["limits"]["absolute"]
    assert (told["maxPersonality"], told["maxPersonalitySize"]) == (1, 3)
    assert ask(alice, [file(content=b"abc")]).code == 202
    assert ask(alice, [file(content=b"abcd")]).code == 403


def test_since_2_57_there_are_none(toy: Toy) -> None:
    assert ask(toy.member("alice"), [file()], "2.57").code == 400


def test_they_are_forgotten_with_the_server(toy: Toy) -> None:
    alice = toy.member("alice")
    web = ask(alice, [file()]).body["server"]["id"]
    toy.settle()
    assert alice.compute(f"DELETE /servers/{web}").code == 204
    toy.settle()
    (row,) = toy.cloud.store.read(lambda tx: tx.all(select(servers)))
    assert (row["status"], row["files"], row["public_key"]) == ("DELETED", [], None)
