"""What a host is told of a server."""

from __future__ import annotations

from typing import Any

import pytest

from pileus import fleet
from pileus.compute.host.spec import ImageRef
from tests.toy import Toy


def image_of(toy: Toy, **properties: Any) -> dict[str, Any]:
    """The image of a server's root disk, as its host is asked for it."""
    image = toy.make_image("disk", b"disk")
    patch = [{"op": "add", "path": f"/{name}", "value": value} for name, value in properties.items()]
    headers = {"content-type": "application/openstack-images-v2.1-json-patch"}
    assert toy.admin.image(f"PATCH /images/{image}", patch, headers=headers).code == 200
    web = toy.admin.boot("web", imageRef=image)
    toy.settle()
    host_id = toy.host_of(web).link.host_id
    wanted = toy.cloud.store.read(fleet.wanted_of, host_id, "guest", web)
    found: dict[str, Any] = wanted["disks"][0]["image"]
    return found


@pytest.mark.parametrize(
    ("said", "is_lazy"), [({}, True), ({"pileus_lazy_boot": "false"}, False), ({"pileus_lazy_boot": "True"}, True)]
)
def test_an_image_says_whether_its_servers_may_begin_early(toy: Toy, said: dict[str, str], is_lazy: bool) -> None:
    assert image_of(toy, **said)["lazy"] is is_lazy


def test_a_host_of_a_version_before_is_understood() -> None:
    assert ImageRef("i", "raw", 1, "m").lazy
