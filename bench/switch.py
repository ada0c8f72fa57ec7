"""How long a host's switch takes for a thousand ports, and for one port more beside them; as root."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from pileus.network.host.converge import converge, plan
from pileus.network.host.layers import numbers_of, rules_of
from pileus.network.host.linux import LinuxSwitch
from pileus.network.host.linux.packet_filter import run
from pileus.network.host.linux.rendering import ruleset_of
from pileus.network.host.linux.ruleset import whole
from pileus.network.host.spec import Address, Group, Network, Port, Rule, Subnet
from pileus.network.host.switch import Outside, Rules, Seen
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
    groups = [ten_rules(n, n) for n in range(1, PORTS + 1)]
    ports = {ident(3, n): port(n, network, (ident(4, n), ident(4, 0))) for n in range(1, PORTS + 1)}
    return Wanted({network.id: network}, ports, {group.id: group for group in (everyone, *groups)})


def ten_rules(number: int, first: int) -> Group:
    """A group of ten rules."""
    rules = (
        Rule("ingress", protocol="tcp", low=first, high=first + n, remote_cidr=f"10.0.{n}.0/24") for n in range(RULES)
    )
    return Group(ident(4, number), tuple(rules))


def port(number: int, network: Network, groups: tuple[str, ...]) -> Port:
    """The port whose address and MAC tell its number."""
    address = Address(network.subnets[0].id, f"10.0.{number // 250}.{number % 250 + 3}")
    mac = f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"
    return Port(ident(3, number), network.id, mac, (address,), groups=groups)


def say(metric: str, act: Callable[[], object], times: int = TIMES) -> None:
    """One line: the median of some turns in milliseconds."""
    say_of(metric, [timed(act) for _ in range(times)])


def say_of(metric: str, seconds: list[float]) -> None:
    """The line itself."""
    value = round(statistics.median(seconds) * 1000, 2)
    print(json.dumps({"metric": metric, "value": value, "unit": "ms", "n": len(seconds)}), flush=True)


def timed(act: Callable[[], object]) -> float:
    """Seconds an act takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def rendered(rules: Rules) -> str:
    """The text of the whole."""
    return whole(ruleset_of(rules, Outside()))


def main() -> None:
    """In a network namespace of its own, which ends with the process."""
    if "--inside" not in sys.argv:
        os.execvp("unshare", ["unshare", "-n", sys.executable, __file__, "--inside"])
    wanted = town()
    rules = rules_of(wanted, numbers_of(wanted, Seen()))
    say("1000 ports x 10 rules: render whole, first time", partial(rendered, rules), 1)
    say("1000 ports x 10 rules: render whole", partial(rendered, rules))
    say("1000 ports x 10 rules: load whole", partial(run, rendered(rules)))
    with tempfile.TemporaryDirectory() as folder:
        switch = LinuxSwitch(Path(folder))
        say("1000 ports: first converge", partial(converge, switch, wanted), 1)
        say("1000 ports: observe, nothing changed", switch.observe)
        say("1000 ports: converge, nothing to do", partial(converge, switch, wanted))
        one_more(switch, wanted)
        switch.dismantle()


def one_more(switch: LinuxSwitch, wanted: Wanted) -> None:
    """What one port more, one member more and ten changed rules cost beside the thousand."""
    (network,) = wanted.networks.values()
    everyone = wanted.groups[ident(4, 0)]
    ports, wholes, members, rules = [], [], [], []
    for n in range(TIMES):
        more = port(PORTS + 1 + n, network, (everyone.id,))
        wanted = msgspec.structs.replace(wanted, ports={**wanted.ports, more.id: more})
        guard = next(action for action in plan(wanted, switch.observe()) if action.verb == "guard")
        ports.append(timed(partial(guard.do, switch)))
        wholes.append(timed(partial(converge, switch, wanted)))
        everyone = msgspec.structs.replace(everyone, members=(*everyone.members, f"10.0.100.{n}"))
        wanted = msgspec.structs.replace(wanted, groups={**wanted.groups, everyone.id: everyone})
        members.append(timed(partial(converge, switch, wanted)))
        wanted = msgspec.structs.replace(wanted, groups={**wanted.groups, ident(4, 1): ten_rules(1, n + 2)})
        rules.append(timed(partial(converge, switch, wanted)))
    say_of("one port more: its rules", ports)
    say_of("one port more: its tap and DHCP, and all looked at", wholes)
    say_of("one member more", members)
    say_of("ten rules changed", rules)


if __name__ == "__main__":
    main()
