"""From what is wanted of all ports to our tables of nftables; pure."""

from __future__ import annotations

from pileus.network.host.linux import filtering, spoofing
from pileus.network.host.linux.ruleset import Ruleset
from pileus.network.host.switch import Outside, Rules

TABLES = (spoofing.TABLE, filtering.TABLE)


def ruleset_of(rules: Rules, outside: Outside) -> Ruleset:
    """The tables under which exactly these rules hold."""
    attached = any(network.attached for network in rules.networks)
    edges = frozenset({outside.attach} if attached and outside.attach else ())
    return Ruleset(
        tables=TABLES,
        bags=spoofing.bags(rules, edges) | filtering.bags(rules, outside),
        chains=spoofing.chains() | filtering.chains(rules, outside),
    )
