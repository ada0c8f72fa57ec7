"""`pileus doctor`: what is wrong, and how to mend it; exits with 0 (all well), 1 (warnings) or 2 (failures)."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator

import click

from pileus.cli.client import Client, Refused, administrator
from pileus.cli.launch import checks
from pileus.cli.launch.bring import FASTER, SLOW, kvm_lacks
from pileus.cli.launch.checks import Row
from pileus.cli.logs import complaints
from pileus.cli.options import state_option
from pileus.cli.reach import KINDS, into
from pileus.cli.state import State
from pileus.cli.words import Trouble, coloured

EXITS = {"ok": 0, "warn": 1, "fail": 2}


@click.command()
@state_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(state: State, as_json: bool) -> None:
    """Look for what is wrong, and say how to mend it."""
    worst = 0
    for row in examined(state):
        worst = max(worst, EXITS[row.state])
        print(json.dumps(dataclasses.asdict(row)) if as_json else shown(row))
    raise SystemExit(worst)


def shown(row: Row) -> str:
    """A row for people."""
    mark = coloured(f"{row.state:<4}", row.state, sys.stdout)
    return f"{mark}  {row.name:<16} {row.said}" + (f"\n      fix: {row.fix}" if row.state != "ok" and row.fix else "")


def examined(state: State) -> Iterator[Row]:
    """All that can be looked at."""
    yield from checks.machine(state)
    if not state.settings.exists():
        yield Row("cloud", "warn", f"there is none in {state.root}", "pileus up")
        return
    yield from _processes(state)
    yield from _api(state)
    for host in state.hosts():
        yield from _host(state, host)
    yield from _troubles(state)


def _processes(state: State) -> Iterator[Row]:
    for name in ("supervisor", "serve", "host"):
        process = state.process(name)
        yield Row(name, "ok", f"process {process}") if process else Row(name, "fail", "does not run", "pileus up")


def _api(state: State) -> Iterator[Row]:
    try:
        api = administrator(state)
        yield from _services(api)
        for each in api.read("compute", "/os-hypervisors")["hypervisors"]:
            name, is_up = f"host {each['hypervisor_hostname']}", each["state"] == "up"
            yield Row(name, "ok", "up") if is_up else Row(name, "fail", "its heart does not beat", "pileus logs host")
    except Trouble as trouble:
        yield Row("API", "fail", f"{trouble.said}: {trouble.cause}", trouble.fix)


def _services(api: Client) -> Iterator[Row]:
    for service in sorted(api.roots):
        try:
            api.read(service, "")
            yield Row(service, "ok", api.roots[service])
        except Refused as error:
            yield Row(service, "fail", str(error), "pileus logs serve")


def _host(state: State, host: str) -> Iterator[Row]:
    stands = bool(into(state, host, *KINDS))
    yield Row("namespaces", "ok", host) if stands else Row("namespaces", "warn", f"{host} has none", "pileus up")
    because = kvm_lacks(state, host)
    if because:
        yield Row("KVM", "warn", f"{because}: {SLOW}", FASTER)
    else:
        yield Row("KVM", "ok", "a probe guest booted under it")


def _troubles(state: State) -> Iterator[Row]:
    for name in ("serve", "host"):
        found = complaints(state, name)
        if found:
            said = f"{len(found)} complaints, the last: {found[-1][:120]}"
            yield Row(f"log of {name}", "warn", said, f"pileus logs --errors {name}")
        else:
            yield Row(f"log of {name}", "ok", "no complaints")
