"""The first server of a new cloud: made by its member as any user would, and reached over ssh."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from pileus.cli.client import Client
from pileus.cli.launch.first_day import IMAGE
from pileus.cli.launch.steps import Step
from pileus.cli.reach import address_of, key_of, ssh_to
from pileus.cli.state import State
from pileus.cli.words import Trouble

NAME, FLAVOR, KEY, GROUP = "hello", "m1.tiny", "pileus", "ssh"

BOOTING, ANSWERING = 300.0, 180.0
"""Seconds a server has until it is ACTIVE, and then until it lets one in: many times what is usual."""

SETTLING = 10.0
"""Seconds for which a server that does not run may be about to be started by its host, as after a loss of power."""

LOOK = 0.5


def make_sample(state: State, member: Client, admin: Client, step: Step) -> None:
    """See that there is a sample and that one gets in; one that somebody stopped stays so."""
    server = _named(member.read("compute", "/servers/detail")["servers"], NAME) or _make(state, member)
    server = _started(member, server["id"])
    if server["status"] != "ACTIVE":
        step.note(f"{NAME} is {server['status']}")
        return
    host = admin.read("compute", f"/servers/{server['id']}")["server"]["OS-EXT-SRV-ATTR:host"]
    said = _logged_in(lambda: ssh_to(state, host, address_of(server), "root"))
    step.note(f"{NAME} at {address_of(server)} on {host}: {said}")


def _make(state: State, member: Client) -> dict[str, Any]:
    _offer_key(state, member)
    _open_ssh(member)
    image = _named(member.read("image", f"/v2/images?name={IMAGE}")["images"], IMAGE)
    flavor = _named(member.read("compute", "/flavors")["flavors"], FLAVOR)
    network = next((each for each in member.read("network", "/v2.0/networks")["networks"] if each["shared"]), None)
    if not (image and flavor and network):
        raise Trouble(f"image {IMAGE}, flavor {FLAVOR} or the shared network lacks", fix="pileus up makes them again")
    asked = {"name": NAME, "key_name": KEY, "security_groups": [{"name": GROUP}], "networks": [{"uuid": network["id"]}]}
    named = {"imageRef": image["id"], "flavorRef": flavor["id"]}
    return dict(member.make("compute", "/servers", {"server": {**asked, **named}})["server"])


def _offer_key(state: State, member: Client) -> None:
    there = [each["keypair"]["name"] for each in member.read("compute", "/os-keypairs")["keypairs"]]
    if KEY not in there:
        public = key_of(state).with_suffix(".pub").read_text().strip()
        member.make("compute", "/os-keypairs", {"keypair": {"name": KEY, "public_key": public}})


def _open_ssh(member: Client) -> None:
    if _named(member.read("network", f"/v2.0/security-groups?name={GROUP}")["security_groups"], GROUP):
        return
    about = {"name": GROUP, "description": "ssh and ping from anywhere"}
    made = member.make("network", "/v2.0/security-groups", {"security_group": about})["security_group"]
    for rule in ({"protocol": "tcp", "port_range_min": 22, "port_range_max": 22}, {"protocol": "icmp"}):
        asked = {"security_group_id": made["id"], "direction": "ingress", "ethertype": "IPv4", **rule}
        member.make("network", "/v2.0/security-group-rules", {"security_group_rule": asked})


def _named(things: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((thing for thing in things if thing["name"] == name), None)


def _started(member: Client, id: str) -> dict[str, Any]:
    """The server once it has found its state; raises Trouble for one that failed."""
    began, pause = time.monotonic(), threading.Event()
    while True:
        server = dict(member.read("compute", f"/servers/{id}")["server"])
        waited = time.monotonic() - began
        if server["status"] == "ERROR":
            because = server.get("fault", {}).get("message", "")
            raise Trouble(f"server {NAME} failed", because, f"openstack server delete {NAME}, then pileus up")
        is_still = server["status"] in ("SHUTOFF", "PAUSED", "SUSPENDED") and waited > SETTLING
        if (server["status"] == "ACTIVE" or is_still) and not server["OS-EXT-STS:task_state"]:
            return server
        if waited > BOOTING:
            raise Trouble(f"server {NAME} is still {server['status']}", fix="pileus logs, pileus doctor")
        pause.wait(LOOK)


def _logged_in(way: Callable[[], list[str]]) -> str:
    """What the server says of itself; raises Trouble where it lets nobody in.

    The way there is asked for each time: its host may be about to make its namespaces.
    """
    deadline, pause = time.monotonic() + ANSWERING, threading.Event()
    while True:
        once = [*way(), "uname -sr"]
        once[once.index("ssh") + 1 : once.index("ssh") + 1] = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=3"]
        done = subprocess.run(once, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return f"{done.stdout.strip()}, over ssh"
        if time.monotonic() > deadline:
            fix = f"openstack console log show {NAME}; pileus ssh {NAME}"
            raise Trouble(f"server {NAME} is not reached over ssh", done.stderr.strip(), fix)
        pause.wait(LOOK)
