"""Compute: servers and what they are made from, as the Compute API (Nova v2.1) speaks of them.

What it offers stands in `door.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pileus.kernel.doors import late

if TYPE_CHECKING:
    from pileus.compute.door import *
else:
    __getattr__ = late(__name__)
