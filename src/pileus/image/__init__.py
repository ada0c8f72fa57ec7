"""Images: the disks servers are made from, as the Image API (Glance v2) speaks of them.

What it offers stands in `door.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pileus.kernel.doors import late

if TYPE_CHECKING:
    from pileus.image.door import *
else:
    __getattr__ = late(__name__)
