"""A cloud whose server is killed while images are on their way: nothing lost, nothing half there, room given back."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pileus.client.api import BYTES
from pileus.client.pushing import UNDER_WAY
from tests.chunks.contents import MIB, noise
from tests.image.gallery import NOWHERE
from tests.image.imports.web import Answer, plain, web
from tests.stories.throwaway import ThrowAway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SETTINGS = """
[image]
web_download_allow = ["127.0.0.1"]
default_store = "main"

[image.stores.main]
kind = "local"

[image.stores.attic]
kind = "local"
"""
CONTENT = noise(24 * MIB)
COMPUTE = "/compute/v2.1"


class Doomed:
    """A cloud, and requests of its administrator that do not wait for the stock client to start."""

    def __init__(self, cloud: ThrowAway) -> None:
        self.cloud = cloud
        self._at = cloud.url.partition("//")[2]
        self._token = cloud.openstack("token", "issue", "-f", "value", "-c", "id")

    def ask(
        self, line: str, body: Any = None, media: str = "application/json", *, root: str = "/image/v2"
    ) -> tuple[int, Any]:
        """The code, and the body: what it says if it is JSON."""
        method, path = line.split()
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self._at, timeout=120)
        headers = {"X-Auth-Token": self._token, "Content-Type": media, "OpenStack-API-Version": "compute 2.74"}
        connection.request(method, root + path, sent, headers)
        answer = connection.getresponse()
        content, is_json = answer.read(), "/json" in answer.headers.get("content-type", "")
        connection.close()
        return answer.status, json.loads(content) if is_json else content

    def make(self) -> str:
        code, made = self.ask("POST /images", {"disk_format": "raw", "container_format": "bare"})
        assert code == 201
        return str(made["id"])

    def begin_to_send(self, path: str) -> socket.socket:
        """Send two thirds of a body."""
        host, _, port = self._at.rpartition(":")
        door = socket.create_connection((host, int(port)), timeout=120)
        head = f"PUT /image/v2{path} HTTP/1.1\r\nHost: {self._at}\r\nX-Auth-Token: {self._token}\r\n"
        door.sendall(f"{head}Content-Type: {BYTES}\r\nContent-Length: {len(CONTENT)}\r\n\r\n".encode())
        door.sendall(CONTENT[: 16 * MIB])
        return door

    def kill(self) -> None:
        """Kill the server, and wait until the next one answers."""
        os.kill(self.cloud.processes()["serve"], signal.SIGKILL)
        self.until(self._answers)

    def _answers(self) -> bool:
        try:
            return self.ask("GET /info/stores")[0] == 200
        except OSError:
            return False

    def image(self, made: str) -> dict[str, Any]:
        return dict(self.ask(f"GET /images/{made}")[1])

    def becomes(self, made: str, status: str) -> dict[str, Any]:
        """The image, once no import is under way and it is this."""
        self.until(lambda: self.image(made)["status"] == status and "os_glance_import_task" not in self.image(made))
        return self.image(made)

    def until(self, is_so: Callable[[], object]) -> None:
        last = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < last
            time.sleep(0.01)

    def bring(self, made: str, name: str, **more: Any) -> None:
        stores = more.pop("stores", None)
        body = {"method": {"name": name, **more}, **({"stores": stores} if stores else {})}
        assert self.ask(f"POST /images/{made}/import", body)[0] == 202

    def is_whole(self, made: str, content: bytes = CONTENT) -> bool:
        return bool(self.ask(f"GET /images/{made}/file")[1] == content)

    def tasks(self, made: str) -> list[dict[str, Any]]:
        return list(self.ask(f"GET /images/{made}/tasks")[1]["tasks"])

    def packs(self, store: str) -> int:
        return len(list((self.cloud.directory / "cloud" / store / "packs").iterdir()))

    def check_room(self, *made: str) -> None:
        """Without these images the stores are empty."""
        for each in made:
            assert self.ask(f"DELETE /images/{each}")[0] == 204
        for store in ("main", "attic"):
            code, told = self.ask(f"POST /chunks/{store}/gc")
            assert (code, self.packs(store)) == (200, 0), told


@pytest.fixture(scope="module")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doomed]:
    folder = tmp_path_factory.mktemp("killed")
    (folder / "cloud.toml").write_text(SETTINGS)
    made = ThrowAway(folder / "state", "--config", str(folder / "cloud.toml"), hosts=1)
    yield Doomed(made)
    made.end()


@pytest.mark.parametrize("what", ["file", "stage"])
def test_bytes_on_their_way_are_given_back_and_may_come_again(doomed: Doomed, what: str) -> None:
    made = doomed.make()
    with doomed.begin_to_send(f"/images/{made}/{what}"):
        doomed.until(lambda: doomed.packs("main"))
        assert doomed.image(made)["status"] == ("saving" if what == "file" else "uploading")
        doomed.kill()
    assert doomed.image(made)["status"] == "queued"
    assert doomed.ask(f"GET /images/{made}/file")[0] == 204
    assert doomed.ask("POST /chunks/main/gc")[0] == 200
    assert doomed.packs("main") == 0
    assert doomed.ask(f"PUT /images/{made}/{what}", CONTENT, BYTES)[0] == 204
    if what == "stage":
        doomed.kill()
        assert doomed.image(made)["status"] == "uploading"
        doomed.bring(made, "glance-direct", stores=["main", "attic"])
        doomed.kill()
    assert doomed.becomes(made, "active")["size"] == len(CONTENT)
    assert doomed.is_whole(made)
    doomed.check_room(made)


class Stalling:
    """An answer that stops half way and waits for its peer's end; the next one is whole."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.has_stalled = threading.Event()

    def __call__(self, door: socket.socket) -> None:
        if self.has_stalled.is_set():
            plain(self._body)(door)
            return
        door.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(self._body)}\r\n\r\n".encode())
        door.sendall(self._body[: len(self._body) // 2])
        self.has_stalled.set()
        door.recv(1)


def test_a_download_from_the_web_begins_anew(doomed: Doomed) -> None:
    answer, made = Stalling(CONTENT), doomed.make()
    with web({"/disk": answer}) as address:
        doomed.bring(made, "web-download", uri=f"{address}/disk")
        assert answer.has_stalled.wait(60)
        assert doomed.image(made)["status"] == "importing"
        doomed.kill()
        doomed.becomes(made, "active")
    assert doomed.is_whole(made)
    assert [task["status"] for task in doomed.tasks(made)] == ["success"]
    doomed.check_room(made)


def test_an_image_of_another_region_waits_and_its_task_tells_why(doomed: Doomed) -> None:
    """Its caller's token was lent in memory alone, so who wants it asks again."""
    told = {"status": "active", "disk_format": "raw", "container_format": "bare"}
    answer, made = Stalling(CONTENT), doomed.make()
    shown: Answer = plain(json.dumps(told).encode())
    with web({f"/v2/images/{NOWHERE}": shown, f"/v2/images/{NOWHERE}/file": answer}) as address:
        doomed.cloud.openstack("region", "create", "north")
        doomed.cloud.openstack("endpoint", "create", "--region", "north", "image", "public", address)
        asked = {"glance_image_id": NOWHERE, "glance_region": "north"}
        doomed.bring(made, "glance-download", **asked)
        assert answer.has_stalled.wait(60)
        doomed.kill()
        doomed.becomes(made, "queued")
        (task,) = doomed.tasks(made)
        assert (task["status"], "ask again" in task["message"]) == ("failure", True)
        doomed.bring(made, "glance-download", **asked)
        doomed.becomes(made, "active")
    assert doomed.is_whole(made)
    doomed.check_room(made)


def test_a_copy_goes_on_and_its_image_stays_as_it_is(doomed: Doomed) -> None:
    content, made = noise(150 * MIB, 2), doomed.make()
    assert doomed.ask(f"PUT /images/{made}/file", content, BYTES)[0] == 204
    doomed.bring(made, "copy-image", stores=["attic"])
    doomed.until(lambda: doomed.packs("attic"))
    doomed.kill()
    assert doomed.image(made)["status"] == "active"
    assert doomed.becomes(made, "active")["stores"] == "attic,main"
    assert doomed.is_whole(made, content)
    doomed.check_room(made)


def pushing(doomed: Doomed, path: Path) -> subprocess.Popen[bytes]:
    words = [str(Path(sys.executable).with_name("openstack")), "image", "push", str(path)]
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(words, env=doomed.cloud.env(), stdout=nowhere, stderr=nowhere)


def pushed(doomed: Doomed, path: Path, is_time: Callable[[], object]) -> str:
    """Push a file with the stock client, and kill the server at that moment; the image."""
    client = pushing(doomed, path)
    try:
        doomed.until(is_time)
        doomed.kill()
        client.wait(120)
    finally:
        client.kill()
        client.wait()
    (image,) = doomed.ask(f"GET /images?name={path.stem}")[1]["images"]
    return str(image["id"])


def test_a_push_goes_on_with_the_same_command(doomed: Doomed, tmp_path: Path) -> None:
    path = tmp_path / "big.raw"
    path.write_bytes(noise(100 * MIB, 3))
    made = pushed(doomed, path, lambda: doomed.packs("main") > UNDER_WAY)
    assert doomed.image(made)["status"] == "saving"
    told = doomed.cloud.told("image", "push", str(path))
    assert (told["id"], told["status"]) == (made, "active")
    assert told["sent"] < 95 * MIB
    assert doomed.is_whole(made, path.read_bytes())
    doomed.check_room(made)


def test_a_push_that_was_committed_goes_on_by_itself(doomed: Doomed, tmp_path: Path) -> None:
    path = tmp_path / "sent.raw"
    path.write_bytes(noise(100 * MIB, 3))

    def is_checking() -> bool:
        found = doomed.ask(f"GET /images?name={path.stem}")[1]["images"]
        code, push = doomed.ask(f"GET /images/{found[0]['id']}/push") if found else (404, {})
        return code == 200 and push["state"] == "checking"

    made = pushed(doomed, path, is_checking)
    doomed.becomes(made, "active")
    assert doomed.is_whole(made, path.read_bytes())
    doomed.until(lambda: doomed.ask(f"GET /images/{made}/push")[0] == 404)
    doomed.check_room(made)


class Server:
    """A server of the administrator's, on a host that is not real."""

    def __init__(self, doomed: Doomed) -> None:
        self._doomed, self.image = doomed, doomed.make()
        assert doomed.ask(f"PUT /images/{self.image}/file", CONTENT, BYTES)[0] == 204
        flavor = self._ask("POST /flavors", {"flavor": {"name": "small", "ram": 64, "vcpus": 1, "disk": 1}})
        of = {"imageRef": self.image, "flavorRef": flavor["flavor"]["id"], "networks": "none"}
        self._id = self._ask("POST /servers", {"server": {"name": "web", **of}})["server"]["id"]
        doomed.until(self.rests)

    def rests(self) -> bool:
        """Whether it runs and nothing is done with it."""
        server = self._ask(f"GET /servers/{self._id}")["server"]
        return (server["status"], server["OS-EXT-STS:task_state"]) == ("ACTIVE", None)

    def snapshot(self, name: str) -> None:
        """Ask for an image of it."""
        self._ask(f"POST /servers/{self._id}/action", {"createImage": {"name": name}})

    def delete(self) -> None:
        self._ask(f"DELETE /servers/{self._id}")
        self._doomed.until(lambda: self._doomed.ask(f"GET /servers/{self._id}", root=COMPUTE)[0] == 404)

    def _ask(self, line: str, body: Any = None) -> Any:
        code, told = self._doomed.ask(line, body, root=COMPUTE)
        assert code < 300, told
        return told


def test_snapshots_come_whole_or_not_at_all(doomed: Doomed) -> None:
    server = Server(doomed)
    for moment in (0.0, 0.02, 0.05):
        server.snapshot(f"killed after {moment}")
        time.sleep(moment)
        doomed.kill()
        doomed.until(server.rests)
    server.snapshot("in peace")
    doomed.until(server.rests)
    made = doomed.ask("GET /images?image_type=snapshot")[1]["images"]
    assert "in peace" in {each["name"] for each in made}
    assert {(each["status"], each["size"]) for each in made} == {("active", 1 << 30)}
    server.delete()
    doomed.check_room(server.image, *(each["id"] for each in made))
