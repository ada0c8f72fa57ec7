"""A decision as a sentence, made from its record alone; a refusal names no host, so that anybody may read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.placement.choice.filters import FILTERS
from pileus.placement.names import DISK_GB, ECU, EGRESS, INGRESS, MEMORY_MB, VCPU

_FILTERS = {one.name: one for one in FILTERS}

_UNITS = {
    VCPU: ("", "VCPU"),
    MEMORY_MB: ("MB of ", "memory"),
    DISK_GB: ("GB of ", "disk"),
    ECU: ("", "ECU"),
    INGRESS: ("kbit/s of ", "incoming bandwidth"),
    EGRESS: ("kbit/s of ", "outgoing bandwidth"),
}
"""How an amount of a class is said, and the class."""


def sentence(record: Mapping[str, Any]) -> str:
    """Why there is no place, and what would fit; or which host was chosen, and of how many."""
    if record.get("host"):
        return f"{record['host']} was chosen, of {record['fitting']} with room among {hosts(record['considered'])}."
    if not record["considered"]:
        return "No valid host was found: there are no hosts."
    because = "; ".join(_reason(one) for one in record["refused"])
    advice = " ".join(_advice(one) for one in record.get("advice", ()))
    return f"No valid host was found: {because}. {advice}".rstrip()


def hosts(count: int) -> str:
    """`1 host`, `2 hosts`."""
    return f"{count} host" if count == 1 else f"{count} hosts"


def _reason(told: Mapping[str, Any]) -> str:
    one, count = _FILTERS[told["filter"]], told["hosts"]
    verb = one.one if count == 1 else one.several
    if told["filter"] == "cores":
        return _cores(told, f"{hosts(count)} {verb}")
    if told["kind"] == "short":
        lacking = _amount(told["class"], told["asked"] - told["free"])
        numbers = f"{told['asked']} asked, at most {told['free']} of {told['total']} free"
        return f"{hosts(count)} {verb} {lacking} ({numbers})"
    if told["kind"] == "unreported":
        return f"{hosts(count)} {_does(count)} not report any {_name(told['class'])}"
    if told["kind"] == "unit":
        return f"{hosts(count)} {_does(count)} not give a single server {_amount(told['class'], told['asked'])}"
    return f"{hosts(count)} {verb}"


def _cores(told: Mapping[str, Any], begun: str) -> str:
    if told["kind"] == "unreported":
        return f"{hosts(told['hosts'])} {_does(told['hosts'])} not report what a core is worth"
    return f"{begun} ({told['asked']} ECU per VCPU asked, at most {told['free']} per core)"


def _does(count: int) -> str:
    return "does" if count == 1 else "do"


def _amount(name: str, amount: int) -> str:
    unit, noun = _UNITS.get(name, ("", name))
    return f"{amount} {unit}{noun}"


def _name(name: str) -> str:
    return _UNITS.get(name, ("", name))[1]


def _advice(told: Mapping[str, Any]) -> str:
    count = hosts(told["hosts"])
    if told["change"] == "flavor":
        return f"Flavor {told['name']} would fit on {told['hosts']}."
    if told["change"] == "without":
        return f"Without {_FILTERS[told['filter']].remedy} it would fit on {told['hosts']}."
    return f"{count} would do if {'it were' if told['hosts'] == 1 else 'they were'} {told['filter']}."
