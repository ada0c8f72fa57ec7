"""Placement: who has how much of what, and who holds it, as the Placement API speaks of it.

What it offers stands in `door.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pileus.kernel.doors import late

if TYPE_CHECKING:
    from pileus.placement.door import *
else:
    __getattr__ = late(__name__)
