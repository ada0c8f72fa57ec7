"""The steps of `pileus up`: each looks first, so that all may be taken again at any time."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pileus.cli.client import Client, Refused, administrator
from pileus.cli.launch import checks, first_day, given, unit
from pileus.cli.launch.clouds_file import USERS, write_clouds
from pileus.cli.launch.sample import make_sample
from pileus.cli.launch.steps import Step, Steps
from pileus.cli.launch.supervise import MODULE, command_of
from pileus.cli.state import State
from pileus.cli.stop import stop
from pileus.cli.words import Trouble

OPENING, ADOPTING = 60.0, 120.0
"""Seconds the API has to answer, and the host to be up: the first libvirtd of a host looks long at its QEMU."""

LOOK = 0.1

DOOR = {"listen": "127.0.0.1", "port": 8770}
"""Where the API listens unless it is told."""

SLOW = "guests run under TCG, some ten times slower than the machine"
FASTER = "run on a machine (or with nested virtualisation) where KVM works"


def bring_up(state: State, options: Mapping[str, Any], config: Path | None, steps: Steps) -> None:
    """Take all steps; raises Trouble at the first that fails."""
    _prepare(state, options, config, steps)
    _open(state, steps)
    admin = administrator(state)
    parts = first_day.guest_parts(options["guest"])
    with steps.step("catalogue") as step:
        step.note(", ".join(sorted(admin.roots)))
        _knock(admin)
    with steps.step("network") as step:
        physical = given.kept(state, "network.physical_network", "physical")
        first_day.make_network(admin, step, {name: options[name] for name in ("cidr", "gateway", "pool")}, physical)
    with steps.step("tiny image") as step:
        _make_image(admin, step, parts)
    with steps.step("flavors") as step:
        first_day.make_flavors(admin, step)
    with steps.step("user") as step:
        member = _member(state, step)
    with steps.step("clouds.yaml") as step:
        _write_clouds(state, step)
    with steps.step("host") as step:
        _adopt(state, admin, step)
    with steps.step("sample server") as step:
        if options["no_sample"] or parts is None:
            step.note("not asked for" if options["no_sample"] else "not without the tiny image")
        else:
            make_sample(state, member, admin, step)
    if options["install_unit"]:
        with steps.step("systemd unit") as step:
            step.note(unit.install(state))


def _prepare(state: State, options: Mapping[str, Any], config: Path | None, steps: Steps) -> None:
    """Everything that must be before a process begins."""
    with steps.step("checks") as step:
        first_day.subnet_of(options)
        _check([*checks.machine(state), *checks.interfaces(options["network"], options["uplink"])], step)
    with steps.step("state directory") as step:
        state.prepare()
        draft = given.draft(state, config, _settings_in(state, options))
        step.note(str(state.root))
    with steps.step("secrets") as step:
        for name in ("ticket", *USERS.values()):
            state.secret(name)
        step.note(f"in {state.root / 'secrets'}, for root alone")
    with steps.step("schema") as step:
        _run(command_of("serve", "--state", str(state.root), "--config", str(draft), "--prepare"))


def _settings_in(state: State, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are settings, and what follows from them."""
    found = {f"api.{name}": options[name] for name in given.API}
    found |= {f"host.{name}": options[name] for name in ("network", "uplink")}
    parts = first_day.guest_parts(options["guest"])
    if parts:
        found["host.kernel"] = str(parts / "vmlinuz")
    if options["network"] and options["network"] != given.kept(state, "host.network"):
        found["network.gateway_on_hosts"] = False
        if not (options["cidr"] and options["gateway"] and options["pool"]):
            fix = "add --cidr, --gateway and --pool, as the site has them"
            raise Trouble("guests on a real interface need addresses of its network", fix=fix)
    if options["uplink"]:
        found["host.resolvers"] = checks.resolvers()
    return found


def _check(rows: Any, step: Step) -> None:
    found = list(rows)
    for row in found:
        if row.state == "fail":
            raise Trouble(f"{row.name}: {row.said}", fix=row.fix)
        if row.state == "warn":
            step.warn(row.said, row.fix)
    step.note(f"{len(found)} things are as they must be")


def _run(command: list[str]) -> None:
    """A process of ours that ends; raises the trouble it told."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        told = dict(line.split(": ", 1) for line in done.stderr.splitlines() if ": " in line)
        cause = told.get("cause", done.stderr.strip()[-500:])
        raise Trouble(told.get("error", "it failed"), cause, told.get("fix", ""))


def _open(state: State, steps: Steps) -> None:
    """The API, listening; begun anew where its settings are other than those it runs with."""
    with steps.step("listen") as step:
        _check([_door(state)], step)
        if given.take(state) and state.process("supervisor"):
            stop(state)
        if state.process("supervisor") is None:
            _supervise(state)
        _await(lambda: bool(state.url) and Client(state).answers(), OPENING, _why(state, "serve"))
        step.note(state.url)


def _door(state: State) -> checks.Row:
    """Whether the API may listen where it shall; the port that it holds itself is not asked for."""
    listen, port = (given.drafted(state, f"api.{name}", default) for name, default in DOOR.items())
    holds_it = state.process("serve") is not None and port == given.kept(state, "api.port", DOOR["port"])
    return checks.port(listen, 0 if holds_it else port)


def _supervise(state: State) -> None:
    """Begin the supervisor, in a session of its own."""
    with state.log("supervisor").open("ab") as log:
        command = [*MODULE, "pileus.cli.launch.supervise", str(state.root)]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True)


def _await(happens: Callable[[], bool], seconds: float, otherwise: Callable[[], Trouble]) -> None:
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not happens():
        if time.monotonic() > deadline:
            raise otherwise()
        pause.wait(LOOK)


def _why(state: State, name: str) -> Callable[[], Trouble]:
    """The last thing a process complained about."""

    def told() -> Trouble:
        from pileus.cli.logs import complaints

        found = complaints(state, name)
        return Trouble(f"{name} does not come up", found[-1] if found else "", f"pileus logs --state {state.root}")

    return told


def _knock(admin: Client) -> None:
    for service in sorted(admin.roots):
        try:
            admin.read(service, "")
        except Refused as error:
            raise Trouble(f"{service} does not answer at its address", str(error), "pileus logs") from error


def _make_image(admin: Client, step: Step, parts: Path | None) -> None:
    if parts is None:
        step.note("there is none")
        step.warn("the parts of the tiny guest were not found", "make setup builds them; --guest DIR names them")
    else:
        first_day.make_image(admin, step, parts)


def _member(state: State, step: Step) -> Client:
    user = USERS["pileus"]
    try:
        member = Client(state).login(user, state.secret(user), user)
    except Refused as error:
        fix = f"write its new password into {state.root / 'secrets' / user}"
        raise Trouble(f"user {user} does not get in", str(error), fix) from error
    step.note(f"{user}, in the project {user}")
    return member


def _write_clouds(state: State, step: Step) -> None:
    write_clouds(state, state.root)
    home = Path.home() / ".config" / "openstack"
    others = write_clouds(state, home)
    for name in others:
        fix = f"OS_CLIENT_CONFIG_FILE={state.root / 'clouds.yaml'} OS_CLIENT_SECURE_FILE={state.root / 'secure.yaml'}"
        step.warn(f"{home / 'clouds.yaml'} has a cloud {name} of its own, which stays", f"use {fix}")
    ours = [name for name in USERS if name not in others]
    step.note(f"{', '.join(ours) or 'none'} in {home}")


def _adopt(state: State, admin: Client, step: Step) -> None:
    """Wait until the host of this machine is up, and tell how its guests run."""
    name = socket.gethostname()

    def is_up() -> bool:
        found = admin.read("compute", "/os-hypervisors")["hypervisors"]
        return any(each["hypervisor_hostname"] == name and each["state"] == "up" for each in found)

    _await(is_up, ADOPTING, _why(state, "host"))
    step.note(f"{name}, KVM")
    if because := kvm_lacks(state, name):
        step.note(f"{name}, TCG")
        step.warn(f"no KVM: {because}; {SLOW}", FASTER)


def kvm_lacks(state: State, host: str) -> str:
    """Why a host's guests do not run under KVM, as its agent found out; empty where they do."""
    try:
        verdict = msgspec.json.decode((state.host(host) / "ground" / "kvm.json").read_bytes())
    except (OSError, msgspec.DecodeError):
        return "nobody knows yet"
    return "" if verdict["works"] else str(verdict["because"])
