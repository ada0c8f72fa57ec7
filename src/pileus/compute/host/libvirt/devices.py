"""Changes to a guest that runs: its cards and its share of the processor."""

from __future__ import annotations

from xml.etree import ElementTree

import libvirt

from pileus.compute.host.libvirt.define import ALIAS, interface, scheduling
from pileus.compute.host.libvirt.ground import Ground
from pileus.compute.host.libvirt.observe import has_guest
from pileus.compute.host.spec import Guest, tap_of

LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE
"""Only the running guest: libvirt refuses to change the definition in the same breath, and it is right already."""


def renew(domain: libvirt.virDomain, guest: Guest, ground: Ground) -> None:
    """Unplugs cards that are not wanted or lost their tap, plugs those that lack, and sets the CPU share.

    Unplugging is a request to the guest's system, which may take its time: a card on its way out is looked at
    again with the next look, and its successor is plugged then.
    """
    _share(domain, scheduling(guest, ground))
    wanted = {card.port_id: card for card in guest.nics}
    plugged = _cards(domain)
    for port, card in plugged.items():
        if port not in wanted or not has_guest(tap_of(port)):
            domain.detachDeviceFlags(ElementTree.tostring(card, encoding="unicode"), LIVE)
    for port in wanted.keys() - _cards(domain).keys():
        domain.attachDeviceFlags(ElementTree.tostring(interface(wanted[port]), encoding="unicode"), LIVE)


def _share(domain: libvirt.virDomain, figures: dict[str, int]) -> None:
    """The whole guest's ceiling is lifted for a moment: version 1 refuses a VCPU's that is higher, even in passing."""
    whole = {name: figures[name] for name in ("global_period", "global_quota")}
    rest = {name: figures[name] for name in figures.keys() - whole.keys()}
    for each in ({"global_quota": -1}, rest, whole):
        domain.setSchedulerParametersFlags(each, LIVE)


def _cards(domain: libvirt.virDomain) -> dict[str, ElementTree.Element]:
    tree = ElementTree.fromstring(domain.XMLDesc(0))
    found = {}
    for card in tree.iterfind("devices/interface"):
        alias = card.find("alias")
        if alias is not None and alias.get("name", "").startswith(ALIAS):
            found[alias.get("name", "").removeprefix(ALIAS)] = card
    return found
