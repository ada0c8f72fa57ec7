"""The kernel's packet filter: loads text with nft, and knows whether anyone changed anything since."""

from __future__ import annotations

import logging
import os
import socket
import struct
import subprocess

from pileus.network.host.linux.rendering import TABLES, ruleset_of
from pileus.network.host.linux.ruleset import Ruleset, change, removal, whole
from pileus.network.host.switch import Outside, Rules, SwitchFault

log = logging.getLogger(__name__)

NETLINK_NETFILTER = 12
ASK_GENERATION = (10 << 8) | 16
"""NFNL_SUBSYS_NFTABLES and NFT_MSG_GETGEN."""
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin"


class PacketFilter:
    """What the namespace's nftables hold of ours; only what this process loaded counts as known."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self._rules: Rules | None = None
        self._loaded: Ruleset | None = None
        self._generation = -1

    def held(self) -> Rules | None:
        """The rules that hold, or None if somebody committed anything to nftables since they were loaded."""
        if self._generation != generation():
            self._rules = self._loaded = None
        return self._rules

    def hold(self, rules: Rules) -> None:
        """Load these rules in one transaction: what differs, or all if what stands is not known."""
        after = ruleset_of(rules, self.outside)
        known = self.held() is not None and self._loaded is not None
        text = change(self._loaded, after) if known and self._loaded is not None else whole(after)
        try:
            self._load(text)
        except SwitchFault as fault:
            if not known:
                raise
            log.warning("a change of rules is loaded whole instead: %s", fault)
            self._load(whole(after))
        self._rules, self._loaded = rules, after

    def drop(self) -> None:
        """Remove our tables."""
        self._load(removal(TABLES))
        self._rules = self._loaded = None

    def _load(self, text: str) -> None:
        if not text:
            return
        before = generation()
        self._rules = self._loaded = None
        run(text)
        if (now := generation()) - before <= 1:  # else somebody else committed meanwhile: trust nothing
            self._generation = now


def run(text: str) -> None:
    """Feed a transaction to nft; SwitchFault with its first complaint if it refuses."""
    done = subprocess.run(
        ["nft", "-f", "-"], input=text, text=True, capture_output=True, timeout=60, env={"PATH": PATH}, check=False
    )
    if done.returncode:
        raise SwitchFault("nft refused the rules: " + (done.stderr.splitlines() or ["without a word"])[0])


def generation() -> int:
    """The number of the last transaction anyone committed to this namespace's nftables."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as netlink:
        netlink.settimeout(5)
        netlink.send(struct.pack("=IHHIIBBH", 20, ASK_GENERATION, 1, 1, 0, 0, 0, 0))
        answer = netlink.recv(4096)
    length, kind = struct.unpack_from("=IH", answer)
    if kind != (10 << 8) | 15 or length < 28:  # NFT_MSG_NEWGEN, its first attribute NFTA_GEN_ID
        raise SwitchFault("the kernel does not say which rules it holds: is nf_tables there?")
    return int(struct.unpack_from(">I", answer, 24)[0])
