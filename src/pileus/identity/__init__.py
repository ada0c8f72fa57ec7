"""Identity: who people are and what they may do where, as the Identity API (Keystone v3) speaks of them.

What it offers stands in `door.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pileus.kernel.doors import late

if TYPE_CHECKING:
    from pileus.identity.door import *
else:
    __getattr__ = late(__name__)
