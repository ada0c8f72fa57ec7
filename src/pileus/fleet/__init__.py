"""The hosts as the cloud knows them: joining, heartbeats, and what is wanted of each and seen by it.

What it offers stands in `door.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pileus.kernel.doors import late

if TYPE_CHECKING:
    from pileus.fleet.door import *
else:
    __getattr__ = late(__name__)
