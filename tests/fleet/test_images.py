"""What hosts hear of images from each other: who holds one, how one gets in there, and what a first boot read."""

from __future__ import annotations

import pytest

from pileus.chunks import passes
from pileus.fleet import Beats, host_of, images
from pileus.kernel.clock import HeldClock
from pileus.kernel.store import Store
from tests.fleet.conftest import Fleet, Host

IMAGE, OTHER = "ab" * 32, "cd" * 32


def known(host: Host, image: str = IMAGE) -> dict[str, object]:
    heard = host.ask(f"GET /images/{image}")
    assert heard.code == 200
    found: dict[str, object] = heard.body["image"]
    return found


def doors(host: Host, image: str = IMAGE) -> list[str]:
    near = known(host, image)["neighbours"]
    assert isinstance(near, list)
    return sorted(each["door"] for each in near)


def has(host: Host, door: str, *names: str) -> None:
    assert host.ask(f"PUT /hosts/{host.id}/images", {"door": door, "images": names}).code == 204


def beats(fleet_cloud: Fleet, *hosts: Host, boot: str = "b") -> None:
    for host in hosts:
        assert host.ask(f"POST /hosts/{host.id}/beat", {"boot": boot, "capacity": {"cores": 1}}).code == 204
    fleet_cloud.store.part(Beats).flush(fleet_cloud.store)


def test_a_host_hears_which_others_have_an_image_and_how_to_get_in(fleet_cloud: Fleet, store: Store) -> None:
    one, two, three = (fleet_cloud.host(name) for name in ("h1", "h2", "h3"))
    beats(fleet_cloud, one, two, three)
    has(one, "unix:/one", IMAGE)
    has(two, "https://two:1", IMAGE, OTHER)
    assert doors(three) == ["https://two:1", "unix:/one"]
    assert doors(one) == ["https://two:1"]
    assert doors(three, OTHER) == ["https://two:1"]
    (near,) = [each for each in known(three)["neighbours"] if each["door"] == "unix:/one"]  # type: ignore[attr-defined]
    key = store.read(lambda tx: host_of(tx, one.id))["secret"]
    assert passes.admits_to(key, near["pass"], store.clock.now().timestamp()) == IMAGE
    assert passes.admits_to(key, near["pass"], store.clock.now().timestamp() + 2 * 86400) is None


def test_what_a_host_says_replaces_what_it_said(fleet_cloud: Fleet) -> None:
    one, two = fleet_cloud.host("h1"), fleet_cloud.host("h2")
    beats(fleet_cloud, one, two)
    has(one, "unix:/one", IMAGE, OTHER)
    has(one, "unix:/moved", IMAGE)
    assert doors(two) == ["unix:/moved"]
    assert doors(two, OTHER) == []
    has(one, "", IMAGE)
    assert doors(two) == []


def test_a_silent_host_and_one_out_of_reach_are_not_named(fleet_cloud: Fleet, clock: HeldClock) -> None:
    one, two = fleet_cloud.host("h1"), fleet_cloud.host("h2")
    has(one, "unix:/one", IMAGE)
    assert doors(two) == []
    beats(fleet_cloud, one, boot="this machine")
    beats(fleet_cloud, two, boot="another machine")
    assert doors(two) == []
    beats(fleet_cloud, two, boot="this machine")
    assert doors(two) == ["unix:/one"]
    clock.forward(60)
    assert doors(two) == []


@pytest.mark.parametrize(
    "body",
    [
        {"door": "http://plain:1", "images": []},
        {"door": "/etc/passwd", "images": []},
        {"door": "unix:/x", "images": ["../x"]},
        {"door": "unix:/x", "images": ["AB" * 32]},
        {"door": "unix:/x", "images": [IMAGE] * 2001},
        {"door": "unix:/" + "x" * 255, "images": []},
    ],
)
def test_what_cannot_be_is_refused(fleet_cloud: Fleet, body: dict[str, object]) -> None:
    host = fleet_cloud.host("h1")
    assert host.ask(f"PUT /hosts/{host.id}/images", body).code == 400


def test_only_hosts_hear_of_images(fleet_cloud: Fleet) -> None:
    host, other = fleet_cloud.host("h1"), fleet_cloud.host("h2")
    assert host.ask(f"PUT /hosts/{other.id}/images", {"door": "", "images": []}).code == 401
    host.ask.token = "x"
    assert host.ask(f"GET /images/{IMAGE}").code == 401
    assert host.ask(f"PUT /images/{IMAGE}/first", {"numbers": [1]}).code == 401


def test_the_first_boot_list_is_kept_and_told(fleet_cloud: Fleet) -> None:
    host = fleet_cloud.host("h1")
    assert known(host)["first"] == []
    for numbers in ([5, 1, 2], [9]):
        assert host.ask(f"PUT /images/{IMAGE}/first", {"numbers": numbers}).code == 204
    assert known(host)["first"] == [5, 1, 2]
    assert host.ask(f"PUT /images/{IMAGE}/first", {"numbers": [-1]}).code == 400
    assert host.ask("PUT /images/nothing/first", {"numbers": [1]}).code == 404


def test_so_many_boot_lists_are_kept(fleet_cloud: Fleet, monkeypatch: pytest.MonkeyPatch, clock: HeldClock) -> None:
    monkeypatch.setattr(images, "LISTS", 2)
    host = fleet_cloud.host("h1")
    names = [f"{at:064x}" for at in range(4)]
    for name in names:
        clock.forward(1)
        host.ask(f"PUT /images/{name}/first", {"numbers": [1]})
    assert [known(host, name)["first"] for name in names] == [[], [], [1], [1]]


def test_several_chunks_come_in_one_answer(fleet_cloud: Fleet) -> None:
    host = fleet_cloud.host("h1")
    assert host.ask("POST /chunks", {"addresses": ["0" * 64]}).code == 404
    assert host.ask("POST /chunks", {"addresses": ["0" * 64] * 65}).code == 400
    assert host.ask("POST /chunks", {"addresses": []}).headers["x-lengths"] == ""
