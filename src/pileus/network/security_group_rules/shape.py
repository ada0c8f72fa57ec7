"""What callers see of a security group rule, and what they may say of it."""

from __future__ import annotations

from pileus.kernel.resource import given, shown
from pileus.kernel.values import Flag, Whole
from pileus.network.standard import Standard, sought


class SecurityGroupRule(Standard, one="security_group_rule", many="security_group_rules", bulk=True):
    """One line of a security group: what it lets pass."""

    security_group_id: str = given("create") | sought() | shown()
    direction: str = given("create") | sought() | shown()
    ethertype: str = given("create", default="IPv4") | sought() | shown()
    protocol: str | int | None = given("create", default=None) | sought() | shown()
    port_range_min: Whole | None = given("create", default=None) | sought(int) | shown()
    port_range_max: Whole | None = given("create", default=None) | sought(int) | shown()
    remote_group_id: str | None = given("create", default=None) | sought() | shown()
    remote_ip_prefix: str | None = given("create", default=None) | sought() | shown()
    normalized_cidr: str | None = sought() | shown()
    belongs_to_default_sg: Flag = sought(Flag) | shown()
