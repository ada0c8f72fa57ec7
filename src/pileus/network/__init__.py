"""Networking: networks, subnets, ports and security groups, as the Networking API (Neutron v2.0) speaks of them.

What it offers stands in `door.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pileus.kernel.doors import late

if TYPE_CHECKING:
    from pileus.network.door import *
else:
    __getattr__ = late(__name__)
