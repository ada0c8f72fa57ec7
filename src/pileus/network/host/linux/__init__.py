"""The switch of a Linux host: bridges and taps by netlink, nftables, dnsmasq; in whatever namespace it is called."""

from __future__ import annotations

from pileus.network.host.linux.driver import LinuxSwitch

__all__ = ["LinuxSwitch"]
