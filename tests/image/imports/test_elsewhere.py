"""An image of another region comes with its bytes and some of what it says, in its caller's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from pileus.image import Lent
from pileus.image.imports.elsewhere import read_said
from pileus.kernel.errors import Conflict, Invalid
from tests.image.gallery import NOWHERE, Gallery
from tests.image.imports.region import region
from tests.image.inspection.contents import qcow2

DISK = qcow2(3 << 30) + bytes(70000)


@pytest.fixture
def north(gallery: Gallery) -> Iterator[Gallery]:
    """A gallery, and a region that has an image."""
    with ExitStack() as open:
        said = {"disk_format": "qcow2", "hw_cpu_cores": "5", "trait:X": "required", "os_distro": "rhel", "speed": "88"}
        region(gallery, open, DISK, **said)
        yield gallery


def bring(gallery: Gallery, made: str, **method: Any) -> int:
    """Ask for the image of the other region; the code."""
    asked = {"name": "glance-download", "glance_image_id": NOWHERE, "glance_region": "north", **method}
    return gallery.alice(f"POST /images/{made}/import", {"method": asked}).code


def test_an_image_comes_with_what_it_says_of_itself(north: Gallery) -> None:
    made = north.make(disk_format="iso", container_format="ovf", os_distro="windows", mine="kept")
    assert bring(north, made) == 202
    north.work()
    shown = north.show(made)
    assert (shown["status"], shown["disk_format"], shown["container_format"]) == ("active", "qcow2", "bare")
    assert (shown["hw_cpu_cores"], shown["trait:X"], shown["os_distro"]) == ("5", "required", "rhel")
    assert (shown["mine"], "speed" in shown, shown["virtual_size"]) == ("kept", False, 3 << 30)
    assert north.alice(f"GET /images/{made}/file").content == DISK


def test_the_token_is_lent_in_memory_only_and_given_back(north: Gallery) -> None:
    made = north.make()
    bring(north, made)
    (task,) = north.alice(f"GET /images/{made}/tasks").body["tasks"]
    assert north.store.part(Lent).of(task["id"]) == "alice"
    assert "token" not in str(task)
    north.work()
    with pytest.raises(Conflict):
        north.store.part(Lent).of(task["id"])


def test_after_a_restart_its_caller_has_to_ask_again(north: Gallery) -> None:
    made = north.make(disk_format="iso", os_distro="windows")
    bring(north, made)
    north.store.add(Lent())
    north.work()
    shown = north.show(made)
    assert (shown["status"], shown["disk_format"], shown["os_distro"]) == ("queued", "iso", "windows")
    assert "ask again" in north.alice(f"GET /images/{made}/tasks").body["tasks"][0]["message"]


@pytest.mark.parametrize("method", [{"glance_region": "nowhere"}, {"glance_service_interface": "odd"}])
def test_what_is_not_there_fails_and_changes_nothing(north: Gallery, method: dict[str, str]) -> None:
    made = north.make(os_distro="windows")
    assert bring(north, made, **method) == 202
    north.work()
    (task,) = north.alice(f"GET /images/{made}/tasks").body["tasks"]
    assert (north.status(made), task["status"], north.show(made)["os_distro"]) == ("queued", "failure", "windows")


@pytest.mark.parametrize("method", [{"glance_image_id": "foo"}, {"glance_region": None}, {"glance_image_id": None}])
def test_what_cannot_be_asked_is_refused_at_once(north: Gallery, method: dict[str, Any]) -> None:
    made = north.make()
    assert bring(north, made, **method) == 400
    assert north.status(made) == "queued"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"status": "active"}', b'{"status": "queued", "disk_format": "raw"}'])
def test_a_region_that_talks_nonsense_is_not_believed(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_said(body)
