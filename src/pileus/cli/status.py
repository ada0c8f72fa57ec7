"""`pileus status`: the cloud on one screen."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

import click

from pileus.cli.client import administrator
from pileus.cli.options import state_option
from pileus.cli.state import State
from pileus.cli.stop import guests
from pileus.cli.words import Trouble, coloured

PROCESSES = ("supervisor", "serve", "host")


@click.command()
@state_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(state: State, as_json: bool) -> None:
    """Show the cloud on one screen."""
    found = facts(state)
    if as_json:
        print(json.dumps(found))
    else:
        print("\n".join(screen(found)))
    raise SystemExit(0 if found["answers"] else 1)


def facts(state: State) -> dict[str, Any]:
    """What is known; what only the API knows is left out where it does not answer."""
    processes = {name: state.process(name) for name in PROCESSES}
    here = {"state": str(state.root), "url": state.url, "processes": processes, "guests": guests(state)}
    try:
        api = administrator(state)
        hosts = api.read("compute", "/os-hypervisors/detail")["hypervisors"]
        servers = api.read("compute", "/servers/detail?all_tenants=1")["servers"]
        images = api.read("image", "/v2/images")["images"]
        networks = api.read("network", "/v2.0/networks")["networks"]
    except Trouble as trouble:
        return {**here, "answers": False, "because": trouble.cause or trouble.said}
    return {
        **here,
        "answers": True,
        "hosts": [_host(each) for each in hosts],
        "servers": dict(Counter(each["status"] for each in servers)),
        "images": len(images),
        "networks": len(networks),
    }


def _host(found: dict[str, Any]) -> dict[str, Any]:
    kept = ("state", "status", "hypervisor_type", "running_vms", "vcpus", "vcpus_used", "memory_mb", "memory_mb_used")
    return {"name": found["hypervisor_hostname"], **{name: found[name] for name in kept}}


def screen(found: dict[str, Any]) -> list[str]:
    """The same for people."""
    answers = coloured("answers", "ok", sys.stdout) if found["answers"] else coloured("silent", "fail", sys.stdout)
    lines = [f"Pileus in {found['state']}", "", f"  API       {found['url'] or '(not running)'}  {answers}"]
    running = (f"{name} {number or coloured('not running', 'warn', sys.stdout)}" for name, number in _of(found))
    lines.append(f"  processes {', '.join(running)}")
    if not found["answers"]:
        return [*lines, f"  guests    {found['guests']} on this machine", "", "  pileus up brings it back"]
    servers = ", ".join(f"{number} {status}" for status, number in sorted(found["servers"].items())) or "none"
    lines += [f"  servers   {servers}", f"  images    {found['images']}    networks {found['networks']}", ""]
    lines.append(f"  {'host':<20} {'state':<6} {'servers':>7} {'VCPUs':>9} {'MiB':>15}")
    for host in found["hosts"]:
        state = coloured(f"{host['state']:<6}", "ok" if host["state"] == "up" else "fail", sys.stdout)
        processors, memory = (f"{host[f'{name}_used']}/{host[name]}" for name in ("vcpus", "memory_mb"))
        lines.append(f"  {host['name']:<20} {state} {host['running_vms']:>7} {processors:>9} {memory:>15}")
    return lines


def _of(found: dict[str, Any]) -> list[tuple[str, int | None]]:
    return list(found["processes"].items())
