"""How long the packet filter takes for a thousand ports, and for one: rendering, loading, observing."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from pileus.network.host.converge import converge, plan
from pileus.network.host.linux import LinuxSwitch
from pileus.network.host.linux.packet_filter import run
from pileus.network.host.linux.rendering import ruleset_of
from pileus.network.host.linux.ruleset import whole
from pileus.network.host.spec import Address, Group, Network, Port, Rule, Subnet
from pileus.network.host.switch import Outside, Seen
from pileus.network.host.wanted import Wanted

PORTS, RULES, MEMBERS, TIMES = 1000, 10, 5000, 9


def ident(kind: int, number: int) -> str:
    """A counted UUID whose front, of which device names are made, tells them apart."""
    return f"{kind:02x}{number:06x}-0000-4000-8000-{number:012x}"


def town() -> Wanted:
    """A thousand ports, each with a group of ten rules of its own and one that has five thousand members."""
    subnet = Subnet(ident(1, 1), "10.0.0.0/16", "10.0.0.1")
    network = Network(ident(2, 1), 1500, (subnet,), ("10.0.0.2",))
    members = tuple(f"10.0.{n // 250}.{n % 250 + 1}" for n in range(MEMBERS))
    everyone = Group(ident(4, 0), (Rule("egress"), Rule("ingress", remote_group=ident(4, 0))), members)
    groups = [Group(ident(4, n), tuple(_rule(n, r) for r in range(RULES))) for n in range(1, PORTS + 1)]
    ports = {ident(3, n): _port(n, network, (ident(4, n), ident(4, 0))) for n in range(1, PORTS + 1)}
    return Wanted({network.id: network}, ports, {group.id: group for group in (everyone, *groups)})


def _rule(group: int, number: int) -> Rule:
    return Rule("ingress", protocol="tcp", low=group, high=group + number, remote_cidr=f"10.0.{number}.0/24")


def _port(number: int, network: Network, groups: tuple[str, ...]) -> Port:
    address = Address(network.subnets[0].id, f"10.0.{number // 250}.{number % 250 + 3}")
    mac = f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"
    return Port(ident(3, number), network.id, mac, (address,), groups=groups)


def say(metric: str, times: list[float]) -> None:
    """One line: the median in milliseconds."""
    value = round(statistics.median(times) * 1000, 2)
    print(json.dumps({"metric": metric, "value": value, "unit": "ms", "n": len(times)}), flush=True)


def timed(act: Callable[[], object]) -> float:
    """Seconds an act takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    """In a network namespace of its own, which ends with the process."""
    if "--inside" not in sys.argv:
        os.execvp("unshare", ["unshare", "-n", sys.executable, __file__, "--inside"])
    wanted, outside = town(), Outside()
    rules = next(action.value for action in plan(wanted, Seen()) if action.verb == "guard")
    assert isinstance(rules, msgspec.Struct)
    say("1000 ports x 10 rules: render whole, cold", [timed(lambda: whole(ruleset_of(rules, outside)))])  # type: ignore[arg-type]
    text = whole(ruleset_of(rules, outside))  # type: ignore[arg-type]
    say("1000 ports x 10 rules: render whole, warm", [timed(lambda: whole(ruleset_of(rules, outside))) for _ in range(TIMES)])  # type: ignore[arg-type]
    say("1000 ports x 10 rules: load whole", [timed(lambda: run(text)) for _ in range(TIMES)])
    with tempfile.TemporaryDirectory() as folder:
        switch = LinuxSwitch(Path(folder))
        say("1000 ports: first converge", [timed(lambda: converge(switch, wanted))])
        say("1000 ports: nothing to do", [timed(lambda: converge(switch, wanted)) for _ in range(TIMES)])
        say("1000 ports: observe", [timed(switch.observe) for _ in range(TIMES)])
        one_more(switch, wanted)
        switch.dismantle()


def one_more(switch: LinuxSwitch, wanted: Wanted) -> None:
    """What one more port, one member more and one changed rule cost beside the thousand."""
    more, member, rule, full = [], [], [], []
    (network,) = wanted.networks.values()
    everyone = wanted.groups[ident(4, 0)]
    for n in range(TIMES):
        port = _port(PORTS + 1 + n, network, (ident(4, 0),))
        wanted = msgspec.structs.replace(wanted, ports={**wanted.ports, port.id: port})
        action = next(action for action in plan(wanted, switch.observe()) if action.verb == "guard")
        more.append(timed(lambda action=action: action.do(switch)))  # type: ignore[misc]
        full.append(timed(lambda wanted=wanted: converge(switch, wanted)))  # type: ignore[misc]
        everyone = msgspec.structs.replace(everyone, members=(*everyone.members, f"10.0.100.{n}"))
        wanted = msgspec.structs.replace(wanted, groups={**wanted.groups, everyone.id: everyone})
        member.append(timed(lambda wanted=wanted: converge(switch, wanted)))  # type: ignore[misc]
        group = Group(ident(4, 1), tuple(_rule(n + 2, r) for r in range(RULES)))
        wanted = msgspec.structs.replace(wanted, groups={**wanted.groups, group.id: group})
        rule.append(timed(lambda wanted=wanted: converge(switch, wanted)))  # type: ignore[misc]
    say("one port more: its rules", more)
    say("one port more: its tap, DHCP and all", full)
    say("one member more: converge", member)
    say("ten rules changed: converge", rule)


if __name__ == "__main__":
    main()
