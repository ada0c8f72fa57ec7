"""Who may lean on whom, in finer grain than layers: doors, and the halves that run on hosts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.house.source import Module

COMPOSING = {"app", "cli", "settings"}  # where choices meet: they see every room from inside
OPEN = {"kernel", *COMPOSING}  # rooms without a door
FOR_HOSTS = ("pileus.chunks", "pileus.kernel.clock")
SPEC = ".host.spec"


def a_service_is_entered_by_its_door(modules: Sequence[Module]) -> Iterator[str]:
    """Of another room one imports what its door offers and nothing behind it."""
    inside = {name_of(module) for module in modules}
    for module in modules:
        if module.room in {*COMPOSING, "", "host"} or module.on_host:
            continue
        for line, name in module.imports():
            room = room_of(name)
            if not room or room in OPEN or room == module.room:
                continue
            if name.count(".") > 2 or (name in inside and name.count(".") == 2):
                yield module.at(line, f"{name} lies behind the door of {room}")


def a_host_knows_no_control_plane(modules: Sequence[Module]) -> Iterator[str]:
    """What runs on hosts imports its own half, the agent the halves of all; beyond that only chunks and the clock."""
    for module in modules:
        if not module.on_host:
            continue
        own = f"pileus.{module.room}" if module.room == "host" else f"pileus.{module.room}.host"
        for line, name in module.imports():
            if not name.startswith("pileus.") or within(name, (own, *FOR_HOSTS)):
                continue
            if module.room == "host" and name.split(".")[2:3] == ["host"]:
                continue
            yield module.at(line, f"{name} belongs to the control plane")


def a_driver_is_called_on_hosts_only(modules: Sequence[Module]) -> Iterator[str]:
    """Of the half that runs on hosts, the control plane knows the contract alone: what is wanted, what is seen."""
    for module in modules:
        if module.on_host or module.room in {*COMPOSING, ""}:
            continue
        for line, name in module.imports():
            parts = name.split(".")
            if name.startswith("pileus.") and "host" in parts[1:3] and SPEC not in f".{name}":
                yield module.at(line, f"{name} runs on hosts")


def name_of(module: Module) -> str:
    """The dotted name one imports it by."""
    return module.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def room_of(name: str) -> str:
    """The room a dotted name leads into; empty for what is not ours."""
    parts = name.split(".")
    return parts[1] if parts[0] == "pileus" and len(parts) > 1 else ""


def within(name: str, places: Sequence[str]) -> bool:
    """Whether a dotted name lies in one of some modules, or is one."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


RULES = (a_service_is_entered_by_its_door, a_host_knows_no_control_plane, a_driver_is_called_on_hosts_only)
