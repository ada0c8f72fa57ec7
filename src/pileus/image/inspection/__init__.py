"""What uploaded bytes are: the format they show, the size of the disk in them, and what in them would be a danger.

Nothing here opens a file or starts a program: it looks at the beginning and the end of a stream that goes by.
"""

from pileus.image.inspection.finding import Danger, Finding
from pileus.image.inspection.inspector import HEAD, TAIL, Inspector, ends, inspect
from pileus.image.inspection.vhdx import REACH

__all__ = ["HEAD", "REACH", "TAIL", "Danger", "Finding", "Inspector", "ends", "inspect"]
