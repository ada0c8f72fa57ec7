"""Extensions: a list that the API keeps for older clients; what it names is always there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.compute.api import compute
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx

NAMES = {
    "os-aggregates": "Aggregates",
    "os-attach-interfaces": "AttachInterfaces",
    "os-availability-zone": "AvailabilityZone",
    "os-config-drive": "ConfigDrive",
    "os-console-output": "ConsoleOutput",
    "os-extended-availability-zone": "ExtendedAvailabilityZone",
    "os-extended-server-attributes": "ExtendedServerAttributes",
    "os-extended-status": "ExtendedStatus",
    "os-flavor-access": "FlavorAccess",
    "os-flavor-extra-specs": "FlavorExtraSpecs",
    "os-flavor-manage": "FlavorManage",
    "os-hosts": "Hosts",
    "os-hypervisors": "Hypervisors",
    "os-instance-actions": "InstanceActions",
    "os-keypairs": "Keypairs",
    "os-limits": "Limits",
    "os-lock-server": "LockServer",
    "os-multiple-create": "MultipleCreate",
    "os-pause-server": "PauseServer",
    "os-quota-sets": "Quotas",
    "os-security-groups": "SecurityGroups",
    "os-server-diagnostics": "ServerDiagnostics",
    "os-services": "Services",
    "os-simple-tenant-usage": "SimpleTenantUsage",
    "os-suspend-server": "SuspendServer",
    "os-user-data": "UserData",
}


def _told(alias: str) -> dict[str, Any]:
    updated = "2014-12-03T00:00:00Z"
    return {"alias": alias, "name": NAMES[alias], "namespace": "", "description": "", "links": [], "updated": updated}


@compute.route("GET /extensions", Nothing, rule="os_compute_api:extensions")
def list_extensions(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """All of them."""
    return Answer({"extensions": [_told(alias) for alias in NAMES]}, raw=True)


@compute.route("GET /extensions/{alias}", Nothing, rule="os_compute_api:extensions")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """One of them."""
    if target["alias"] not in NAMES:
        raise Missing("The resource could not be found.")
    return Answer({"extension": _told(target["alias"])}, raw=True)
