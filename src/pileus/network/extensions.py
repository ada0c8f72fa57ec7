"""What this Networking API can do, by the aliases clients ask for: only what really works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import Nothing, Resource, shown
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Tx
from pileus.network.api import network
from pileus.network.listing import chosen
from pileus.network.standard import Sought


class Extension(Sought, one="extension", many="extensions"):
    """A group of fields or calls beyond the first ones of this API."""

    alias: str = shown()
    name: str = shown()
    description: str = shown()
    updated: str = shown()
    links: list[str] = shown()


_TABLE = """
aap-reject-multicast | Allowed address pairs reject multicast | 2026-04-01 | Ports may not use multicast addresses
agent | agent | 2013-02-03 | The hosts that serve networks
agent_sort_key | Agents Sort Key | 2013-02-03 | Agents can be sorted
allowed-address-pairs | Allowed Address Pairs | 2013-07-23 | Further addresses a port may use
availability_zone | Availability Zone | 2015-01-01 | The zones in which hosts serve networks
availability_zone_filter | Availability Zone Filter Extension | 2018-06-22 | Zones can be filtered
binding | Port Binding | 2014-02-03 | On which host a port is, and how it is joined there
default-subnetpools | Default Subnetpools | 2016-02-18 | A subnet pool that is used where none is named
empty-string-filtering | Empty String Filtering Extension | 2018-05-01 | Filters by an empty value
external-net | Neutron external network | 2013-01-14 | Networks that lead outside
filter-validation | Filter parameters validation | 2018-07-04 | Unknown filters are refused
ip-substring-filtering | IP address substring filtering | 2017-11-28 | Ports by a part of their address
net-mtu | Network MTU | 2015-03-25 | The MTU of a network
net-mtu-writable | Network MTU (writable) | 2017-07-12 | The MTU of a network can be set
pagination | Pagination support | 2016-06-12 | Lists in pages
port-mac-address-regenerate | Neutron Port MAC address regenerate | 2018-05-03 | A port can be given a new MAC
port-security | Port Security | 2012-07-23 | Ports that may use any address
port-security-groups-filtering | Port filtering on security groups | 2018-01-09 | Ports by their security groups
project-id | project_id field enabled | 2016-09-09 | Owners are named by project_id
provider | Provider Network | 2012-09-07 | How a network is joined to the physical one
quota-check-limit | Quota engine limit check | 2021-09-08 | A limit below what is used can be refused
quota_details | Quota details management support | 2017-02-10 | How much of a quota is used
quotas | Quota management support | 2012-07-29 | How much a project may have
security-group | security-group | 2012-10-05 | What may pass to and from ports
security-groups-normalized-cidr | Normalized CIDR field for security group rules | 2020-07-28 | The network a rule names
security-groups-rules-belongs-to-default-sg | Rules of the default group | 2023-05-23 | Whose rule it is
sorting | Sorting support | 2016-06-12 | Lists in any order
standard-attr-description | standard-attr-description | 2016-02-10 | Resources have descriptions
standard-attr-revisions | Resource revision numbers | 2016-04-11 | Resources count their changes
standard-attr-tag | Tag support for resources with standard attribute | 2017-01-01 | Resources have tags
standard-attr-timestamp | Resource timestamps | 2016-09-12 | When resources were made and changed
subnet-external-network | Subnet belongs to an external network | 2024-02-05 | Whether a subnet's network leads outside
subnet_allocation | Subnet Allocation | 2015-03-30 | Subnets cut from subnet pools
tag-creation | Tag creation extension | 2024-07-23 | Several tags can be added at once
tag-ports-during-bulk-creation | Tag Ports During Bulk Creation | 2019-12-29 | Ports can be made with tags
"""


def _read(line: str) -> dict[str, Any]:
    alias, name, day, says = (part.strip() for part in line.split("|"))
    return {"alias": alias, "name": name, "description": says, "updated": f"{day}T00:00:00-00:00", "links": []}


EXTENSIONS = {row["alias"]: row for row in map(_read, _TABLE.strip().splitlines())}


def _one(tx: Tx, who: Caller, path: Mapping[str, str], asked: Extension) -> Mapping[str, Any]:
    found = EXTENSIONS.get(path["alias"])
    if found is None:
        said = f"Extension with alias {path['alias']} does not exist"
        raise Missing(said, extra={"type": "ExtensionNotFound"})
    return found


@network.route("GET /extensions", Extension, "list")
def list_extensions(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Extension) -> Answer:
    """All extensions."""
    return Answer(list(EXTENSIONS.values()), only=chosen(asked))


@network.route("GET /extensions/{alias}", Extension, "show", of=_one)
def show_extension(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Extension) -> Answer:
    """One extension; 404 where it is not built."""
    return Answer(target, only=chosen(asked))


@network.route("GET /", Nothing, "show")
def show_resources(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Resource) -> Answer:
    """The collections of this API."""
    url = tx.part(PublicUrl).value + network.root
    lists = [one for one in network.operations if one.verb == "list" and one.kind.declared.one]
    told = [
        {
            "name": str(one.kind.declared.one),
            "collection": str(one.kind.declared.many),
            "links": [{"rel": "self", "href": f"{url}{one.path}"}],
        }
        for one in lists
    ]
    return Answer({"resources": told}, raw=True)
