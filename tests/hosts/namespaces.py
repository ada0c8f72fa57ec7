"""Network namespaces for tests, and guests in them that hang on a switch's taps as a hypervisor would."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
TAP_WITHOUT_HEADER = 0x1002
EVERY_PROTOCOL = socket.htons(3)
LEASE_SCRIPT = "#!/bin/sh\nenv | grep -E '^(ip|router|staticroutes|mtu|hostname|dns|domain)=' || true\n"
libc = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """A network namespace of its own, gone with everything in it when the test ends."""

    def __init__(self) -> None:
        self.name = f"pileus-test-{uuid.uuid4().hex[:8]}"
        self._listening: list[socket.socket] = []
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.run("ip link set lo up")

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be inside with this thread, and whatever it starts."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        inside = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            enter(inside)
            yield
        finally:
            enter(before)
            os.close(before)
            os.close(inside)

    def run(self, command: str) -> str:
        """Run a command inside, which must succeed; what it printed."""
        done = self.tried(command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def tried(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside, come what may."""
        words = ["ip", "netns", "exec", self.name, "sh", "-c", command]
        return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)

    def started(self, *words: str) -> subprocess.Popen[str]:
        """Start a command inside."""
        inside = ["ip", "netns", "exec", self.name, *words]
        return subprocess.Popen(inside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def opened(self, *kind: int) -> socket.socket:
        """A socket that lives inside, whoever holds it."""
        with self.entered():
            return socket.socket(*kind)

    def pings(self, address: str) -> bool:
        """Whether an address answers within two seconds."""
        return self.tried(f"ping -n -c 1 -w 2 {address}").returncode == 0

    def listens(self, port: int) -> None:
        """Accept TCP on a port, and give back whatever comes."""
        listener = self.opened(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", port))
        listener.listen()
        self._listening.append(listener)
        threading.Thread(target=_echo, args=(listener,), daemon=True).start()

    def connects(self, address: str, port: int, source: str = "") -> bool:
        """Whether TCP reaches a port within a second."""
        try:
            self.connected(address, port, source).close()
        except OSError:
            return False
        return True

    def connected(self, address: str, port: int, source: str = "") -> socket.socket:
        """A connection whose waits end after a second."""
        connection = self.opened(socket.AF_INET, socket.SOCK_STREAM)
        connection.settimeout(1)
        connection.bind((source, 0))
        connection.connect((address, port))
        return connection

    @contextlib.contextmanager
    def hearing(self, device: str = "eth0") -> Iterator[Ear]:
        """Hear every frame that arrives on a device from now on."""
        with self.opened(socket.AF_PACKET, socket.SOCK_RAW, EVERY_PROTOCOL) as raw:
            raw.bind((device, 0x0003))
            yield Ear(raw)

    def until(self, command: str, shows: str) -> None:
        """Wait until a command's output shows something, ten seconds at most."""
        deadline = time.monotonic() + 10
        while shows not in (output := self.run(command)):
            assert time.monotonic() < deadline, f"{command} never showed {shows}: {output}"
            time.sleep(0.05)

    def end(self) -> None:
        """End what still runs inside, and the namespace."""
        for listener in self._listening:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        inside = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False)
        for number in map(int, inside.stdout.split()):
            with contextlib.suppress(ProcessLookupError):
                if number != os.getpid():
                    os.kill(number, 9)
        subprocess.run(["ip", "netns", "del", self.name], check=False)


class Guest(Namespace):
    """A machine whose card `eth0` is what a hypervisor makes of a tap: a thread carries its frames."""

    def __init__(self, host: Namespace, tap: str, mac: str) -> None:
        super().__init__()
        with host.entered():
            self._outer = open_tap(tap)
        with self.entered():
            self._inner = open_tap("eth0")
        self.run(f"ip link set eth0 address {mac} up")
        self._stop = os.eventfd(0)
        self._carrier = threading.Thread(target=self._carry, daemon=True)
        self._carrier.start()

    def _carry(self) -> None:
        ways = {self._outer: self._inner, self._inner: self._outer}
        while True:
            ready = select.select([*ways, self._stop], [], [])[0]
            if self._stop in ready:
                return
            for end in ready:
                with contextlib.suppress(OSError):
                    os.write(ways[end], os.read(end, 65536))

    def addressed(self, address: str) -> Guest:
        """Take an address, as who needs no DHCP."""
        self.run(f"ip addr add {address} dev eth0 {'nodad' if ':' in address else ''}")
        return self

    def leases(self) -> dict[str, str]:
        """What DHCP tells, by the names udhcpc has for it; nothing is set up by it."""
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "told"
            script.write_text(LEASE_SCRIPT)
            script.chmod(0o700)
            asked = "-O staticroutes -O mtu -O domain"
            told = self.run(f"busybox udhcpc -f -n -q -t 4 -T 1 -A 1 -i eth0 {asked} -s {script} 2>/dev/null")
        return dict(line.split("=", 1) for line in told.splitlines())

    def sends(self, frame: bytes) -> None:
        """Put a frame of any shape on the wire."""
        with self.opened(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("eth0", 0))
            raw.send(frame)

    def end(self) -> None:
        """Pull the plug."""
        os.eventfd_write(self._stop, 1)
        self._carrier.join()
        for descriptor in (self._outer, self._inner, self._stop):
            os.close(descriptor)
        super().end()


class Ear:
    """Frames as they arrive on a device."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    def until(self, last: bytes) -> list[bytes]:
        """The frames that arrive before this one; an error if it does not within two seconds."""
        self._raw.settimeout(2)
        heard: list[bytes] = []
        while True:
            frame, where = self._raw.recvfrom(65536)
            if frame.startswith(last):
                return heard
            if where[2] != socket.PACKET_OUTGOING:
                heard.append(frame)

    def all(self) -> list[bytes]:
        """Whatever arrived so far."""
        self._raw.settimeout(0)
        heard = []
        with contextlib.suppress(BlockingIOError):
            while True:
                heard.append(self._raw.recv(65536))
        return heard


def echoes(connection: socket.socket, words: bytes) -> bool:
    """Whether the other end still gives words back."""
    try:
        connection.sendall(words)
        return connection.recv(len(words)) == words
    except OSError:
        return False


def _echo(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection = listener.accept()[0]
            threading.Thread(target=_give_back, args=(connection,), daemon=True).start()


def _give_back(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while words := connection.recv(65536):
            connection.sendall(words)


def enter(namespace: int) -> None:
    """Move this thread into a network namespace."""
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def open_tap(name: str) -> int:
    """Open a tap, or make one that lasts while it is open."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP_WITHOUT_HEADER))
    return descriptor


def links(namespace: Namespace) -> dict[str, dict[str, Any]]:
    """The links of a namespace by name."""
    return {link["ifname"]: link for link in json.loads(namespace.run("ip -j -d link"))}
