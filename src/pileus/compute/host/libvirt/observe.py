"""What libvirt and the guests' folders together say of each guest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import libvirt

from pileus.compute.host.check import IDENTIFIER
from pileus.compute.host.libvirt import console, lean, words
from pileus.compute.host.libvirt import record as records
from pileus.compute.host.libvirt.define import ALIAS, NAMESPACE
from pileus.compute.host.libvirt.record import Record
from pileus.compute.host.spec import SeenGuest, State

IDLE = frozenset({libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_NOSTATE})
"""Of a domain without a process; NOSTATE while it is being defined."""

HALTED = frozenset({libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN})
CRASHED = frozenset({libvirt.VIR_DOMAIN_SHUTOFF_CRASHED, libvirt.VIR_DOMAIN_SHUTOFF_FAILED})
HELD = frozenset({libvirt.VIR_DOMAIN_PAUSED_USER, libvirt.VIR_DOMAIN_PAUSED_UNKNOWN, libvirt.VIR_DOMAIN_PAUSED_IOERROR})
"""Pauses that end only when somebody ends them; others are libvirt's own, while it works."""

NO_ROOM = "It waits, since its disk could not be written: the host may be full."

NOT_HERE = "It waits for its disk, of which not all is on the host yet."

FIRST_MINUTES = 300
"""Seconds after its start in which a guest that has read nothing is asked, by its console, whether it can boot."""


@dataclass(frozen=True)
class Found:
    """A domain of ours as libvirt shows it."""

    state: int
    reason: int
    persistent: bool
    saved: bool
    taps: dict[str, str]
    """Of each plugged card, by port: the name of its tap."""


def find(connection: libvirt.virConnect) -> dict[str, Found]:
    """All domains of ours, by identifier."""
    transient = _identifiers(connection, libvirt.VIR_CONNECT_LIST_DOMAINS_TRANSIENT)
    saved = _identifiers(connection, libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE)
    found = {}
    for domain in connection.listAllDomains(0):
        identifier = domain.UUIDString()
        for tree, state, reason in _described(domain):
            found[identifier] = Found(state, reason, identifier not in transient, identifier in saved, _taps(tree))
    return found


def _identifiers(connection: libvirt.virConnect, which: int) -> set[str]:
    return {domain.UUIDString() for domain in connection.listAllDomains(which)}


def _described(domain: libvirt.virDomain) -> Iterator[tuple[ElementTree.Element, int, int]]:
    """A domain's definition and state, if it is ours and did not vanish while we looked."""
    try:
        state, reason = domain.state()
        tree = ElementTree.fromstring(domain.XMLDesc(0))
    except libvirt.libvirtError as trouble:
        if trouble.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise
        return
    if tree.find(f"metadata/{{{NAMESPACE}}}guest") is not None:
        yield tree, state, reason


def _taps(tree: ElementTree.Element) -> dict[str, str]:
    cards = tree.iterfind("devices/interface")
    named = ((card.find("alias"), card.find("target")) for card in cards)
    return {
        alias.get("name", "").removeprefix(ALIAS): target.get("dev", "")
        for alias, target in named
        if alias is not None and target is not None and alias.get("name", "").startswith(ALIAS)
    }


def folders(place: Path) -> dict[str, Path]:
    """The guests' folders, by identifier."""
    return {path.name: path for path in place.iterdir() if IDENTIFIER.fullmatch(path.name)}


def seen(guest_id: str, folder: Path, before: Record, found: Found | None, now: datetime) -> SeenGuest:
    """One guest, by its record as it was before libvirt was asked; how it ended is written down, since libvirt forgets.

    (The other way round a guest that a worker starts meanwhile would seem to have died just after its start.)
    """
    state, because = _state(before, found, folder, now)
    power = state if state in ("halted", "crashed") else "on" if _came_up(before, state) else before.power
    if power != before.power and folder.exists():
        records.change(folder, expect=before, power=power, because=because)
    return SeenGuest(
        id=guest_id,
        state=state,
        turn=before.turn,
        nics=tuple(sorted(_plugged(found))) if found else (),
        because=because,
        read_metadata=before.read_metadata,
        started_at=before.started_at,
        definition=before.definition if found and found.persistent else "",
    )


def _came_up(before: Record, state: State) -> bool:
    """Whether it runs, though who started it did not live to write that down."""
    return before.power == "starting" and state in ("running", "paused")


def _state(before: Record, found: Found | None, folder: Path, now: datetime) -> tuple[State, str]:
    if found is None or found.state in IDLE:
        return _state_of_idle(before, found, folder)
    if before.power == "crashed":
        return "crashed", before.because
    if found.state == libvirt.VIR_DOMAIN_CRASHED:
        return "crashed", _why(before, folder)
    if found.state == libvirt.VIR_DOMAIN_PAUSED and found.reason in HELD and not _turns(before, folder):
        return "paused", _why_paused(found, folder)
    because = words.why_it_never_booted(_console(before, folder)) if _may_never_boot(before, now) else ""
    return ("crashed", because) if because else ("running", "")


def _turns(before: Record, folder: Path) -> bool:
    """Whether it only stands still to be turned to another disk: nobody shall take that for a wish."""
    return before.turning and lean.read(folder) is not None


def _why_paused(found: Found, folder: Path) -> str:
    if found.reason != libvirt.VIR_DOMAIN_PAUSED_IOERROR:
        return ""
    return NOT_HERE if lean.read(folder) else NO_ROOM


def _state_of_idle(before: Record, found: Found | None, folder: Path) -> tuple[State, str]:
    """Of a guest without a process.  Without a reason it was cut short, with its machine or by an operator's hand."""
    if before.power in ("halted", "crashed"):
        return before.power, before.because
    if found and found.saved:
        return "suspended", ""
    if before.power == "on" and found and found.reason in HALTED:
        return "halted", ""
    if before.power == "on" and found and found.reason in CRASHED:
        return "crashed", _why(before, folder)
    return "stopped", ""


def _why(before: Record, folder: Path) -> str:
    return words.why_it_ended(words.tail(Path(f"/var/log/libvirt/qemu/{folder.name}.log")), _console(before, folder))


def _console(before: Record, folder: Path) -> str:
    return console.of_this_life(folder, before.console_at)


def _may_never_boot(before: Record, now: datetime) -> bool:
    if before.read_metadata or not before.started_at:
        return False
    return runs_since(before, now) < FIRST_MINUTES


def runs_since(before: Record, now: datetime) -> float:
    """Seconds since it was started last; none for one that never was."""
    return (now - datetime.fromisoformat(before.started_at)).total_seconds() if before.started_at else 0.0


def _plugged(found: Found) -> Iterator[str]:
    """Ports whose card has its tap.  A tap that was deleted and made again has nobody behind it: no carrier."""
    runs = found.state not in (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_CRASHED)
    return (port for port, tap in found.taps.items() if not runs or has_guest(tap))


def has_guest(tap: str) -> bool:
    """Whether a process holds the other end of a tap."""
    try:
        return Path("/sys/class/net", tap, "carrier").read_text().strip() == "1"
    except FileNotFoundError:
        return False
    except OSError:  # EINVAL: the link is down, and says nothing of its carrier
        return True
