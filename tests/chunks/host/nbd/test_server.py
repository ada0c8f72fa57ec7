"""The NBD server, as the programs of QEMU and libnbd see it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.chunks.host.layout import Layout
from tests.chunks.contents import KIB, MIB, noise
from tests.chunks.host.nbd.served import CONTENT, NBDSH, Served

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.close()


def test_it_says_what_it_has(served: Served) -> None:
    (told,) = json.loads(served.tool("nbdinfo", "--json", served.uri))["exports"]
    assert told["export-size"] == len(CONTENT)
    assert told["is_read_only"]
    assert told["can_multi_conn"]
    assert told["contexts"] == ["base:allocation"]
    assert told["block_size_maximum"] == 32 * MIB


def test_all_of_it_is_read_and_each_chunk_asked_for_once(served: Served) -> None:
    out = served.place / "copy"
    served.tool("nbdcopy", "--requests=16", "--connections=4", served.uri, str(out))
    assert out.read_bytes() == CONTENT
    assert len(served.origin.given) == len(set(served.origin.given)) == len(served.origin.store.kept)
    served.origin.given.clear()
    served.tool("nbdcopy", "--allocated", served.uri, str(out))
    assert out.read_bytes() == CONTENT
    assert served.origin.given == []


def test_qemu_sees_the_same_bytes_and_holes(served: Served) -> None:
    whole = served.place / "whole"
    whole.write_bytes(CONTENT)
    assert "identical" in served.tool("qemu-img", "compare", "-f", "raw", "-F", "raw", served.uri, str(whole))
    extents = json.loads(served.tool("qemu-img", "map", "-f", "raw", "--output=json", served.uri))
    assert [(each["start"], each["length"]) for each in extents if each["zero"]][:1] == [(3 * MIB, 4 * MIB)]


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 1), (MIB + 1, 7), (3 * MIB - 5, 10), (7 * MIB - 1, 3), (8 * MIB, 17)]
)
def test_only_what_is_read_comes(served: Served, offset: int, length: int) -> None:
    assert served.read(offset, length) == CONTENT[offset : offset + length]
    assert len(served.origin.given) <= 3 + 3


def test_an_overlay_lies_on_it(served: Served) -> None:
    overlay = str(served.place / "overlay")
    served.tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", served.uri, "-F", "raw", overlay, "16M")
    told = served.tool("qemu-io", "-c", "write -P 7 1M 64k", "-c", "read -P 7 1M 64k", "-c", "read -P 0 4M 1M", overlay)
    assert "Pattern verification failed" not in told


def test_without_structured_replies_it_gives_the_same(served: Served) -> None:
    code = f"h.set_request_structured_replies(False); h.connect_uri('{served.uri}')"
    out = served.place / "plain"
    served.tool(*NBDSH, "-c", code, "-c", f"open('{out}','wb').write(h.pread({2 * MIB}, {2 * MIB}))")
    assert out.read_bytes() == CONTENT[2 * MIB : 4 * MIB]


def test_it_cannot_be_written_to(served: Served) -> None:
    served.tool("qemu-io", "-f", "raw", "-c", "write 0 64k", served.uri, code=1)
    for write in ("pwrite(b'x' * 512, 0)", "trim(512, 0)", "zero(512, 0)"):
        code = (
            f"h.set_strict_mode(0)\ntry: h.{write}; raise SystemExit(3)\nexcept nbd.Error as error: print(error.errnum)"
        )
        assert served.sh(code) == "1\n"
    assert served.read(0, 512) == CONTENT[:512]


@pytest.mark.parametrize(
    "asked",
    [
        "h.pread(512, size)",
        "h.pread(512, size - 511)",
        "h.pread(0, 0)",
        "h.pread(33 << 20, 0)",
        "h.block_status(1, 1 << 62, lambda *_: 0)",
    ],
)
def test_what_cannot_be_read_is_refused_and_the_session_goes_on(served: Served, asked: str) -> None:
    code = f"h.set_strict_mode(0)\nsize = h.get_size()\ntry: {asked}; raise SystemExit(3)\nexcept nbd.Error: pass"
    served.sh(code, "assert len(h.pread(100, 0)) == 100")


def test_what_is_no_image_is_no_export(served: Served) -> None:
    for name in ("", "../../etc/passwd", "0" * 64, "%2e%2e", served.name.upper()):
        served.tool("nbdinfo", f"nbd+unix:///{name}?socket={served.socket}", code=1)


def test_allocation_is_told_of_any_length(served: Served, tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    large = Served(tmp_path / "large", noise(100 * KIB) + bytes(200 * MIB) + noise(100 * KIB, 2))
    told = json.loads(large.tool("nbdinfo", "--map", "--json", large.uri))
    assert [(each["length"], each["type"]) for each in told][1:2] == [(200 * MIB, 3)] or len(told) == 3
    large.close()


def test_reads_wait_for_an_agent_that_is_away(served: Served) -> None:
    served.agent_goes()
    reading = subprocess.Popen(
        ["qemu-io", "-r", "-f", "raw", "-c", "read -P 0 1M 64k", served.uri], stdout=subprocess.PIPE
    )
    time.sleep(1.5)
    assert reading.poll() is None
    served.agent_comes()
    out, _ = reading.communicate(timeout=20)
    assert b"read 65536/65536" in out


def test_reads_wait_for_an_image_service_that_is_away(served: Served) -> None:
    served.origin.is_there.clear()
    reading = subprocess.Popen(["nbdcopy", served.uri, "null:"], stderr=subprocess.PIPE)
    time.sleep(1.5)
    assert reading.poll() is None
    served.origin.is_there.set()
    assert reading.wait(20) == 0


def test_what_is_here_is_read_while_other_reads_wait(served: Served) -> None:
    served.read(0, 64 * KIB)
    served.agent_goes()
    code = f"cookie = h.aio_pread(nbd.Buffer(65536), {2 * MIB})\nassert len(h.pread(65536, 0)) == 65536"
    served.sh(code)
    served.agent_comes()


def test_a_client_that_leaves_while_it_waits_leaves_nothing_behind(served: Served) -> None:
    served.agent_goes()
    before = threading.active_count()
    reading = subprocess.Popen(["nbdcopy", served.uri, "null:"], stderr=subprocess.PIPE)
    time.sleep(1)
    reading.kill()
    reading.wait()
    deadline = time.monotonic() + 15
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_image_may_become_whole_under_its_reader(served: Served) -> None:
    code = f"h.pread(512, 0)\nopen('{served.place}/go','w').close()\nimport time\n"
    code += f"while True:\n  time.sleep(.05)\n  import os\n  if os.path.exists('{served.place}/whole'): break\n"
    code += f"assert len(h.pread({3 * MIB}, 0)) == {3 * MIB}"
    reading = subprocess.Popen([*NBDSH, "-u", served.uri, "-c", code])
    while not (served.place / "go").exists():
        time.sleep(0.05)
    served.cache.fetch(served.name, served.origin, "disk")
    served.agent_goes()
    (served.place / "whole").touch()
    assert reading.wait(20) == 0


def test_a_file_that_is_wrong_is_never_served(served: Served) -> None:
    served.read(0, 64 * KIB)
    path = served.cache.promised(served.name).path
    with path.open("r+b") as file:
        file.seek(2 * MIB)
        file.write(noise(MIB, 99))
    assert served.read(2 * MIB, MIB) == CONTENT[2 * MIB : 3 * MIB]


def test_the_order_of_first_reads_is_noted(served: Served) -> None:
    for offset in (2 * MIB, 0, 8 * MIB, 0, 2 * MIB):
        served.read(offset, 16)
    served.server.write_notes()
    noted = (served.place / "cache" / f"{served.name}.touched").read_text().split(",")
    layout = Layout(served.origin.store.entries(served.name))
    spans = [range(layout.start(int(each)), layout.start(int(each)) + layout.length(int(each))) for each in noted]
    assert [[offset in span for span in spans].index(True) for offset in (2 * MIB, 0, 8 * MIB)] == [0, 1, 2]
    assert len(noted) == 3


class Process:
    """The server as a process of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.command = [sys.executable, "-m", "pileus.chunks.host.nbd", str(place / "cache"), str(place / "own.sock")]
        self.command += [str(place / "asks.sock"), str(place / "own.pid"), "", ""]
        self.started = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(self.command)
        deadline = time.monotonic() + 20
        while not (self.place / "own.sock").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return started


def test_as_a_process_it_is_there_once_and_ends_when_asked(served: Served) -> None:
    process = Process(served.place)
    uri = f"nbd+unix:///{served.name}?socket={served.place}/own.sock"
    served.tool("nbdinfo", uri)
    assert subprocess.run(process.command, timeout=20, check=False).returncode == 0
    assert int((served.place / "own.pid").read_text()) == process.started.pid
    served.agent_goes()
    waiting = subprocess.Popen(["nbdcopy", uri, "null:"], stderr=subprocess.PIPE)
    time.sleep(0.5)
    process.started.send_signal(signal.SIGTERM)
    assert process.started.wait(10) == 0
    assert waiting.wait(10) != 0
    assert not (served.place / "own.sock").exists()


def test_killed_it_is_started_again_over_its_own_remains(served: Served) -> None:
    process = Process(served.place)
    os.kill(process.started.pid, signal.SIGKILL)
    process.started.wait()
    again = subprocess.Popen(process.command)
    uri = f"nbd+unix:///{served.name}?socket={served.place}/own.sock"
    deadline = time.monotonic() + 20
    while subprocess.run(["nbdinfo", "--size", uri], capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    again.terminate()
    assert again.wait(10) == 0
