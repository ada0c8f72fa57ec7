"""What callers see of a security group, and what they may say of it."""

from __future__ import annotations

from typing import Any

from pileus.kernel.resource import shown
from pileus.kernel.values import Flag, Text
from pileus.network.standard import Standard, settable, sought


class SecurityGroup(Standard, one="security_group", many="security_groups", bulk=True):
    """A set of rules for ports; what no rule lets pass is dropped."""

    name: Text = settable("") | sought() | shown()
    stateful: Flag = settable(True) | shown()
    shared: Flag = sought(Flag) | shown()
    security_group_rules: list[dict[str, Any]] = shown()
